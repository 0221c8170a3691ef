package drift

import (
	"context"
	"errors"
	"iter"
	"time"
)

// DefaultEvery is how often Watch measures: servers of the public are not to be
// asked oftener than about once a minute for long.
const DefaultEvery = 64 * time.Second

// look is how often the clocks of the machine are compared between two
// measurements. It asks nobody.
const look = time.Second

// WatchOptions say how to watch. The zero value watches the clock of this
// machine by the default servers.
type WatchOptions struct {
	Options
	// Every is the time between two measurements. Zero means DefaultEvery.
	Every time.Duration
	// Wait waits, or says false when ctx ends first. Nil means to really wait;
	// a test moves its clock instead.
	Wait func(ctx context.Context, d time.Duration) bool
	// Measure asks. Nil means the function of that name.
	Measure func(ctx context.Context, o Options) (Report, error)
}

// An Event is something that happened to a clock between two observations.
type Event string

// The events.
const (
	Stepped   Event = "step"    // it was set
	Suspended Event = "suspend" // the machine slept
)

// An Observation is one measurement in a series.
type Observation struct {
	Report Report
	// Event says what happened since the observation before, if anything did;
	// Moved is by how much. After an event the rate begins anew.
	Event Event
	Moved time.Duration
	// Rate is how fast the offset grows.
	Rate Rate
	// Crossing foretells when the limit will be passed, where the rate shows
	// that it will.
	Crossing Crossing
}

// Watch measures again and again until ctx ends or the loop is left. Between two
// measurements it compares the clocks of the machine once a second, and measures
// at once when the wall has been set or the machine has slept. The error, which
// ends the series, is that of the first Measure that fails.
func Watch(ctx context.Context, o WatchOptions) iter.Seq2[Observation, error] {
	o = o.filled()
	return func(yield func(Observation, error) bool) {
		var history history
		before := o.Clock()
		for {
			report, err := o.Measure(ctx, o.Options)
			if errors.Is(err, context.Canceled) {
				return
			}
			after := o.Clock()
			x := history.observe(report, before, after)
			if !yield(x, err) || err != nil {
				return
			}
			before = after
			if !o.pause(ctx, before) {
				return
			}
		}
	}
}

func (o WatchOptions) filled() WatchOptions {
	if o.Every <= 0 {
		o.Every = DefaultEvery
	}
	if o.Clock == nil {
		o.Clock = Machine
	}
	if o.Wait == nil {
		o.Wait = sleep
	}
	if o.Measure == nil {
		o.Measure = Measure
	}
	return o
}

// pause waits until it is time to measure or something has happened.
func (o WatchOptions) pause(ctx context.Context, since Reading) bool {
	for {
		now := o.Clock()
		left := o.Every - (now.Monotonic - since.Monotonic)
		if event, _ := happened(since, now); left <= 0 || event != "" {
			return ctx.Err() == nil
		}
		if !o.Wait(ctx, min(look, left)) {
			return false
		}
	}
}

// happened compares two readings. The wall runs against Boot where the machine
// slept, and both against Monotonic. What slewing can do in the time between
// (500 ppm) is no event.
func happened(before, after Reading) (Event, time.Duration) {
	mono := after.Monotonic - before.Monotonic
	boot := after.Boot - before.Boot
	wall := between(after.Wall, before.Wall)
	slept, set := boot-mono, add(wall, -boot)
	threshold := slewing + wander(boot)
	switch {
	case magnitude(set) > threshold:
		return Stepped, set
	case magnitude(slept) > threshold:
		return Suspended, slept
	}
	return "", 0
}
