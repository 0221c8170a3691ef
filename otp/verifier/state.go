package verifier

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/authctl/authctl/otp"
)

// Instant is a moment in Unix milliseconds. 0 is never.
type Instant int64

// instant never gives 0: a machine without a clock may wake up in 1970.
func instant(t time.Time) Instant {
	if ms := t.UnixMilli(); ms != 0 {
		return Instant(ms)
	}
	return 1
}

// Time is the moment in UTC, or the zero Time for never.
func (i Instant) Time() time.Time {
	if i == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(i)).UTC()
}

func (i Instant) add(d time.Duration) Instant { return i + Instant(d.Milliseconds()) }

// since is the time from i to now. A clock that was set back since i makes i later
// than now; i then counts as now and is moved there, so that what began at i lasts
// no longer than it should.
func (i *Instant) since(now Instant) time.Duration {
	*i = min(*i, now)
	return time.Duration(now-*i) * time.Millisecond
}

// State is all that is kept of an account. The Verifier alone changes it; a Store
// keeps it as it is given ([State.MarshalBinary]), and it prints as "[redacted]".
// Secrets in it are sealed, recovery codes and links are hashes.
type State struct {
	Enforced  bool        `json:"enforced,omitempty"`  // logins ask for a second factor
	Enrolment uint64      `json:"enrolment,omitempty"` // number of the newest enrolment; no number is used twice
	Keys      []Enrolled  `json:"keys,omitempty"`      // oldest first; at most one is Pending and one Retiring
	Gone      []Tombstone `json:"gone,omitempty"`      // the latest keys that died

	Codes    Guard       `json:"codes,omitzero"`   // run of failures and lock of TOTP, HOTP and resync
	Failed   []DayFails  `json:"failed,omitempty"` // failures of 30 days; success does not clear them
	Shut     bool        `json:"shut,omitempty"`   // too many in 30 days: no codes until recovery
	Rescue   Guard       `json:"rescue,omitzero"`  // the same of recovery codes
	Recovery RecoverySet `json:"recovery,omitzero"`
	Link     Link        `json:"link,omitzero"`
	Request  Request     `json:"request,omitzero"` // the latest recovery request

	Epoch  Instant `json:"epoch,omitempty"`  // the Config.Epoch that this state has seen
	Events uint64  `json:"events,omitempty"` // number of the newest event
	Outbox []Event `json:"outbox,omitempty"` // events that were not yet handed over

	// Ext is for packages beside this one that keep something with the account, by
	// their name.
	Ext map[string][]byte `json:"ext,omitempty"`
}

// Status is where a key stands.
type Status string

const (
	Pending    Status = "pending"    // begun, gates nothing
	Confirmed  Status = "confirmed"  // gates logins
	Retiring   Status = "retiring"   // an older key that still opens until its time is up
	Superseded Status = "superseded" // replaced by a newer key
	Revoked    Status = "revoked"    // taken away
	Expired    Status = "expired"    // never confirmed
)

// Enrolled is a key as it is kept. It is comparable.
type Enrolled struct {
	Enrolment uint64        `json:"n"`
	Status    Status        `json:"status"`
	Since     Instant       `json:"since"`             // when it got its Status
	For       time.Duration `json:"for,omitempty"`     // how long it keeps it; 0: until something happens
	Overlap   time.Duration `json:"overlap,omitempty"` // Pending: how long the older key may live on after Confirm
	Wrong     int           `json:"wrong,omitempty"`   // Pending: wrong codes at Confirm

	Type      otp.Type      `json:"type"`
	Issuer    string        `json:"issuer,omitempty"`
	Account   string        `json:"account,omitempty"`
	Algorithm otp.Algorithm `json:"alg"`
	Digits    int           `json:"digits"`
	Period    int           `json:"period,omitempty"`
	T0        int64         `json:"t0,omitempty"`
	Secret    Sealed        `json:"secret"`

	Next   int64 `json:"next"`             // the first step or counter that is not dead
	Drift  int64 `json:"drift,omitempty"`  // TOTP: learned steps, added to the present step
	Agree  int   `json:"agree,omitempty"`  // logins in a row that showed the same deviation; negative: that Drift is out of date
	Resync bool  `json:"resync,omitempty"` // HOTP: the counter is not to be trusted until a resync
	Weak   bool  `json:"weak,omitempty"`   // adopted with a secret shorter than Policy.MinSecret
	Alone  bool  `json:"alone,omitempty"`  // Pending: of a recovery request, so nothing older stays beside it
}

