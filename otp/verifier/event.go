package verifier

import (
	"log/slog"
	"strconv"
	"time"

	"github.com/authctl/authctl/otp/diagnose"
)

// Event tells of a change or a refusal. It holds no secret and no code.
type Event struct {
	Account   string        `json:"account"`
	Number    uint64        `json:"number,omitempty"` // of this account's kept events, ascending; 0: not kept
	At        time.Time     `json:"at"`
	Kind      Kind          `json:"kind"`
	Method    Method        `json:"method,omitempty"`
	Outcome   Outcome       `json:"outcome,omitempty"` // of an attempt
	Reason    string        `json:"reason,omitempty"`  // what the outcome does not say, in a few words
	Enrolment uint64        `json:"enrolment,omitempty"`
	Counter   int64         `json:"counter,omitempty"`  // the step or counter that matched
	Delta     int64         `json:"delta,omitempty"`    // Counter minus the expected one; negative: the code was old
	Drift     int64         `json:"drift,omitempty"`    // TOTP: what was learned, in steps
	Failures  int           `json:"failures,omitempty"` // in 30 days
	Lock      time.Duration `json:"lock,omitempty"`     // length of the lock that began
	Left      int           `json:"left,omitempty"`     // recovery codes
	Source    string        `json:"source,omitempty"`   // Attempt.Source
	By        string        `json:"by,omitempty"`       // who acted, for operator actions
	Lost      int           `json:"lost,omitempty"`     // older events that the full outbox had to drop

	// Explain makes the diagnosis of a refused code, as it may stand in an audit
	// log: it never says where a code matches that is still to come. It takes some
	// milliseconds, and how many depends on the code: call it away from the
	// goroutine that answers the person, or the time would tell. It is nil for other
	// events and for those that are handed over late, since what was typed is kept
	// nowhere.
	Explain func() (diagnose.Report, error) `json:"-"`
}

// Kind is a stable name of what happened.
type Kind string

const (
	LoginAccepted   Kind = "login-accepted" // tell the holder: this is the login alert
	LoginRefused    Kind = "login-refused"
	CodesLocked     Kind = "codes-locked"
	CodesShut       Kind = "codes-shut"     // until recovery
	FailuresAlert   Kind = "failures-alert" // Policy.AlertAt was reached
	RecoveryLocked  Kind = "recovery-locked"
	Recovered       Kind = "recovered" // a recovery code or link cleared lock and counts
	KeyBegun        Kind = "key-begun"
	KeyConfirmed    Kind = "key-confirmed"
	KeyRefused      Kind = "key-refused" // a wrong code at Confirm
	KeyAdopted      Kind = "key-adopted"
	KeyRetiring     Kind = "key-retiring"
	KeySuperseded   Kind = "key-superseded"
	KeyRevoked      Kind = "key-revoked"
	KeyExpired      Kind = "key-expired"
	KeyResynced     Kind = "key-resynced"
	ResyncRefused   Kind = "resync-refused"
	DriftLearned    Kind = "drift-learned"
	RecoveryCreated Kind = "recovery-created"
	RecoveryKept    Kind = "recovery-acknowledged"
	LinkMade        Kind = "link-made"
	LinkDropped     Kind = "link-dropped"
	AccountUnlocked Kind = "account-unlocked"
	AccountReset    Kind = "account-reset"
	AccountRestored Kind = "account-restored" // the store was restored from a backup
	RequestMade     Kind = "request-made"     // tell the holder at every address: who did not ask can object
	RequestDropped  Kind = "request-dropped"  // a form that does not fit; Reason says why
	RequestMoved    Kind = "request-moved"    // Reason is its new RequestStatus
)

// ID names the event for ever, so that a handler can drop what it has seen. It is
// empty for an event that is not kept and so is handed over at most once.
func (e Event) ID() string {
	if e.Number == 0 {
		return ""
	}
	return e.Account + "#" + strconv.FormatUint(e.Number, 10)
}

// LogValue is the event as a slog group without its empty fields.
func (e Event) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("account", e.Account), slog.Time("at", e.At), slog.String("kind", string(e.Kind))}
	for _, a := range []slog.Attr{
		slog.Uint64("number", e.Number), slog.String("method", string(e.Method)),
		slog.String("outcome", string(e.Outcome)), slog.String("reason", e.Reason),
		slog.Uint64("enrolment", e.Enrolment), slog.Int64("counter", e.Counter), slog.Int64("delta", e.Delta),
		slog.Int64("drift", e.Drift), slog.Int("failures", e.Failures), slog.Duration("lock", e.Lock),
		slog.Int("left", e.Left), slog.String("source", e.Source), slog.String("by", e.By), slog.Int("lost", e.Lost),
	} {
		switch a.Value.Any() {
		case uint64(0), int64(0), "", time.Duration(0):
		default:
			attrs = append(attrs, a)
		}
	}
	return slog.GroupValue(attrs...)
}
