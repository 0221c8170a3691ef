package guide

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ErrTooEarly is the answer to a wait that is not over yet.
var ErrTooEarly = errors.New("the wait is not over")

// Options start a session. The zero value is the first profile in English, with
// nothing checked.
type Options struct {
	Profile Profile // zero: that of X
	Lang    string  // one of Languages; empty: the first
	Facts   Facts
}

// Session is one walk along the path. It is not safe for concurrent use.
type Session struct {
	c       *content
	profile Profile
	lang    string
	facts   Facts
	numbers map[string]string // of the profile, in words

	answers map[string]string // by step; for a phone number only whether its form is right
	left    []*step           // steps left open, as they came
	from    int               // steps before this position are closed
	opens   []Method          // whose steps apply; nil: not asked yet
	budget  budget
	waits   int // how many there were
	phone   PhoneNumber
	outcome Outcome // empty: not ended
	path    []Taken
}

// New starts a session.
func New(o Options) (*Session, error) {
	if o.Profile.ID == "" {
		p, err := LookupProfile("x")
		if err != nil {
			return nil, err
		}
		o.Profile = p
	}
	if err := o.Profile.check(); err != nil {
		return nil, fmt.Errorf("start the guide: profile: %w", err)
	}
	c := load()
	if o.Lang == "" {
		o.Lang = c.Languages[0]
	}
	if !slices.Contains(c.Languages, o.Lang) {
		return nil, fmt.Errorf("start the guide: there is no text in %q: have %s", o.Lang, strings.Join(c.Languages, ", "))
	}
	s := &Session{
		c: c, profile: o.Profile, lang: o.Lang,
		answers: map[string]string{},
	}
	s.numbers = s.profile.values(s.words())
	s.Know(o.Facts)
	return s, nil
}

// Know replaces the facts. A caller that is asked for codes (a step of kind Codes)
// diagnoses them and hands in the facts again, with Code set.
func (s *Session) Know(f Facts) {
	s.facts = f
	s.tick(f.At)
	if f.LockedUntil.After(s.budget.now) {
		s.budget.lock(f.LockedUntil, 0)
	}
}

// Next is what to do or to ask now. It is false when the walk has ended. It
// changes nothing: until the step is answered or skipped, Next gives it again.
func (s *Session) Next() (Step, bool) {
	d, w, ok := s.current()
	if !ok {
		return Step{}, false
	}
	if w == nil {
		return s.render(d), true
	}
	return s.renderWait(d, *w), true
}

// Answer takes the answer to the step that Next gives: a value of its choices, a
// number, a country or a phone number, by its kind. at is when it was given; the
// zero time means that this is not known, and then a wait is over when the answer
// says so. Otherwise a wait that is not over is [ErrTooEarly].
func (s *Session) Answer(id, value string, at time.Time) error {
	d, w, ok := s.current()
	if !ok {
		return fmt.Errorf("answer %s: the path has ended", id)
	}
	if current := s.idOf(d, w); id != current {
		return fmt.Errorf("answer %s: the step to answer now is %s", id, current)
	}
	s.tick(at)
	if w != nil {
		return s.endWait(d, *w, value, at)
	}
	switch d.Kind {
	case Count:
		return s.count(d, value)
	case Country:
		return s.country(d, value)
	case Number:
		return s.number(d, value)
	case Codes:
		return fmt.Errorf("answer %s: codes are diagnosed by the caller, who then tells the facts", id)
	}
	return s.choose(d, value)
}

// Skip leaves the step that Next gives open and goes on. A wait that is left open
// ends the walk, and so does the question what fails.
func (s *Session) Skip(id string) error {
	d, w, ok := s.current()
	if !ok || s.idOf(d, w) != id {
		return fmt.Errorf("skip %s: it is not the step to answer now", id)
	}
	if w != nil {
		s.outcome = Waiting
		return nil
	}
	s.left = append(s.left, d)
	if d.ID == "method" {
		s.outcome = Open
	}
	return nil
}

// tick moves the session's time forward.
func (s *Session) tick(at time.Time) {
	if at.After(s.budget.now) {
		s.budget.now = at
	}
}

