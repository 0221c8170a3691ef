package verifier

import (
	"context"
	"errors"
	"fmt"
)

// Unlock ends the lock of an account and clears its counts, on the word of an
// operator who has made sure whose account it is. by names the operator for the
// audit.
func (v *Verifier) Unlock(ctx context.Context, id, by string) error {
	return v.operate(ctx, id, by, "unlock", func(t *turn) error {
		t.s.Shut, t.s.Codes, t.s.Rescue, t.s.Failed = false, Guard{}, Guard{}, nil
		t.emit(Event{Kind: AccountUnlocked})
		return nil
	})
}

// Revoke takes one key away, such as that of a lost phone. Logins still need a
// second factor: recovery codes and links stay, and a new key can be enrolled.
func (v *Verifier) Revoke(ctx context.Context, id string, enrolment uint64, by string) error {
	return v.operate(ctx, id, by, "revoke a key of", func(t *turn) error {
		if t.s.find(enrolment) == nil {
			return fmt.Errorf("key %d: %w", enrolment, ErrNotEnrolled)
		}
		t.s.bury(enrolment, Revoked, t.now)
		t.emit(Event{Kind: KeyRevoked, Enrolment: enrolment})
		return nil
	})
}

// Reset takes the second factor away altogether: keys, recovery codes, link, lock.
// Logins then need the first factor alone until a new key is confirmed. The holder
// may do it in a session that has just asked for a second factor; an operator
// after an identity check.
func (v *Verifier) Reset(ctx context.Context, id, by string) error {
	return v.operate(ctx, id, by, "reset", func(t *turn) error {
		t.buryAll(Revoked, KeyRevoked)
		s := t.s
		if s.Request.open() { // there is nothing left to recover
			_ = t.step(RequestClosed, "", s.Request.Status)
		}
		// Numbers, tombstones, waiting events, the request and what other packages keep
		// stay.
		*s = State{Enrolment: s.Enrolment, Gone: s.Gone, Request: s.Request, Epoch: s.Epoch, Events: s.Events, Outbox: s.Outbox, Ext: s.Ext}
		t.emit(Event{Kind: AccountReset})
		return nil
	})
}

func (v *Verifier) operate(ctx context.Context, id, by, what string, fn func(*turn) error) error {
	err := v.update(ctx, &turn{id: id, by: by}, func(t *turn) error {
		if t.s.Enrolment == 0 {
			return ErrNotEnrolled
		}
		return fn(t)
	})
	if err != nil {
		return fmt.Errorf("%s %q: %w", what, id, err)
	}
	return nil
}

// Reseal walks the store and seals every secret anew whose master key is not the
// newest. It returns how many accounts it changed. When it ends without an error,
// and every process has the new ring, the old master key can go. It may be
// interrupted and run again.
func (v *Verifier) Reseal(ctx context.Context) (n int, err error) {
	err = v.walk(ctx, func(id string) error {
		s, err := v.store.Load(ctx, id)
		if err == nil && v.stale(&s) {
			if err = v.store.Update(ctx, id, func(s *State) error { return v.reseal(id, s) }); err == nil {
				n++
			}
		}
		if err != nil {
			return fmt.Errorf("reseal %q: %w", id, err)
		}
		return nil
	})
	return n, err
}

func (v *Verifier) stale(s *State) bool {
	stale := s.Recovery.Codes > 0 && s.Recovery.Hashes.Version != v.ring.newest
	for _, e := range s.Keys {
		stale = stale || e.Secret.Version != v.ring.newest
	}
	return stale
}

func (v *Verifier) reseal(id string, s *State) error {
	var failed error
	again := func(sealed *Sealed, about label) {
		if sealed.Version == v.ring.newest {
			return
		}
		plain, err := v.ring.open(*sealed, about)
		if err == nil {
			*sealed, err = v.ring.seal(v.config.Rand, plain, about)
			clear(plain)
		}
		failed = errors.Join(failed, err)
	}
	for i := range s.Keys {
		again(&s.Keys[i].Secret, labelOf(id, &s.Keys[i]))
	}
	if s.Recovery.Codes > 0 {
		again(&s.Recovery.Hashes, s.Recovery.label(id))
	}
	return failed
}
