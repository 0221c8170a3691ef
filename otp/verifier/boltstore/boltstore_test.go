package boltstore_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authctl/authctl/otp/verifier"
	"github.com/authctl/authctl/otp/verifier/boltstore"
	"github.com/authctl/authctl/otp/verifier/storetest"
)

func open(tb testing.TB, place string) verifier.Store {
	tb.Helper()
	s, err := boltstore.Open(place)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestStore(t *testing.T) {
	storetest.Run(t, storetest.Caps{Durable: true}, open)
}

// Class 14 of doc/security.md: the wrong file.
func TestOpenRefusesWhatOthersCanReach(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no modes: the folder's ACL protects the file")
	}
	path := filepath.Join(t.TempDir(), "accounts")
	open(t, path).(*boltstore.Store).Close()
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("a new file has mode %v (%v), want 0600", info.Mode(), err)
	}
	link := path + "-link"
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	dangling := path + "-dangling"
	if err := os.Symlink(path+"-nowhere", dangling); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{link: "symbolic link", dangling: "symbolic link", t.TempDir(): "regular file"} {
		if _, err := boltstore.Open(path); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("Open gave %v, want an error with %q and the path", err, want)
		}
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o666} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := boltstore.Open(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("mode %v: %v, want a refusal that says chmod 600", mode, err)
		}
	}
}

const childPath = "AUTHCTL_BOLTSTORE_CHILD"

// TestSecondProcess checks the claim that a second process fails within a second,
// with an error that names the file.
func TestSecondProcess(t *testing.T) {
	if path := os.Getenv(childPath); path != "" {
		begin := time.Now()
		_, err := boltstore.Open(path)
		fmt.Printf("> %v %v\n", time.Since(begin) < time.Second, err)
		return
	}
	path := filepath.Join(t.TempDir(), "accounts")
	s := open(t, path).(*boltstore.Store)
	defer s.Close()
	cmd := exec.Command(os.Args[0], "-test.run=^TestSecondProcess$")
	cmd.Env = append(os.Environ(), childPath+"="+path)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"> true ", "another process has " + path} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the second process said %q, want %q", out, want)
		}
	}
}

func TestClosedStore(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "accounts")).(*boltstore.Store)
	var wg sync.WaitGroup
	var mu sync.Mutex
	kept := map[string]bool{}
	for i := range 32 { // updates that race with Close are kept or refused, never lost
		wg.Go(func() {
			id := fmt.Sprint(i)
			err := s.Update(context.Background(), id, func(s *verifier.State) error { s.Events = 1; return nil })
			if err != nil && !errors.Is(err, boltstore.ErrClosed) {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			kept[id] = err == nil
		})
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	if err := s.Close(); err != nil {
		t.Errorf("a second Close: %v", err)
	}
	if _, err := s.Load(t.Context(), "0"); !errors.Is(err, boltstore.ErrClosed) {
		t.Errorf("Load after Close: %v, want ErrClosed", err)
	}
}

func TestIDsThatDoNotFit(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "accounts")).(*boltstore.Store)
	defer s.Close()
	for _, id := range []string{"", strings.Repeat("x", 1<<15+1)} {
		if err := s.Update(t.Context(), id, func(s *verifier.State) error { s.Events = 1; return nil }); err == nil {
			t.Errorf("an id of %d bytes is taken", len(id))
		}
	}
}
