package verifier

import "time"

// Guard counts failures in a row and holds the lock that follows.
type Guard struct {
	Run      int           `json:"run,omitempty"`  // failures since the last success, lock or pause
	At       Instant       `json:"at,omitempty"`   // of the latest failure
	LockedAt Instant       `json:"lock,omitempty"` // when the lock began; 0: none
	LockFor  time.Duration `json:"for,omitempty"`
}

// settle forgets a lock that is over and a run that is older than forget.
func (g *Guard) settle(now Instant, forget time.Duration) {
	switch {
	case *g == Guard{}:
	case g.LockedAt != 0 && g.LockedAt.since(now) >= g.LockFor,
		g.LockedAt == 0 && g.At.since(now) >= forget:
		*g = Guard{}
	}
}

// until is the end of the lock, 0 if there is none. The guard must be settled.
func (g *Guard) until() Instant {
	if g.LockedAt == 0 {
		return 0
	}
	return g.LockedAt.add(g.LockFor)
}

// fail counts a failure; at limit it locks.
func (g *Guard) fail(now Instant, limit int, length time.Duration) (locked bool) {
	g.Run++
	g.At = now
	if g.Run < limit {
		return false
	}
	g.LockedAt, g.LockFor = now, length
	return true
}

const (
	day      = 24 * time.Hour
	keepDays = 30
)

// countFailure adds a failure to the 30-day count and returns the count.
func (s *State) countFailure(now Instant) int {
	today := int64(now) / day.Milliseconds()
	if n := len(s.Failed); n == 0 || s.Failed[n-1].Day != today {
		s.Failed = append(s.Failed, DayFails{Day: today})
	}
	s.Failed[len(s.Failed)-1].N++
	return s.failures()
}

// settleFailures drops days that are more than 30 days old. Days of the future,
// which a clock set back leaves behind, count as today.
func (s *State) settleFailures(now Instant) {
	if len(s.Failed) == 0 {
		return
	}
	today := int64(now) / day.Milliseconds()
	var kept []DayFails
	future := 0
	for _, d := range s.Failed {
		switch {
		case d.Day > today:
			future += d.N
		case d.Day >= today-keepDays:
			kept = append(kept, d)
		}
	}
	if future > 0 {
		if n := len(kept); n == 0 || kept[n-1].Day != today {
			kept = append(kept, DayFails{Day: today})
		}
		kept[len(kept)-1].N += future
	}
	s.Failed = kept
}

// failures is the count of 30 days.
func (s *State) failures() int {
	n := 0
	for _, d := range s.Failed {
		n += d.N
	}
	return n
}
