package verifier

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"time"
)

// Link is a one-time login link as it is kept.
type Link struct {
	Hash string  `json:"hash,omitempty"` // SHA-256 of the token, hexadecimal: 256 random bits need no slow hash
	Made Instant `json:"made,omitempty"`
}

const tokenSize = 32

// NewLink makes the token of a one-time login link, which replaces the second
// factor once: the holder of a session that is still signed in keeps it for a
// device that is not. authenticated is when this session last asked for the
// password; more than Policy.FreshFor ago is [ErrStale]. A new link kills the one
// before.
//
// Put the token into a page that GET only shows and whose form POSTs it: scanners
// of mail and messengers follow links.
func (v *Verifier) NewLink(ctx context.Context, id string, authenticated time.Time) (token string, err error) {
	b := make([]byte, tokenSize)
	if _, err := io.ReadFull(v.config.Rand, b); err != nil {
		return "", fmt.Errorf("make login link of %q: read random bytes: %w", id, err)
	}
	token = base64.RawURLEncoding.EncodeToString(b)
	err = v.update(ctx, &turn{id: id}, func(t *turn) error {
		if !t.s.Enforced {
			return ErrNotEnrolled
		}
		if age := t.now.Time().Sub(authenticated); age < -time.Minute || age > v.policy.FreshFor {
			return ErrStale
		}
		t.s.Link = Link{hashToken(token), t.now}
		t.emit(Event{Kind: LinkMade, Method: ByLink})
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("make login link of %q: %w", id, err)
	}
	return token, nil
}

func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// opens reports whether the token is that of the link and in time. A link that was
// made in the future, by a clock that was set back since, is dead.
func (l Link) opens(token string, now Instant, lifetime time.Duration) bool {
	same := subtle.ConstantTimeCompare([]byte(hashToken(token)), []byte(l.Hash)) == 1
	return same && l.Made <= now && now < l.Made.add(lifetime)
}

// CheckLink reports whether UseLink would accept the token. It changes nothing and
// is what a GET may ask.
func (v *Verifier) CheckLink(ctx context.Context, id, token string) (bool, error) {
	t, err := v.look(ctx, id)
	if err != nil {
		return false, fmt.Errorf("check login link of %q: %w", id, err)
	}
	return t.s.Enforced && t.s.Link.opens(token, t.now, v.policy.LinkFor), nil
}

// UseLink consumes a login link. Call it on POST, after the password was right.
func (v *Verifier) UseLink(ctx context.Context, id string, a Attempt) (Result, error) {
	r, err := v.allowed(ctx, id, a, false)
	if err == nil && r.Outcome != Limited {
		err = v.update(ctx, &turn{id: id, source: a.Source}, func(t *turn) error {
			r = t.useLink(a.Code)
			return nil
		})
	}
	if err != nil {
		return Result{}, fmt.Errorf("use login link of %q: %w", id, err)
	}
	r.Method = ByLink
	return r, nil
}

func (t *turn) useLink(token string) Result {
	s, p := t.s, t.v.policy
	if r, locked := t.locked(); locked && p.LockRecovery {
		r.Method = ByLink
		return t.refuse(r)
	}
	if !s.Enforced || !s.Link.opens(token, t.now, p.LinkFor) {
		// Nothing is counted: 256 bits are not guessed.
		return t.refuse(Result{Outcome: Invalid, Method: ByLink})
	}
	s.Link = Link{}
	t.recovered(ByLink)
	t.emit(Event{Kind: LoginAccepted, Outcome: Accepted, Method: ByLink})
	return Result{Outcome: Accepted, Method: ByLink, RecoveryLeft: s.Recovery.left(), Incomplete: !s.Recovery.complete()}
}

// DropLink kills the account's login link. Call it when the password changes.
func (v *Verifier) DropLink(ctx context.Context, id string) error {
	err := v.update(ctx, &turn{id: id}, func(t *turn) error {
		if t.s.Link != (Link{}) {
			t.s.Link = Link{}
			t.emit(Event{Kind: LinkDropped, Method: ByLink})
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("drop login link of %q: %w", id, err)
	}
	return nil
}
