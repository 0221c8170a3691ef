package diagnose

import (
	"fmt"
	"time"

	"github.com/authctl/authctl/otp"
)

const (
	maxFindings  = 5
	minAlternate = 0.005 // posterior under which an alternative is not worth a line
)

// facts are the findings that follow from the case without a search.
func (x *examiner) facts() []Finding {
	var out []Finding
	if now := x.now(); !x.LockedUntil.IsZero() && x.LockedUntil.After(now) {
		out = append(out, x.locked(now))
	}
	for _, a := range x.attempts {
		if a.used {
			out = append(out, x.replayed(a))
			break
		}
	}
	if x.Unconfirmed && x.acceptedAny() {
		out = append(out, Finding{
			Cause: KeyNotConfirmed, Confidence: Certain,
			Evidence: Evidence{Text: "The code is right for this key, but the key was never confirmed at the service with a first code."},
			Fix:      fix(KeyNotConfirmed, ""),
		})
	}
	return out
}

// now is when the last input was typed, in true time.
func (x *examiner) now() time.Time {
	at := x.At
	if n := len(x.attempts); n > 0 {
		at = x.attempts[n-1].at
	}
	return at.Add(x.clock.Mid())
}

// refusals are the findings on the inputs that did not match.
func (x *examiner) refusals() []Finding {
	attempts := x.refused()
	if len(attempts) == 0 {
		return nil
	}
	findings, explained := x.explain(attempts)
	if explained || len(attempts) == 1 {
		return findings
	}
	for i := range attempts { // no one hypothesis has them all: each alone, and less sure
		alone, explained := x.explain(attempts[i : i+1])
		if !explained {
			continue
		}
		for j := range alone {
			alone[j].Confidence, alone[j].NeedsAnotherCode = Possible, true
		}
		return alone
	}
	return findings
}

// explain weighs every hypothesis on these inputs. explained is false if luck is
// the best of them.
func (x *examiner) explain(attempts []attempt) (findings []Finding, explained bool) {
	var hits []hit
	for _, f := range x.families(attempts) {
		hits = append(hits, x.scan(f, attempts)...)
	}
	if len(hits) == 0 && len(attempts) > 1 && !x.acceptedAny() {
		for _, f := range x.wideFamilies(attempts) {
			hits = append(hits, x.scan(f, attempts)...)
		}
	}
	causes, luck := rank(hits, priorNoise*noiseLikelihood(attempts))
	explained = len(causes) > 0 && causes[0].posterior > luck
	if f, ok := x.straddles(attempts); ok {
		findings = append(findings, f)
	}
	if !explained {
		findings = append(findings, x.unexplained(attempts[0], len(causes) > 0))
	}
	for _, r := range causes {
		if r.posterior < minAlternate || len(findings) >= maxFindings {
			break
		}
		if len(findings) > 0 && isClock(r.best.family.cause) && isClock(findings[0].Cause) && r.best.delta == *findings[0].Evidence.Delta {
			continue // the same clock under another name
		}
		f := x.finding(r, attempts)
		if len(findings) > 0 {
			f.Confidence, f.NeedsAnotherCode = Possible, true
		}
		findings = append(findings, f)
		if also, ok := x.alsoClock(r, f); ok && len(findings) == 1 {
			findings = append(findings, also)
		}
		if f.Confidence == Certain {
			break
		}
	}
	return findings, explained
}

// finding puts a ranked cause into words.
func (x *examiner) finding(r ranked, attempts []attempt) Finding {
	h := r.best
	step, delta := h.step, h.delta
	f := Finding{
		Cause: h.family.cause, Confidence: r.confidence(), Chance: h.chance,
		Evidence: Evidence{
			Input: attempts[0].index, Agreeing: h.agreeing, Candidates: h.tries, Posterior: r.posterior,
			Counter: &step, Delta: &delta, Entry: h.probe.entry, Setting: h.probe.setting,
		},
	}
	f.NeedsAnotherCode = f.Confidence == Possible
	if h.probe.key.Type != otp.HOTP {
		offset := offsetOf(h.probe.key, h.step, attempts[0].at, x.clock)
		f.Evidence.Offset = &offset
	}
	if isClock(f.Cause) {
		f.Evidence.Whose = x.whose(h)
	}
	f.Evidence.Text = x.sentence(h, f)
	f.Fix = fix(f.Cause, f.Evidence.Whose)
	return f
}

