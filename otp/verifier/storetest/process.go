package storetest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/verifier"
)

// processTests start the test binary again, to kill it or to race it.
var processTests = []test{
	{"process/killed between commit and return", testKilledAfterCommit},
	{"process/killed at any time", testKilledAnyTime},
	{"process/race of processes", testProcesses},
	{"process/fair", testFair},
}

const (
	childRole  = "AUTHCTL_STORETEST_ROLE"
	childPlace = "AUTHCTL_STORETEST_PLACE"
	childFirst = "AUTHCTL_STORETEST_FIRST"
)

// child does what the parent asked for, if this process is a child.
func (k *kit) child(t *testing.T) bool {
	role := os.Getenv(childRole)
	if role == "" {
		return false
	}
	first, err := strconv.ParseInt(os.Getenv(childFirst), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	place := os.Getenv(childPlace)
	switch role {
	case "commit":
		k.childCommit(t, place, first)
	case "login":
		k.childLogin(t, place, first)
	case "race":
		k.childRace(t, place, first)
	}
	return true
}

// spawn starts a child. Its lines that begin with "> " come out of the channel.
func (k *kit) spawn(t *testing.T, role, place string, first int64) (*exec.Cmd, <-chan string) {
	t.Helper()
	pattern := "^" + strings.ReplaceAll(k.root, "/", "$/^") + "$"
	cmd := exec.Command(os.Args[0], "-test.run="+pattern, "-test.count=1")
	cmd.Env = append(os.Environ(), childRole+"="+role, childPlace+"="+place, fmt.Sprintf("%s=%d", childFirst, first))
	cmd.Stderr = os.Stderr
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 1024)
	go func() {
		defer close(lines)
		for scan := bufio.NewScanner(out); scan.Scan(); {
			if line, ok := strings.CutPrefix(scan.Text(), "> "); ok {
				lines <- line
			} else if strings.Contains(scan.Text(), "FAIL") || strings.Contains(scan.Text(), ".go:") {
				t.Log("child: " + scan.Text())
			}
		}
	}()
	return cmd, lines
}

func say(format string, args ...any) { fmt.Fprintf(os.Stdout, "> "+format+"\n", args...) }

// sharedKey is the key that parent and children know.
func sharedKey(tb testing.TB, typ otp.Type) otp.Key {
	tb.Helper()
	secret, err := otp.NewSecret([]byte("12345678901234567890"))
	if err != nil {
		tb.Fatal(err)
	}
	k := otp.Key{Type: typ, Issuer: "Example", Account: "shared", Secret: secret, Algorithm: otp.SHA1, Digits: 8}
	if typ == otp.TOTP {
		k.Period = 30
	}
	return k
}

// at is the time of a step of the shared key.
func at(step int64) time.Time { return time.Unix(step*30, 0) }

var firstStep = start.Unix() / 30

// adopted opens the store and takes the shared key over under "a".
func (k *kit) adopted(tb testing.TB, place string) (*holder, verifier.Store) {
	tb.Helper()
	s := k.open(tb, place)
	b := newBench(tb, s)
	key := sharedKey(tb, otp.TOTP)
	if state, err := s.Load(tb.Context(), "a"); err != nil {
		tb.Fatal(err)
	} else if state.IsZero() {
		if _, err := b.Adopt(tb.Context(), "a", key); err != nil {
			tb.Fatal(err)
		}
	}
	return b.holder("a", key), s
}

// stopping is a store that announces each commit and does not return from it.
type stopping struct{ verifier.Store }

func (s stopping) Update(ctx context.Context, id string, fn func(*verifier.State) error) error {
	if err := s.Store.Update(ctx, id, fn); err != nil {
		return err
	}
	say("committed")
	_, err := io.Copy(io.Discard, os.Stdin) // the parent keeps it open and kills this process
	return err
}

func (k *kit) childCommit(t *testing.T, place string, step int64) {
	h, s := k.adopted(t, place)
	stop := newBench(t, stopping{s})
	stop.clock.t = at(step)
	h.bench = stop
	h.try(h.code(0))
	t.Fatal("a verification returned although its commit did not")
}

