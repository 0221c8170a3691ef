package verifier

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"math/bits"

	"golang.org/x/crypto/argon2"
)

const (
	recoveryCodes    = 10 // codes of a set
	recoveryHashSize = 16
	saltSize         = 16
)

// RecoverySet is a set of recovery codes: look-up secrets of NIST SP 800-63B
// §3.1.2, each good for one login. The codes are hashed with argon2id under one
// salt, and the hashes are sealed, so that a copy of the store is no use for
// guessing without the key ring.
type RecoverySet struct {
	Made   Instant  `json:"made,omitempty"`
	Salt   string   `json:"salt,omitempty"` // base64; it also names the set
	Cost   HashCost `json:"cost,omitzero"`
	Hashes Sealed   `json:"hashes,omitzero"`
	Codes  int      `json:"codes,omitempty"`
	Used   uint32   `json:"used,omitempty"` // bit n: code n was used
	Kept   bool     `json:"kept,omitempty"` // the holder said that the codes are kept
}

func (r *RecoverySet) left() int      { return r.Codes - bits.OnesCount32(r.Used) }
func (r *RecoverySet) complete() bool { return r.Kept && r.left() > 0 }
func (r *RecoverySet) discard()       { *r = RecoverySet{} }

func (r *RecoverySet) label(id string) label { return label{id: id, use: "recovery " + r.Salt} }

// hash is the slow part.
func (r *RecoverySet) hash(code string, salt []byte) []byte {
	return argon2.IDKey([]byte(code), salt, r.Cost.Time, r.Cost.Memory, r.Cost.Threads, recoveryHashSize)
}

// ReplaceRecovery makes a new set of recovery codes, to be shown once. The set
// before it is dead. Call it only in a session that is signed in.
func (v *Verifier) ReplaceRecovery(ctx context.Context, id string) ([]string, error) {
	s, err := v.store.Load(ctx, id)
	if err == nil && !s.Enforced {
		err = ErrNotEnrolled
	}
	var codes []string
	if err == nil {
		codes, err = v.createRecovery(ctx, &turn{id: id}, 0)
	}
	if err != nil {
		return nil, fmt.Errorf("replace recovery codes of %q: %w", id, err)
	}
	return codes, nil
}

