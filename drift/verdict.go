package drift

import (
	"fmt"
	"math"
	"time"
)

// A Verdict is what an interval says about a clock.
type Verdict string

// The verdicts. With L the limit:
const (
	OK      Verdict = "ok"      // the whole interval lies inside ±L/2
	Warn    Verdict = "warn"    // inside ±L
	Bad     Verdict = "bad"     // outside ±L, the whole of it on one side
	Unknown Verdict = "unknown" // it straddles a limit, or there is no quorum
)

// DefaultLimit is the offset beyond which a verifier that tolerates one step
// of 30 s either way refuses every code.
const DefaultLimit = 60 * time.Second

// Judge gives the verdict on an offset for a limit.
func Judge(offset Interval, limit time.Duration) Verdict {
	switch {
	case offset.Lo > offset.Hi:
		return Unknown
	case offset.Beyond(limit):
		return Bad
	case offset.Within(limit / 2):
		return OK
	case offset.Within(limit):
		return Warn
	default:
		return Unknown
	}
}

// An Acceptance is how likely a code is to be accepted, as bounds on a
// probability: the offset is an interval, and the moment within the step at
// which the code is made is anybody's guess.
type Acceptance struct{ Lo, Hi float64 }

// Window tells what a verifier would do with a code made now by a clock with
// this offset, if the verifier's own time is right, the code arrives at once,
// and it accepts skew steps of the given period before and after its own
// (RFC 6238 §5.2; 30 s and 1 are usual). A step is matched surely while the
// offset is at most skew periods, never from skew+1 periods on, and in
// proportion between.
func (i Interval) Window(period time.Duration, skew int) Acceptance {
	if period <= 0 || skew < 0 || i.Lo > i.Hi {
		return Acceptance{0, 1}
	}
	chance := func(d time.Duration) float64 {
		return min(1, max(0, float64(skew+1)-float64(d)/float64(period)))
	}
	return Acceptance{Lo: chance(i.farthest()), Hi: chance(i.nearest())}
}

// String is "accepted", "refused", "accepted 4 times in 10",
// "accepted 3 to 5 times in 10" or "accepted or refused, which is not known".
func (a Acceptance) String() string {
	lo, hi := math.Round(a.Lo*10), math.Round(a.Hi*10)
	switch {
	case a.Lo == 1:
		return "accepted"
	case a.Hi == 0:
		return "refused"
	case a.Lo == 0 && a.Hi == 1:
		return "accepted or refused, which is not known"
	case hi == 0:
		return "accepted less than once in 20 times"
	case lo == 10:
		return "accepted nearly always"
	case lo == hi && lo == 1:
		return "accepted once in 10 times"
	case lo == hi:
		return fmt.Sprintf("accepted %.0f times in 10", lo)
	default:
		return fmt.Sprintf("accepted %.0f to %.0f times in 10", lo, hi)
	}
}
