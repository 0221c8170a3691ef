package guide

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// current is the step to answer now, and the wait that it needs first, if any. It
// is false when the walk has ended.
func (s *Session) current() (*step, *wait, bool) {
	d := s.pick()
	if d == nil {
		return nil, nil, false
	}
	if w, blocked := s.budget.blocks(s.profile, d.cost(), s.bySMS()); blocked {
		return d, &w, true
	}
	return d, nil, true
}

// pick is the first step that is pending, except that once the service and the
// checks are through, a step that remedies a cause which a code has shown comes
// first.
func (s *Session) pick() *step {
	var first *step
	for _, d := range s.c.Steps {
		if !s.pending(d) {
			continue
		}
		ok, before := s.applies(d)
		if !ok || before != nil {
			continue
		}
		if d.Phase == Service || d.Phase == Checks {
			return d
		}
		first = cmp.Or(first, d)
	}
	if d := s.remedy(); d != nil && s.outcome == "" {
		return d
	}
	return first
}

// remedy is the first pending step for the cause that a code has shown, or the
// question on which that step depends.
func (s *Session) remedy() *step {
	if s.facts.Code == nil {
		return nil
	}
	cause := s.facts.Code.settled()
	for _, d := range s.c.Steps {
		if !slices.Contains(d.Causes, cause) || !s.pending(d) {
			continue
		}
		switch ok, before := s.applies(d); {
		case !ok:
		case before != nil:
			return before
		default:
			return d
		}
	}
	return nil
}

// pending reports whether a step may still be asked, its conditions aside.
func (s *Session) pending(d *step) bool {
	_, answered := s.answers[d.ID]
	switch {
	case answered, slices.Contains(s.left, d), d.Kind == Check, d.Kind == Wait, s.c.position[d.ID] < s.from:
		return false
	case d.Kind == Codes && s.facts.Code != nil:
		return false
	case d.Phase == Afterwards:
		return s.outcome == Fixed
	case s.outcome != "":
		return false
	}
	return d.Method == All || s.opens == nil || slices.Contains(s.opens, d.Method)
}

// applies reports whether the conditions of a step hold, as far as is known. before
// is a pending step on whose answer they still depend. A step that was left open
// may have any value.
func (s *Session) applies(d *step) (ok bool, before *step) {
	for _, id := range s.ordered(d.Unless) {
		if v, known := s.value(id); known && slices.Contains(d.Unless[id], v) {
			return false, nil
		}
	}
	for _, id := range s.ordered(d.When) {
		v, known := s.value(id)
		switch {
		case known && slices.Contains(d.When[id], v), !known && slices.Contains(s.left, s.c.step(id)):
		case !known && before != nil: // depends on the answer to before
		case !known && s.pending(s.c.step(id)):
			if holds, _ := s.applies(s.c.step(id)); !holds {
				return false, nil
			}
			before = s.c.step(id)
		default:
			return false, nil
		}
	}
	return true, before
}

// ordered is the steps that conditions name, as they stand on the path.
func (s *Session) ordered(conditions map[string][]string) []string {
	return slices.SortedFunc(maps.Keys(conditions), func(a, b string) int {
		return cmp.Compare(s.c.position[a], s.c.position[b])
	})
}

// value is the value of a step: its answer, or what the facts say.
func (s *Session) value(id string) (string, bool) {
	d := s.c.step(id)
	switch {
	case d.Kind == Check:
		return s.facts.check(id), true
	case d.Kind == Codes && s.facts.Code != nil:
		return s.facts.Code.settled(), true
	}
	v, ok := s.answers[id]
	return v, ok
}

// idOf is the id of what Next gives for a step: its own, or that of the wait that
// it needs, which is numbered because a walk may have several.
func (s *Session) idOf(d *step, w *wait) string {
	if w == nil {
		return d.ID
	}
	return fmt.Sprintf("wait-%d", s.waits+1)
}

// renderWait puts the wait before step d into words.
func (s *Session) renderWait(d *step, w wait) Step {
	v, say := s.values(), s.words()
	// Rounded up: a wait that is told a few seconds short would end in a lock.
	v["wait_left"] = say.duration(Duration((w.left + time.Minute - 1).Truncate(time.Minute)))
	v["until"] = say.say("until.unknown")
	if !w.until.IsZero() {
		v["until"] = say.sayOf("until.known", "time", say.moment(w.until.Add(time.Minute-1)))
	}
	v["then"] = fill(d.Title[s.lang], v)
	waiting := s.c.step("wait")
	out := Step{
		ID: s.idOf(d, &w), Phase: d.Phase, Heading: s.heading(d), Method: d.Method, Kind: Wait, Until: w.until,
		Title: fill(waiting.Title[s.lang], v), Why: fill(waiting.Why[s.lang], v),
		Minutes: int((w.left + time.Minute - 1) / time.Minute),
	}
	for _, t := range waiting.Do {
		out.Do = append(out.Do, fill(t[s.lang], v))
	}
	for _, c := range waiting.Choices {
		out.Choices = append(out.Choices, Choice{c.Value, fill(c.Label[s.lang], v)})
	}
	return out
}

// values are everything that the texts may name.
func (s *Session) values() map[string]string {
	w := s.words()
	v := maps.Clone(s.numbers)
	maps.Copy(v, s.facts.values(w))
	v["tries_left"] = fmt.Sprint(s.budget.triesLeft(s.profile, s.bySMS()))
	v["sends_left"] = fmt.Sprint(s.budget.sendsLeft(s.profile))
	v["number"], v["number_faults"] = cmp.Or(s.phone.E164, w.say("phone.open")), s.phone.explain(w)
	return v
}