func isClock(c Cause) bool { return c == ClockBehind || c == ClockAhead || c == Timezone }

// whose says which clock a hit accuses. A machine whose clock was measured is
// accused only if it was measured wrong, and wrong as the code is.
func (x *examiner) whose(h hit) Whose {
	switch {
	case x.Clock == nil:
		return Either
	case h.family.record:
		return Checker
	}
	return Authenticator
}

// alsoClock is the second finding of a pair: another key or another setting, and
// a clock that is off as well.
func (x *examiner) alsoClock(r ranked, first Finding) (Finding, bool) {
	h := r.best
	switch {
	case isClock(h.family.cause), h.family.cause == Expired, h.family.cause == Replayed, h.probe.key.Type == otp.HOTP, h.delta >= -1 && h.delta <= 1:
		return Finding{}, false
	}
	f := first
	f.Cause = ClockBehind
	if h.delta > 0 {
		f.Cause = ClockAhead
	}
	f.Evidence.Whose = x.whose(h)
	f.Evidence.Text = "With that, " + x.clockSentence(h, f)
	f.Fix = fix(f.Cause, f.Evidence.Whose)
	return f, true
}

// straddles is the finding where the code is right for a part of the interval in
// which the checking clock may stand, and not for the rest.
func (x *examiner) straddles(attempts []attempt) (Finding, bool) {
	a := attempts[0]
	if x.Key.Type == otp.HOTP || a.err != nil || x.clock.Lo == x.clock.Hi {
		return Finding{}, false
	}
	from := addSaturated(x.Key.Step(a.at.Add(x.clock.Lo)), -max(x.window.Behind, 0))
	to := addSaturated(x.Key.Step(a.at.Add(x.clock.Hi)), max(x.window.Ahead, 0))
	to = min(to, addSaturated(from, 2*otp.MaxWindow))
	for step := range x.gen.Search(a.code, from, to) {
		if x.Last != nil && step <= *x.Last {
			continue
		}
		delta := step - x.base(x.Key, a.at)
		return Finding{
			Cause: Unknown, Confidence: Possible, NeedsAnotherCode: true,
			Evidence: Evidence{
				Input: a.index, Agreeing: 1, Counter: &step, Delta: &delta,
				Text: fmt.Sprintf("Whether the code is right depends on where in the measured interval (%s to %s) this machine's clock really stands.",
					signed(x.clock.Lo), signed(x.clock.Hi)),
			},
			Fix: "Measure this machine's clock more closely, then enter a fresh code.",
		}, true
	}
	return Finding{}, false
}

// unexplained is the finding where no hypothesis beats luck.
func (x *examiner) unexplained(a attempt, some bool) Finding {
	if a.err != nil {
		s := x.shapeOf(a)
		return Finding{
			Cause: s.cause, Confidence: s.confidence, NeedsAnotherCode: s.confidence == Possible,
			Evidence: Evidence{Text: s.text, Input: a.index, Agreeing: 1}, Fix: s.fix,
		}
	}
	text := fmt.Sprintf("The code fits nothing that was tried: this key at any %s, other settings, slips in the code or the key, and the other keys that are known.", x.searched())
	if some {
		text = "What the code fits, it may well fit by luck."
	}
	next := fix(Unknown, "")
	switch {
	case x.acceptedAny():
		next = "Another code was accepted, so the key and the clock are right: enter a fresh code."
	case len(x.refused()) > 1:
		next = "Scan the QR code again, or enter the setup key again."
	}
	return Finding{
		Cause: Unknown, Confidence: Possible, NeedsAnotherCode: true,
		Evidence: Evidence{Text: text, Input: a.index}, Fix: next,
	}
}

