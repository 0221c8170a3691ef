package drift

import (
	"math"
	"time"
)

// A Rate bounds how fast an offset grows, in seconds per second: 78e-6 is 78
// parts per million, about 7 s a day. Positive: the clock is losing time. The
// zero value, and any with Lo = −Inf, says that it is not known.
type Rate struct{ Lo, Hi float64 }

var anyRate = Rate{math.Inf(-1), math.Inf(1)}

// Known reports whether there is anything to know.
func (r Rate) Known() bool { return r != Rate{} && !math.IsInf(r.Lo, 0) && !math.IsInf(r.Hi, 0) }

// A Crossing is when a clock will pass its limit, as a time from now. The zero
// value means that this cannot be foretold.
type Crossing struct {
	Earliest, Latest time.Duration
}

// Foretold reports whether the crossing is known at all.
func (c Crossing) Foretold() bool { return c.Latest > 0 }

// cross foretells when an offset that grows at a rate leaves ±limit. It says
// nothing where the rate may be zero: then it may never.
func cross(offset Interval, r Rate, limit time.Duration) Crossing {
	if !r.Known() || r.Lo <= 0 && r.Hi >= 0 || !offset.Within(limit) {
		return Crossing{}
	}
	if r.Hi < 0 {
		offset, r = Interval{-offset.Hi, -offset.Lo}, Rate{-r.Hi, -r.Lo}
	}
	after := func(way time.Duration, rate float64) time.Duration {
		return time.Duration(min(float64(way)/rate, math.MaxInt64/2))
	}
	return Crossing{Earliest: after(limit-offset.Hi, r.Hi), Latest: after(limit-offset.Lo, r.Lo)}
}

// A history is what has been observed since the clock was last set.
type history struct {
	points []point
}

type point struct {
	at     time.Duration // monotonic
	offset Interval
}

// longMemory is how many points are kept. When they are too many every second
// one is dropped, but the first and the last: far ones say most about the rate.
const longMemory = 256

// observe adds a report to the history and says what follows from both.
func (h *history) observe(r Report, before, after Reading) Observation {
	x := Observation{Report: r, Rate: anyRate}
	if len(h.points) > 0 {
		x.Event, x.Moved = happened(before, after)
	}
	if x.Event != "" {
		h.points = nil
	}
	if r.Verdict != Unknown || r.Confirmed {
		h.add(point{after.Monotonic, r.Offset})
		x.Rate = h.rate()
		x.Crossing = cross(r.Offset, x.Rate, r.Limit)
	}
	return x
}

func (h *history) add(p point) {
	if !p.offset.Bounded() {
		return
	}
	h.points = append(h.points, p)
	if len(h.points) > longMemory {
		kept := h.points[:0]
		for n, p := range h.points {
			if n%2 == 0 || n == len(h.points)-1 {
				kept = append(kept, p)
			}
		}
		h.points = kept
	}
}

// rate is what every pair of points allows a steady clock. Where no rate fits
// them all the clock was not steady: the older half is forgotten.
func (h *history) rate() Rate {
	r := anyRate
	for j, b := range h.points {
		for _, a := range h.points[:j] {
			seconds := float64(b.at - a.at)
			if seconds <= 0 {
				continue
			}
			r.Lo = max(r.Lo, (float64(b.offset.Lo)-float64(a.offset.Hi))/seconds)
			r.Hi = min(r.Hi, (float64(b.offset.Hi)-float64(a.offset.Lo))/seconds)
		}
	}
	if r.Lo > r.Hi {
		h.points = append([]point(nil), h.points[len(h.points)/2:]...)
		return anyRate
	}
	return r
}
