package guide

import "time"

// Phase is a stretch of the path. The path goes through them in this order.
type Phase string

// The phases.
const (
	Service    Phase = "service"     // outage and lock first of all, then what fails
	Checks     Phase = "checks"      // what can be checked without asking
	Phone      Phase = "phone"       // on the phone
	Computer   Phase = "computer"    // on the computer
	Carrier    Phase = "carrier"     // settings of the carrier or mail provider
	LastResort Phase = "last-resort" // recovery code, login link, identity form
	Afterwards Phase = "afterwards"  // the check list once it is solved
)

// Method is the way of logging in that a step belongs to.
type Method string

// The methods.
const (
	App      Method = "app"      // authenticator app
	SMS      Method = "sms"      // codes by SMS
	Mail     Method = "mail"     // codes and links by mail
	Browser  Method = "browser"  // any code, entered in a browser
	Settings Method = "settings" // two-factor is on but not complete
	All      Method = "all"
)

// Kind says what a step wants.
type Kind string

// The kinds.
const (
	Question Kind = "question" // choose one answer
	Count    Kind = "count"    // a number from 0
	Do       Kind = "do"       // do it
	Try      Kind = "try"      // do it, then enter one code
	Send     Kind = "send"     // do it, then have one message sent
	Country  Kind = "country"  // a country of Countries
	Number   Kind = "phone"    // a phone number as it is written somewhere
	Codes    Kind = "codes"    // one code or more, to be diagnosed by the caller: see Session.Know
	Wait     Kind = "wait"     // wait until Step.Until
	Todo     Kind = "todo"     // a point of the check list
	Check    Kind = "check"    // answered by Facts, never asked
)

// Step is a step in the words of the session's language.
type Step struct {
	ID      string    `json:"id"`
	Phase   Phase     `json:"phase"`
	Heading string    `json:"heading"` // of the phase
	Method  Method    `json:"method"`
	Kind    Kind      `json:"kind"`
	Title   string    `json:"title"`
	Why     string    `json:"why,omitempty"`
	Do      []string  `json:"do,omitempty"`
	Minutes int       `json:"minutes,omitempty"` // how long it takes, about
	Spends  Cost      `json:"spends,omitzero"`   // at most
	Choices []Choice  `json:"choices,omitempty"`
	Until   time.Time `json:"until,omitzero"` // Wait: its end, where the time is known
}

// Choice is an answer that a step takes.
type Choice struct {
	Value string `json:"value"` // stable: what answers files hold
	Label string `json:"label"`
}

// Cost is what a step or a choice uses up.
type Cost struct {
	Tries int `json:"tries,omitempty"` // refused codes
	Sends int `json:"sends,omitempty"` // messages
}

// Outcome is how a walk ended, or that it has not.
type Outcome string

// The outcomes.
const (
	Fixed     Outcome = "fixed"     // solved; the check list may remain
	Outage    Outcome = "service"   // the service has a problem of its own
	Waiting   Outcome = "wait"      // the budget is used up, and the wait was left open
	Submitted Outcome = "submitted" // the identity form is on its way
	Open      Outcome = "open"      // steps are open
	Unsolved  Outcome = "unsolved"  // nothing helped
)

// render puts a step into words.
func (s *Session) render(d *step) Step {
	v := s.values()
	out := Step{
		ID: d.ID, Phase: d.Phase, Heading: s.heading(d), Method: d.Method, Kind: d.Kind, Minutes: d.Minutes, Spends: d.cost(),
		Title: fill(d.Title[s.lang], v), Why: fill(d.Why[s.lang], v),
	}
	for _, t := range d.Do {
		out.Do = append(out.Do, fill(t[s.lang], v))
	}
	for _, c := range d.Choices {
		out.Choices = append(out.Choices, Choice{c.Value, fill(c.Label[s.lang], v)})
	}
	return out
}

func (s *Session) heading(d *step) string {
	for _, p := range s.c.Phases {
		if p.ID == d.Phase {
			return p.Title[s.lang]
		}
	}
	return ""
}
