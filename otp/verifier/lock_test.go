package verifier_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/verifier"
)

// far is a code of the key that is nowhere near.
func (p *phone) far(l *login) string { return p.g.Code(p.key.Step(l.now) + 100_000) }

func TestLocksGrowAndShutUntilRecovery(t *testing.T) {
	l := newLogin(t)
	p, recovery := l.enrol("a", verifier.NewKey{})
	var locks []time.Duration
	for n := 0; n < 100; {
		r := l.verify("a", p.far(l))
		if r.Outcome == verifier.Locked {
			a := l.account("a")
			locks = append(locks, a.LockedUntil.Sub(l.now))
			l.now = a.LockedUntil
			continue
		}
		if n++; n == 5 {
			l.last(verifier.FailuresAlert)
		}
	}
	got := fmt.Sprint(locks)
	want := "[15m0s 30m0s 30m0s 1h0m0s 1h0m0s 2h0m0s 2h0m0s 4h0m0s 4h0m0s 8h0m0s 8h0m0s 16h0m0s 16h0m0s 24h0m0s 24h0m0s 24h0m0s 24h0m0s 24h0m0s 24h0m0s]"
	if got != want {
		t.Errorf("locks are %s, want %s", got, want)
	}
	l.last(verifier.CodesShut)
	l.now = l.now.Add(60 * 24 * time.Hour)
	r := l.verify("a", p.at(l.now))
	if r.Outcome != verifier.Locked || !r.LockedUntil.IsZero() {
		t.Errorf("60 days later: %+v, want shut", r)
	}
	l.want("a", verifier.Accepted, recovery[0])
	l.want("a", verifier.Accepted, p.at(l.now))
}

func TestARunIsForgottenAfterThePause(t *testing.T) {
	l := newLogin(t)
	p, _ := l.enrol("a", verifier.NewKey{})
	for range 3 { // four wrong, a pause, four wrong: nobody is locked
		for range 4 {
			l.want("a", verifier.Invalid, p.far(l))
		}
		l.now = l.now.Add(15 * time.Minute)
	}
	l.want("a", verifier.Accepted, p.at(l.now))
}

func TestReplaysLockButDoNotShut(t *testing.T) {
	l := newLogin(t)
	p, _ := l.enrol("a", verifier.NewKey{})
	for range 300 { // a form that is always sent twice
		l.want("a", verifier.Accepted, p.at(l.now))
		l.want("a", verifier.Replayed, p.at(l.now))
		l.now = l.now.Add(time.Minute)
	}
	if n := l.account("a").Failures; n != 0 {
		t.Errorf("%d failures count for the month, want 0", n)
	}
	l.want("a", verifier.Accepted, p.at(l.now))
	for range 5 {
		l.want("a", verifier.Replayed, p.at(l.now))
	}
	l.want("a", verifier.Locked, p.at(l.now))
}

func TestRecoveryHasABudgetOfItsOwn(t *testing.T) {
	l := newLogin(t)
	p, recovery := l.enrol("a", verifier.NewKey{})
	for range 5 {
		l.want("a", verifier.Invalid, p.far(l))
	}
	l.want("a", verifier.Locked, p.at(l.now))
	l.want("a", verifier.Accepted, recovery[0]) // opens the lock too
	l.want("a", verifier.Accepted, p.at(l.now))
	for i := range 10 {
		l.want("a", verifier.Invalid, fmt.Sprintf("AAAA-AAA%c", 'A'+i%5))
	}
	r := l.verify("a", recovery[1])
	if r.Outcome != verifier.Locked || r.Wait != 5*time.Minute {
		t.Errorf("the 11th recovery code: %+v, want locked for 5 minutes", r)
	}
	l.now = l.now.Add(5 * time.Minute)
	l.want("a", verifier.Accepted, p.at(l.now), recovery[1])
}

func TestLockRecovery(t *testing.T) {
	l := newLogin(t, func(c *verifier.Config) { c.Policy.LockRecovery = true })
	p, recovery := l.enrol("a", verifier.NewKey{})
	token, err := l.NewLink(t.Context(), "a", l.now)
	must(t, err)
	for range 5 {
		l.want("a", verifier.Invalid, p.far(l))
	}
	l.want("a", verifier.Locked, recovery[0])
	if r, err := l.UseLink(t.Context(), "a", verifier.Attempt{Code: token}); err != nil || r.Outcome != verifier.Locked {
		t.Errorf("link: %v, %v; want locked", r.Outcome, err)
	}
}

func TestPublicText(t *testing.T) {
	say := func(r verifier.Result) string { return r.Public() }
	wrong := say(verifier.Result{Outcome: verifier.Invalid, Remaining: 3})
	for _, o := range []verifier.Outcome{verifier.Replayed, verifier.NotEnrolled} {
		if got := say(verifier.Result{Outcome: o}); got != wrong {
			t.Errorf("%s is told as %q, invalid as %q", o, got, wrong)
		}
	}
	for want, r := range map[string]verifier.Result{
		"Try again in 15 minutes, or use a recovery code": {Outcome: verifier.Locked, LockedUntil: start, Wait: 14*time.Minute + time.Second},
		"Try again in a minute":                           {Outcome: verifier.Locked, LockedUntil: start, Wait: time.Second},
		"switched off":                                    {Outcome: verifier.Locked},
		"use a code or a login link":                      {Outcome: verifier.Locked, Method: verifier.ByRecovery, LockedUntil: start},
	} {
		if got := say(r); !strings.Contains(got, want) {
			t.Errorf("%+v is told as %q, want %q in it", r, got, want)
		}
	}
}

