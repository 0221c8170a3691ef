package verifier

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/authctl/authctl/otp"
)

// Account is what may be shown of an account to its holder and to operators.
type Account struct {
	Required     bool      // logins need a second factor
	Methods      []Method  // what would open the account now, the everyday ones first
	Keys         []KeyInfo // live and pending keys, oldest first
	RecoveryLeft int       // unused recovery codes
	LockedUntil  time.Time // end of the lock of codes; zero: none
	Shut         bool      // codes are shut until recovery
	Failures     int       // wrong codes in 30 days
	Todo         []Task    // what the holder should do, the most urgent first
}

// KeyInfo is a key without its secret.
type KeyInfo struct {
	Enrolment uint64
	Status    Status
	Until     time.Time // when a pending key expires or a retiring one dies; else zero
	Type      otp.Type
	Issuer    string
	Account   string
	Algorithm otp.Algorithm
	Digits    int
	Period    int   // seconds; HOTP: 0
	Drift     int64 // TOTP: learned steps
}

// Task is something that is missing.
type Task string

const (
	EnrolKey       Task = "enrol-key"        // a second factor is required and no key is live
	ResyncKey      Task = "resync-key"       // the counter of an HOTP key is not trusted
	MakeRecovery   Task = "make-recovery"    // no unused recovery codes
	KeepRecovery   Task = "keep-recovery"    // the recovery codes were not acknowledged
	MigrateKey     Task = "migrate-key"      // the key has not the form of Policy.Want
	ReplaceWeakKey Task = "replace-weak-key" // an adopted key outside the policy for new ones
)

// Required reports whether a login needs a second factor. On an error it is true:
// do not let the person in on the password alone.
func (v *Verifier) Required(ctx context.Context, id string) (bool, error) {
	s, err := v.store.Load(ctx, id)
	if err != nil {
		return true, fmt.Errorf("look up %q: %w", id, err)
	}
	return s.Enforced, nil
}

// Account describes an account. One that is not known is the zero Account.
func (v *Verifier) Account(ctx context.Context, id string) (Account, error) {
	t, err := v.look(ctx, id)
	if err != nil {
		return Account{Required: true}, fmt.Errorf("look up %q: %w", id, err)
	}
	s := t.s
	a := Account{
		Required: s.Enforced, RecoveryLeft: s.Recovery.left(), LockedUntil: s.Codes.until().Time(),
		Shut: s.Shut, Failures: s.failures(), Methods: t.methods(), Todo: t.todo(),
	}
	for i := range s.Keys {
		a.Keys = append(a.Keys, s.Keys[i].info())
	}
	return a, nil
}

func (e *Enrolled) info() KeyInfo {
	k := KeyInfo{
		Enrolment: e.Enrolment, Status: e.Status, Type: e.Type, Issuer: e.Issuer, Account: e.Account,
		Algorithm: e.Algorithm, Digits: e.Digits, Period: e.Period, Drift: e.Drift,
	}
	if e.For > 0 {
		k.Until = e.Since.add(e.For).Time()
	}
	return k
}

// look is a turn on a copy of the state, for reading.
func (v *Verifier) look(ctx context.Context, id string) (*turn, error) {
	s, err := v.store.Load(ctx, id)
	if err != nil {
		return nil, err
	}
	t := &turn{v: v, id: id, now: instant(v.config.Now()), s: &s}
	t.settle()
	return t, nil
}

func (t *turn) methods() []Method {
	s := t.s
	_, locked := t.locked()
	var m []Method
	for i := range s.Keys {
		e := &s.Keys[i]
		by := ByTOTP
		if e.Type == otp.HOTP {
			by = ByHOTP
		}
		if e.live() && !e.Resync && !locked && !slices.Contains(m, by) {
			m = append(m, by)
		}
	}
	if locked && t.v.policy.LockRecovery {
		return m
	}
	if s.Recovery.left() > 0 && s.Rescue.until() == 0 {
		m = append(m, ByRecovery)
	}
	if l := s.Link; l.Hash != "" && l.Made <= t.now && t.now < l.Made.add(t.v.policy.LinkFor) {
		m = append(m, ByLink)
	}
	return m
}

func (t *turn) todo() []Task {
	s, p := t.s, t.v.policy
	if !s.Enforced {
		return nil
	}
	var todo []Task
	add := func(is bool, task Task) {
		if is && !slices.Contains(todo, task) {
			todo = append(todo, task)
		}
	}
	e := s.with(Confirmed)
	add(e == nil, EnrolKey)
	add(e != nil && e.Resync, ResyncKey)
	add(s.Recovery.left() == 0, MakeRecovery)
	add(s.Recovery.left() > 0 && !s.Recovery.Kept, KeepRecovery)
	add(e != nil && !p.Want.fits(*e), MigrateKey)
	add(e != nil && (e.Period > p.MaxPeriod || e.Weak), ReplaceWeakKey)
	return todo
}
