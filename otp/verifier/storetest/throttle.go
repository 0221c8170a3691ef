package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/verifier"
)

func testCountStays(t *testing.T, k *kit) {
	b := newBench(t, k.store(t))
	h := b.enrol("a", verifier.NewKey{})
	login := func() (err error) { // a caller whose own work fails after the check
		ctx, cancel := context.WithCancel(context.Background())
		defer func() {
			if e := recover(); e != nil {
				err = fmt.Errorf("recovered: %v", e)
			}
		}()
		defer cancel()
		if _, err := b.Verify(ctx, "a", verifier.Attempt{Code: h.wrong()}); err != nil {
			return err
		}
		panic("the page cannot be rendered")
	}
	for range b.policy.Failures {
		if err := login(); err == nil || !strings.Contains(err.Error(), "rendered") {
			t.Fatal(err)
		}
	}
	h.want(verifier.Locked, h.code(0))
}

func testLimiterRace(t *testing.T, k *kit) {
	b := newBench(t, k.store(t))
	h := b.enrol("a", verifier.NewKey{})
	wrong := h.wrong()
	got := race(t, 200, func(int) (verifier.Result, error) {
		return b.Verify(context.Background(), "a", verifier.Attempt{Code: wrong})
	})
	if got[verifier.Invalid] != 5 || got[verifier.Locked] != 195 {
		t.Errorf("200 wrong codes at once: %v, want 5 invalid and 195 locked", got)
	}
	b.clock.add(15 * time.Minute)
	h.want(verifier.Accepted, h.code(0))
	a, err := b.Account(t.Context(), "a")
	if err != nil || a.Failures != 5 {
		t.Errorf("after a success %d failures of 30 days are left (%v), want 5", a.Failures, err)
	}
	// A new challenge or a new key resets nothing.
	for range 4 {
		h.want(verifier.Invalid, h.wrong())
	}
	if _, err := b.Begin(t.Context(), "a", verifier.NewKey{Issuer: "Example"}); err != nil {
		t.Fatal(err)
	}
	h.want(verifier.Invalid, h.wrong())
	h.want(verifier.Locked, h.wrong())
}

func testThrottle(t *testing.T, k *kit) {
	for name, n := range kinds {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, k.store(t))
			h := b.enrol("a", n)
			for range 5 {
				h.want(verifier.Invalid, h.wrong())
			}
			h.want(verifier.Locked, h.wrong(), h.code(0))
			b.clock.add(15*time.Minute - time.Millisecond)
			h.want(verifier.Locked, h.code(0)) // and trying did not make it longer
			b.clock.add(time.Millisecond)
			h.want(verifier.Accepted, h.code(0))
			if n := b.count(verifier.CodesLocked); n != 1 {
				t.Errorf("%d lock events, want 1", n)
			}
		})
	}
}

func testRecoveryTwice(t *testing.T, k *kit) {
	b := newBench(t, k.store(t))
	h := b.enrol("a", verifier.NewKey{})
	if len(h.recovery) != 10 {
		t.Fatalf("%d recovery codes, want 10", len(h.recovery))
	}
	h.want(verifier.Accepted, h.recovery[0])
	h.want(verifier.Replayed, h.recovery[0], strings.ToLower(h.recovery[0]), strings.ReplaceAll(h.recovery[0], "-", " "))
	// Fewer at once than the budget, which is reserved before anything is looked at.
	got := race(t, b.policy.RecoveryFailures-3, func(int) (verifier.Result, error) {
		return b.Verify(context.Background(), "a", verifier.Attempt{Code: h.recovery[1]})
	})
	if got[verifier.Accepted] != 1 {
		t.Errorf("one code at once several times: %v, want one accepted", got)
	}
	b.clock.add(5 * time.Minute)
	again, err := b.ReplaceRecovery(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	h.want(verifier.Invalid, h.recovery[2])
	h.want(verifier.Accepted, again[2])
	if r, err := b.Verify(t.Context(), "a", verifier.Attempt{Code: again[3]}); err != nil || r.RecoveryLeft != 8 {
		t.Errorf("%d codes are left, %v; want 8", r.RecoveryLeft, err)
	}
}

func testAccountsApart(t *testing.T, k *kit) {
	b := newBench(t, k.store(t))
	key, err := otp.New(otp.TOTP, "Example", "shared", otp.NewOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"a", "b"} { // one secret, as two accounts of one device may have
		if _, err := b.Adopt(t.Context(), id, key); err != nil {
			t.Fatal(err)
		}
	}
	h, other := b.holder("a", key), b.holder("b", key)
	h.want(verifier.Accepted, h.code(0))
	other.want(verifier.Accepted, h.code(0))
	for range 5 {
		h.want(verifier.Invalid, h.wrong())
	}
	other.want(verifier.Accepted, other.code(1))
}
