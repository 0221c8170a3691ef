//go:build unix

package vault_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/vault"
)

// kills is how many children the crash test kills; AUTHCTL_KILLS sets it higher.
func kills(t *testing.T) int {
	s := os.Getenv("AUTHCTL_KILLS")
	if s == "" {
		return 100
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("AUTHCTL_KILLS: %v", err)
	}
	return n
}

// steps are those of one write.
var steps = []string{"temp created", "temp half written", "temp written", "temp synced",
	"previous linked", "previous kept", "renamed", "folder synced"}

// TestMain lets the test binary be the child that writes until it is killed.
func TestMain(m *testing.M) {
	if path := os.Getenv("VAULT_TEST_CHILD"); path != "" {
		writeUntilKilled(path)
	}
	os.Exit(m.Run())
}

// writeUntilKilled shows HOTP codes and adds an account between them, for ever, and
// kills itself at VAULT_TEST_STEP, if that names one, of write number VAULT_TEST_WRITE.
func writeUntilKilled(path string) {
	check := func(err error) {
		if err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
	}
	text, err := otp.NewSecret([]byte(os.Getenv("VAULT_TEST_IDENTITY")))
	check(err)
	id, err := vault.ParseIdentity(text)
	check(err)
	v, err := vault.Open(context.Background(), path, vault.Options{}, id)
	check(err)
	writes, _ := strconv.Atoi(os.Getenv("VAULT_TEST_WRITE"))
	stop := os.Getenv("VAULT_TEST_STEP")
	v.OnStep(func(step string) {
		if step != stop {
			return
		}
		if writes--; writes <= 0 {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	})
	key, _, err := otp.ParseURI("otpauth://totp/added?secret=MFRGGZDF")
	check(err)
	for {
		_, counter, err := v.NextHOTP(context.Background(), "hotp")
		check(err)
		fmt.Println("shown", counter)
		check(v.Update(context.Background(), func(tx *vault.Tx) error {
			a, err := tx.Add(vault.Account{Key: key, Name: fmt.Sprint("after ", counter)})
			if err != nil || len(tx.Accounts()) < 20 {
				return err
			}
			return tx.Remove(a.ID) // keep the file small
		}))
		fmt.Println("added", counter)
	}
}

// A writer that is killed, at each step of a write and at any moment, leaves the
// version before or the new one, never less; and no HOTP code was shown whose
// counter is not saved.
func TestKilledWriterLosesNothing(t *testing.T) {
	v := create(t)
	add(t, v, vault.Account{ID: "hotp", Key: hotp(t, "hotp", 0)})
	n := kills(t)
	for i := range n {
		stop, write, after := "", 0, time.Duration(0)
		if i%2 == 0 {
			stop, write = steps[i/2%len(steps)], 1+i/2/len(steps)%4
		} else {
			after = time.Duration(rand.IntN(8000)) * time.Microsecond
		}
		shown, added := killChild(t, v, stop, write, after)
		checkAfterKill(t, v, shown, added, fmt.Sprintf("kill %d (step %q, write %d, after %v)", i, stop, write, after))
	}
	t.Logf("%d kills", n)
}

// killChild runs a child until it kills itself, or for as long as given from its
// first line on, and returns the last counter that it showed and the last account
// that it added, or -1.
func killChild(t *testing.T, v *vault.Vault, stop string, write int, after time.Duration) (shown, added int64) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), "VAULT_TEST_CHILD="+v.Path(), "VAULT_TEST_IDENTITY="+string(v.Identity().Bytes()),
		"VAULT_TEST_STEP="+stop, fmt.Sprint("VAULT_TEST_WRITE=", write))
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	shown, added = -1, -1
	lines := bufio.NewScanner(out)
	for first := true; lines.Scan(); first = false {
		if first && stop == "" {
			time.AfterFunc(after, func() { child.Process.Kill() })
		}
		what, counter, _ := strings.Cut(lines.Text(), " ")
		n, err := strconv.ParseInt(counter, 10, 64)
		switch {
		case err != nil:
			t.Fatalf("the child says %q", lines.Text())
		case what == "shown":
			shown = n
		case what == "added":
			added = n
		}
	}
	if err := child.Wait(); err == nil || child.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the child ended by itself: %v", err)
	}
	return shown, added
}

func checkAfterKill(t *testing.T, v *vault.Vault, shown, added int64, how string) {
	t.Helper()
	now := open(t, v.Path(), identity(t, v))
	accounts := now.Accounts()
	if len(accounts) == 0 || accounts[0].ID != "hotp" {
		t.Fatalf("%s: the account with the counter is lost", how)
	}
	if next := accounts[0].Key.Counter; next <= shown {
		t.Fatalf("%s: counter %d was shown, the file says the next one is %d", how, shown, next)
	}
	if last := accounts[len(accounts)-1]; added >= 0 && len(accounts) < 19 && last.Name != fmt.Sprint("after ", added) && last.Name != fmt.Sprint("after ", added+1) {
		t.Fatalf("%s: an account was added after %d, the last one in the file is %q", how, added, last.Name)
	}
	if _, err := vault.Open(context.Background(), v.Path()+".bak", options, identity(t, v)); err != nil {
		t.Fatalf("%s: the version before: %v", how, err)
	}
	left, err := filepath.Glob(v.Path() + "*")
	if err != nil || len(left) > 5 { // vault, .bak, .lock, and at most one file of each name that was being written
		t.Fatalf("%s: litter: %v, %v", how, left, err)
	}
}

// Processes that write at once wait for each other, also when one of them dies.
func TestTwoProcessesLoseNothing(t *testing.T) {
	v := create(t)
	add(t, v, vault.Account{ID: "hotp", Key: hotp(t, "hotp", 0)})
	type result struct{ shown, added int64 }
	results := make(chan result)
	const writers = 4
	for range writers {
		go func() {
			shown, added := killChild(t, v, "renamed", 21, 0)
			results <- result{shown, added}
		}()
	}
	highest := int64(-1)
	for range writers {
		highest = max(highest, (<-results).shown)
	}
	counter := open(t, v.Path(), identity(t, v)).Accounts()[0].Key.Counter
	if counter <= highest || counter < writers*10 {
		t.Errorf("counter %d is next after %d writers of 11 codes each, the highest shown is %d", counter, writers, highest)
	}
}
