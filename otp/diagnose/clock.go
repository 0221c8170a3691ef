package diagnose

import (
	"slices"
	"time"

	"github.com/authctl/authctl/otp"
)

// clockFamilies are the hypotheses that the code is right for another time: the
// authenticator's clock is off, or the code was typed too late.
func (x *examiner) clockFamilies(attempts []attempt) []*family {
	k := x.Key
	if k.Type == otp.HOTP {
		return nil
	}
	behind, ahead := max(x.window.Behind, 0), max(x.window.Ahead, 0)
	near, far := steps(k, nearby), steps(k, day)
	base := x.base(k, attempts[0].at)
	run := func(from, to int64, weight func(int64) float64) probe {
		return probe{key: k, gen: x.gen, from: from, to: to, weight: x.notBefore(base, weight), share: 1}
	}
	expired := &family{cause: Expired, prior: priorExpired, near: true, probes: each(probe{
		key: k, gen: x.gen, from: -behind - lastLate, to: -behind - 1, share: 1,
		weight: x.notUsed(base, func(d int64) float64 { return late(-d - behind) }),
	})}
	kept := &family{cause: Expired, prior: priorOutrun, near: true, probes: each()}
	if x.Last != nil {
		kept.probes = each(probe{
			key: k, gen: x.gen, from: -near, to: min(addSaturated(*x.Last, -base), -behind) - 1, share: 1, weight: harmonic(near),
		})
	}
	if len(attempts) > 1 { // late once is common, late twice is a clock
		expired.prior /= 20
		kept.prior /= 20
	}
	all := []*family{
		expired, kept,
		{cause: ClockBehind, prior: priorClockNear, near: true, probes: each(run(-near, -behind-1, harmonic(near)))},
		{cause: ClockAhead, prior: priorClockNear, near: true, probes: each(run(ahead+1, near, harmonic(near)))},
		{cause: ClockBehind, prior: priorClockFar, probes: each(run(-far, -max(near, behind)-1, uniform(far-near)))},
		{cause: ClockAhead, prior: priorClockFar, probes: each(run(max(near, ahead)+1, far, uniform(far-near)))},
		x.timezoneFamily(base),
	}
	if len(attempts) > 1 { // one code would match too many of these
		all = append(all, x.unsetFamily(base))
	}
	if f := x.sharedClockFamily(attempts[0]); f != nil {
		all = append(all, f)
	}
	return all
}

// notBefore makes steps before the last accepted one improbable for a clock.
func (x *examiner) notBefore(base int64, weight func(int64) float64) func(int64) float64 {
	if x.Last == nil {
		return weight
	}
	return func(d int64) float64 {
		if base+d <= *x.Last {
			return weight(d) * outrun
		}
		return weight(d)
	}
}

// notUsed makes the last accepted step improbable for all but a replay.
func (x *examiner) notUsed(base int64, weight func(int64) float64) func(int64) float64 {
	if x.Last == nil {
		return weight
	}
	return func(d int64) float64 {
		if base+d == *x.Last {
			return weight(d) * outrun
		}
		return weight(d)
	}
}

// timezoneFamily has the clocks that were set by hand to show the right hour in
// the wrong zone, or on the wrong day. TOTP counts UTC: a zone as such is no fault.
func (x *examiner) timezoneFamily(base int64) *family {
	zone := func(offset time.Duration, share float64) probe {
		centre := -int64(offset/time.Second) / int64(x.Key.Period)
		return probe{
			key: x.Key, gen: x.gen, from: centre - 2, to: centre + 2, share: share,
			weight: x.notBefore(base, func(d int64) float64 { return live(d - centre) }),
		}
	}
	var probes []probe
	for half := 1; half <= 28; half++ { // half hours out to 14 h, UTC-12 to UTC+14
		share := 0.20 / 28
		switch {
		case half == 2: // daylight saving
			share = 0.31 / 2
		case half%2 == 0:
			share = 0.35 / 26
		}
		offset := time.Duration(half) * 30 * time.Minute
		probes = append(probes, zone(offset, share), zone(-offset, share))
	}
	for _, offset := range quarters {
		probes = append(probes, zone(offset, 0.05/8), zone(-offset, 0.05/8))
	}
	probes = append(probes, zone(day, 0.09/2), zone(-day, 0.09/2))
	return &family{cause: Timezone, prior: priorTimezone, probes: each(probes...)}
}

// quarters are the zones that stand a quarter of an hour beside the others: Nepal,
// Eucla, the Chatham Islands, and these in summer.
var quarters = [...]time.Duration{
	5*time.Hour + 45*time.Minute, 8*time.Hour + 45*time.Minute, 12*time.Hour + 45*time.Minute, 13*time.Hour + 45*time.Minute,
}

// sharedClockFamily holds where the machine that checks was measured to be wrong:
// the code may have been made on that machine, and is then wrong by as much.
func (x *examiner) sharedClockFamily(a attempt) *family {
	if x.Clock == nil {
		return nil
	}
	centre := x.Key.Step(a.at) - x.base(x.Key, a.at)
	if centre >= -1 && centre <= 1 {
		return nil
	}
	cause := ClockBehind
	if x.clock.Mid() < 0 {
		cause = ClockAhead
	}
	if isZone(x.clock) {
		cause = Timezone
	}
	return &family{cause: cause, prior: priorClockShared, near: true, record: true, probes: each(probe{
		key: x.Key, gen: x.gen, from: centre - 1, to: centre + 1, share: 1,
		weight: func(d int64) float64 { return live(d - centre) },
	})}
}

// isZone reports whether an offset is a whole number of half hours up to 14 h, one
// of the quarters, or a day, within what was measured and 5 s.
func isZone(i Interval) bool {
	const slack = 5 * time.Second
	nearest := i.Mid().Round(15 * time.Minute)
	amount := nearest.Abs()
	zone := amount > 0 && amount <= 14*time.Hour && amount%(30*time.Minute) == 0 || slices.Contains(quarters[:], amount) || amount == day
	return zone && i.Lo-slack <= nearest && nearest <= i.Hi+slack
}

// replayedFamily is the code that was accepted last, typed again when it has left
// the window; inside the window judge finds it.
func (x *examiner) replayedFamily(a attempt) *family {
	f := &family{cause: Replayed, prior: priorReplayed, near: true, record: true, probes: each()}
	if x.Last == nil {
		return f
	}
	delta := addSaturated(*x.Last, -x.base(x.Key, a.at))
	f.probes = each(probe{key: x.Key, gen: x.gen, from: delta, to: delta, share: 1, weight: uniform(1)})
	return f
}
