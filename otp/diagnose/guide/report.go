package guide

import "time"

// Report says where a walk stands. It is what `authctl doctor --json` prints.
type Report struct {
	Service  string  `json:"service"` // id of the profile
	Language string  `json:"language"`
	Outcome  Outcome `json:"outcome"`
	Summary  string  `json:"summary"`
	Next     *Step   `json:"next"` // the one next thing to do; null if nothing is left

	Checks  []Checked    `json:"checks"`          // what was checked without asking
	Answers []Taken      `json:"answers"`         // the path so far, in its order
	Open    []Step       `json:"open"`            // steps that were left open, as they came
	Remains []Step       `json:"remains"`         // once fixed: the check list without what is done
	Phone   *PhoneNumber `json:"phone,omitempty"` // the number, where one was given
	Budget  Budget       `json:"budget"`
}

// Checked is one check and what it found.
type Checked struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Result string `json:"result"` // a stable word; "unknown" where it could not be checked
	Note   string `json:"note"`
	// Evidence is what package diagnose gives as its grounds, in English.
	Evidence string `json:"evidence,omitempty"`
}

// Taken is a step that was answered.
type Taken struct {
	Step  string `json:"step"`
	Phase Phase  `json:"phase"`
	Title string `json:"title"`
	Value string `json:"value"`
	Label string `json:"label"` // the value in words
}

// Budget is what may still be spent.
type Budget struct {
	TriesLeft   int       `json:"tries_left"` // codes that may still be refused without a lock
	SendsLeft   int       `json:"sends_left"` // messages that may still be sent
	LockedUntil time.Time `json:"locked_until,omitzero"`
}

// Report says where the walk stands now.
func (s *Session) Report() Report {
	r := Report{
		Service: s.profile.ID, Language: s.lang, Outcome: s.outcome,
		Checks: s.checked(), Answers: append([]Taken{}, s.path...), Open: []Step{}, Remains: []Step{},
		Budget: Budget{
			TriesLeft: s.budget.triesLeft(s.profile, s.bySMS()), SendsLeft: s.budget.sendsLeft(s.profile),
			LockedUntil: s.budget.lockedUntil,
		},
	}
	if s.phone.E164 != "" {
		phone := s.phone
		r.Phone = &phone
	}
	for _, d := range s.left {
		if d.Phase != Afterwards {
			r.Open = append(r.Open, s.render(d))
		}
	}
	for _, d := range s.c.Steps {
		if d.Phase == Afterwards && s.outcome == Fixed && s.answers[d.ID] != "done" {
			r.Remains = append(r.Remains, s.render(d))
		}
	}
	r.Next = s.nextThing()
	switch {
	case s.outcome == Fixed && len(r.Remains) > 0:
		r.Next = &r.Remains[0]
	case s.outcome != "" && s.outcome != Open && s.outcome != Waiting:
	case r.Next == nil:
		r.Outcome = Unsolved
	case r.Next.Kind == Wait:
		r.Outcome = Waiting
	default:
		r.Outcome = Open
	}
	r.Summary = fill(s.c.Outcomes[r.Outcome][s.lang], s.values())
	return r
}

// nextThing is the one next thing to do: a wait, if one is called for; else the
// first step that was left open and that the budget allows; else the step that
// comes now.
func (s *Session) nextThing() *Step {
	switch s.outcome {
	case Fixed, Outage, Submitted:
		return nil
	}
	before := *s
	before.outcome = "" // as it was before the wait, or what fails, was left open
	now, ok := before.Next()
	if ok && now.Kind == Wait {
		return &now
	}
	for _, d := range s.left {
		if _, blocked := s.budget.blocks(s.profile, d.cost(), s.bySMS()); !blocked {
			step := s.render(d)
			return &step
		}
	}
	switch {
	case ok && s.outcome == "":
		return &now
	case len(s.left) > 0:
		w, _ := s.budget.blocks(s.profile, s.left[0].cost(), s.bySMS())
		step := s.renderWait(s.left[0], w)
		return &step
	}
	return nil
}

// checked is what the facts say.
func (s *Session) checked() []Checked {
	v, out := s.values(), []Checked{}
	for _, d := range s.c.Steps {
		switch {
		case d.Kind == Check:
			out = append(out, Checked{
				ID: d.ID, Title: fill(d.Title[s.lang], v), Result: s.facts.check(d.ID),
				Note: fill(s.facts.note(d, s.words())[s.lang], v),
			})
		case d.Kind == Codes && s.facts.Code != nil:
			out = append(out, Checked{
				ID: d.ID, Title: s.words().say("code"), Result: s.facts.Code.settled(),
				Note:     fill(s.facts.causeText(s.c)[s.lang], v),
				Evidence: s.facts.Code.Evidence,
			})
		}
	}
	return out
}
