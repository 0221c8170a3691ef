package diagnose

import "github.com/authctl/authctl/otp"

// counterFamilies are the hypotheses that an HOTP authenticator and the verifier
// have lost each other: presses whose codes were never used put it ahead; a second
// device, or one restored from a backup, is behind.
func (x *examiner) counterFamilies(attempts []attempt) []*family {
	k := x.Key
	if k.Type != otp.HOTP {
		return nil
	}
	ahead := max(x.window.Ahead, 0)
	run := func(from, to int64, weight func(int64) float64) probe {
		return probe{key: k, gen: x.gen, from: from, to: to, weight: x.notUsed(k.Counter, weight), share: 1}
	}
	again := &family{cause: Replayed, prior: priorUsedAgain, near: true, probes: each(run(max(-nearPress, -k.Counter), -1, harmonic(nearPress)))}
	if len(attempts) > 1 {
		again.prior /= 20
	}
	return []*family{
		again,
		{cause: CounterBehind, prior: priorCounterNear, near: true, probes: each(run(-nearPress, -1, harmonic(nearPress)))},
		{cause: CounterAhead, prior: priorCounterNear, near: true, probes: each(run(ahead+1, nearPress, harmonic(nearPress)))},
		{cause: CounterBehind, prior: priorCounterFar, probes: each(run(-farPress, -nearPress-1, uniform(farPress-nearPress)))},
		{cause: CounterAhead, prior: priorCounterFar, probes: each(run(max(ahead, nearPress)+1, farPress, uniform(farPress-nearPress)))},
	}
}
