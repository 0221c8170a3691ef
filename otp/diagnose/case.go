package diagnose

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/authctl/authctl/otp"
)

// Case is what is known of one refused code. Key and Inputs are required, and for
// keys that know time (TOTP, Steam) At; the more of the rest is given, the surer
// the answer.
type Case struct {
	Key     otp.Key // the key that the code should belong to
	Written string  `json:"-"` // its secret as it was written down, where known: spaces, case and all; "" for canonical base32
	Others  []Named // other keys that could be meant, such as archived ones
	Inputs  []Input // the code as typed, and codes that were shown after it

	At     time.Time   // when the first input was typed, by the clock of the machine that checks
	Clock  *Interval   // the measured offset of that clock; nil: not measured
	Window *otp.Window // what the verifier takes; nil: Key.Window()
	Last   *int64      // the last step or counter that was accepted; nil: not known

	LockedUntil time.Time // when the account's lock ends; zero: not locked
	Created     time.Time // when Key was made; zero: not known
	Unconfirmed bool      // Key was never confirmed at the service with a first code
}

// Format prints a case without what was written of its secrets.
func (c Case) Format(f fmt.State, verb rune) {
	type plain Case // without this method
	c.Written = redacted(c.Written)
	c.Others = slices.Clone(c.Others)
	for i := range c.Others {
		c.Others[i].Written = redacted(c.Others[i].Written)
	}
	fmt.Fprintf(f, fmt.FormatString(f, verb), plain(c))
}

// Format prints a key without what was written of its secret.
func (n Named) Format(f fmt.State, verb rune) {
	type plain Named
	n.Written = redacted(n.Written)
	fmt.Fprintf(f, fmt.FormatString(f, verb), plain(n))
}

func redacted(written string) string {
	if written == "" {
		return ""
	}
	return "[redacted]"
}

// Input is one code as it was typed.
type Input struct {
	Text string
	At   time.Time // zero: Case.At for the first, later the step after the previous input's
}

// Named is another key that the holder or the service has.
type Named struct {
	Name        string // how to call it to the holder
	Key         otp.Key
	Written     string    `json:"-"` // its secret as it was written down, where known
	Archived    bool      // replaced by a newer key
	Unconfirmed bool      // never confirmed at the service with a first code
	Created     time.Time // zero: not known
}

// Interval holds the offset of a clock: true time minus that clock, so that it is
// positive where the clock is slow.
type Interval struct{ Lo, Hi time.Duration }

// Mid is the middle of the interval.
func (i Interval) Mid() time.Duration { return i.Lo/2 + i.Hi/2 }

// MarshalJSON writes seconds: {"lo_s": 60, "hi_s": 90}.
func (i Interval) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Lo float64 `json:"lo_s"`
		Hi float64 `json:"hi_s"`
	}{i.Lo.Seconds(), i.Hi.Seconds()})
}
