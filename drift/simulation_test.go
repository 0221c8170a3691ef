package drift_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/authctl/authctl/drift"
)

var simulations = flag.Int("simulations", 5000, "number of simulated measurements")

// A world is a clock that is wrong by a known amount and servers around it.
type world struct {
	*rand.Rand
	offset time.Duration // true time − the clock
}

// exponential is a delay with the given mean: most are short, some are long.
func (w world) exponential(mean time.Duration) time.Duration {
	return time.Duration(w.ExpFloat64() * float64(mean))
}

// ask makes the exchange with a server whose clock is wrong by err and admits to
// admitted. The two ways have delays of their own.
func (w world) ask(err, admitted time.Duration) (drift.Interval, error) {
	there, back := w.exponential(20*ms), w.exponential(20*ms)
	if w.IntN(2) == 0 {
		back += w.exponential(300 * ms) // asymmetry
	}
	held := w.exponential(ms)
	truth := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	local := truth.Add(-w.offset)
	return drift.Exchange{
		T1: local, T2: truth.Add(there + err), T3: truth.Add(there + held + err),
		T4: local.Add(there + held + back), Error: admitted,
	}.Offset()
}

// wrong picks the clock's offset: often near a limit, where judging is hard.
func (w world) wrong() time.Duration {
	near := []time.Duration{0, 30 * s, -30 * s, 60 * s, -60 * s, 90 * s}[w.IntN(6)]
	spread := []time.Duration{10 * ms, 500 * ms, 60 * s}[w.IntN(3)]
	return near + time.Duration(w.NormFloat64()*float64(spread))
}

// measure asks some servers of which fewer than half of those that answer lie.
// It returns what they gave, and the hull of what the honest ones gave.
func (w world) measure() (samples []drift.Sample, honest drift.Interval) {
	answering := 2 + w.IntN(6)
	liars := w.IntN((answering-1)/2 + 1)
	honest = between(most, lowest)
	for n := range answering {
		var i drift.Interval
		if n < liars {
			i = w.lie()
		} else {
			admitted := w.exponential(10 * ms)
			i, _ = w.ask(time.Duration((w.Float64()*2-1)*float64(admitted)), admitted)
			honest = between(min(honest.Lo, i.Lo), max(honest.Hi, i.Hi))
		}
		samples = append(samples, drift.Sample{Name: fmt.Sprint(n), Kind: drift.NTP, Offset: i})
	}
	for n := range w.IntN(3) {
		samples = append(samples, silent(fmt.Sprint("lost", n)))
	}
	w.Shuffle(len(samples), func(a, b int) { samples[a], samples[b] = samples[b], samples[a] })
	return samples, honest
}

// lie is an answer off by anything from a hair, which overlaps the honest ones,
// to minutes, as narrow as a liar likes to claim.
func (w world) lie() drift.Interval {
	far := []time.Duration{20 * ms, 200 * ms, 5 * s, 90 * s}[w.IntN(4)]
	i, _ := w.ask(time.Duration(w.NormFloat64()*float64(far)), w.exponential(5*ms))
	if w.IntN(3) == 0 {
		return around(i.Mid(), time.Duration(w.Int64N(int64(ms))))
	}
	return i
}

// TestSimulation: with a minority of liars, the truth always lies inside the
// interval, a clock over the limit is never called ok, and unknown is said only
// where the honest answers by themselves would not have decided.
//
//	go test ./drift -run Simulation -simulations 200000 -v
func TestSimulation(t *testing.T) {
	const limit = 60 * s
	tally := map[drift.Verdict]int{}
	unforced := 0
	for n := range *simulations {
		w := world{Rand: rand.New(rand.NewPCG(20261122, uint64(n)))}
		w.offset = w.wrong()
		samples, honest := w.measure()
		r := drift.Combine(samples, drift.Policy{Limit: limit})
		tally[r.Verdict]++
		if !r.Offset.Contains(w.offset) {
			t.Fatalf("simulation %d: offset %v is outside %v..%v", n, w.offset, r.Offset.Lo, r.Offset.Hi)
		}
		over := w.offset > limit || w.offset < -limit
		if over && r.Verdict != drift.Bad && r.Verdict != drift.Unknown {
			t.Fatalf("simulation %d: offset %v is called %s", n, w.offset, r.Verdict)
		}
		if !over && r.Verdict == drift.Bad {
			t.Fatalf("simulation %d: offset %v is called bad", n, w.offset)
		}
		if r.Verdict == drift.Unknown && drift.Judge(honest, limit) != drift.Unknown {
			unforced++
		}
	}
	if unforced > 0 {
		t.Errorf("%d times unknown although the honest answers agree on a verdict", unforced)
	}
	total := float64(*simulations)
	t.Logf("%d measurements: truth inside 100 %%; ok %.1f %%, warn %.1f %%, bad %.1f %%, unknown %.2f %% (all forced)", *simulations,
		100*float64(tally[drift.OK])/total, 100*float64(tally[drift.Warn])/total,
		100*float64(tally[drift.Bad])/total, 100*float64(tally[drift.Unknown])/total)
}
