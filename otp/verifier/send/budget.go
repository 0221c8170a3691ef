package send

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/authctl/authctl/otp/verifier"
)

// extension is the name under which this package keeps what it keeps in a State.
const extension = "send"

// sent are the times of messages, in milliseconds since 1970, or for the total how
// many there were in an hour.
type sent struct {
	Times []int64 `json:"times,omitempty"`
	Hour  int64   `json:"hour,omitempty"`
	N     int     `json:"n,omitempty"`
}

// spend takes one message from the budget of the address and, for a phone, from that
// of all phones. Both are kept before it returns.
func (c *Codes) spend(ctx context.Context, to Address) error {
	if err := c.spendFrom(ctx, to.budget(), c.ofAddress); err != nil {
		return err
	}
	if to.kind != Phone {
		return nil
	}
	return c.spendFrom(ctx, "total", c.ofAll)
}

func (c *Codes) spendFrom(ctx context.Context, id string, take func(*sent, time.Time) error) error {
	now := c.c.Now()
	var refused error
	err := c.budgets.Update(ctx, id, func(s *verifier.State) error {
		var b sent
		if data := s.Ext[extension]; data != nil {
			if err := json.Unmarshal(data, &b); err != nil {
				return fmt.Errorf("read the budget: %w", err)
			}
		}
		refused = take(&b, now) // what it forgets is kept all the same
		return put(s, b)
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return fmt.Errorf("count the message: %w", err)
	}
	return nil
}

// ofAddress allows Policy.Sends in any stretch of Policy.SendsFor. Times of the
// future, which a clock set back leaves behind, count as now.
func (c *Codes) ofAddress(b *sent, now time.Time) error {
	p := c.c.Policy
	var kept []int64
	for _, t := range b.Times {
		if t = min(t, now.UnixMilli()); now.Sub(time.UnixMilli(t)) < p.SendsFor {
			kept = append(kept, t)
		}
	}
	b.Times = kept
	if len(kept) >= p.Sends {
		return &BudgetError{Wait: time.UnixMilli(kept[0]).Add(p.SendsFor).Sub(now)}
	}
	b.Times = append(kept, now.UnixMilli())
	return nil
}

// ofAll allows Policy.Total in an hour of the clock.
func (c *Codes) ofAll(b *sent, now time.Time) error {
	hour := now.Unix() / 3600
	if b.Hour != hour {
		b.Hour, b.N = hour, 0
	}
	if b.N >= c.c.Policy.Total {
		return &BudgetError{Total: true, Wait: time.Unix((hour+1)*3600, 0).Sub(now)}
	}
	b.N++
	return nil
}

// put keeps a value in a State, or takes it out if it is empty.
func put(s *verifier.State, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("keep what was sent: %w", err)
	}
	if string(data) == "{}" {
		delete(s.Ext, extension)
		return nil
	}
	if s.Ext == nil {
		s.Ext = map[string][]byte{}
	}
	s.Ext[extension] = data
	return nil
}
