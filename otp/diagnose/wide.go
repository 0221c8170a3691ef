package diagnose

import (
	"time"

	"github.com/authctl/authctl/otp"
)

const (
	month     = 31 * day // clock errors that several codes can show
	maxMonth  = 100_000  // a month of 27-second periods: what bounds the work for shorter ones
	maxDays   = 10 * 366 // wrong dates that several codes can show, in days
	byHand    = 6        // how far a clock that was set by hand is beside the right minute, in steps
	widePress = 20_000   // HOTP counters that several codes can show
)

// wideFamilies are the hypotheses that have so many candidates that one code would
// match some by luck. They are looked at where several codes have no other
// explanation.
func (x *examiner) wideFamilies(attempts []attempt) []*family {
	all := x.wideClockFamilies(attempts[0])
	all = append(all, x.wideCounterFamilies()...)
	all = append(all, x.periodFamilies(true)...)
	all = append(all, x.typeFamilies(len(attempts[0].code), true)...)
	now := func(k otp.Key, share float64) []probe { return []probe{liveProbe(k, share)} }
	others := unlike(x.Key.Secret.Bytes(), substitutions(x.copied()))
	return append(all, x.secretFamily(SecretMisread, priorWide, false, others, now))
}

// wideClockFamilies are clocks that are off by more than a day: one that stood
// still while its machine slept, or that shows the right hour of a wrong date.
func (x *examiner) wideClockFamilies(a attempt) []*family {
	k := x.Key
	if k.Type == otp.HOTP {
		return nil
	}
	base, near := x.base(k, a.at), steps(k, day)
	far := min(int64(month/time.Second)/int64(k.Period), maxMonth)
	run := func(from, to int64) []probe {
		return []probe{{key: k, gen: x.gen, from: from, to: to, share: 1, weight: x.notBefore(base, uniform(far-near))}}
	}
	dates := func(yield func(probe) bool) {
		weight := harmonic(maxDays)
		for n := int64(2); n <= maxDays; n++ {
			for _, days := range []int64{-n, n} {
				centre := days * int64(day/time.Second) / int64(k.Period)
				p := probe{key: k, gen: x.gen, from: centre - byHand, to: centre + byHand, share: weight(n) / 2}
				p.weight = x.notBefore(base, func(d int64) float64 { return live(d - centre) })
				if !yield(p) {
					return
				}
			}
		}
	}
	return []*family{
		{cause: ClockBehind, prior: priorWide, probes: each(run(-far, -near-1)...)},
		{cause: ClockAhead, prior: priorWide, probes: each(run(near+1, far)...)},
		{cause: Timezone, prior: priorWide, probes: dates},
	}
}

// wideCounterFamilies are HOTP devices that are far away, as one of which the
// service has lost the state.
func (x *examiner) wideCounterFamilies() []*family {
	k := x.Key
	if k.Type != otp.HOTP {
		return nil
	}
	run := func(from, to int64) []probe {
		return []probe{{key: k, gen: x.gen, from: from, to: to, share: 1, weight: x.notUsed(k.Counter, uniform(widePress))}}
	}
	return []*family{
		{cause: CounterBehind, prior: priorWide, probes: each(run(-widePress, -farPress-1)...)},
		{cause: CounterAhead, prior: priorWide, probes: each(run(farPress+1, widePress)...)},
	}
}

// neverSet marks the candidates of unsetFamily.
const neverSet = "a clock that was never set"

// unsetFamily has the clocks that begin with the day from which their system
// counts whenever they lose power: 1970 (Unix), 1980 (FAT, GPS) or 2000.
func (x *examiner) unsetFamily(base int64) *family {
	f := &family{cause: ClockBehind, prior: priorUnset}
	var probes []probe
	for _, epoch := range []struct {
		begins time.Time
		share  float64
	}{
		{time.Unix(0, 0), 0.7},
		{time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC), 0.1},
		{time.Date(1980, 1, 6, 0, 0, 0, 0, time.UTC), 0.1},
		{time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), 0.1},
	} {
		from, n := addSaturated(x.Key.Step(epoch.begins), -base), steps(x.Key, day)
		probes = append(probes, probe{
			key: x.Key, gen: x.gen, from: from, to: addSaturated(from, n), share: epoch.share, weight: x.notBefore(base, uniform(n)), setting: neverSet,
		})
	}
	f.probes = each(probes...)
	return f
}
