package storetest

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/verifier"
)

func testCounterStays(t *testing.T, k *kit) {
	b := newBench(t, k.store(t))
	h := b.enrol("a", verifier.NewKey{Type: otp.HOTP})
	for range 4 {
		h.want(verifier.Invalid, h.wrong())
	}
	h.want(verifier.Accepted, h.code(0))
	h.want(verifier.Accepted, h.code(1+10)) // the far end of the look-ahead
	h.want(verifier.Replayed, h.code(5))    // what was skipped is dead
	h.want(verifier.Invalid, h.code(12+11)) // one beyond
	h.want(verifier.Accepted, h.code(12))
}

func testDriftSlowTyping(t *testing.T, k *kit) {
	logins := 10_000
	if k.caps.Durable {
		logins = 500 // the policy is the same code; what is looked at is that the store keeps it
	}
	b := newBench(t, k.store(t))
	h := b.enrol("a", verifier.NewKey{})
	r := rand.New(rand.NewPCG(17, 17))
	for range logins {
		b.clock.add(8*time.Hour + time.Duration(r.Int64N(int64(time.Minute)))) // three logins a day
		code := h.code(0)
		b.clock.add(time.Duration(r.Int64N(int64(45 * time.Second))))
		if o := h.try(code); o == verifier.Invalid { // the code was older than the window: the holder takes the next
			b.clock.add(30 * time.Second)
			h.want(verifier.Accepted, h.code(0))
		} else if o != verifier.Accepted {
			t.Fatal(o)
		}
	}
	a, err := b.Account(t.Context(), "a")
	if err != nil || a.Keys[0].Drift != 0 || b.count(verifier.DriftLearned) != 0 {
		t.Errorf("drift is %d (%v), want 0", a.Keys[0].Drift, err)
	}
}

func testNoOracle(t *testing.T, k *kit) {
	b := newBench(t, k.store(t))
	answers := map[string]verifier.Result{}
	for name, delta := range map[string]int64{"future": 8, "far future": 900, "past": -8, "used": 0, "wrong": 5000} {
		h := b.enrol(name, verifier.NewKey{})
		if name == "used" {
			h.want(verifier.Accepted, h.code(0))
		}
		r, err := b.Verify(t.Context(), name, verifier.Attempt{Code: h.code(delta)})
		if err != nil {
			t.Fatal(err)
		}
		answers[name] = r
	}
	for name, r := range answers {
		if r.Public() != answers["wrong"].Public() || r.Remaining != answers["wrong"].Remaining {
			t.Errorf("a code from the %s is answered %q, a wrong one %q", name, r.Public(), answers["wrong"].Public())
		}
		if name != "used" && r != answers["wrong"] {
			t.Errorf("a code from the %s gives %+v, a wrong one %+v", name, r, answers["wrong"])
		}
	}
	testUniformResync(t, b)
}

// testUniformResync checks that a failed resync says nothing of its cause.
func testUniformResync(t *testing.T, b *bench) {
	failed := map[string]verifier.Result{}
	for name, codes := range map[string]func(*holder) []string{
		"first right":  func(h *holder) []string { return []string{h.code(5), h.wrong()} },
		"second right": func(h *holder) []string { return []string{h.wrong(), h.code(5)} },
		"reversed":     func(h *holder) []string { return []string{h.code(6), h.code(5)} },
		"one twice":    func(h *holder) []string { return []string{h.code(5), h.code(5)} },
		"too far":      func(h *holder) []string { return []string{h.code(40), h.code(41)} },
		"dead":         func(h *holder) []string { return []string{h.code(-3), h.code(-2)} },
		"malformed":    func(h *holder) []string { return []string{"12", h.code(5)} },
		"wrong":        func(h *holder) []string { return []string{h.wrong(), h.wrong()} },
	} {
		h := b.enrol("resync "+name, verifier.NewKey{})
		r, err := b.Resync(t.Context(), h.id, verifier.Resync{Codes: codes(h)})
		if err != nil {
			t.Fatal(err)
		}
		failed[name] = r
		if a, err := b.Account(t.Context(), h.id); err != nil || a.Failures != 1 {
			t.Errorf("%s: it counted %d times (%v), want once", name, a.Failures, err)
		}
	}
	for name, r := range failed {
		if r != failed["wrong"] || r.Outcome != verifier.Invalid {
			t.Errorf("resync, %s: %+v, wrong codes: %+v", name, r, failed["wrong"])
		}
	}
}

func testLinkScanner(t *testing.T, k *kit) {
	b := newBench(t, k.store(t))
	b.enrol("a", verifier.NewKey{})
	use := func(token string) verifier.Outcome {
		r, err := b.UseLink(t.Context(), "a", verifier.Attempt{Code: token})
		if err != nil {
			t.Fatal(err)
		}
		return r.Outcome
	}
	token, err := b.NewLink(t.Context(), "a", b.clock.now())
	if err != nil {
		t.Fatal(err)
	}
	for range 10 { // what GET and HEAD do
		if ok, err := b.CheckLink(t.Context(), "a", token); err != nil || !ok {
			t.Fatalf("looking at a live link: %t, %v", ok, err)
		}
	}
	if o := use(token); o != verifier.Accepted {
		t.Errorf("the link after ten looks: %s", o)
	}
	if o := use(token); o != verifier.Invalid {
		t.Errorf("the link a second time: %s", o)
	}
	late, err := b.NewLink(t.Context(), "a", b.clock.now())
	if err != nil {
		t.Fatal(err)
	}
	b.clock.add(15 * time.Minute)
	if o := use(late); o != verifier.Invalid {
		t.Errorf("the link after 15 minutes: %s", o)
	}
	if _, err := b.NewLink(t.Context(), "a", b.clock.now().Add(-6*time.Minute)); !errors.Is(err, verifier.ErrStale) {
		t.Errorf("a link after an old re-authentication: %v, want ErrStale", err)
	}
	one, err := b.NewLink(t.Context(), "a", b.clock.now())
	if err != nil {
		t.Fatal(err)
	}
	got := race(t, 32, func(int) (verifier.Result, error) {
		return b.UseLink(context.Background(), "a", verifier.Attempt{Code: one})
	})
	if got[verifier.Accepted] != 1 {
		t.Errorf("one link 32 times at once: %v", got)
	}
}