func TestLimiter(t *testing.T) {
	asked, open := "", false
	var broken error
	l := newLogin(t, func(c *verifier.Config) {
		c.Allow = func(_ context.Context, id string, a verifier.Attempt) (bool, error) {
			asked = id + " " + a.Source
			return open, broken
		}
	})
	p, _ := l.enrol("a", verifier.NewKey{})
	r, err := l.Verify(t.Context(), "a", verifier.Attempt{Code: p.at(l.now), Source: "192.0.2.9"})
	if err != nil || r.Outcome != verifier.Limited || asked != "a 192.0.2.9" {
		t.Errorf("%v, %v after asking for %q; want limited", r.Outcome, err, asked)
	}
	if e := l.last(verifier.LoginRefused); e.Outcome != verifier.Limited || e.Source != "192.0.2.9" {
		t.Errorf("event is %+v", e)
	}
	broken = errors.New("the limiter does not answer")
	if r, err := l.Verify(t.Context(), "a", verifier.Attempt{Code: p.at(l.now)}); !errors.Is(err, broken) || r.OK() {
		t.Errorf("a broken limiter: %v, %v; want an error", r.Outcome, err)
	}
	open, broken = true, nil
	l.want("a", verifier.Accepted, p.at(l.now))
}

func TestMalformedIsNotCounted(t *testing.T) {
	l := newLogin(t)
	p, _ := l.enrol("a", verifier.NewKey{})
	for _, code := range []string{"", "12345", "1234567", "abcdef", "ABCD-EFG", "ABCD-EFG0", "ABCD-EFGHJ", strings.Repeat("1", 1000)} {
		l.want("a", verifier.Malformed, code)
	}
	if r := l.verify("a", ""); r.Remaining != 5 {
		t.Errorf("%d tries remain, want 5", r.Remaining)
	}
	l.want("a", verifier.Accepted, p.at(l.now))
}

// TestGuessOdds computes the tables of doc/security.md from the policy.
func TestGuessOdds(t *testing.T) {
	doc, err := os.ReadFile("../../doc/security.md")
	must(t, err)
	p := verifier.DefaultPolicy()
	for name, k := range map[string]otp.Key{
		"TOTP, 6 digits": {Type: otp.TOTP, Digits: 6}, "TOTP, 8 digits": {Type: otp.TOTP, Digits: 8},
		"HOTP, 6 digits": {Type: otp.HOTP, Digits: 6}, "HOTP, 8 digits": {Type: otp.HOTP, Digits: 8},
		"Steam": {Type: otp.Steam, Digits: 5},
	} {
		row := fmt.Sprintf("| %s | %s %% | %s %% |", name, percent(p.Odds(k, 24*time.Hour)), percent(p.Odds(k, 365*24*time.Hour)))
		if !strings.Contains(string(doc), row) {
			t.Errorf("doc/security.md lacks the row\n%s", row)
		}
	}
	for _, r := range []struct {
		what                string
		tries, live, digits float64
		per                 time.Duration
	}{
		{"5 per 15 min, 3 live codes, 6 digits", 5, 3, 6, 15 * time.Minute},
		{"5 per 15 min, 10 live codes, 8 digits", 5, 10, 8, 15 * time.Minute},
		{"5 per 15 min, 10 live codes, 6 digits", 5, 10, 6, 15 * time.Minute},
		{"3 per 30 s, 3 live codes, 6 digits", 3, 3, 6, 30 * time.Second},
		{"5 per 30 s, 3 live codes, 6 digits", 5, 3, 6, 30 * time.Second},
	} {
		guesses := r.tries * float64(24*time.Hour/r.per)
		row := fmt.Sprintf("| %s | %s %% |", r.what, percent(guesses*r.live/math.Pow(10, r.digits)))
		if !strings.Contains(string(doc), row) {
			t.Errorf("doc/security.md lacks the row\n%s", row)
		}
	}
	guesses := fmt.Sprintf("%d guesses a day, %d a year", p.Guesses(24*time.Hour), p.Guesses(365*24*time.Hour))
	if !strings.Contains(string(doc), guesses) {
		t.Errorf("doc/security.md does not say %q", guesses)
	}
}

func percent(p float64) string { return fmt.Sprintf("%.2g", p*100) }

// TestGuessesIsWhatTheVerifierAllows runs the guesser against the verifier.
func TestGuessesIsWhatTheVerifierAllows(t *testing.T) {
	l := newLogin(t)
	p, _ := l.enrol("a", verifier.NewKey{})
	l.now = start.Truncate(24 * time.Hour).Add(24 * time.Hour)
	end, n := l.now.Add(24*time.Hour), 0
	for l.now.Before(end) {
		switch r := l.verify("a", p.far(l)); r.Outcome {
		case verifier.Invalid:
			n++
		default:
			l.now = r.LockedUntil
		}
	}
	if limit := verifier.DefaultPolicy().Guesses(24 * time.Hour); n > limit || n < limit-1 {
		t.Errorf("%d codes were compared in a day, Guesses says %d", n, limit)
	}
}
