package verifier

import (
	"context"
	"crypto/subtle"
	"fmt"

	"github.com/authctl/authctl/otp"
)

// Resync is a request to find an authenticator again that has left the window:
// codes that it showed one after the other.
type Resync struct {
	Codes    []string // two; for HOTP three look further ahead
	Source   string   // as in Attempt
	Operator string   // who asks on behalf of the holder: TOTP is then searched further; empty: the holder
}

// Resync finds where consecutive codes of the account's key are, sets the HOTP
// counter or the TOTP drift by that, and kills the codes and all before them (RFC
// 4226 §7.4, RFC 6238 §6). It never lets anyone in: a fresh code must follow.
//
// Every refusal while codes are not locked is Invalid, whatever the cause, and
// counts as one failure: the answer tells no one which code was close.
func (v *Verifier) Resync(ctx context.Context, id string, q Resync) (Result, error) {
	var r Result
	if n := len(q.Codes); n < 2 || n > 3 {
		return r, fmt.Errorf("resync %q: %d codes are given, not 2 or 3", id, n)
	}
	r, err := v.allowed(ctx, id, Attempt{Code: q.Codes[0], Source: q.Source}, false)
	if err == nil && r.Outcome != Limited {
		err = v.update(ctx, &turn{id: id, source: q.Source, by: q.Operator, more: q.Codes}, func(t *turn) (err error) {
			r, err = t.resync(q)
			return err
		})
	}
	if err != nil {
		return Result{}, fmt.Errorf("resync %q: %w", id, err)
	}
	return r, nil
}

func (t *turn) resync(q Resync) (Result, error) {
	if t.s.with(Confirmed) == nil && t.s.with(Retiring) == nil {
		return t.refuse(Result{Outcome: NotEnrolled}), nil
	}
	if r, locked := t.locked(); locked {
		return t.refuse(r), nil
	}
	found := Result{Outcome: Invalid}
	for i := range t.s.Keys {
		e := &t.s.Keys[i]
		if !e.live() {
			continue
		}
		r, err := t.resyncKey(e, q)
		if err != nil {
			return Result{}, err
		}
		if r.Outcome == Resynced {
			found = r
		}
	}
	if found.Outcome != Resynced {
		return t.fail(found, ResyncRefused), nil
	}
	found.Remaining = max(t.v.policy.Failures-t.s.Codes.Run, 0)
	return found, nil
}

// resyncKey looks for the codes in one key and moves it to where they are.
func (t *turn) resyncKey(e *Enrolled, q Resync) (Result, error) {
	codes := make([]string, len(q.Codes))
	for i, input := range q.Codes {
		code, ok := normalize(e, input)
		if !ok {
			return Result{}, nil
		}
		codes[i] = code
	}
	g, err := t.v.generator(t.id, e)
	if err != nil {
		return Result{}, err
	}
	expected, lo, hi := t.resyncRange(e, len(codes), q.Operator != "")
	first, ok := matchRun(g, codes, lo, hi)
	last := first + int64(len(codes)) - 1
	if !ok || first < e.Next || last >= maxCounter {
		return Result{}, nil
	}
	e.Next = last + 1
	r := Result{Outcome: Resynced, Enrolment: e.Enrolment, Method: ByHOTP, Counter: last, Delta: last - expected}
	if e.Type == otp.HOTP {
		e.Resync = false
	} else {
		r.Method = ByTOTP
		e.Drift, e.Agree = r.Delta, 0
	}
	t.emit(Event{Kind: KeyResynced, Enrolment: e.Enrolment, Method: r.Method, Counter: last, Delta: r.Delta, Drift: e.Drift})
	return r, nil
}

// resyncRange is where the first code may be, and what was expected: the next
// counter, or, of the last code, the present step.
func (t *turn) resyncRange(e *Enrolled, codes int, operator bool) (expected, lo, hi int64) {
	p := t.v.policy
	if e.Type == otp.HOTP {
		ahead := p.ResyncTwo
		if codes > 2 {
			ahead = p.ResyncThree
		}
		return e.Next, e.Next, e.Next + ahead
	}
	step := e.key(otp.Secret{}).Step(t.now.Time())
	around := p.ResyncTOTP
	if operator {
		around = p.ResyncOperator
	}
	before := int64(codes - 1)
	return step, step - around - before, step + around - before
}

// matchRun finds the last place from lo to hi at which the codes follow each
// other. It evaluates all places, in constant time.
func matchRun(g *otp.Generator, codes []string, lo, hi int64) (first int64, ok bool) {
	var buf [otp.MaxDigits]byte
	var found, run int // run has bit n set if the codes up to n match at the steps up to here
	for c := lo; c <= hi+int64(len(codes))-1; c++ {
		shown := g.AppendCode(buf[:0], c)
		next := 0
		for i, code := range codes {
			before := 1
			if i > 0 {
				before = run >> (i - 1) & 1
			}
			next |= (before & subtle.ConstantTimeCompare(shown, []byte(code))) << i
		}
		run = next
		done := run >> (len(codes) - 1) & 1
		at := c - int64(len(codes)) + 1
		first = at&-int64(done) | first&^-int64(done)
		found |= done
	}
	return first, found == 1
}
