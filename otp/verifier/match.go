package verifier

import "github.com/authctl/authctl/otp"

// candidate is how a code stands to one key.
type candidate struct {
	Result
	latest int64 // the last step or counter that showed the code: this one is consumed
	ahead  bool  // TOTP: it was ahead of the step that Drift led to expect
	fixed  bool  // TOTP: it fits the present step and not the one that Drift led to expect
}

// maxCounter keeps counter arithmetic in range: a counter cannot wrap around and
// open again.
const maxCounter = 1 << 62

// candidate compares the code with the whole window, in constant time.
func (t *turn) candidate(e *Enrolled, g *otp.Generator, code string) candidate {
	c := candidate{Result: Result{Outcome: Invalid, Enrolment: e.Enrolment, Method: ByTOTP}}
	var m otp.Match
	var ok bool
	if e.Type == otp.HOTP {
		c.Method = ByHOTP
		// Counters behind the expected one are dead. They are compared all the same,
		// so that the audit can tell a code that was used from a wrong one.
		look := t.v.policy.lookAhead(e.Digits)
		m, ok = g.Match(code, e.Next, otp.Window{Behind: look, Ahead: look})
	} else {
		m, ok = t.matchStep(e, g, code, &c)
	}
	switch {
	case !ok:
		return c
	case m.Latest < e.Next || m.Latest >= maxCounter:
		c.Outcome = Replayed
	default:
		c.Outcome = Accepted
		if m.Counter < e.Next { // the nearest is dead, a later one shows the same digits
			m.Delta += m.Latest - m.Counter
			m.Counter = m.Latest
		}
	}
	c.Counter, c.Delta, c.latest = m.Counter, m.Delta, m.Latest
	return c
}

// matchStep compares with the window around the present step and, where a drift
// was learned, with the window around the step that it leads to. The first stays
// open since a clock that was set right must not shut its holder out.
func (t *turn) matchStep(e *Enrolled, g *otp.Generator, code string, c *candidate) (otp.Match, bool) {
	step := e.key(otp.Secret{}).Step(t.now.Time())
	m, ok := g.Match(code, step, t.v.policy.Window)
	if e.Drift == 0 {
		c.ahead = ok && m.Delta > 0
		return m, ok
	}
	drifted, okDrifted := g.Match(code, step+e.Drift, t.v.policy.Window)
	c.fixed = ok && !okDrifted
	if !okDrifted {
		return m, ok
	}
	c.ahead = drifted.Delta > 0
	drifted.Delta = drifted.Counter - step
	if ok {
		drifted.Latest = max(drifted.Latest, m.Latest)
	}
	return drifted, true
}

// consume kills the step or counter that matched and all before it.
func (t *turn) consume(e *Enrolled, c candidate) {
	e.Next = c.latest + 1
	if e.Type != otp.HOTP {
		t.learn(e, c)
	}
}

// learn moves the drift of a key when enough logins in a row agree. Codes that are
// behind teach nothing: slow typing looks the same.
func (t *turn) learn(e *Enrolled, c candidate) {
	p := t.v.policy
	switch {
	case c.ahead && e.Drift >= 0 && e.Drift < p.DriftAhead:
		e.Agree = max(e.Agree, 0) + 1
	case c.fixed:
		e.Agree = min(e.Agree, 0) - 1
	default:
		e.Agree = 0
		return
	}
	switch {
	case e.Agree >= p.DriftAfter:
		e.Drift++
	case -e.Agree >= p.DriftAfter:
		e.Drift = 0
	default:
		return
	}
	e.Agree = 0
	t.emit(Event{Kind: DriftLearned, Enrolment: e.Enrolment, Drift: e.Drift})
}
