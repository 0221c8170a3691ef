// Package storetest checks a [verifier.Store] against its contract, and the
// promises of package verifier on top of it: each way in which a login side is
// known to have failed has a test here that runs on every store.
//
// A store's test is one line:
//
//	storetest.Run(t, storetest.Caps{Durable: true}, func(tb testing.TB, place string) verifier.Store { … })
//
// Run starts the test binary again as child processes, to kill them and to race
// them. AUTHCTL_KILLS and AUTHCTL_ATTEMPTS in the environment set how many kills
// and concurrent attempts it makes (defaults: 5; 20,000, on a durable store 2,000).
package storetest

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/verifier"
)

// Caps is what a store claims beyond the contract of [verifier.Store].
type Caps struct {
	Processes bool // several processes may have it open at the same time
	Durable   bool // what Update has kept outlives the process, also when it is killed
}

// Open opens the store at a place: a path that does not exist in a folder that
// does, which a store without files takes as a name. The same place opens the same
// accounts again, where the store is durable. A store that has a Close method is
// closed before its place is opened again.
type Open func(tb testing.TB, place string) verifier.Store

// Run checks a store.
func Run(t *testing.T, c Caps, open Open) {
	k := &kit{caps: c, open: open, root: t.Name()}
	if k.child(t) {
		return
	}
	for _, group := range [][]test{contractTests, classTests, processTests} {
		for _, test := range group {
			t.Run(test.name, func(t *testing.T) { test.run(t, k) })
		}
	}
}

type test struct {
	name string
	run  func(*testing.T, *kit)
}

type kit struct {
	caps Caps
	open Open
	root string // the test that called Run
}

func (k *kit) place(tb testing.TB) string { return filepath.Join(tb.TempDir(), "accounts") }

func (k *kit) store(tb testing.TB) verifier.Store {
	s := k.open(tb, k.place(tb))
	tb.Cleanup(func() { closeStore(tb, s) })
	return s
}

func closeStore(tb testing.TB, s verifier.Store) {
	if c, ok := s.(io.Closer); ok {
		if err := c.Close(); err != nil {
			tb.Errorf("close store: %v", err)
		}
	}
}

func fromEnv(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 0 {
		return n
	}
	return otherwise
}

// start is the time at which every test begins, at the start of a step.
var start = time.Unix(1_800_000_000, 0)

// clock is a clock that stands still until it is moved.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// bench is a verifier on a store, with a clock and a list of events.
type bench struct {
	*verifier.Verifier
	tb     testing.TB
	clock  *clock
	policy *verifier.Policy

	mu     sync.Mutex
	events []verifier.Event
}

func newBench(tb testing.TB, s verifier.Store, change ...func(*verifier.Policy)) *bench {
	tb.Helper()
	b := &bench{tb: tb, clock: &clock{t: start}, policy: verifier.DefaultPolicy()}
	b.policy.RecoveryHash = verifier.HashCost{Time: 1, Memory: 64, Threads: 1} // strength is not what is tested
	for _, fn := range change {
		fn(b.policy)
	}
	v, err := verifier.New(s, ring(tb), verifier.Config{Policy: b.policy, Now: b.clock.now, Handle: b.handle})
	if err != nil {
		tb.Fatal(err)
	}
	b.Verifier = v
	return b
}

func (b *bench) handle(_ context.Context, e verifier.Event) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = append(b.events, e)
	return nil
}

// count is the number of events of a kind so far.
func (b *bench) count(kind verifier.Kind) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, e := range b.events {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

func ring(tb testing.TB) *verifier.Keyring {
	tb.Helper()
	secret, err := otp.NewSecret([]byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		tb.Fatal(err)
	}
	r, err := verifier.NewKeyring(verifier.MasterKey{Version: 1, Secret: secret})
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// holder is a person with an authenticator.
type holder struct {
	*bench
	id       string
	key      otp.Key
	codes    *otp.Generator
	recovery []string
}

// enrol enrols a key and waits until the code that confirmed it is over.
func (b *bench) enrol(id string, n verifier.NewKey) *holder {
	b.tb.Helper()
	n.Issuer, n.Account = "Example", id
	k, err := b.Begin(b.tb.Context(), id, n)
	if err != nil {
		b.tb.Fatal(err)
	}
	h := b.holder(id, k)
	if h.recovery, err = b.Confirm(b.tb.Context(), id, h.code(0)); err != nil {
		b.tb.Fatal(err)
	}
	if err := b.Acknowledge(b.tb.Context(), id); err != nil {
		b.tb.Fatal(err)
	}
	h.key.Counter++
	b.clock.add(30 * time.Second)
	return h
}

func (b *bench) holder(id string, k otp.Key) *holder {
	b.tb.Helper()
	g, err := otp.Prepare(k)
	if err != nil {
		b.tb.Fatal(err)
	}
	return &holder{bench: b, id: id, key: k, codes: g}
}

// code is what the authenticator shows delta steps or counters from now.
func (h *holder) code(delta int64) string {
	if h.key.Type == otp.HOTP {
		return h.codes.Code(h.key.Counter + delta)
	}
	return h.codes.Code(h.key.Step(h.clock.now()) + delta)
}

// wrong is a code that matches nowhere near.
func (h *holder) wrong() string {
	code := []byte(h.code(0))
	for {
		if _, ok := h.codes.Match(string(code), h.step(), otp.Window{Behind: 50, Ahead: 50}); !ok {
			return string(code)
		}
		code[len(code)-1] = '0' + (code[len(code)-1]-'0'+1)%10
		code[0] = '0' + (code[0]-'0'+3)%10
	}
}

func (h *holder) step() int64 {
	if h.key.Type == otp.HOTP {
		return h.key.Counter
	}
	return h.key.Step(h.clock.now())
}

// try submits a code and returns the outcome.
func (h *holder) try(code string) verifier.Outcome {
	h.tb.Helper()
	r, err := h.Verify(h.tb.Context(), h.id, verifier.Attempt{Code: code, Source: "192.0.2.1"})
	if err != nil {
		h.tb.Fatal(err)
	}
	return r.Outcome
}

// want submits codes and compares the outcomes.
func (h *holder) want(want verifier.Outcome, codes ...string) {
	h.tb.Helper()
	for i, code := range codes {
		if got := h.try(code); got != want {
			h.tb.Fatalf("code %d: %s, want %s", i+1, got, want)
		}
	}
}

// race submits the attempts that make gives, all at once, and counts the outcomes.
func race(tb testing.TB, n int, attempt func(i int) (verifier.Result, error)) map[verifier.Outcome]int {
	tb.Helper()
	var wg sync.WaitGroup
	var mu sync.Mutex
	ready := make(chan struct{})
	got := map[verifier.Outcome]int{}
	for i := range n {
		wg.Go(func() {
			<-ready
			r, err := attempt(i)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				tb.Error(err)
				return
			}
			got[r.Outcome]++
		})
	}
	close(ready)
	wg.Wait()
	return got
}
