package drift_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/authctl/authctl/drift"
)

// A lab is a machine whose clock runs wrong at a steady rate, and whose time
// passes only when somebody waits.
type lab struct {
	true, boot, mono time.Duration
	offset           time.Duration // true − wall at the start
	rate             float64
	half             time.Duration // of what a measurement tells
	at               map[time.Duration]func(*lab)
	random           *rand.Rand
}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func (l *lab) wrong() time.Duration {
	return l.offset + time.Duration(float64(l.true)*l.rate)
}

func (l *lab) clock() drift.Reading {
	return drift.Reading{Wall: noon.Add(l.true - l.wrong()), Monotonic: l.mono, Boot: l.boot}
}

func (l *lab) wait(ctx context.Context, d time.Duration) bool {
	l.true, l.boot, l.mono = l.true+d, l.boot+d, l.mono+d
	for when, what := range l.at {
		if l.true >= when {
			delete(l.at, when)
			what(l)
		}
	}
	return ctx.Err() == nil
}

func (l *lab) measure(context.Context, drift.Options) (drift.Report, error) {
	noise := time.Duration((l.random.Float64()*2 - 1) * float64(l.half))
	i := around(l.wrong()+noise, l.half)
	return drift.Report{Verdict: drift.Judge(i, 60*s), Confirmed: true, Offset: i, Limit: 60 * s}, nil
}

func (l *lab) watch(ctx context.Context, every time.Duration, until time.Duration) []drift.Observation {
	l.random = rand.New(rand.NewPCG(1, 2))
	var out []drift.Observation
	for x, err := range drift.Watch(ctx, drift.WatchOptions{
		Options: drift.Options{Clock: l.clock}, Every: every, Wait: l.wait, Measure: l.measure,
	}) {
		if err != nil {
			panic(err)
		}
		out = append(out, x)
		if l.true >= until {
			break
		}
	}
	return out
}

// 78 ppm, measured ±10 ms: after a minute nothing is known, after an hour when
// the limit will be passed.
func TestWatchForetellsTheCrossing(t *testing.T) {
	for _, sign := range []float64{1, -1} {
		l := &lab{rate: sign * 78e-6, half: 10 * ms}
		seen := l.watch(t.Context(), 60*s, time.Hour)
		if second := seen[1]; second.Crossing.Foretold() || !second.Rate.Known() {
			t.Errorf("after a minute: rate %+v, crossing %+v", second.Rate, second.Crossing)
		}
		last := seen[len(seen)-1]
		truth := 60*s*1e6/78 - l.true
		if c := last.Crossing; !c.Foretold() || c.Earliest > truth || c.Latest < truth || c.Latest-c.Earliest > 48*time.Hour {
			t.Errorf("after %v: rate %+v, crossing %+v, truth %v", l.true, last.Rate, c, truth)
		}
		if last.Rate.Lo > sign*78e-6 || last.Rate.Hi < sign*78e-6 {
			t.Errorf("rate %+v, want 78 ppm inside", last.Rate)
		}
	}
}

// A clock that keeps time is foretold nothing, however long it is watched.
func TestWatchSteadyClock(t *testing.T) {
	l := &lab{half: 10 * ms}
	for _, x := range l.watch(t.Context(), 60*s, 10*time.Hour) {
		if x.Crossing.Foretold() || x.Event != "" {
			t.Fatalf("after %v: %+v", l.true, x)
		}
	}
}

// The clock is set between two measurements: that is seen within a second,
// measured at once, and the rate begins anew.
func TestWatchStep(t *testing.T) {
	l := &lab{rate: 78e-6, half: ms, at: map[time.Duration]func(*lab){
		1830 * s: func(l *lab) { l.offset += 90 * s },
	}}
	seen := l.watch(t.Context(), 600*s, 1830*s)
	last := seen[len(seen)-1]
	if last.Event != drift.Stepped || !around(-90*s, 200*ms).Contains(last.Moved) || last.Rate.Known() || last.Report.Verdict != drift.Bad {
		t.Errorf("after the step: %+v", last)
	}
	if l.true > 1832*s {
		t.Errorf("seen only after %v", l.true)
	}
}

// The machine sleeps: true time and the wall go on, and Boot tells of it.
func TestWatchSuspend(t *testing.T) {
	l := &lab{rate: 78e-6, half: ms, at: map[time.Duration]func(*lab){
		1830 * s: func(l *lab) { l.true, l.boot = l.true+time.Hour, l.boot+time.Hour },
	}}
	seen := l.watch(t.Context(), 600*s, 1830*s)
	last := seen[len(seen)-1]
	if last.Event != drift.Suspended || last.Moved != time.Hour || last.Rate.Known() {
		t.Errorf("after the sleep: %+v", last)
	}
}

// A clock whose rate changes is not forced into one rate.
func TestWatchUnsteadyClock(t *testing.T) {
	l := &lab{rate: 78e-6, half: ms, at: map[time.Duration]func(*lab){
		3600 * s: func(l *lab) { l.offset += time.Duration(2 * 78e-6 * float64(l.true)); l.rate = -78e-6 },
	}}
	seen := l.watch(t.Context(), 60*s, 6*time.Hour)
	if last := seen[len(seen)-1]; last.Rate.Hi >= 0 || last.Rate.Lo > -78e-6 || last.Rate.Hi < -78e-6 {
		t.Errorf("rate %+v, want −78 ppm inside and zero outside", last.Rate)
	}
}

// A long watch keeps a bounded history and the far points that say most.
func TestWatchLong(t *testing.T) {
	l := &lab{rate: 5e-6, half: 10 * ms}
	seen := l.watch(t.Context(), 64*s, 48*time.Hour)
	last := seen[len(seen)-1].Rate
	if last.Lo > 5e-6 || last.Hi < 5e-6 || last.Hi-last.Lo > 0.5e-6 {
		t.Errorf("rate %+v after two days, want 5 ppm within 0.25", last)
	}
}

func TestWatchEnds(t *testing.T) {
	l := &lab{half: ms}
	ctx, cancel := context.WithCancel(t.Context())
	l.at = map[time.Duration]func(*lab){130 * s: func(*lab) { cancel() }}
	if seen := l.watch(ctx, 60*s, time.Hour); len(seen) != 3 {
		t.Errorf("%d observations, want 3", len(seen))
	}
	broken := errors.New("broken")
	for _, err := range drift.Watch(t.Context(), drift.WatchOptions{Measure: func(context.Context, drift.Options) (drift.Report, error) {
		return drift.Report{}, broken
	}}) {
		if !errors.Is(err, broken) {
			t.Errorf("error %v", err)
		}
	}
}

// A step that hides within the uncertainty of the measurements still ends what
// they say about the rate.
func TestWatchStepForgets(t *testing.T) {
	l := &lab{half: 10 * s, at: map[time.Duration]func(*lab){1830 * s: func(l *lab) { l.offset += s }}}
	seen := l.watch(t.Context(), 600*s, 1830*s)
	if last := seen[len(seen)-1]; last.Event != drift.Stepped || last.Rate.Known() {
		t.Errorf("after the step: event %q, rate %+v", last.Event, last.Rate)
	}
}
