package drift

import (
	"fmt"
	"strings"
	"time"
)

// A Report says how wrong a clock is and how we know.
type Report struct {
	Verdict Verdict
	// Confirmed says that more than one source stands behind the offset, or one
	// that is authenticated. It is false where nothing is known, and where the
	// only source is one that the user chose to trust.
	Confirmed bool
	// Offset bounds true time minus this clock; positive is slow. With a verdict
	// of Unknown it may be Everything.
	Offset Interval
	// Limit is the offset that was judged to be too much.
	Limit time.Duration
	// Reason is the finding and its grounds in one sentence of English.
	Reason string
	// Sources has one vote for each source that was asked, in that order.
	Sources []Vote
	// At is what the clock read when the report was made, uncorrected.
	At time.Time
	// Elapsed is how long the measurement took.
	Elapsed time.Duration
}

// Used counts the sources that stand behind the verdict.
func (r Report) Used() int {
	n := 0
	for _, v := range r.Sources {
		if v.Used {
			n++
		}
	}
	return n
}

// True is the time that the report gives for what its clock read at t, as the
// middle of the interval, and how far that may be wrong either way. It is false
// if the report knows nothing.
func (r Report) True(t time.Time) (at time.Time, plusMinus time.Duration, ok bool) {
	if !r.Offset.Bounded() {
		return t, 0, false
	}
	return t.Add(r.Offset.Mid()), r.Offset.Half(), true
}

// sentence words the reason. The groups are those that could speak.
func (r Report) sentence(groups []Interval) string {
	switch {
	case len(groups) == 0:
		return r.noQuorum()
	case !r.Confirmed:
		return fmt.Sprintf("This clock is %s, says %s, which nothing confirms%s.",
			r.Offset, r.Sources[0].Name, r.straddle())
	case r.Verdict == Unknown && len(groups) > 1 && cover(groups) != groups[0]:
		return fmt.Sprintf("The sources contradict each other, so somebody may be tampering: by one group this clock is %s, by another %s.",
			groups[0], contradicting(groups))
	default:
		return fmt.Sprintf("This clock is %s; %s%s.", r.Offset, r.agreement(), r.straddle())
	}
}

// straddle explains why a known offset has no verdict.
func (r Report) straddle() string {
	if r.Verdict != Unknown {
		return ""
	}
	return fmt.Sprintf("; that is too close to the limit of %s to judge", amount(r.Limit))
}

func (r Report) agreement() string {
	n := r.Used()
	if n == 1 && len(r.Sources) == 1 {
		return r.Sources[0].Name + " says so, authenticated"
	}
	verb := "agree"
	if n == 1 {
		verb = "says so, authenticated"
	}
	return fmt.Sprintf("%d of %d sources %s", n, len(r.Sources), verb)
}

// contradicting is the first group that the leading one does not overlap.
func contradicting(groups []Interval) Interval {
	for _, g := range groups[1:] {
		if !g.Overlaps(groups[0]) {
			return g
		}
	}
	return groups[0]
}

// noQuorum says why there is no offset.
func (r Report) noQuorum() string {
	var claims []string
	for _, v := range r.Sources {
		if v.usable() {
			claims = append(claims, fmt.Sprintf("%s says %s", v.Name, v.Offset))
		}
	}
	early := ""
	if r.Offset != Everything {
		early = fmt.Sprintf("This clock reads a time before this program was written, so it is %s; beyond that: ", r.Offset)
	}
	switch {
	case len(r.Sources) == 0:
		return early + "No source was asked."
	case len(claims) == 0 && len(r.Sources) == 1:
		return early + fmt.Sprintf("%s gave no usable answer: %s.", r.Sources[0].Name, r.Sources[0].Rejected)
	case len(claims) == 0:
		return early + fmt.Sprintf("None of %d sources gave a usable answer: %s.", len(r.Sources), r.commonFailure())
	case len(claims) == 1:
		return early + fmt.Sprintf("Only one of %d sources gave a usable answer, and one that nothing confirms is not enough: %s.", len(r.Sources), claims[0])
	default:
		return early + fmt.Sprintf("The sources disagree and none has a majority: %s.", strings.Join(claims, ", "))
	}
}

// commonFailure is the failure that most sources share.
func (r Report) commonFailure() string {
	count, most := map[string]int{}, ""
	for _, v := range r.Sources {
		count[v.Rejected]++
		if most == "" || count[v.Rejected] > count[most] {
			most = v.Rejected
		}
	}
	if count[most] < len(r.Sources) {
		return fmt.Sprintf("for %d of them, %s", count[most], most)
	}
	return "for each of them, " + most
}

// String words the interval: "right to within 12 ms", "73.2 s slow ± 20 ms",
// "between 3.0 s fast and 20.0 s slow", "at least 56.4 years slow", "unknown".
func (i Interval) String() string {
	switch {
	case i == Everything || i.Lo > i.Hi:
		return "unknown"
	case !i.Bounded() && i.Contains(0):
		return "unknown"
	case !i.Bounded() && i.Lo > 0:
		return "at least " + amount(i.Lo) + " slow"
	case !i.Bounded():
		return "at least " + amount(i.Hi) + " fast"
	case i.farthest() < time.Second:
		return "right to within " + amount(i.farthest())
	case i.Lo < 0 && i.Hi > 0:
		return fmt.Sprintf("between %s fast and %s slow", amount(i.Lo), amount(i.Hi))
	default:
		return fmt.Sprintf("%s %s ± %s", amount(i.Mid()), side(i.Mid()), amount(i.Half()))
	}
}

func side(offset time.Duration) string {
	if offset < 0 {
		return "fast"
	}
	return "slow"
}

// amount words a length of time, without its sign, as coarsely as it is large.
func amount(d time.Duration) string {
	d = magnitude(d)
	const day = 24 * time.Hour
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%.2f ms", d.Seconds()*1e3)
	case d < 20*time.Millisecond:
		return fmt.Sprintf("%.1f ms", d.Seconds()*1e3)
	case d < time.Second:
		return fmt.Sprintf("%.0f ms", d.Seconds()*1e3)
	case d < 2*time.Hour && d%time.Second == 0:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < 2*day:
		return fmt.Sprintf("%.1f hours", d.Hours())
	case d < 730*day:
		return fmt.Sprintf("%.1f days", d.Hours()/24)
	default:
		return fmt.Sprintf("%.1f years", d.Hours()/24/365.25)
	}
}