// searched is how far the search for a clock or a counter went.
func (x *examiner) searched() string {
	wide := len(x.refused()) > 1 && !x.acceptedAny()
	switch {
	case x.Key.Type == otp.HOTP && wide:
		return "counter within " + thousands(widePress)
	case x.Key.Type == otp.HOTP:
		return "counter within " + thousands(farPress)
	case wide:
		return "time within a month and on the days of ten years"
	}
	return "time within a day"
}

func (x *examiner) locked(now time.Time) Finding {
	until := x.LockedUntil
	text := fmt.Sprintf("The account is locked for another %s, and no code is taken until then.", human(until.Sub(now)))
	switch n := len(x.attempts); {
	case n == 0:
	case x.attempts[n-1].accepted:
		text += " The code itself is right."
	default:
		text += " The code itself is refused as well."
	}
	return Finding{
		Cause: Locked, Confidence: Certain, Evidence: Evidence{Text: text, Agreeing: len(x.attempts), Until: &until},
		Fix: "Wait until the lock ends, then enter one fresh code. Further tries do not help.",
	}
}

func (x *examiner) replayed(a attempt) Finding {
	step, delta := a.step, a.delta
	f := Finding{
		Cause: Replayed, Confidence: Certain, Fix: fix(Replayed, ""),
		Evidence: Evidence{Text: "This code was accepted before. Each code works once.", Input: a.index, Agreeing: 1, Counter: &step, Delta: &delta},
	}
	switch last := x.Last; {
	case last == nil || step >= *last:
	case x.Key.Type != otp.HOTP && *last > addSaturated(step-delta, max(x.window.Ahead, 0)):
		f.Evidence.Text = fmt.Sprintf("The code is right, but a code of the future was accepted before it (step %d, and now is %d): a clock was ahead then, and no code is taken until that step has passed.", *last, step-delta)
		f.Fix = "Set the last accepted step back, or wait until it has passed."
	default:
		f.Evidence.Text = "A later code was accepted before this one. Each code works once, and none before it does."
	}
	return f
}

// notes are what is worth knowing of an accepted input.
func (x *examiner) notes(a attempt) []string {
	var out []string
	if x.Clock != nil && x.Key.Type != otp.HOTP {
		if off := x.Key.Step(a.at) - x.base(x.Key, a.at); off < -max(x.window.Behind, 0) || off > max(x.window.Ahead, 0) {
			out = append(out, fmt.Sprintf("The code is right, but this machine's clock is not: it is %s. Codes made on this machine are refused.", slowOrFast(x.clock.Mid())))
		}
		lo, hi := x.Key.Step(a.at.Add(x.clock.Lo)), x.Key.Step(a.at.Add(x.clock.Hi))
		if a.step < addSaturated(hi, -max(x.window.Behind, 0)) || a.step > addSaturated(lo, max(x.window.Ahead, 0)) {
			out = append(out, "The clock was measured too loosely to be sure: for a part of the measured interval the code would be refused.")
		}
	}
	switch {
	case x.Key.Type == otp.HOTP && a.delta > 0:
		out = append(out, fmt.Sprintf("The authenticator is %s ahead, within the look-ahead.", count(int(a.delta), "counter")))
	case x.Key.Type != otp.HOTP && a.delta < 0:
		out = append(out, fmt.Sprintf("The code is %s old: it was typed late, or the authenticator's clock is a little slow.", count(int(-a.delta), "step")))
	case x.Key.Type != otp.HOTP && a.delta > 0:
		out = append(out, fmt.Sprintf("The code is %s early: the authenticator's clock is a little fast.", count(int(a.delta), "step")))
	}
	return out
}
