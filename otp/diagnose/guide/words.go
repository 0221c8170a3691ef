package guide

import (
	"fmt"
	"time"
)

// words speaks one language.
type words struct {
	lang string
	c    *content
}

// say is a piece of guide.json's words.
func (w words) say(key string) string { return w.c.Words[key][w.lang] }

// sayOf is a piece with one value in it.
func (w words) sayOf(key, name, value string) string {
	return fill(w.say(key), map[string]string{name: value})
}

// units are what durations are told in. Profiles speak of 72 hours, so that days
// begin later.
var units = []struct {
	word  string
	size  time.Duration
	least time.Duration
}{
	{"days", 24 * time.Hour, 100 * time.Hour},
	{"hours", time.Hour, time.Hour},
	{"minutes", time.Minute, time.Minute},
	{"seconds", time.Second, 0},
}

// duration tells a duration in its two largest units: 24 hours, 1 minute 13 seconds.
func (w words) duration(d Duration) string {
	left := time.Duration(d).Abs().Round(time.Second)
	for i, u := range units {
		if left < u.least {
			continue
		}
		s := w.count(u.word, int64(left/u.size))
		if rest := left % u.size; rest > 0 && i+1 < len(units) && rest >= units[i+1].size {
			s += w.say("space") + w.count(units[i+1].word, int64(rest/units[i+1].size))
		}
		return s
	}
	return "" // unreachable: seconds take the rest
}

func (w words) count(word string, n int64) string {
	if n == 1 {
		return w.say(word + ".one")
	}
	return w.sayOf(word, "n", fmt.Sprint(n))
}

// span tells a range of durations: 24 to 72 hours, in the unit of the upper one.
func (w words) span(from, to Duration) string {
	low := w.duration(from)
	for _, u := range units {
		if time.Duration(to) >= u.least && time.Duration(from)%u.size == 0 && time.Duration(to)%u.size == 0 {
			low = fmt.Sprint(int64(time.Duration(from) / u.size))
			break
		}
	}
	return fill(w.say("range"), map[string]string{"from": low, "to": w.duration(to)})
}

// offset tells how wrong a clock is that lies in an interval: "1 minute 13 seconds
// slow", or "right to within 1 second".
func (w words) offset(lo, hi time.Duration) string {
	switch {
	case lo >= time.Second:
		return w.sayOf("clock.slow", "n", w.distance(lo, hi))
	case hi <= -time.Second:
		return w.sayOf("clock.fast", "n", w.distance(lo, hi))
	}
	farthest := max(hi, -lo)
	return w.sayOf("clock.right", "n", w.duration(Duration(farthest.Truncate(time.Second)+time.Second)))
}

// distance tells how far an interval is from zero, no more exactly than it is known:
// what comes from a code is as wide as the code's period.
func (w words) distance(lo, hi time.Duration) string {
	middle := (lo + (hi-lo)/2).Abs()
	if hi-lo < 10*time.Second {
		return w.duration(Duration(middle))
	}
	return w.sayOf("about", "n", w.duration(Duration(middle.Round(30*time.Second))))
}

// moment tells a time of day in the zone that it came in.
func (w words) moment(t time.Time) string { return t.Format("2006-01-02 15:04") }
