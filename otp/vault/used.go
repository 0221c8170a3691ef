package vault

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/authctl/authctl/otp"
)

// NextHOTP makes the next code of the account with this id and counts its counter
// up. Both are saved durably before the code is returned: a code that was shown
// can never be shown again as a next one (RFC 4226 §7.2). counter is the one that
// the code was made with.
func (v *Vault) NextHOTP(ctx context.Context, id string) (code string, counter int64, err error) {
	err = v.Update(ctx, func(t *Tx) error {
		code, counter, err = t.nextHOTP(id)
		return err
	})
	if err != nil {
		return "", 0, err
	}
	return code, counter, nil
}

func (t *Tx) nextHOTP(id string) (code string, counter int64, err error) {
	a, err := t.Account(id)
	if err != nil {
		return "", 0, err
	}
	if a.Key.Type != otp.HOTP {
		return "", 0, fmt.Errorf("make the next code of %s: a %v key has no counter", a.Title(), a.Key.Type)
	}
	g, err := otp.Prepare(a.Key)
	if err != nil {
		return "", 0, err
	}
	counter = a.Key.Counter
	if counter+1 < counter {
		return "", 0, fmt.Errorf("make the next code of %s: the counter is at its end", a.Title())
	}
	a.Key.Counter++
	a.LastUsed = t.now
	return g.Code(counter), counter, t.Put(a)
}

// usedEvery is how much of LastUsed is worth a write.
const usedEvery = 24 * time.Hour

// Used notes that a code of the account was made. It writes at most once a day
// for each account, so that codes stay fast; LastUsed is that coarse.
func (v *Vault) Used(ctx context.Context, id string) error {
	if v.usedLately(id) {
		return nil
	}
	return v.Update(ctx, func(t *Tx) error {
		a, err := t.Account(id)
		if err != nil {
			return err
		}
		a.LastUsed = t.Now()
		return t.Put(a)
	})
}

func (v *Vault) usedLately(id string) bool {
	now := v.now()
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.ContainsFunc(v.last.content.accounts, func(a Account) bool {
		return a.ID == id && now.Sub(a.LastUsed) < usedEvery
	})
}
