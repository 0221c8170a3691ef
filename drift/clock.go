package drift

import "time"

// A Reading is one look at all the clocks of a machine.
type Reading struct {
	// Wall is the clock in question: what this machine believes the time is.
	Wall time.Time
	// Monotonic is the time since some fixed moment. Setting the wall does not
	// move it, and it stands still while the machine sleeps.
	Monotonic time.Duration
	// Boot is like Monotonic but also counts sleep, where the system has such a
	// clock; elsewhere it equals Monotonic.
	Boot time.Duration
}

// A Clock reads the clock in question. A test, or --simulate, gives another
// one than the machine's.
type Clock func() Reading

// Machine is the clock of this machine.
func Machine() Reading {
	now := time.Now()
	mono := now.Sub(start)
	return Reading{Wall: now.Round(0), Monotonic: mono, Boot: boot(mono)}
}

var start = time.Now()

// Plus is the clock with d added to its wall: Plus(-90 * time.Second) reads as
// an offset of +90 s.
func (c Clock) Plus(d time.Duration) Clock {
	return func() Reading {
		r := c()
		r.Wall = r.Wall.Add(d)
		return r
	}
}

// An anchor is the wall read once and carried on by the monotonic clock, so
// that setting the wall cannot bend a measurement under way.
type anchor struct {
	clock Clock
	start Reading
}

func newAnchor(c Clock) *anchor { return &anchor{clock: c, start: c()} }

// now is the wall as it would read if nobody had set it since the start.
func (a *anchor) now() time.Time { return a.at(a.clock()) }

func (a *anchor) at(r Reading) time.Time {
	return a.start.Wall.Add(r.Monotonic - a.start.Monotonic)
}

// slewing is what the wall may move against the anchor in a measurement of a
// second or two without being called a step: coarse clocks (16 ms on Windows)
// and a slew in progress. It is added to the interval, so nothing is lost.
const slewing = 50 * time.Millisecond
