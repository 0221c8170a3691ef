package drift

import (
	"errors"
	"time"
)

// tolerance is how far an undisciplined oscillator may run off, as a fraction
// (500 ppm, the bound that the kernel's own discipline works within).
const tolerance = 500e-6

// errImpossible: the server claims to have worked longer than we waited.
var errImpossible = errors.New("it claims to have held the request longer than we waited")

// An Exchange is one question and its answer, in the terms of RFC 5905 §8.
type Exchange struct {
	T1 time.Time // this clock when the request left
	T2 time.Time // the server's clock when the request arrived
	T3 time.Time // the server's clock when the reply left
	T4 time.Time // this clock when the reply arrived

	// Error is what the server admits about its own clock, plus or minus:
	// root delay / 2 + root dispersion + precision.
	Error time.Duration
}

// Offset is what the exchange proves: the request arrived after it left, so
// offset ≤ T2−T1, and the reply likewise, so offset ≥ T3−T4. Nothing is assumed
// about how the delay divides between the two ways. It fails when no offset
// fits, which an honest server cannot cause.
func (e Exchange) Offset() (Interval, error) {
	elapsed, held := between(e.T4, e.T1), between(e.T3, e.T2)
	if elapsed < 0 || held < 0 || held > elapsed {
		return Everything, errImpossible
	}
	i := Interval{Lo: between(e.T3, e.T4), Hi: between(e.T2, e.T1)}
	return i.Widen(add(e.Error, wander(elapsed))), nil
}

// wander is how far the clock may have run off in the time that has passed.
func wander(elapsed time.Duration) time.Duration {
	return time.Duration(float64(magnitude(elapsed)) * tolerance)
}