// testKilledAfterCommit kills a process that has committed and has not yet told
// anyone: the step is dead all the same.
func testKilledAfterCommit(t *testing.T, k *kit) {
	if !k.caps.Durable {
		t.Skip("the store does not claim to outlive its process")
	}
	place := k.place(t)
	_, s := k.adopted(t, place)
	closeStore(t, s)
	for i := range int64(3) {
		step := firstStep + 10 + i
		cmd, lines := k.spawn(t, "commit", place, step)
		if line := <-lines; line != "committed" {
			t.Fatalf("the child said %q", line)
		}
		kill(t, cmd, lines)
		h, s := k.adopted(t, place)
		h.clock.t = at(step)
		h.want(verifier.Replayed, h.code(0))
		closeStore(t, s)
	}
}

func kill(t *testing.T, cmd *exec.Cmd, lines <-chan string) (rest []string) {
	t.Helper()
	if err := cmd.Process.Kill(); err != nil { // SIGKILL
		t.Fatal(err)
	}
	for line := range lines {
		rest = append(rest, line)
	}
	_ = cmd.Wait() // "signal: killed"
	return rest
}

// childLogin signs in once a step, on several accounts at once, and says so.
func (k *kit) childLogin(t *testing.T, place string, first int64) {
	s := k.open(t, place)
	key := sharedKey(t, otp.TOTP)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			id := fmt.Sprint("a", i)
			b := newBench(t, s)
			h := b.holder(id, key)
			for step := first; ; step++ {
				b.clock.t = at(step)
				if o := h.try(h.code(0)); o == verifier.Accepted {
					say("%s %d", id, step)
				} else {
					say("! %s %d %s", id, step, o)
					return
				}
			}
		})
	}
	wg.Wait()
}

// testKilledAnyTime kills a process that signs in without pause. No step that it
// has reported may be accepted again.
func testKilledAnyTime(t *testing.T, k *kit) {
	if !k.caps.Durable {
		t.Skip("the store does not claim to outlive its process")
	}
	place := k.place(t)
	s := k.open(t, place)
	b := newBench(t, s)
	key := sharedKey(t, otp.TOTP)
	for i := range 8 {
		if _, err := b.Adopt(t.Context(), fmt.Sprint("a", i), key); err != nil {
			t.Fatal(err)
		}
	}
	closeStore(t, s)
	first, reported := firstStep+1, 0
	for n := range fromEnv("AUTHCTL_KILLS", 5) {
		cmd, lines := k.spawn(t, "login", place, first)
		var seen []string
		for len(seen) < 1+n%40 { // a different moment each time
			line, ok := <-lines
			if !ok || strings.HasPrefix(line, "!") {
				t.Fatalf("kill %d: the child said %q, %t", n, line, ok)
			}
			seen = append(seen, line)
		}
		seen = append(seen, kill(t, cmd, lines)...)
		reported += len(seen)
		first = k.checkDead(t, place, key, seen, n) + 1
	}
	t.Logf("%d logins reported before the kills, none forgotten", reported)
}

// checkDead opens the store anew and tries the last step that was reported of each
// account. It returns a step after all that anybody used.
func (k *kit) checkDead(t *testing.T, place string, key otp.Key, seen []string, n int) int64 {
	t.Helper()
	s := k.open(t, place)
	defer closeStore(t, s)
	b := newBench(t, s)
	last, top := map[string]int64{}, int64(0)
	for _, line := range seen {
		var id string
		var step int64
		if _, err := fmt.Sscanf(line, "%s %d", &id, &step); err != nil {
			continue // the last line may be cut
		}
		last[id] = max(last[id], step)
		top = max(top, step)
	}
	for id, step := range last {
		h := b.holder(id, key)
		b.clock.t = at(step)
		if o := h.try(h.code(0)); o != verifier.Replayed {
			t.Fatalf("kill %d: step %d of %s was accepted, and after the kill it is %s", n, step, id, o)
		}
		if err := b.Unlock(t.Context(), id, "the test"); err != nil {
			t.Fatal(err)
		}
	}
	return top + 2
}
