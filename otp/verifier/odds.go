package verifier

import (
	"math"
	"time"

	"github.com/authctl/authctl/otp"
)

// Guesses is how many codes someone who has the password can have compared in d:
// as fast as the locks allow, and never so many in 30 days that codes are shut,
// except by the last.
func (p *Policy) Guesses(d time.Duration) int {
	var s State
	start := instant(time.Unix(0, 0).Add(1000 * day))
	now, n := start, 0
	for {
		s.Codes.settle(now, p.LockFor)
		s.settleFailures(now)
		switch until := s.Codes.until(); {
		case until != 0:
			now = until
		case s.failures() >= p.ShutAt-1: // wait for the next day: the oldest may be forgotten
			now = (now/Instant(day.Milliseconds()) + 1) * Instant(day.Milliseconds())
		default:
			n++
			s.Codes.fail(now, p.Failures, p.lockFor(s.countFailure(now)))
		}
		if time.Duration(now-start)*time.Millisecond >= d {
			return n + 1
		}
	}
}

// Odds is the chance that [Policy.Guesses] in d hit a code of the key: one minus
// (1 − candidates / possible codes) to the power of the guesses. For two live keys
// add the odds of both.
func (p *Policy) Odds(k otp.Key, d time.Duration) float64 {
	codes, candidates := math.Pow(10, float64(k.Digits)), p.Window.Behind+p.Window.Ahead+1
	switch k.Type {
	case otp.Steam:
		codes = math.Pow(26, float64(k.Digits))
	case otp.HOTP:
		candidates = p.lookAhead(k.Digits) + 1
	}
	return 1 - math.Pow(1-float64(candidates)/codes, float64(p.Guesses(d)))
}
