package verifier

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/authctl/authctl/otp"
)

// NewKey is what to enrol.
type NewKey struct {
	Type            otp.Type       // 0: TOTP
	Issuer, Account string         // as the app shall show them
	Options         otp.NewOptions // zero: SHA1, 6 digits (HOTP 8), 30 s

	// Overlap lets the older key open the account for this long after the new one
	// was confirmed, for a migration such as 6 to 8 digits. Two live keys double
	// the guess odds. 0: the older key dies when the new one is confirmed.
	Overlap time.Duration
}

// Begin makes a new key for the account and returns it for the caller to show, as
// a QR picture of its URI. Until [Verifier.Confirm] it gates nothing and an older
// key stays as it is (unless Policy.RevokeOldAtBegin). A key begun before and not
// confirmed is dropped. Call it only in a session that is signed in.
func (v *Verifier) Begin(ctx context.Context, id string, n NewKey) (otp.Key, error) {
	k, err := v.newKey(n)
	if err != nil {
		return otp.Key{}, fmt.Errorf("begin enrolment of %q: %w", id, err)
	}
	err = v.update(ctx, &turn{id: id}, func(t *turn) error {
		if t.v.policy.RevokeOldAtBegin {
			t.buryAll(Revoked, KeyRevoked)
		} else if old := t.s.with(Pending); old != nil {
			t.s.bury(old.Enrolment, Superseded, t.now)
		}
		e, err := t.enrol(k)
		if err != nil {
			return err
		}
		e.Status, e.For, e.Overlap = Pending, v.policy.PendingFor, n.Overlap
		t.emit(Event{Kind: KeyBegun, Enrolment: e.Enrolment})
		return nil
	})
	if err != nil {
		return otp.Key{}, fmt.Errorf("begin enrolment of %q: %w", id, err)
	}
	return k, nil
}

func (v *Verifier) newKey(n NewKey) (otp.Key, error) {
	if n.Type == 0 {
		n.Type = otp.TOTP
	}
	if n.Options.Rand == nil {
		n.Options.Rand = v.config.Rand
	}
	k, err := otp.New(n.Type, n.Issuer, n.Account, n.Options)
	switch p := v.policy; {
	case err != nil:
		return otp.Key{}, err
	case k.Secret.Len() < p.MinSecret:
		return otp.Key{}, fmt.Errorf("a secret of %d bytes is under the policy's %d", k.Secret.Len(), p.MinSecret)
	case k.Period > p.MaxPeriod:
		return otp.Key{}, fmt.Errorf("a period of %d s is over the policy's %d", k.Period, p.MaxPeriod)
	case k.Counter > maxCounter:
		return otp.Key{}, fmt.Errorf("counter %d is over %d", k.Counter, int64(maxCounter))
	case n.Overlap < 0 || n.Overlap > p.MaxOverlap:
		return otp.Key{}, fmt.Errorf("an overlap of %v is not within 0 and the policy's %v", n.Overlap, p.MaxOverlap)
	case n.Overlap > 0 && p.RevokeOldAtBegin:
		return otp.Key{}, fmt.Errorf("an overlap is asked for, but the policy revokes the old key at the beginning")
	}
	return k, nil
}

// enrol adds a key under the next number, sealed to it.
func (t *turn) enrol(k otp.Key) (*Enrolled, error) {
	s := t.s
	if s.Enrolment == 0 {
		s.Epoch = t.epoch() // what begins now has not missed a restore
	}
	s.Enrolment++
	e := Enrolled{
		Enrolment: s.Enrolment, Since: t.now,
		Type: k.Type, Issuer: k.Issuer, Account: k.Account,
		Algorithm: k.Algorithm, Digits: k.Digits, Period: k.Period, T0: k.T0, Next: k.Counter,
	}
	secret := k.Secret.Bytes()
	defer clear(secret)
	var err error
	if e.Secret, err = t.v.ring.seal(t.v.config.Rand, secret, labelOf(t.id, &e)); err != nil {
		return nil, err
	}
	s.Keys = append(s.Keys, e)
	return &s.Keys[len(s.Keys)-1], nil
}

// Confirm ends an enrolment with the first code of the new key, which is consumed.
// From then on the key gates logins; an older key dies in the same moment, or
// retires if Begin gave an overlap.
//
// If the account has no unused recovery codes, new ones are returned to be shown
// once; call [Verifier.Acknowledge] when the person says that they are kept. An
// error that wraps [ErrIncomplete] means that the key is confirmed and only the
// codes are missing: call [Verifier.ReplaceRecovery]. [ErrWrongCode] and
// [ErrNoPending] change nothing for logins.
func (v *Verifier) Confirm(ctx context.Context, id, code string) (recovery []string, err error) {
	var enrolment uint64
	var refused error
	need := false
	err = v.update(ctx, &turn{id: id, input: code}, func(t *turn) error {
		enrolment, refused = 0, nil
		e, err := t.confirm(code)
		if errors.Is(err, ErrWrongCode) || errors.Is(err, ErrNoPending) {
			refused = err // not an error of the update: the count of wrong codes must be kept
			return nil
		}
		if err != nil {
			return err
		}
		enrolment, need = e.Enrolment, t.s.Recovery.left() == 0
		return nil
	})
	if err = errors.Join(err, refused); err != nil {
		return nil, fmt.Errorf("confirm enrolment of %q: %w", id, err)
	}
	if !need {
		return nil, nil
	}
	recovery, err = v.createRecovery(ctx, &turn{id: id}, enrolment)
	if err != nil {
		return nil, fmt.Errorf("confirm enrolment of %q: %w: %w", id, ErrIncomplete, err)
	}
	return recovery, nil
}

