package vault

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/authctl/authctl/otp"
)

// Account is one thing that asks for codes. It prints without its secrets.
type Account struct {
	ID       string   // short and stable; [Tx.Add] gives it
	Key      otp.Key  // the current key; of HOTP, Counter is the next to use
	Name     string   // the holder's own name for it; empty: that of the key
	Note     string   // free text
	Tags     []string // groups
	Favorite bool     // listed first

	Created  time.Time // when it came into the vault
	LastUsed time.Time // when a code was last made, to about a day; zero: never
	Archived time.Time // put aside, out of the lists; zero: in use
	Trashed  time.Time // in the bin; zero: not

	Older    []OlderKey     // keys that were current before, the latest last
	Recovery []RecoveryCode // in the order of the service's list
}

// OlderKey is a key that was superseded.
type OlderKey struct {
	Key otp.Key
	At  time.Time // when it was superseded
	By  string    // by what: "enroll", "import", "restore"
}

// RecoveryCode is a code of the service that works once, without the key.
type RecoveryCode struct {
	Code otp.Secret // its text as the service wrote it
	Used time.Time  // zero: not yet
}

// Title is what the account is called: its own name, else that of its key.
func (a Account) Title() string {
	switch {
	case a.Name != "":
		return a.Name
	case a.Key.Name() != "":
		return a.Key.Name()
	}
	return a.ID
}

// Active reports whether the account is neither archived nor in the bin.
func (a Account) Active() bool { return a.Archived.IsZero() && a.Trashed.IsZero() }

// RecoveryLeft is how many recovery codes are not used yet.
func (a Account) RecoveryLeft() int {
	left := 0
	for _, c := range a.Recovery {
		if c.Used.IsZero() {
			left++
		}
	}
	return left
}

// Supersede makes k the current key and keeps the one before it among the older
// keys. An older key that equals k is current again and leaves them.
func (a *Account) Supersede(k otp.Key, at time.Time, by string) {
	a.Older = slices.DeleteFunc(a.Older, func(o OlderKey) bool { return sameKey(o.Key, k) })
	a.Older = append(a.Older, OlderKey{Key: a.Key, At: at, By: by})
	a.Key = k
}

// AddRecovery appends recovery codes, leaving out those that are there already.
// A re-issued set must not be mixed with the one before it: replace does away
// with the old codes.
func (a *Account) AddRecovery(codes []string, replace bool) error {
	list := a.Recovery
	if replace {
		list = nil
	}
	for i, text := range codes {
		code, err := otp.NewSecret([]byte(strings.TrimSpace(text)))
		if err != nil {
			return fmt.Errorf("recovery code %d is empty or too long", i+1)
		}
		if !slices.ContainsFunc(list, func(c RecoveryCode) bool { return c.Code.Equal(code) }) {
			list = append(list, RecoveryCode{Code: code})
		}
	}
	a.Recovery = list
	return nil
}

func (a Account) clone() Account {
	a.Tags = slices.Clone(a.Tags)
	a.Older = slices.Clone(a.Older)
	a.Recovery = slices.Clone(a.Recovery)
	return a
}

func cloneAccounts(list []Account) []Account {
	out := make([]Account, len(list))
	for i, a := range list {
		out[i] = a.clone()
	}
	return out
}

// sameKey reports whether two keys make the same codes under the same name. The
// counter moves and does not count.
func sameKey(a, b otp.Key) bool {
	a.Counter, b.Counter = 0, 0
	return a.Equal(b)
}

// sameCodes reports whether two keys make the same codes, whatever their names.
func sameCodes(a, b otp.Key) bool {
	a.Issuer, a.Account, b.Issuer, b.Account = "", "", "", ""
	return sameKey(a, b)
}
