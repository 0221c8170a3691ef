package diagnose

import (
	"iter"
	"slices"
	"time"

	"github.com/authctl/authctl/otp"
)

const (
	nearby    = 10 * time.Minute // clock errors that one code may make likely
	day       = 24 * time.Hour   // clock errors that are looked for at all
	nearPress = 100              // HOTP counters that one code may make likely
	farPress  = 1000             // HOTP counters that are looked for at all
	skewPress = 20               // HOTP counters looked at together with another fault
	maxSteps  = 8640             // a day of ten-second periods: what bounds the work for shorter ones
	fewKeys   = 8                // other keys for which a day is looked at, not only minutes
)

// families are the hypotheses about these inputs. One input can be a slip of the
// finger; of several, refusals looks at each alone.
func (x *examiner) families(attempts []attempt) []*family {
	var all []*family
	all = append(all, x.clockFamilies(attempts)...)
	all = append(all, x.counterFamilies(attempts)...)
	all = append(all, x.replayedFamily(attempts[0]))
	all = append(all, x.keyFamilies(attempts[0])...)
	all = append(all, x.settingFamilies(attempts[0])...)
	all = append(all, x.secretFamilies()...)
	if len(attempts) == 1 {
		all = append(all, x.typingFamilies(attempts[0])...)
	}
	if x.acceptedAny() {
		for _, f := range all {
			if !slices.Contains([]Cause{Expired, Replayed, Mistyped, Truncated, OtherEntry}, f.cause) {
				f.prior *= contradicted
			}
		}
	}
	return all
}

// steps is how many whole periods of k fit into d, at most maxSteps.
func steps(k otp.Key, d time.Duration) int64 {
	if k.Type == otp.HOTP {
		return 0
	}
	return min(int64(d/time.Second)/int64(k.Period), maxSteps)
}

// liveProbe looks at what k shows just now, as people type it.
func liveProbe(k otp.Key, share float64) probe {
	if k.Type == otp.HOTP {
		ahead := k.Window().Ahead
		return probe{key: k, from: 0, to: ahead, share: share, weight: func(d int64) float64 { return harmonic(ahead + 1)(d + 1) }}
	}
	return probe{key: k, from: -1, to: 1, share: share, weight: live}
}

// skewProbes look at what k shows where its clock is off by up to the reach, or
// its counter, and leave out what liveProbe has.
func skewProbes(k otp.Key, reach time.Duration, share float64) []probe {
	n, first, last := steps(k, reach), int64(-2), int64(2)
	if k.Type == otp.HOTP {
		n, first, last = skewPress, -1, k.Window().Ahead+1
	}
	weight := harmonic(n)
	return []probe{
		{key: k, from: -n, to: first, share: share / 2, weight: weight},
		{key: k, from: last, to: n, share: share / 2, weight: weight},
	}
}

// each is a sequence of probes that are cheap to list beforehand.
func each(probes ...probe) iter.Seq[probe] { return slices.Values(probes) }
