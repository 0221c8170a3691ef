package verifier

import (
	"context"
	"fmt"
	"sync"

	"github.com/authctl/authctl/otp"
)

// Verify checks a code or a recovery code, consumes it if it is right and counts
// it if it is not. Call it once for each submission, after the first factor, and
// let the person in only if there is no error and Result.OK.
func (v *Verifier) Verify(ctx context.Context, id string, a Attempt) (Result, error) {
	code, recovery := parseRecoveryCode(a.Code)
	r, err := v.allowed(ctx, id, a, recovery)
	switch {
	case err != nil || r.Outcome == Limited:
	case recovery:
		r, err = v.verifyRecovery(ctx, id, code, a.Source)
	default:
		r, err = v.verifyCode(ctx, id, a)
	}
	if err != nil {
		return Result{}, fmt.Errorf("verify code of %q: %w", id, err)
	}
	return r, nil
}

// allowed asks the limiter. The outcome is Limited or empty.
func (v *Verifier) allowed(ctx context.Context, id string, a Attempt, recovery bool) (Result, error) {
	if v.config.Allow == nil {
		return Result{}, nil
	}
	ok, err := v.config.Allow(ctx, id, a)
	if err != nil {
		return Result{}, fmt.Errorf("ask the limiter: %w", err)
	}
	if ok {
		return Result{}, nil
	}
	r := Result{Outcome: Limited}
	if recovery {
		r.Method = ByRecovery
	}
	if v.config.Handle != nil {
		e := Event{Account: id, At: v.config.Now().UTC(), Kind: LoginRefused, Outcome: Limited, Method: r.Method, Source: a.Source}
		v.handOver(ctx, id, []Event{e})
	}
	return r, nil
}

// turns are those of codes, which are by far the most: used again, they make the
// collector's work a third less.
var turns = sync.Pool{New: func() any { return new(turn) }}

func (v *Verifier) verifyCode(ctx context.Context, id string, a Attempt) (Result, error) {
	t := turns.Get().(*turn)
	*t = turn{id: id, source: a.Source, input: a.Code}
	err := v.update(ctx, t, (*turn).verifyCode)
	r := t.result
	*t = turn{}
	turns.Put(t)
	return r, err
}

// verifyCode is the order that every attempt goes through: form, lock, comparison
// with every live candidate, then consumption or count.
func (t *turn) verifyCode() error {
	s := t.s
	if s.with(Confirmed) == nil && s.with(Retiring) == nil {
		t.result = t.refuse(Result{Outcome: NotEnrolled})
		return nil
	}
	if !t.wellFormed() {
		t.result = t.refuse(Result{Outcome: Malformed})
		return nil
	}
	if r, locked := t.locked(); locked {
		t.result = t.refuse(r)
		return nil
	}
	r, err := t.compare(t.input)
	switch {
	case err != nil:
		return err
	case r.Outcome == Accepted:
		t.result = t.accept(r)
	case r.Outcome == NeedsResync:
		t.result = t.refuse(r)
	default:
		t.result = t.fail(r, LoginRefused)
	}
	return nil
}

// wellFormed reports whether the input can be a code of any live key.
func (t *turn) wellFormed() bool {
	for i := range t.s.Keys {
		if e := &t.s.Keys[i]; e.live() {
			if _, ok := normalize(e, t.input); ok {
				return true
			}
		}
	}
	return false
}

// normalize is what the input means as a code of the key. The usual input is one
// already and needs no work.
func normalize(e *Enrolled, input string) (string, bool) {
	if len(input) == e.Digits && e.Type != otp.Steam {
		plain := true
		for i := range len(input) {
			plain = plain && '0' <= input[i] && input[i] <= '9'
		}
		if plain {
			return input, true
		}
	}
	code, _, err := e.key(otp.Secret{}).Normalize(input)
	return code, err == nil
}

// locked is the refusal while codes are locked or shut.
func (t *turn) locked() (Result, bool) {
	if t.s.Shut {
		return Result{Outcome: Locked}, true
	}
	until := t.s.Codes.until()
	if until == 0 {
		return Result{}, false
	}
	return Result{Outcome: Locked, LockedUntil: until.Time(), Wait: until.Time().Sub(t.now.Time())}, true
}

// compare evaluates every candidate of every live key, and consumes what matched.
// The outcome is Accepted, Replayed, Invalid or NeedsResync.
func (t *turn) compare(input string) (Result, error) {
	best := Result{Outcome: NeedsResync}
	for i := range t.s.Keys {
		e := &t.s.Keys[i]
		code, ok := normalize(e, input)
		if !e.live() || !ok || e.Resync {
			continue
		}
		g, err := t.v.generator(t.id, e)
		if err != nil {
			return Result{}, err
		}
		c := t.candidate(e, g, code)
		if c.Outcome == Accepted {
			t.consume(e, c)
		}
		if rank(c.Outcome) > rank(best.Outcome) {
			best = c.Result
		}
	}
	return best, nil
}

func rank(o Outcome) int {
	switch o {
	case Accepted:
		return 3
	case Replayed:
		return 2
	case Invalid:
		return 1
	}
	return 0
}

// accept ends a run of failures. The 30-day count stays.
func (t *turn) accept(r Result) Result {
	t.s.Codes = Guard{}
	r.Remaining = t.v.policy.Failures
	r.Incomplete = !t.s.Recovery.complete()
	t.emit(Event{Kind: LoginAccepted, Outcome: Accepted, Method: r.Method, Enrolment: r.Enrolment, Counter: r.Counter, Delta: r.Delta})
	return r
}

// refuse tells of an attempt that was not looked at, and counts nothing.
func (t *turn) refuse(r Result) Result {
	if r.Outcome != Locked {
		r.Remaining = max(t.v.policy.Failures-t.s.Codes.Run, 0)
	}
	t.tell(Event{Kind: LoginRefused, Outcome: r.Outcome, Method: r.Method})
	return r
}

// fail counts a failure. A replay counts towards the short lock only: a form sent
// twice is no guess, and must not shut an account in a month.
func (t *turn) fail(r Result, kind Kind) Result {
	s, p := t.s, t.v.policy
	n := s.failures()
	if r.Outcome != Replayed {
		n = s.countFailure(t.now)
	}
	t.emit(Event{Kind: kind, Outcome: r.Outcome, Method: r.Method, Enrolment: r.Enrolment, Counter: r.Counter, Delta: r.Delta})
	if n == p.AlertAt && r.Outcome != Replayed {
		t.emit(Event{Kind: FailuresAlert})
	}
	if length := p.lockFor(n); s.Codes.fail(t.now, p.Failures, length) {
		t.emit(Event{Kind: CodesLocked, Lock: length})
	}
	if n >= p.ShutAt && !s.Shut {
		s.Shut = true
		t.emit(Event{Kind: CodesShut})
	}
	r.Remaining = max(p.Failures-s.Codes.Run, 0)
	if r.Outcome == Invalid {
		r.Enrolment, r.Method = 0, "" // of no key in particular
	}
	return r
}
