package diagnose

import (
	"errors"
	"fmt"
	"time"

	"github.com/authctl/authctl/otp"
)

// Explain says whether the last input of a case is accepted and, where an input
// is refused, why. It is pure and deterministic; its work is bounded whatever the
// inputs are, and grows with the number of other keys.
func Explain(c Case) Report {
	r := Report{Outcome: Rejected, Normalized: []string{}, Changes: []Change{}, Findings: []Finding{}}
	x, err := newExaminer(c)
	if err != nil {
		r.Findings = append(r.Findings, Finding{
			Cause: Unknown, Confidence: Possible, Evidence: Evidence{Text: upperFirst(err.Error()) + "."}, Fix: "Enter the key again, from its QR code.",
		})
		return r
	}
	for _, a := range x.attempts {
		r.Normalized = append(r.Normalized, a.code)
		for _, change := range a.changes {
			r.Changes = append(r.Changes, Change{a.index, change})
		}
	}
	if n := len(x.attempts); n > 0 && x.attempts[n-1].accepted {
		last := x.attempts[n-1]
		r.Outcome, r.Matched = Accepted, &Match{last.index, last.step, last.delta}
		r.Notes = x.notes(last)
	}
	r.Findings = append(r.Findings, x.facts()...)
	r.Findings = append(r.Findings, x.refusals()...)
	for _, f := range r.Findings {
		if f.Cause == Locked || f.Cause == KeyNotConfirmed && c.Unconfirmed {
			r.Outcome, r.Matched = Rejected, nil
		}
	}
	return r
}

// examiner holds a case while it is examined.
type examiner struct {
	Case
	gen      *otp.Generator // of Case.Key
	window   otp.Window
	clock    Interval // zero if not measured
	attempts []attempt
}

// attempt is one input and what the verifier says of it.
type attempt struct {
	index   int
	text    string
	at      time.Time // by the machine that checks
	follows bool      // typed as the code after the previous one, at no stated time
	code    string
	changes []otp.Change
	err     *otp.CodeError // not nil: it has not the shape of a code

	accepted bool
	used     bool  // it matches, but was used before
	step     int64 // where accepted or used
	delta    int64
}

func newExaminer(c Case) (*examiner, error) {
	if c.Key.Type == otp.HOTP && c.Last != nil && *c.Last >= c.Key.Counter {
		c.Key.Counter = addSaturated(*c.Last, 1)
	}
	gen, err := otp.Prepare(c.Key)
	if err != nil {
		return nil, fmt.Errorf("the key cannot make codes: %w", err)
	}
	x := &examiner{Case: c, gen: gen, window: c.Key.Window()}
	if c.Window != nil {
		x.window = *c.Window
	}
	if c.Key.Type == otp.HOTP { // RFC 4226 §7.2 looks ahead only
		x.window.Behind = 0
	}
	if c.Clock != nil {
		x.clock = *c.Clock
	}
	x.read()
	x.judge()
	return x, nil
}

// read normalises the inputs and dates them.
func (x *examiner) read() {
	at := x.At
	for i, in := range x.Inputs[:min(len(x.Inputs), maxInputs)] {
		a := attempt{index: i, text: in.Text, at: in.At}
		if in.At.IsZero() {
			if i > 0 {
				at, a.follows = at.Add(time.Duration(x.Key.Period)*time.Second), true
			}
			a.at = at
		}
		at = a.at
		var err error
		a.code, a.changes, err = x.Key.Normalize(in.Text)
		errors.As(err, &a.err)
		x.attempts = append(x.attempts, a)
	}
}

// judge decides on each input as a verifier with the right time would, in order:
// what one input consumes, the next cannot use (RFC 6238 §5.2).
func (x *examiner) judge() {
	last, k := x.Last, x.Key
	for i := range x.attempts {
		a := &x.attempts[i]
		if a.err != nil {
			continue
		}
		m, ok := x.gen.Match(a.code, x.base(k, a.at), x.window)
		if !ok {
			continue
		}
		a.step, a.delta = m.Counter, m.Delta
		if last != nil && m.Latest <= *last {
			a.used = true
			continue
		}
		if last != nil && m.Counter <= *last { // two steps of the window show this code, and the first is used
			a.step, a.delta = m.Latest, a.delta+m.Latest-m.Counter
		}
		a.accepted = true
		last = &m.Latest
		if k.Type == otp.HOTP {
			k.Counter = addSaturated(m.Latest, 1)
		}
	}
}

// base is the step that a key's authenticator should show at a time told by the
// machine that checks; for HOTP, the next counter.
func (x *examiner) base(k otp.Key, at time.Time) int64 { return k.Step(at.Add(x.clock.Mid())) }

// refused are the inputs that did not match, each code once: the same one typed
// twice is not two pieces of evidence.
func (x *examiner) refused() []attempt {
	var out []attempt
	seen := map[string]bool{}
	for _, a := range x.attempts {
		id := a.text
		if a.err == nil {
			id = a.code
		}
		if !a.accepted && !a.used && !seen[id] {
			seen[id] = true
			out = append(out, a)
		}
	}
	return out
}

// acceptedAny reports whether the verifier took one of the inputs.
func (x *examiner) acceptedAny() bool {
	for _, a := range x.attempts {
		if a.accepted {
			return true
		}
	}
	return false
}