// createRecovery makes a set outside the store and puts it in place if the key of
// that enrolment is still confirmed; 0: of any.
func (v *Verifier) createRecovery(ctx context.Context, t *turn, enrolment uint64) ([]string, error) {
	set, codes, err := v.newRecovery(ctx, t.id)
	if err != nil {
		return nil, err
	}
	err = v.update(ctx, t, func(t *turn) error {
		if e := t.s.find(enrolment); !t.s.Enforced || enrolment != 0 && (e == nil || e.Status != Confirmed) {
			return ErrNotEnrolled
		}
		set.Made = t.now
		t.s.Recovery, t.s.Rescue = set, Guard{}
		t.emit(Event{Kind: RecoveryCreated, Left: set.Codes})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

func (v *Verifier) newRecovery(ctx context.Context, id string) (RecoverySet, []string, error) {
	salt := make([]byte, saltSize)
	if _, err := io.ReadFull(v.config.Rand, salt); err != nil {
		return RecoverySet{}, nil, fmt.Errorf("read random bytes: %w", err)
	}
	set := RecoverySet{Salt: base64.RawStdEncoding.EncodeToString(salt), Cost: v.policy.RecoveryHash, Codes: recoveryCodes}
	var shown []string
	var hashes []byte
	for range recoveryCodes {
		code, err := newRecoveryCode(v.config.Rand)
		if err != nil {
			return RecoverySet{}, nil, err
		}
		hash, err := v.slowHash(ctx, &set, code, salt)
		if err != nil {
			return RecoverySet{}, nil, err
		}
		shown = append(shown, code[:4]+"-"+code[4:])
		hashes = append(hashes, hash...)
	}
	var err error
	set.Hashes, err = v.ring.seal(v.config.Rand, hashes, set.label(id))
	return set, shown, err
}

// slowHash hashes under a semaphore: no more at a time than there are processors,
// so that recovery codes cannot starve the rest of the program.
func (v *Verifier) slowHash(ctx context.Context, set *RecoverySet, code string, salt []byte) ([]byte, error) {
	select {
	case v.hashing <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-v.hashing }()
	return set.hash(code, salt), nil
}

// Acknowledge records that the holder keeps the recovery codes. Until then the
// account is incomplete: it works, and [Result].Incomplete says so.
func (v *Verifier) Acknowledge(ctx context.Context, id string) error {
	err := v.update(ctx, &turn{id: id}, func(t *turn) error {
		if t.s.Recovery.left() == 0 {
			return ErrIncomplete
		}
		if !t.s.Recovery.Kept {
			t.s.Recovery.Kept = true
			t.emit(Event{Kind: RecoveryKept, Left: t.s.Recovery.left()})
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("acknowledge recovery codes of %q: %w", id, err)
	}
	return nil
}

// verifyRecovery reserves an attempt in one Update, hashes outside of it, and
// consumes the code in a second Update if the set is still the same.
func (v *Verifier) verifyRecovery(ctx context.Context, id, code, source string) (r Result, err error) {
	t := &turn{id: id, source: source}
	var set RecoverySet
	if err := v.update(ctx, t, func(t *turn) error {
		r, set = t.reserveRecovery(), t.s.Recovery
		return nil
	}); err != nil || r.Outcome != "" {
		return r, err
	}
	n, err := v.findRecovery(ctx, id, &set, code)
	if err != nil {
		return Result{}, err
	}
	err = v.update(ctx, t, func(t *turn) error {
		r = t.consumeRecovery(set.Salt, n)
		return nil
	})
	return r, err
}

// reserveRecovery counts the attempt before it is looked at, so that many at once
// are not more than many in turn. An empty Outcome means go on.
func (t *turn) reserveRecovery() Result {
	s, p := t.s, t.v.policy
	r := Result{Method: ByRecovery}
	if !s.Enforced || s.Recovery.Codes == 0 {
		r.Outcome = NotEnrolled
		return t.refuse(r)
	}
	if locked, is := t.locked(); is && p.LockRecovery {
		locked.Method = ByRecovery
		return t.refuse(locked)
	}
	if until := s.Rescue.until(); until != 0 {
		r.Outcome, r.LockedUntil, r.Wait = Locked, until.Time(), until.Time().Sub(t.now.Time())
		return t.refuse(r)
	}
	if s.Rescue.fail(t.now, p.RecoveryFailures, p.RecoveryLockFor) {
		t.emit(Event{Kind: RecoveryLocked, Lock: p.RecoveryLockFor})
	}
	return r
}

// findRecovery is the index of the code in the set, -1 if it is none. All hashes
// are compared, in constant time.
func (v *Verifier) findRecovery(ctx context.Context, id string, set *RecoverySet, code string) (int, error) {
	hashes, err := v.ring.open(set.Hashes, set.label(id))
	if err != nil {
		return -1, fmt.Errorf("open recovery codes: %w", err)
	}
	salt, err := base64.RawStdEncoding.DecodeString(set.Salt)
	if err != nil || len(hashes) != set.Codes*recoveryHashSize {
		return -1, fmt.Errorf("open recovery codes: %w: it is damaged", ErrSealed)
	}
	hash, err := v.slowHash(ctx, set, code, salt)
	if err != nil {
		return -1, err
	}
	n := -1
	for i := range set.Codes {
		equal := subtle.ConstantTimeCompare(hash, hashes[i*recoveryHashSize:][:recoveryHashSize])
		n = subtle.ConstantTimeSelect(equal, i, n)
	}
	return n, nil
}

func (t *turn) consumeRecovery(salt string, n int) Result {
	set := &t.s.Recovery
	r := Result{Method: ByRecovery, RecoveryLeft: set.left()}
	switch {
	case set.Salt != salt || n < 0:
		r.Outcome = Invalid
	case set.Used>>n&1 == 1:
		r.Outcome = Replayed
	default:
		r.Outcome = Accepted
	}
	if r.Outcome != Accepted {
		r.Remaining = max(t.v.policy.RecoveryFailures-t.s.Rescue.Run, 0)
		if t.v.policy.LockRecovery {
			return t.fail(r, LoginRefused)
		}
		t.emit(Event{Kind: LoginRefused, Outcome: r.Outcome, Method: ByRecovery})
		return r
	}
	set.Used |= 1 << n
	r.RecoveryLeft = set.left()
	r.Incomplete = !set.complete()
	t.recovered(ByRecovery)
	t.emit(Event{Kind: LoginAccepted, Outcome: Accepted, Method: ByRecovery, Left: r.RecoveryLeft})
	return r
}

// recovered opens what failures had shut: whoever holds a recovery code or a link
// of this account is not the one who guessed.
func (t *turn) recovered(m Method) {
	s := t.s
	if s.Shut || s.Codes != (Guard{}) || len(s.Failed) > 0 {
		t.emit(Event{Kind: Recovered, Method: m})
	}
	s.Shut, s.Codes, s.Rescue, s.Failed = false, Guard{}, Guard{}, nil
}