// key is the key with its secret.
func (e *Enrolled) key(secret otp.Secret) otp.Key {
	k := otp.Key{
		Type: e.Type, Issuer: e.Issuer, Account: e.Account, Secret: secret,
		Algorithm: e.Algorithm, Digits: e.Digits, Period: e.Period, T0: e.T0,
	}
	if e.Type == otp.HOTP {
		k.Counter = e.Next
	}
	return k
}

// live reports whether codes of the key open the account.
func (e *Enrolled) live() bool { return e.Status == Confirmed || e.Status == Retiring }

// Tombstone says what became of a key. Its secret is gone.
type Tombstone struct {
	Enrolment uint64  `json:"n"`
	Status    Status  `json:"status"`
	At        Instant `json:"at"`
}

// DayFails counts the failures of a day.
type DayFails struct {
	Day int64 `json:"d"` // days since 1970-01-01 UTC
	N   int   `json:"n"`
}

// find is the key of an enrolment, or nil.
func (s *State) find(enrolment uint64) *Enrolled {
	i := slices.IndexFunc(s.Keys, func(e Enrolled) bool { return e.Enrolment == enrolment })
	if i < 0 {
		return nil
	}
	return &s.Keys[i]
}

// with is the key that has a status, or nil.
func (s *State) with(status Status) *Enrolled {
	i := slices.IndexFunc(s.Keys, func(e Enrolled) bool { return e.Status == status })
	if i < 0 {
		return nil
	}
	return &s.Keys[i]
}

// bury takes a key away and leaves a tombstone.
func (s *State) bury(enrolment uint64, status Status, now Instant) {
	s.Keys = slices.DeleteFunc(s.Keys, func(e Enrolled) bool { return e.Enrolment == enrolment })
	s.Gone = append(s.Gone, Tombstone{enrolment, status, now})
	if n := len(s.Gone); n > maxGone {
		s.Gone = s.Gone[n-maxGone:]
	}
}

const maxGone = 8

// IsZero reports whether the state is that of an account that was never written.
func (s State) IsZero() bool { return reflect.ValueOf(s).IsZero() }

// Clone is a copy that shares nothing that can change.
func (s State) Clone() State {
	s.unshare()
	return s
}

// unshare gives s its own copies of what it may share with the state that it was
// copied from.
func (s *State) unshare() {
	s.Keys = slices.Clone(s.Keys)
	s.Gone = slices.Clone(s.Gone)
	s.Failed = slices.Clone(s.Failed)
	s.Outbox = slices.Clone(s.Outbox)
	s.Request.Documents = slices.Clone(s.Request.Documents)
	s.Ext = maps.Clone(s.Ext)
	for name, b := range s.Ext {
		s.Ext[name] = slices.Clone(b)
	}
}

// schema is the version of the encoding. Fields may be added under the same
// version as long as a program that does not know them can lose them safely.
const schema = 1

// stored is State without its methods, so that encoding/json sees the fields.
type stored State

// MarshalBinary encodes the state for a Store: JSON with a schema version. Equal
// states have equal encodings.
func (s State) MarshalBinary() ([]byte, error) {
	return json.Marshal(struct {
		Schema int `json:"schema"`
		*stored
	}{schema, (*stored)(&s)})
}

// UnmarshalBinary decodes what MarshalBinary wrote. A schema that is newer than
// this program is an error: it could lose what it does not know.
func (s *State) UnmarshalBinary(b []byte) error {
	v := struct {
		Schema int `json:"schema"`
		stored
	}{}
	if err := json.Unmarshal(b, &v); err != nil {
		return fmt.Errorf("read account state: %w", err)
	}
	if v.Schema != schema {
		return fmt.Errorf("read account state: its schema is %d and this program knows %d", v.Schema, schema)
	}
	*s = State(v.stored)
	return nil
}

const redacted = "[redacted]"

// Format prints "[redacted]" for every verb.
func (s State) Format(f fmt.State, _ rune) { fmt.Fprint(f, redacted) }

// MarshalText writes "[redacted]", which encoding/json uses too; a Store uses
// [State.MarshalBinary].
func (s State) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue logs "[redacted]".
func (s State) LogValue() slog.Value { return slog.StringValue(redacted) }
