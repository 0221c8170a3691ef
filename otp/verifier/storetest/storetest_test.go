package storetest_test

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/authctl/authctl/otp/verifier"
	"github.com/authctl/authctl/otp/verifier/storetest"
)

// racy loads and stores without a lock between.
type racy struct{ *verifier.Memory }

func (r racy) Update(ctx context.Context, id string, fn func(*verifier.State) error) error {
	s, err := r.Load(ctx, id)
	if err != nil {
		return err
	}
	if err := fn(&s); err != nil {
		return err
	}
	runtime.Gosched() // lets another one in
	return r.Memory.Update(ctx, id, func(old *verifier.State) error { *old = s; return nil })
}

// careless keeps what fn did although fn failed.
type careless struct{ *verifier.Memory }

func (c careless) Update(ctx context.Context, id string, fn func(*verifier.State) error) error {
	var failed error
	err := c.Memory.Update(ctx, id, func(s *verifier.State) error { failed = fn(s); return nil })
	if failed != nil {
		return failed
	}
	return err
}

// deaf does not listen to its context.
type deaf struct{ *verifier.Memory }

func (d deaf) Update(ctx context.Context, id string, fn func(*verifier.State) error) error {
	return d.Memory.Update(context.WithoutCancel(ctx), id, fn)
}

// generous makes an account of everybody who asks.
type generous struct{ *verifier.Memory }

func (g generous) Update(ctx context.Context, id string, fn func(*verifier.State) error) error {
	return g.Memory.Update(ctx, id, func(s *verifier.State) error {
		err := fn(s)
		if s.IsZero() {
			s.Ext = map[string][]byte{}
		}
		return err
	})
}

const broken = "AUTHCTL_BROKEN_STORE"

// TestKitFindsBrokenStores runs the kit on stores that break one word of the
// contract each, in a process of its own, and looks for the test that must fail.
func TestKitFindsBrokenStores(t *testing.T) {
	stores := map[string]struct {
		store verifier.Store
		finds string
	}{
		"racy":     {racy{verifier.NewMemory()}, "contract/atomic"},
		"careless": {careless{verifier.NewMemory()}, "contract/error_keeps_nothing"},
		"deaf":     {deaf{verifier.NewMemory()}, "contract/context"},
		"generous": {generous{verifier.NewMemory()}, "contract/unknown_id"},
	}
	if name := os.Getenv(broken); name != "" {
		storetest.Run(t, storetest.Caps{}, func(testing.TB, string) verifier.Store { return stores[name].store })
		return
	}
	for name, s := range stores {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKitFindsBrokenStores$/^contract$", "-test.v")
		cmd.Env = append(os.Environ(), broken+"="+name)
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "--- FAIL: TestKitFindsBrokenStores/"+s.finds) {
			t.Errorf("a store that is %s passes %s (%v):\n%s", name, s.finds, err, out)
		}
	}
}
