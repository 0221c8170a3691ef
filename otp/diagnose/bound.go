package diagnose

import (
	"fmt"
	"time"

	"github.com/authctl/authctl/otp"
)

// Bound says what codes alone tell about the clock of the authenticator that made
// them: its offset, true time minus that clock, as far as the times of the inputs
// are true and each code was read when its input says. One code bounds it to one
// period; more codes, read at other moments within their steps, narrow it. Clocks
// off by more than a day are not found.
//
// It is an error if k is an HOTP key, if the codes fit no offset, and if they fit
// several: six digits of one code recur within a day 0.6 % of the time, so give
// two or three. The zero At of an input means the step after the previous one's.
func Bound(k otp.Key, in []Input) (Interval, error) {
	if k.Type == otp.HOTP {
		return Interval{}, fmt.Errorf("bound clock: an HOTP key knows no time")
	}
	if len(in) == 0 || in[0].At.IsZero() {
		return Interval{}, fmt.Errorf("bound clock: the time of the first code is missing")
	}
	x, err := newExaminer(Case{Key: k, Inputs: in, At: in[0].At})
	if err != nil {
		return Interval{}, fmt.Errorf("bound clock: %w", err)
	}
	for _, a := range x.attempts {
		if a.err != nil {
			return Interval{}, fmt.Errorf("bound clock: input %d: %w", a.index+1, a.err)
		}
	}
	base, far := x.base(k, in[0].At), steps(k, day)
	var found []Interval
	for step := range x.gen.Search(x.attempts[0].code, addSaturated(base, -far), addSaturated(base, far)) {
		if offset, ok := x.narrow(offsetOf(k, step, in[0].At, Interval{}), x.attempts[1:]); ok {
			found = append(found, offset)
		}
	}
	switch len(found) {
	case 0:
		return Interval{}, fmt.Errorf("bound clock: no offset within a day fits every code")
	case 1:
		return found[0], nil
	}
	return Interval{}, fmt.Errorf("bound clock: %d offsets fit: give the next code as well", len(found))
}

// narrow intersects an offset with what later codes allow.
func (x *examiner) narrow(offset Interval, later []attempt) (Interval, bool) {
	for _, a := range later {
		// What the clock may read at a.at: as many steps as the interval spans.
		from, to := x.Key.Step(a.at.Add(-offset.Hi)), x.Key.Step(a.at.Add(-offset.Lo))
		narrowed := false
		for step := range x.gen.Search(a.code, from, to) {
			o := offsetOf(x.Key, step, a.at, Interval{})
			offset = Interval{max(offset.Lo, o.Lo), min(offset.Hi, o.Hi)}
			narrowed = offset.Lo <= offset.Hi
			break
		}
		if !narrowed {
			return Interval{}, false
		}
	}
	return offset, true
}

// offsetOf is the offset of a clock that showed a step at a moment which another
// clock, of offset c, calls at: the clock read between the start and the end of
// that step.
func offsetOf(k otp.Key, step int64, at time.Time, c Interval) Interval {
	start := k.Start(step)
	end := start.Add(time.Duration(k.Period) * time.Second)
	return Interval{at.Sub(end) + c.Lo, at.Sub(start) + c.Hi}
}
