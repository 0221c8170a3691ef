package diagnose

import (
	"slices"
	"time"

	"github.com/authctl/authctl/otp"
)

// Report is the answer to a [Case].
type Report struct {
	Outcome    Outcome   `json:"outcome"`           // of the last input
	Matched    *Match    `json:"matched,omitempty"` // where the last input was accepted
	Normalized []string  `json:"normalized"`        // each input as a code, as far as it is one
	Changes    []Change  `json:"changes"`           // what normalising changed
	Findings   []Finding `json:"findings"`          // the best first; empty when every input is accepted
	Notes      []string  `json:"notes,omitempty"`   // what is worth knowing although it refused nothing
}

// Outcome is what a verifier with the right time would say.
type Outcome string

const (
	Accepted Outcome = "accepted"
	Rejected Outcome = "rejected"
)

// Match is where an accepted input matched.
type Match struct {
	Input   int   `json:"input"`   // index in Case.Inputs
	Counter int64 `json:"counter"` // the step or counter
	Delta   int64 `json:"delta"`   // from the expected one; negative: the code is old
}

// Change is something that normalising did to an input.
type Change struct {
	Input int `json:"input"` // index in Case.Inputs
	otp.Change
}

// Finding is one cause that fits.
type Finding struct {
	Cause            Cause      `json:"cause"`
	Confidence       Confidence `json:"confidence"`
	Chance           float64    `json:"chance"` // probability that one of the candidates tried matches by luck; 0 for facts of the case
	Evidence         Evidence   `json:"evidence"`
	Fix              string     `json:"fix"` // the one next thing to do
	NeedsAnotherCode bool       `json:"needs_another_code"`
}

// Evidence is what a finding rests on: a sentence, and the numbers behind it.
type Evidence struct {
	Text       string     `json:"text"`
	Input      int        `json:"input"`                // index in Case.Inputs of the first input it explains
	Agreeing   int        `json:"agreeing"`             // inputs that agree with it
	Candidates int        `json:"candidates,omitempty"` // codes that were tried under this hypothesis
	Posterior  float64    `json:"posterior,omitempty"`  // probability of the cause, all others and luck considered
	Counter    *int64     `json:"counter,omitempty"`    // the step or counter that matched
	Delta      *int64     `json:"delta,omitempty"`      // from the expected one, in steps; negative: the code is old
	Offset     *Interval  `json:"offset,omitempty"`     // of the authenticator's clock, as the code alone tells it
	Whose      Whose      `json:"whose,omitempty"`      // whose clock is wrong
	Entry      string     `json:"entry,omitempty"`      // the other key that matched
	Setting    string     `json:"setting,omitempty"`    // the setting under which the code is right, as "8 digits"
	Until      *time.Time `json:"until,omitempty"`      // end of the lock
}

// Whose says which of the two clocks in a case is wrong.
type Whose string

const (
	Authenticator Whose = "authenticator" // the machine that checks was measured, or cannot matter
	Checker       Whose = "checker"       // measured: the machine that checks, which also made the code
	Either        Whose = "either"        // the two differ; nothing was measured
)

// Cause is a stable name that programs can branch on.
type Cause string

const (
	ClockBehind     Cause = "clock-behind"      // the authenticator's clock is slow
	ClockAhead      Cause = "clock-ahead"       // the authenticator's clock is fast
	Timezone        Cause = "timezone"          // it is off by whole or half hours, or by a day
	Replayed        Cause = "replayed"          // this code, or a later one, was used before
	Expired         Cause = "expired"           // the code was right and was entered too late
	StaleSecret     Cause = "stale-secret"      // it comes from a key that was replaced
	OtherEntry      Cause = "other-entry"       // it comes from another account's key
	KeyNotConfirmed Cause = "key-not-confirmed" // the service does not use the new key yet
	WrongDigits     Cause = "wrong-digits"      // the authenticator shows another number of digits
	WrongAlgorithm  Cause = "wrong-algorithm"   // it uses another hash
	WrongPeriod     Cause = "wrong-period"      // it counts another period
	WrongType       Cause = "wrong-type"        // it counts presses instead of time, or the reverse, or Steam
	CounterBehind   Cause = "counter-behind"    // HOTP: the authenticator is behind
	CounterAhead    Cause = "counter-ahead"     // HOTP: the authenticator is too far ahead
	Mistyped        Cause = "mistyped"          // one slip away from a code that is live
	Truncated       Cause = "truncated"         // only a part of a code that is live, such as without its leading zero
	OtherField      Cause = "other-field"       // a recovery code, a phone number, an SMS code, ...
	SecretMisread   Cause = "secret-misread"    // the secret was copied with one slip
	SecretEncoding  Cause = "secret-encoding"   // the secret was decoded in another way
	MalformedInput  Cause = "malformed-input"   // it cannot be a code of this key
	Locked          Cause = "locked"            // no code is taken until the lock ends
	Unknown         Cause = "unknown"           // nothing fits, or luck fits as well
)

// Confidence is how sure a finding is.
type Confidence string

const (
	Certain  Confidence = "certain"
	Likely   Confidence = "likely"
	Possible Confidence = "possible"
)

// Audit is the report as it may stand in a log: without the codes, and without
// where a code matches that is still to come.
func (r Report) Audit() Report {
	r.Normalized, r.Notes = []string{}, nil
	r.Findings = slices.Clone(r.Findings)
	for i := range r.Findings {
		e := &r.Findings[i].Evidence
		if e.Delta == nil || *e.Delta <= 0 {
			continue
		}
		e.Counter, e.Delta, e.Offset = nil, nil, nil
		e.Text = "The code matches outside the window."
	}
	return r
}
