package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/verifier"
)

// classTests are the ways in which login sides are known to have failed, under the
// numbers of the table in doc/security.md.
var classTests = []test{
	{"class01 replay in the same step", testReplay},
	{"class02 replay across the window", testReplayWindow},
	{"class03 replay after resync", testReplayResync},
	{"class04 replay by another spelling", testReplaySpelling},
	{"class05 concurrent use", testConcurrent},
	{"class06 the count outlives the caller's failure", testCountStays},
	{"class07 limiter race", testLimiterRace},
	{"class08 throttle", testThrottle},
	{"class10 recovery code used twice", testRecoveryTwice},
	{"class15 accounts are apart", testAccountsApart},
	{"class16 a failed HOTP leaves the counter", testCounterStays},
	{"class17 slow typing teaches no drift", testDriftSlowTyping},
	{"class18 no oracle", testNoOracle},
	{"class19 link consumed by a scanner", testLinkScanner},
	{"class20 restart between two uses", testRestart},
	{"class21 clock set back", testClockBack},
	{"class22 secret in the wrong row", testWrongRow},
	{"class23 conflict at every update", testConflict},
	{"class24 reply lost after commit", testReplyLost},
}

var kinds = map[string]verifier.NewKey{
	"totp":  {},
	"hotp":  {Type: otp.HOTP},
	"steam": {Type: otp.Steam},
}

func testReplay(t *testing.T, k *kit) {
	for name, n := range kinds {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, k.store(t))
			h := b.enrol("a", n)
			code := h.code(0)
			h.want(verifier.Accepted, code)
			h.want(verifier.Replayed, code, code)
		})
	}
}

func testReplayWindow(t *testing.T, k *kit) {
	b := newBench(t, k.store(t))
	h := b.enrol("a", verifier.NewKey{})
	first := h.code(0)
	h.want(verifier.Accepted, first)
	b.clock.add(30 * time.Second)
	second := h.code(0)
	h.want(verifier.Accepted, second)
	h.want(verifier.Replayed, first, second)

	b.clock.add(time.Minute)
	late := h.code(0)
	b.clock.add(time.Second)
	h.want(verifier.Accepted, late)
	b.clock.add(45 * time.Second) // its step is the one before the present now
	h.want(verifier.Replayed, late)
}

func testReplayResync(t *testing.T, k *kit) {
	for name, n := range map[string]verifier.NewKey{"totp": {}, "hotp": {Type: otp.HOTP}} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, k.store(t))
			h := b.enrol("a", n)
			codes := []string{h.code(12), h.code(13)}
			r, err := b.Resync(t.Context(), "a", verifier.Resync{Codes: codes})
			if err != nil || r.Outcome != verifier.Resynced || r.OK() {
				t.Fatalf("resync: %+v, %v; want resynced, which is not OK", r, err)
			}
			h.want(verifier.Replayed, codes...)
			if r, err := b.Resync(t.Context(), "a", verifier.Resync{Codes: codes}); err != nil || r.Outcome != verifier.Invalid {
				t.Errorf("the same resync again: %v, %v; want invalid", r.Outcome, err)
			}
			h.want(verifier.Accepted, h.code(14))
		})
	}
}

func testReplaySpelling(t *testing.T, k *kit) {
	b := newBench(t, k.store(t))
	h := b.enrol("a", verifier.NewKey{})
	code := h.code(0)
	wide := strings.Map(func(r rune) rune { return r - '0' + '０' }, code)
	accepted := 0
	for _, spelling := range []string{" " + code, code, code[:3] + " " + code[3:], wide} {
		if h.try(spelling) == verifier.Accepted {
			accepted++
		}
	}
	if accepted != 1 {
		t.Errorf("four spellings of one code were accepted %d times, want once", accepted)
	}
}

func testConcurrent(t *testing.T, k *kit) {
	b := newBench(t, k.store(t))
	total := fromEnv("AUTHCTL_ATTEMPTS", 20_000)
	if k.caps.Durable {
		total = fromEnv("AUTHCTL_ATTEMPTS", 2_000) // each waits for the disk
	}
	const goroutines, accounts = 64, 4
	var holders []*holder
	for i := range accounts {
		n := verifier.NewKey{}
		if i%2 == 1 {
			n.Type = otp.HOTP
		}
		holders = append(holders, b.enrol(fmt.Sprint("a", i), n))
	}
	for done := 0; done < total; done += goroutines {
		var codes [accounts]string
		for i, h := range holders {
			codes[i] = h.code(0)
		}
		got := race(t, goroutines, func(i int) (verifier.Result, error) {
			h := holders[i%accounts]
			return b.Verify(context.Background(), h.id, verifier.Attempt{Code: codes[i%accounts]})
		})
		if got[verifier.Accepted] != accounts {
			t.Fatalf("after %d attempts: %d codes were accepted %d times (%v)", done, accounts, got[verifier.Accepted], got)
		}
		for _, h := range holders {
			h.key.Counter++
		}
		b.clock.add(15 * time.Minute) // replays count towards the short lock
		b.mu.Lock()
		b.events = b.events[:0]
		b.mu.Unlock()
	}
}

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
