package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/verifier"
)

func testRestart(t *testing.T, k *kit) {
	if !k.caps.Durable {
		t.Skip("the store forgets and says so: it is not for a login that restarts")
	}
	place := k.place(t)
	s := k.open(t, place)
	b := newBench(t, s)
	h := b.enrol("a", verifier.NewKey{})
	code := h.code(0)
	h.want(verifier.Accepted, code)
	h.want(verifier.Accepted, h.recovery[0])
	for range 5 {
		h.want(verifier.Invalid, h.wrong())
	}
	closeStore(t, s)

	s = k.open(t, place)
	defer func() { closeStore(t, s) }()
	again := newBench(t, s)
	again.clock = b.clock
	v, err := verifier.New(s, ring(t), verifier.Config{Policy: b.policy, Now: b.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	again.Verifier = v
	h.bench = again
	h.want(verifier.Locked, code)
	h.want(verifier.Replayed, h.recovery[0])
	b.clock.add(15 * time.Minute)
	h.want(verifier.Accepted, h.code(0))
	b.clock.t = start.Add(30 * time.Second)
	h.want(verifier.Replayed, code)
}

func testClockBack(t *testing.T, k *kit) {
	b := newBench(t, k.store(t))
	h := b.enrol("a", verifier.NewKey{})
	code := h.code(0)
	h.want(verifier.Accepted, code)
	b.clock.add(-time.Hour)
	h.want(verifier.Replayed, h.code(0)) // of an hour ago: it was live then, and so may have been seen
	b.clock.add(time.Hour)
	h.want(verifier.Replayed, code)
	b.clock.add(time.Hour)
	b.clock.add(-time.Hour) // forward and back without a login in between harms nobody
	b.clock.add(time.Minute)
	h.want(verifier.Accepted, h.code(0))

	// A lock that began in what is now the future lasts no longer than its length.
	for range 5 {
		h.want(verifier.Invalid, h.wrong())
	}
	b.clock.add(-48 * time.Hour)
	h.want(verifier.Locked, h.code(0))
	b.clock.add(15 * time.Minute)
	if o := h.try(h.wrong()); o != verifier.Invalid {
		t.Errorf("15 minutes after the clock was set back: %s, want the lock to be over", o)
	}
	b.clock.add(48 * time.Hour)
	h.want(verifier.Accepted, h.code(0))
	// Nor does a failure of the future count for longer than 30 days.
	b.clock.add(-400 * 24 * time.Hour)
	h.want(verifier.Invalid, h.wrong())
	b.clock.add(32 * 24 * time.Hour)
	if a, err := b.Account(t.Context(), "a"); err != nil || a.Failures != 0 {
		t.Errorf("32 days later %d failures count (%v), want 0", a.Failures, err)
	}
}

func testWrongRow(t *testing.T, k *kit) {
	s := k.store(t)
	b := newBench(t, s)
	a, other := b.enrol("a", verifier.NewKey{}), b.enrol("b", verifier.NewKey{})
	a.want(verifier.Accepted, a.code(0)) // its key is prepared now
	load := func(id string) verifier.State {
		state, err := s.Load(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return state
	}
	old, row := load("b"), load("a")
	tamper := func(what string, change func(*verifier.State)) {
		t.Helper()
		set := func(fn func(*verifier.State)) {
			if err := s.Update(t.Context(), "a", func(s *verifier.State) error { fn(s); return nil }); err != nil {
				t.Fatal(err)
			}
		}
		set(change)
		b.clock.add(time.Minute)
		for _, code := range []string{a.code(0), other.code(0)} {
			r, err := b.Verify(t.Context(), "a", verifier.Attempt{Code: code})
			if !errors.Is(err, verifier.ErrSealed) || r.OK() {
				t.Errorf("%s: %v, %v; want ErrSealed", what, r.Outcome, err)
			}
		}
		set(func(s *verifier.State) { *s = row })
	}
	tamper("the secret of another account", func(s *verifier.State) { s.Keys[0].Secret = old.Keys[0].Secret })
	tamper("an old secret under a new enrolment", func(s *verifier.State) { s.Keys[0].Enrolment++ })
	tamper("another period", func(s *verifier.State) { s.Keys[0].Period = 60 })
	tamper("another T0", func(s *verifier.State) { s.Keys[0].T0 = 30 })
	tamper("another algorithm", func(s *verifier.State) { s.Keys[0].Algorithm = otp.SHA256 })
	if st := load("a"); st.Codes.Run != 0 {
		t.Errorf("what the store did wrong counts %d failures of the person", st.Codes.Run)
	}
	set := load("b").Recovery
	if err := s.Update(t.Context(), "a", func(s *verifier.State) error { s.Recovery = set; return nil }); err != nil {
		t.Fatal(err)
	}
	if r, err := b.Verify(t.Context(), "a", verifier.Attempt{Code: other.recovery[0]}); !errors.Is(err, verifier.ErrSealed) || r.OK() {
		t.Errorf("recovery codes of another account: %v, %v; want ErrSealed", r.Outcome, err)
	}
}

func testConflict(t *testing.T, k *kit) {
	s := k.store(t)
	b := newBench(t, conflicting{s})
	h := b.enrol("a", verifier.NewKey{})
	b.events = nil
	expect := func(kind verifier.Kind, n int) {
		t.Helper()
		if got := b.count(kind); got != n {
			t.Errorf("%d events %s, want %d", got, kind, n)
		}
	}
	h.want(verifier.Accepted, h.code(0))
	expect(verifier.LoginAccepted, 1)
	h.want(verifier.Replayed, h.code(0))
	h.want(verifier.Accepted, h.recovery[0])
	h.want(verifier.Replayed, h.recovery[0])
	expect(verifier.LoginAccepted, 2)
	expect(verifier.LoginRefused, 2)
	for range 5 {
		h.want(verifier.Invalid, h.wrong())
	}
	h.want(verifier.Locked, h.wrong())
	expect(verifier.CodesLocked, 1)
	token, err := b.NewLink(t.Context(), "a", b.clock.now())
	if err != nil {
		t.Fatal(err)
	}
	if r, err := b.UseLink(t.Context(), "a", verifier.Attempt{Code: token}); err != nil || !r.OK() {
		t.Errorf("link: %v, %v", r.Outcome, err)
	}
	if r, err := b.Resync(t.Context(), "a", verifier.Resync{Codes: []string{h.code(5), h.code(6)}}); err != nil || r.Outcome != verifier.Resynced {
		t.Errorf("resync: %v, %v", r.Outcome, err)
	}
	expect(verifier.KeyResynced, 1)
	if state, err := s.Load(t.Context(), "a"); err != nil || len(state.Outbox) != 0 {
		t.Errorf("%d events wait in the outbox (%v), want none", len(state.Outbox), err)
	}
}

func testReplyLost(t *testing.T, k *kit) {
	for _, kept := range []bool{true, false} {
		u := &unknowing{Store: k.store(t)}
		b := newBench(t, u)
		h := b.enrol("a", verifier.NewKey{})
		code := h.code(0)
		u.keep.Store(kept)
		u.on.Store(true)
		u.calls.Store(0)
		r, err := b.Verify(t.Context(), "a", verifier.Attempt{Code: code})
		if !errors.Is(err, verifier.ErrUnknownOutcome) || r.OK() {
			t.Errorf("kept %t: %v, %v; want ErrUnknownOutcome and no entry", kept, r.Outcome, err)
		}
		if n := u.calls.Load(); n != 1 {
			t.Errorf("kept %t: it was tried %d times, want once", kept, n)
		}
		u.on.Store(false)
		want := verifier.Accepted
		if kept {
			want = verifier.Replayed
		}
		h.want(want, code)
		if a, err := b.Account(t.Context(), "a"); err != nil || a.Failures != 0 {
			t.Errorf("kept %t: a fault of the store counts as %d failures of the person (%v)", kept, a.Failures, err)
		}
	}
}