func (t *turn) confirm(input string) (*Enrolled, error) {
	s := t.s
	e := s.with(Pending)
	if e == nil {
		return nil, ErrNoPending
	}
	g, err := t.v.generator(t.id, e)
	if err != nil {
		return nil, err
	}
	c := candidate{Result: Result{Outcome: Malformed}}
	if code, ok := normalize(e, input); ok {
		c = t.candidate(e, g, code)
	}
	if c.Outcome != Accepted {
		e.Wrong++
		t.emit(Event{Kind: KeyRefused, Outcome: c.Outcome, Enrolment: e.Enrolment})
		if e.Wrong >= t.v.policy.MaxWrong {
			t.emit(Event{Kind: KeyExpired, Enrolment: e.Enrolment})
			s.bury(e.Enrolment, Expired, t.now)
		}
		return nil, ErrWrongCode
	}
	enrolment, overlap := e.Enrolment, e.Overlap
	t.replace(overlap)
	t.alone(*s.find(enrolment))
	e = s.find(enrolment)
	e.Status, e.Since, e.For, e.Overlap, e.Wrong, e.Alone = Confirmed, t.now, 0, 0, 0, false
	e.Next = c.latest + 1
	s.Enforced = true
	t.emit(Event{Kind: KeyConfirmed, Enrolment: enrolment, Counter: c.Counter, Delta: c.Delta})
	return e, nil
}

// replace makes room for a key that is being confirmed.
func (t *turn) replace(overlap time.Duration) {
	s := t.s
	if e := s.with(Retiring); e != nil {
		t.emit(Event{Kind: KeySuperseded, Enrolment: e.Enrolment})
		s.bury(e.Enrolment, Superseded, t.now)
	}
	e := s.with(Confirmed)
	switch {
	case e == nil:
	case overlap > 0:
		e.Status, e.Since, e.For = Retiring, t.now, overlap
		t.emit(Event{Kind: KeyRetiring, Enrolment: e.Enrolment})
	default:
		t.emit(Event{Kind: KeySuperseded, Enrolment: e.Enrolment})
		s.bury(e.Enrolment, Superseded, t.now)
	}
}

// buryAll takes every key away.
func (t *turn) buryAll(status Status, kind Kind) {
	for len(t.s.Keys) > 0 {
		e := t.s.Keys[0]
		t.s.bury(e.Enrolment, status, t.now)
		if e.live() {
			t.emit(Event{Kind: kind, Enrolment: e.Enrolment})
		}
	}
}

// Adopt takes over a key that another system enrolled and confirmed, such as one
// from [otp.FromPquerna]; it gates logins at once. An account that has had a key
// here gives [ErrEnrolled] and stays as it is, so a program may adopt at each
// login until none is left. For HOTP the key's Counter is the next one to accept.
// For TOTP the codes of the present window count as unused. The warnings say what
// is weak in the key.
func (v *Verifier) Adopt(ctx context.Context, id string, k otp.Key) ([]otp.Warning, error) {
	warnings, err := v.checkAdopted(k)
	if err == nil {
		err = v.update(ctx, &turn{id: id}, func(t *turn) error {
			if t.s.Enrolment > 0 {
				return ErrEnrolled
			}
			e, err := t.enrol(k)
			if err != nil {
				return err
			}
			e.Status, e.Weak = Confirmed, k.Secret.Len() < v.policy.MinSecret
			if k.Type != otp.HOTP { // the steps before the window are dead
				e.Next = max(k.Step(t.now.Time())-v.policy.Window.Behind, 0)
			}
			t.s.Enforced = true
			t.emit(Event{Kind: KeyAdopted, Enrolment: e.Enrolment})
			return nil
		})
	}
	if err != nil {
		return nil, fmt.Errorf("adopt key of %q: %w", id, err)
	}
	return warnings, nil
}

func (v *Verifier) checkAdopted(k otp.Key) (warnings []otp.Warning, err error) {
	if err := k.Validate(); err != nil {
		return nil, err
	}
	n := k.Secret.Len()
	if n < v.policy.MinAdoptedSecret {
		return nil, fmt.Errorf("its secret of %d bytes is under the policy's %d: it can be found by trying; enrol anew", n, v.policy.MinAdoptedSecret)
	}
	if k.Counter > maxCounter {
		return nil, fmt.Errorf("counter %d is over %d", k.Counter, int64(maxCounter))
	}
	if n < v.policy.MinSecret {
		warnings = append(warnings, otp.Warning{Code: otp.SecretShort, Message: fmt.Sprintf("the secret has %d bits; RFC 4226 asks for 128", n*8)})
	}
	if k.Period > v.policy.MaxPeriod {
		warnings = append(warnings, otp.Warning{Code: otp.PeriodUnusual, Message: fmt.Sprintf("a code lives %d seconds: it can be seen and used for long", k.Period)})
	}
	if k.Type != otp.Steam && (k.Digits < 6 || k.Digits > 8) {
		warnings = append(warnings, otp.Warning{Code: otp.DigitsUnusual, Message: fmt.Sprintf("%d digits: most apps make codes of 6 to 8", k.Digits)})
	}
	return warnings, nil
}
