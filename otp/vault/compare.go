package vault

import (
	"slices"
	"strings"
	"time"

	"github.com/authctl/authctl/otp"
)

// Kind is what a key means for the accounts that are there already.
type Kind string

const (
	New         Kind = "new"          // nothing here has this account or this secret
	Identical   Kind = "identical"    // this very key is here: nothing to do
	ReEnrolment Kind = "re-enrolment" // the same account with another key: the service made a new one
	Outdated    Kind = "outdated"     // a key that was superseded here: an old picture or export
	Twin        Kind = "twin"         // the same secret under another name
	Invalid     Kind = "invalid"      // no key that can be kept
)

// Comparison is what [Compare] found.
type Comparison struct {
	Kind    Kind
	Account Account // the account that Kind is about; zero for New and Invalid
	Older   int     // for Outdated: which of Account.Older it is
}

// Compare says what k means for the accounts. An account is the same if issuer
// and account are, in whatever case; a key is the same if it makes the same codes,
// wherever its counter stands. Accounts in use come before archived and trashed
// ones.
func Compare(accounts []Account, k otp.Key) Comparison {
	return newIndex(accounts).compare(k)
}

// index finds accounts by name and by secret.
type index struct {
	accounts []Account
	byName   map[string][]int
	bySecret map[string][]int // current secrets
	byOlder  map[string][]int // superseded secrets
}

func newIndex(accounts []Account) *index {
	x := &index{byName: map[string][]int{}, bySecret: map[string][]int{}, byOlder: map[string][]int{}}
	for _, active := range []bool{true, false} {
		for _, a := range accounts {
			if a.Active() == active {
				x.add(a)
			}
		}
	}
	return x
}

func (x *index) add(a Account) {
	i := len(x.accounts)
	x.accounts = append(x.accounts, a)
	name, secret := nameKey(a.Key), secretKey(a.Key)
	x.byName[name] = append(x.byName[name], i)
	x.bySecret[secret] = append(x.bySecret[secret], i)
	for _, o := range a.Older {
		secret := secretKey(o.Key)
		x.byOlder[secret] = append(x.byOlder[secret], i)
	}
}

func (x *index) compare(k otp.Key) Comparison {
	sameName := x.byName[nameKey(k)]
	if strings.Trim(nameKey(k), "\x00") == "" { // keys without any name have only their secret in common
		sameName = nil
	}
	for _, i := range x.bySecret[secretKey(k)] {
		if a := x.accounts[i]; nameKey(a.Key) == nameKey(k) && sameCodes(a.Key, k) {
			return Comparison{Kind: Identical, Account: a}
		}
	}
	for _, i := range x.byOlder[secretKey(k)] {
		for j, o := range x.accounts[i].Older {
			if nameKey(x.accounts[i].Key) == nameKey(k) && sameCodes(o.Key, k) {
				return Comparison{Kind: Outdated, Account: x.accounts[i], Older: j}
			}
		}
	}
	if len(sameName) > 0 {
		return Comparison{Kind: ReEnrolment, Account: x.accounts[sameName[0]]}
	}
	if twins := x.bySecret[secretKey(k)]; len(twins) > 0 {
		return Comparison{Kind: Twin, Account: x.accounts[twins[0]]}
	}
	return Comparison{Kind: New}
}

// Replace makes k the key of the account that it meets as c says, brings that back
// into use, and keeps it. by is what did it, see [OlderKey].
func (t *Tx) Replace(c Comparison, k otp.Key, by string) (Account, error) {
	a, err := t.Account(c.Account.ID)
	if err != nil {
		return Account{}, err
	}
	a.takeKey(k, c, t.now, by)
	a.Archived, a.Trashed = time.Time{}, time.Time{}
	return a, t.Put(a)
}

// takeKey makes k the key of the account that it meets as c says. A counter moves
// only forward: what was shown of a secret is never its next code again.
func (a *Account) takeKey(k otp.Key, c Comparison, at time.Time, by string) {
	switch c.Kind {
	case Identical:
		a.Key = forward(a.Key, k)
	case Twin: // the same secret: its name may differ, or what is made of it
		k = forward(k, a.Key)
		if sameCodes(a.Key, k) {
			a.Key = k
		} else {
			a.Supersede(k, at, by)
		}
	case Outdated:
		a.Supersede(forward(k, a.Older[c.Older].Key), at, by)
	case ReEnrolment:
		a.Supersede(k, at, by)
	}
}

// forward is k with its counter moved up to that of other, if that is ahead.
func forward(k, other otp.Key) otp.Key {
	if k.Type == otp.HOTP && other.Type == otp.HOTP {
		k.Counter = max(k.Counter, other.Counter)
	}
	return k
}

// nameKey is equal for keys of the same account.
func nameKey(k otp.Key) string {
	return strings.ToLower(k.Issuer) + "\x00" + strings.ToLower(k.Account)
}

func secretKey(k otp.Key) string { return string(k.Secret.Bytes()) }

// Twins are the accounts in use that share a secret with another one, in groups,
// the oldest of each first.
func Twins(accounts []Account) [][]Account {
	groups := map[string][]Account{}
	var order []string
	for _, a := range accounts {
		if !a.Active() {
			continue
		}
		secret := secretKey(a.Key)
		if groups[secret] == nil {
			order = append(order, secret)
		}
		groups[secret] = append(groups[secret], a)
	}
	var twins [][]Account
	for _, secret := range order {
		if g := groups[secret]; len(g) > 1 {
			sortByCreated(g)
			twins = append(twins, g)
		}
	}
	return twins
}

func sortByCreated(list []Account) {
	slices.SortStableFunc(list, func(a, b Account) int { return a.Created.Compare(b.Created) })
}
