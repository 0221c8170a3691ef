package diagnose

import "math"

// What is assumed before a code is looked at: how often each cause stands behind
// a refusal that comes to this package. doc/diagnosis.md says where the numbers
// come from and how little depends on them: each match beats or loses to luck by
// orders of magnitude, not by a factor of two. They need not sum to 1.
const (
	priorNoise = 0.30 // a key that we do not have, or no code at all

	priorClockNear   = 0.14 // each direction, within 10 minutes
	priorClockFar    = 0.03 // each direction, to a day
	priorClockShared = 0.50 // measured wrong on the very machine that checks
	priorTimezone    = 0.06
	priorExpired     = 0.08
	priorOutrun      = 0.05 // given that the code is older than the last accepted one
	priorReplayed    = 0.20 // given that the last accepted code is known

	priorStale        = 0.10
	priorOtherEntry   = 0.08
	priorNotConfirmed = 0.08
	priorKeySkew      = 0.01 // one of these keys, and a clock that is off

	priorDigits     = 0.06
	priorAlgorithm  = 0.03
	priorPeriod     = 0.03
	priorPeriodRare = 0.006
	priorType       = 0.03
	priorSkew       = 0.003  // one of these settings, and a clock that is off by minutes
	priorSkewFar    = 0.0005 // the same, by up to a day

	priorCounterNear = 0.08 // each direction, within 100
	priorCounterFar  = 0.03 // each direction, to 1,000
	priorUsedAgain   = 0.02 // HOTP, a code before the next counter, typed again

	priorUnset = 0.001 // a clock that was never set, looked for with several codes
	priorWide  = 0.003 // each of wideFamilies, likewise

	priorMistyped  = 0.10
	priorTruncated = 0.03
	priorMisread   = 0.03
	priorEncoding  = 0.03

	// outrun is the factor for a slow clock where a later code was accepted before: a
	// device does not go back, so the code was kept, or another device made it.
	outrun = 0.01

	// whenZero undoes in a prior that only one code in ten begins with a zero: once
	// the live code is seen to begin with one, losing it is as much more probable.
	whenZero = 10

	// contradicted is the factor for a hypothesis about the key or the clock where
	// another input of the case was accepted.
	contradicted = 0.01
)

// Where the next code stands, given where the last one was.
const (
	followOnTime   = 0.70
	followOffByOne = 0.15
)

// The limits of the confidence rules.
const (
	minPosterior   = 0.95
	likelyChance   = 1.0 / 4000  // one code makes likely only what luck makes seldom
	agreeingChance = 1.0 / 10000 // two codes that agree
	recordChance   = 1.0 / 10000 // the case itself agrees
)

// live weighs the steps at which people type a code in time: most at once, some
// in the next step, few early because of a clock that is a little fast.
func live(delta int64) float64 {
	switch delta {
	case 0:
		return 0.72
	case -1:
		return 0.20
	case 1:
		return 0.07
	}
	return 0.01
}

// late weighs the steps outside the window for a code that was entered too late. n
// counts from the window: 1 is the first step outside, lastLate the last.
func late(n int64) float64 {
	return [lastLate + 1]float64{1: 0.80, 2: 0.12, 3: 0.05, 4: 0.02, 5: 0.003, 6: 0.002, 7: 0.001, 8: 0.001}[n]
}

// lastLate is how many steps outside the window a code still counts as late.
const lastLate = 8

// harmonic weighs steps 1 to n, small ones more: errors of clocks and counters
// are spread evenly over orders of magnitude.
func harmonic(n int64) func(delta int64) float64 {
	sum := math.Log(float64(max(n, 1))) + 0.5772 + 1/(2*float64(max(n, 1)))
	return func(delta int64) float64 {
		return 1 / (sum * math.Abs(float64(delta)))
	}
}

// uniform weighs n candidates alike.
func uniform(n int64) func(int64) float64 {
	return func(int64) float64 { return 1 / float64(max(n, 1)) }
}
