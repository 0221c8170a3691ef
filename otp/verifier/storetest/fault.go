package storetest

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/authctl/authctl/otp/verifier"
)

// conflicting makes every Update run twice: after the first run somebody else
// changes the account, so that a store which notices at the end must start over.
type conflicting struct{ verifier.Store }

func (c conflicting) Update(ctx context.Context, id string, fn func(*verifier.State) error) error {
	before, err := c.Load(ctx, id)
	if err != nil {
		return err
	}
	if err := fn(&before); err != nil { // its outcome is thrown away
		return err
	}
	if before.Enrolment > 0 { // the other one may write only where there is an account
		err = c.Store.Update(ctx, id, func(s *verifier.State) error {
			if s.Enrolment > 0 {
				s.Ext = map[string][]byte{"other": fmt.Append(nil, len(s.Ext["other"]))}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return c.Store.Update(ctx, id, fn)
}

// unknowing says after each Update that it does not know whether it was kept.
type unknowing struct {
	verifier.Store
	on    atomic.Bool
	keep  atomic.Bool // whether it was
	calls atomic.Int32
}

func (u *unknowing) Update(ctx context.Context, id string, fn func(*verifier.State) error) error {
	u.calls.Add(1)
	if !u.on.Load() {
		return u.Store.Update(ctx, id, fn)
	}
	if u.keep.Load() {
		if err := u.Store.Update(ctx, id, fn); err != nil {
			return err
		}
	}
	return fmt.Errorf("update %q: %w", id, verifier.ErrUnknownOutcome)
}
