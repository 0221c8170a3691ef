package send

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/verifier"
)

// maxAddresses is how many addresses an account may have.
const maxAddresses = 8

// record is what an account has of this package.
type record struct {
	Addresses map[string]*delivery `json:"addresses,omitempty"` // by Address.key
}

// delivery is the latest code of an address, and what was guessed at it.
type delivery struct {
	Confirmed int64   `json:"confirmed,omitempty"` // when, in milliseconds since 1970
	Purpose   Purpose `json:"purpose,omitempty"`
	Code      []byte  `json:"code,omitempty"` // keyed hashes
	Token     []byte  `json:"token,omitempty"`
	Made      int64   `json:"made,omitempty"`
	Failures  int     `json:"failures,omitempty"` // since the last success
	Blocked   int64   `json:"blocked,omitempty"`  // since when
	Removed   int64   `json:"removed,omitempty"`  // when: only what was guessed is still here
}

func recordOf(s *verifier.State) (r record, err error) {
	if data := s.Ext[extension]; data != nil {
		if err := json.Unmarshal(data, &r); err != nil {
			return record{}, fmt.Errorf("read the delivered codes: %w", err)
		}
	}
	if r.Addresses == nil {
		r.Addresses = map[string]*delivery{}
	}
	return r, nil
}

// prepare puts the hashes of a message that is about to be sent into the account.
func (c *Codes) prepare(s *verifier.State, id string, m Message) error {
	now := c.c.Now()
	r, err := recordOf(s)
	if err != nil {
		return err
	}
	maps.DeleteFunc(r.Addresses, func(_ string, d *delivery) bool { return c.forgotten(d, now) })
	d := r.Addresses[m.To.key()]
	switch {
	case d == nil && m.Purpose == Login, d != nil && m.Purpose == Login && d.Confirmed == 0:
		return ErrUnconfirmed
	case d == nil && len(r.Addresses) >= maxAddresses:
		return fmt.Errorf("the account has %d addresses already", maxAddresses)
	case d == nil:
		d = &delivery{}
		r.Addresses[m.To.key()] = d
	}
	if wait := c.blocked(d, now); wait > 0 {
		return &BudgetError{Wait: wait}
	}
	d.Purpose, d.Made, d.Removed = m.Purpose, now.UnixMilli(), 0
	d.Code, d.Token = c.hash(id, m.To, m.Purpose, m.Code), nil
	if m.Token != "" {
		d.Token = c.hash(id, m.To, m.Purpose, m.Token)
	}
	return put(s, r)
}

// blocked is how long the address is blocked for yet, 0 if it is not. A block that
// is over is forgotten with its failures; one that began in the future, by a clock
// that was set back since, began now.
func (c *Codes) blocked(d *delivery, now time.Time) time.Duration {
	if d.Blocked == 0 {
		return 0
	}
	d.Blocked = min(d.Blocked, now.UnixMilli())
	wait := c.c.Policy.BlockFor - now.Sub(time.UnixMilli(d.Blocked))
	if wait <= 0 {
		d.Blocked, d.Failures = 0, 0
		return 0
	}
	return wait
}

// forgotten reports whether what was guessed at a removed address is as old as a block
// would be.
func (c *Codes) forgotten(d *delivery, now time.Time) bool {
	return d.Removed != 0 && now.Sub(time.UnixMilli(d.Removed)) >= c.c.Policy.BlockFor
}

// Verify checks a code that was sent by Send. Call it after the first factor was
// right. A lock of the account shuts these codes too.
func (c *Codes) Verify(ctx context.Context, id string, to Address, code string) (verifier.Result, error) {
	return c.use(ctx, id, to, Login, code)
}

// Confirm checks the code or the token of a link that was sent by Begin; from then on
// the address can be sent codes to sign in. For a link, call it on POST: scanners of
// mail follow links, and CheckToken is what their GET may ask.
func (c *Codes) Confirm(ctx context.Context, id string, to Address, codeOrToken string) (verifier.Result, error) {
	return c.use(ctx, id, to, Confirm, codeOrToken)
}

// CheckToken reports whether Confirm would accept the token. It changes nothing.
func (c *Codes) CheckToken(ctx context.Context, id string, to Address, token string) (bool, error) {
	s, err := c.accounts.Load(ctx, id)
	if err != nil {
		return false, fmt.Errorf("check the link of %q: %w", id, err)
	}
	r, err := recordOf(&s)
	if err != nil {
		return false, fmt.Errorf("check the link of %q: %w", id, err)
	}
	d, now := r.Addresses[to.key()], c.c.Now()
	return d != nil && c.blocked(d, now) == 0 && c.opens(d, id, to, Confirm, token, now), nil
}

// use consumes a code or token.
func (c *Codes) use(ctx context.Context, id string, to Address, purpose Purpose, text string) (verifier.Result, error) {
	var result verifier.Result
	var kinds []EventKind
	err := c.accounts.Update(ctx, id, func(s *verifier.State) error {
		result, kinds = verifier.Result{}, nil
		r, err := recordOf(s)
		if err != nil {
			return err
		}
		result, kinds = c.judge(s, r.Addresses[to.key()], id, to, purpose, text)
		return put(s, r)
	})
	if err != nil {
		return verifier.Result{}, fmt.Errorf("check the delivered code of %q: %w", id, err)
	}
	for _, kind := range kinds {
		c.tell(ctx, id, kind, to)
	}
	return result, nil
}

