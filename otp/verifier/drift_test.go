package verifier_test

import (
	"testing"
	"time"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/verifier"
)

func (l *login) drift(id string) int64 { return l.account(id).Keys[0].Drift }

func TestDriftAheadIsLearnedFromThreeLogins(t *testing.T) {
	l := newLogin(t)
	p, _ := l.enrol("a", verifier.NewKey{})
	for _, step := range []struct {
		off  time.Duration
		want []int64
	}{
		{30 * time.Second, []int64{0, 0, 1, 1}},
		{60 * time.Second, []int64{1, 1, 2, 2}},
		{90 * time.Second, []int64{2, 2, 2, 2}}, // capped: further is for a resync
	} {
		p.off = step.off
		for i, want := range step.want {
			l.now = l.now.Add(time.Hour)
			l.want("a", verifier.Accepted, p.at(l.now))
			if got := l.drift("a"); got != want {
				t.Errorf("%v ahead, login %d: drift %d, want %d", step.off, i+1, got, want)
			}
		}
	}
	// Its holder sets the clock right: the next code is good all the same, and the
	// drift is forgotten.
	p.off = 0
	for range 3 {
		l.now = l.now.Add(time.Hour)
		l.want("a", verifier.Accepted, p.at(l.now))
	}
	if got := l.drift("a"); got != 0 {
		t.Errorf("three logins after the clock was set right the drift is %d", got)
	}
}

func TestDriftIsNotLearnedFromOneOrFromMixedLogins(t *testing.T) {
	l := newLogin(t)
	p, _ := l.enrol("a", verifier.NewKey{})
	for _, off := range []time.Duration{30, 30, 0, 30, 30, -30, 30, 30} {
		p.off = off * time.Second
		l.now = l.now.Add(time.Hour)
		l.want("a", verifier.Accepted, p.at(l.now))
	}
	if got := l.drift("a"); got != 0 {
		t.Errorf("drift is %d, want 0", got)
	}
}

func TestResyncTOTP(t *testing.T) {
	for _, off := range []int64{-20, -7, 7, 18} {
		l := newLogin(t)
		p, _ := l.enrol("a", verifier.NewKey{})
		p.off = time.Duration(off) * 30 * time.Second
		l.now = l.now.Add(time.Hour)
		first := p.at(l.now)
		l.want("a", verifier.Invalid, first)
		l.now = l.now.Add(30 * time.Second)
		r, err := l.Resync(t.Context(), "a", verifier.Resync{Codes: []string{first, p.at(l.now)}})
		if err != nil || r.Outcome != verifier.Resynced || r.Delta != off {
			t.Fatalf("off by %d steps: %+v, %v", off, r, err)
		}
		l.want("a", verifier.Replayed, p.at(l.now))
		l.now = l.now.Add(30 * time.Second)
		l.want("a", verifier.Accepted, p.at(l.now))
	}
}

func TestResyncRange(t *testing.T) {
	l := newLogin(t)
	p, _ := l.enrol("a", verifier.NewKey{})
	p.off = 12 * time.Hour
	codes := []string{p.at(l.now), p.at(l.now.Add(30 * time.Second))}
	if r, err := l.Resync(t.Context(), "a", verifier.Resync{Codes: codes}); err != nil || r.Outcome != verifier.Invalid {
		t.Errorf("1440 steps for the holder: %v, %v; want invalid", r.Outcome, err)
	}
	if r, err := l.Resync(t.Context(), "a", verifier.Resync{Codes: codes, Operator: "ops"}); err != nil || r.Outcome != verifier.Resynced {
		t.Errorf("1440 steps for an operator: %v, %v; want resynced", r.Outcome, err)
	}
	if e := l.last(verifier.KeyResynced); e.By != "ops" || e.Drift != 1441 {
		t.Errorf("event is %+v", e)
	}
}

func TestResyncHOTP(t *testing.T) {
	for _, c := range []struct {
		ahead, codes int
		want         verifier.Outcome
	}{
		{0, 2, verifier.Resynced}, {100, 2, verifier.Resynced}, {101, 2, verifier.Invalid},
		{1000, 3, verifier.Resynced}, {1001, 3, verifier.Invalid},
	} {
		l := newLogin(t)
		p, _ := l.enrol("a", verifier.NewKey{Type: otp.HOTP})
		p.key.Counter += int64(c.ahead)
		var codes []string
		for range c.codes {
			codes = append(codes, p.press())
		}
		r, err := l.Resync(t.Context(), "a", verifier.Resync{Codes: codes})
		if err != nil || r.Outcome != c.want {
			t.Errorf("%d codes, %d ahead: %v, %v; want %s", c.codes, c.ahead, r.Outcome, err, c.want)
		}
		if c.want == verifier.Resynced {
			l.want("a", verifier.Accepted, p.press())
		}
	}
}
