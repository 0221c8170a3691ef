package vault

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// Tx is a change that is being made, see [Vault.Update]. It is not safe for
// concurrent use and ends with the function that it was given to.
type Tx struct {
	content content
	now     time.Time
	rand    io.Reader
}

// Now is the time of the change, the same throughout it.
func (t *Tx) Now() time.Time { return t.now }

// Accounts are all accounts. The caller may change them; only [Tx.Put] keeps
// changes.
func (t *Tx) Accounts() []Account { return cloneAccounts(t.content.accounts) }

// Account is the account with this id. The error is fs.ErrNotExist.
func (t *Tx) Account(id string) (Account, error) {
	i := t.index(id)
	if i < 0 {
		return Account{}, notExist(id)
	}
	return t.content.accounts[i].clone(), nil
}

// Add adds an account and returns it with its id, and with Created set if it was
// not. An id that is given must be free.
func (t *Tx) Add(a Account) (Account, error) {
	if a.ID != "" && t.index(a.ID) >= 0 {
		return Account{}, fmt.Errorf("add account: the id %.20q is taken", a.ID)
	}
	if a.ID == "" {
		id, err := t.newID()
		if err != nil {
			return Account{}, err
		}
		a.ID = id
	}
	if a.Created.IsZero() {
		a.Created = t.now
	}
	if err := a.check(); err != nil {
		return Account{}, fmt.Errorf("add account: %w", err)
	}
	t.content.accounts = append(t.content.accounts, a.clone())
	return a, nil
}

// Put replaces the account that has a's id.
func (t *Tx) Put(a Account) error {
	i := t.index(a.ID)
	if i < 0 {
		return notExist(a.ID)
	}
	if err := a.check(); err != nil {
		return fmt.Errorf("change account %s: %w", a.ID, err)
	}
	t.content.accounts[i] = a.clone()
	return nil
}

// Remove deletes the account for good, older keys and recovery codes with it.
// Set Trashed and [Tx.Put] it for the bin.
func (t *Tx) Remove(id string) error {
	i := t.index(id)
	if i < 0 {
		return notExist(id)
	}
	t.content.accounts = slices.Delete(t.content.accounts, i, i+1)
	return nil
}

func (t *Tx) index(id string) int {
	for i := range t.content.accounts { // in place: an account is large to copy
		if t.content.accounts[i].ID == id {
			return i
		}
	}
	return -1
}

// idAlphabet has no vowels, so that no id is a word, and nothing that reads like
// something else.
const idAlphabet = "23456789bcdfghjkmnpqrstvwxz"

// newID is an id that no account has.
func (t *Tx) newID() (string, error) {
	for size := 4; ; { // 27^4 are half a million; a collision asks for one more symbol
		id := make([]byte, 0, size)
		var b [1]byte
		for len(id) < size {
			if _, err := io.ReadFull(t.rand, b[:]); err != nil {
				return "", fmt.Errorf("make an account's id: %w", err)
			}
			if limit := 256 / len(idAlphabet) * len(idAlphabet); int(b[0]) < limit {
				id = append(id, idAlphabet[int(b[0])%len(idAlphabet)])
			}
		}
		if t.index(string(id)) < 0 {
			return string(id), nil
		}
		size = min(size+1, 16)
	}
}