// choose takes a value of the step's choices.
func (s *Session) choose(d *step, value string) error {
	i := slices.IndexFunc(d.Choices, func(c choice) bool { return c.Value == value })
	if i < 0 {
		return fmt.Errorf("answer %s: %q is none of %s", d.ID, value, strings.Join(valuesOf(d.Choices), ", "))
	}
	c := d.Choices[i]
	s.budget.spend(c.Spends, s.bySMS())
	if c.Locks {
		s.budget.lock(time.Time{}, time.Duration(s.profile.Wait))
	}
	if c.Opens != nil {
		s.opens = c.Opens
	}
	if c.Next != "" {
		s.from = s.c.position[c.Next]
	}
	if c.Outcome != "" {
		s.outcome = c.Outcome
	}
	s.take(d, value, c.Label)
	return nil
}

// count takes the number of tries or messages that were spent before.
func (s *Session) count(d *step, value string) error {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 || n > 1000 {
		return fmt.Errorf("answer %s: %q is no number from 0 to 1000", d.ID, value)
	}
	switch {
	case d.Counts == "sends":
		s.budget.spend(Cost{Sends: n}, false)
	default:
		s.budget.spend(Cost{Tries: n}, s.bySMS())
		if n >= s.profile.Tries {
			s.budget.lock(time.Time{}, time.Duration(s.profile.Wait))
		}
	}
	s.take(d, strconv.Itoa(n), nil)
	return nil
}

func (s *Session) country(d *step, value string) error {
	value = strings.ToUpper(strings.TrimSpace(value))
	if _, ok := countries[value]; !ok && value != "OTHER" {
		return fmt.Errorf("answer %s: %q is none of %s, OTHER", d.ID, value, strings.Join(Countries(), ", "))
	}
	s.take(d, value, nil)
	return nil
}

// number takes a phone number, of which the path keeps only whether its form is
// right.
func (s *Session) number(d *step, value string) error {
	n, err := ParsePhone(s.answers["country"], value)
	if err != nil {
		return fmt.Errorf("answer %s: %w", d.ID, err)
	}
	s.phone = n
	if len(n.Faults) > 0 {
		s.take(d, "wrong-form", nil)
	} else {
		s.take(d, "right-form", nil)
	}
	return nil
}

// endWait takes the answer to a wait that step d needs.
func (s *Session) endWait(d *step, w wait, value string, at time.Time) error {
	waiting := s.c.step("wait")
	i := slices.IndexFunc(waiting.Choices, func(c choice) bool { return c.Value == value })
	switch {
	case i < 0:
		return fmt.Errorf("answer %s: %q is none of %s", s.idOf(d, &w), value, strings.Join(valuesOf(waiting.Choices), ", "))
	case value == "waited" && !at.IsZero() && at.Before(w.until):
		return fmt.Errorf("answer %s: %w: it ends at %s", s.idOf(d, &w), ErrTooEarly, w.until.Format(time.RFC3339))
	}
	s.path = append(s.path, s.taken(s.renderWait(d, w), value, waiting.Choices[i].Label))
	s.waits++
	if value == "waited" {
		s.budget.waited(s.profile, w, !at.IsZero())
		return nil
	}
	s.from = s.past(d)
	return nil
}

// past is where the path goes on for someone who does not wait for step d: at the
// last resorts, or after d if it is one.
func (s *Session) past(d *step) int {
	if d.Phase == LastResort {
		return s.c.position[d.ID] + 1
	}
	return slices.IndexFunc(s.c.Steps, func(r *step) bool { return r.Phase == LastResort })
}

// take notes an answer.
func (s *Session) take(d *step, value string, label text) {
	s.path = append(s.path, s.taken(s.render(d), value, label))
	s.answers[d.ID] = value
}

func (s *Session) taken(rendered Step, value string, label text) Taken {
	t := Taken{Step: rendered.ID, Phase: rendered.Phase, Title: rendered.Title, Value: value, Label: value}
	if label != nil {
		t.Label = fill(label[s.lang], s.values())
	}
	return t
}

// bySMS reports whether codes that are refused are taken to come by SMS.
func (s *Session) bySMS() bool {
	switch s.answers["method"] {
	case "sms", "sms-refused", "every":
		return true
	}
	return false
}

func (s *Session) words() words { return words{s.lang, s.c} }

func valuesOf(choices []choice) []string {
	var values []string
	for _, c := range choices {
		values = append(values, c.Value)
	}
	return values
}