// judge is the policy: it decides on an attempt and changes d, which may be nil.
func (c *Codes) judge(s *verifier.State, d *delivery, id string, to Address, purpose Purpose, text string) (verifier.Result, []EventKind) {
	now, p := c.c.Now(), c.c.Policy
	if d == nil {
		return verifier.Result{Outcome: verifier.Invalid}, []EventKind{CodeRefused}
	}
	if purpose == Login && s.Shut { // until recovery
		return verifier.Result{Outcome: verifier.Locked}, []EventKind{CodeRefused}
	}
	wait := c.blocked(d, now)
	if purpose == Login && s.Codes.LockedAt != 0 { // every method of codes is shut
		s.Codes.LockedAt = min(s.Codes.LockedAt, verifier.Instant(now.UnixMilli())) // a clock was set back
		wait = max(wait, s.Codes.LockedAt.Time().Add(s.Codes.LockFor).Sub(now))
	}
	if wait > 0 {
		return verifier.Result{Outcome: verifier.Locked, LockedUntil: now.Add(wait), Wait: wait}, []EventKind{CodeRefused}
	}
	if !c.opens(d, id, to, purpose, text, now) {
		d.Failures++
		if d.Failures < p.Failures {
			return verifier.Result{Outcome: verifier.Invalid, Remaining: p.Failures - d.Failures}, []EventKind{CodeRefused}
		}
		d.Blocked, d.Code, d.Token = now.UnixMilli(), nil, nil
		return verifier.Result{Outcome: verifier.Invalid}, []EventKind{CodeRefused, AddressBlocked}
	}
	d.Code, d.Token, d.Failures = nil, nil, 0
	kinds := []EventKind{CodeAccepted}
	if purpose == Confirm && d.Confirmed == 0 {
		d.Confirmed = now.UnixMilli()
		kinds = append(kinds, AddressConfirmed)
	}
	return verifier.Result{Outcome: verifier.Accepted, Remaining: p.Failures}, kinds
}

// opens reports whether text is the live code or token. Both are compared, each in
// constant time.
func (c *Codes) opens(d *delivery, id string, to Address, purpose Purpose, text string, now time.Time) bool {
	code, _, err := otp.Key{Digits: c.c.Policy.Digits}.Normalize(text)
	if err != nil {
		code = text
	}
	sameCode := subtle.ConstantTimeCompare(c.hash(id, to, purpose, code), d.Code)
	sameToken := subtle.ConstantTimeCompare(c.hash(id, to, purpose, strings.TrimSpace(text)), d.Token)
	age := now.Sub(time.UnixMilli(d.Made))
	return sameCode|sameToken == 1 && d.Purpose == purpose && age >= 0 && age < c.c.Policy.CodeFor
}

// Known is an address of an account.
type Known struct {
	Address   Address
	Confirmed time.Time // zero: not yet
}

// Addresses are the addresses of an account, in order.
func (c *Codes) Addresses(ctx context.Context, id string) ([]Known, error) {
	s, err := c.accounts.Load(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("list the addresses of %q: %w", id, err)
	}
	r, err := recordOf(&s)
	if err != nil {
		return nil, fmt.Errorf("list the addresses of %q: %w", id, err)
	}
	var list []Known
	for key, d := range r.Addresses {
		if d.Removed != 0 {
			continue
		}
		kind, value, _ := strings.Cut(key, ":")
		k := Known{Address: Address{Kind(kind), value}}
		if d.Confirmed != 0 {
			k.Confirmed = time.UnixMilli(d.Confirmed).UTC()
		}
		list = append(list, k)
	}
	slices.SortFunc(list, func(a, b Known) int { return strings.Compare(a.Address.key(), b.Address.key()) })
	return list, nil
}

// Remove takes an address away. Tell its owner, who may not be the one who asked:
// that is what the event is for. What was guessed at it stays counted for as long as
// a block lasts, so that removing it and adding it again opens nothing.
func (c *Codes) Remove(ctx context.Context, id string, to Address) error {
	removed := false
	err := c.accounts.Update(ctx, id, func(s *verifier.State) error {
		removed = false
		r, err := recordOf(s)
		if err != nil {
			return err
		}
		d := r.Addresses[to.key()]
		if d == nil || d.Removed != 0 {
			return nil
		}
		now := c.c.Now()
		removed = d.Confirmed != 0
		if c.blocked(d, now) == 0 && d.Failures == 0 {
			delete(r.Addresses, to.key())
		} else {
			*d = delivery{Failures: d.Failures, Blocked: d.Blocked, Removed: now.UnixMilli()}
		}
		return put(s, r)
	})
	if err != nil {
		return fmt.Errorf("remove an address of %q: %w", id, err)
	}
	if removed {
		c.tell(ctx, id, AddressRemoved, to)
	}
	return nil
}
