package drift

import (
	"math"
	"time"
)

// An Interval bounds an offset: true time minus the clock in question, so a
// positive offset is a slow clock. Both ends belong to it.
//
// An end at the limit of time.Duration (292 years) means "at least that far":
// arithmetic saturates there and never wraps.
type Interval struct{ Lo, Hi time.Duration }

// Everything is the interval of a clock about which nothing is known.
var Everything = Interval{math.MinInt64, math.MaxInt64}

// Bounded reports whether both ends are known.
func (i Interval) Bounded() bool { return i.Lo != math.MinInt64 && i.Hi != math.MaxInt64 }

// Mid is the middle of the interval.
func (i Interval) Mid() time.Duration { return i.Lo/2 + i.Hi/2 + (i.Lo%2+i.Hi%2)/2 }

// Half is half the width: the offset is Mid ± Half.
func (i Interval) Half() time.Duration { return i.Hi/2 - i.Lo/2 + (i.Hi%2-i.Lo%2+1)/2 }

// Contains reports whether d lies in the interval.
func (i Interval) Contains(d time.Duration) bool { return i.Lo <= d && d <= i.Hi }

// Overlaps reports whether the two intervals share a point.
func (i Interval) Overlaps(j Interval) bool { return i.Lo <= j.Hi && j.Lo <= i.Hi }

// Within reports whether the whole interval lies in ±d.
func (i Interval) Within(d time.Duration) bool { return i.Lo >= -d && i.Hi <= d }

// Beyond reports whether the whole interval lies outside ±d.
func (i Interval) Beyond(d time.Duration) bool { return i.Lo > d || i.Hi < -d }

// Widen moves both ends outward by d.
func (i Interval) Widen(d time.Duration) Interval {
	return Interval{add(i.Lo, -d), add(i.Hi, d)}
}

// hull is the smallest interval that contains both.
func (i Interval) hull(j Interval) Interval {
	return Interval{min(i.Lo, j.Lo), max(i.Hi, j.Hi)}
}

// nearest and farthest are the least and the greatest distance from zero.
func (i Interval) nearest() time.Duration {
	if i.Contains(0) {
		return 0
	}
	return min(magnitude(i.Lo), magnitude(i.Hi))
}

func (i Interval) farthest() time.Duration { return max(magnitude(i.Lo), magnitude(i.Hi)) }

// add saturates instead of wrapping.
func add(a, b time.Duration) time.Duration {
	switch sum := a + b; {
	case a > 0 && b > 0 && sum < 0:
		return math.MaxInt64
	case a < 0 && b < 0 && sum >= 0:
		return math.MinInt64
	// An end that already stands for "at least that far" stays there.
	case a == math.MaxInt64 || a == math.MinInt64:
		return a
	default:
		return sum
	}
}

func magnitude(d time.Duration) time.Duration {
	switch {
	case d == math.MinInt64:
		return math.MaxInt64
	case d < 0:
		return -d
	default:
		return d
	}
}

// between is a − b on the wall, saturating; time.Time.Sub would prefer
// monotonic readings, which a stepped clock does not move.
func between(a, b time.Time) time.Duration { return a.Round(0).Sub(b.Round(0)) }
