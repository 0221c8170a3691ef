package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// NotFoundError says that no account matches a query. It is fs.ErrNotExist.
type NotFoundError struct {
	Query   string
	Nearest []string // titles of accounts that are spelt alike, the nearest first; up to three
}

func (e *NotFoundError) Error() string { return fmt.Sprintf("no account matches %.60q", e.Query) }

// Is reports fs.ErrNotExist.
func (e *NotFoundError) Is(target error) bool { return target == fs.ErrNotExist }

// AmbiguousError says that a query matches several accounts equally well.
type AmbiguousError struct {
	Query   string
	Matches []Account
}

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("%d accounts match %.60q", len(e.Matches), e.Query)
}

// Find is the one account that the query means: the one with this id, else with
// this name, else whose name begins with it, else whose name holds it. Names are
// the holder's own and issuer:account of the key; case does not count. The error
// is a *[NotFoundError] or an *[AmbiguousError]: of several, none is guessed.
func Find(accounts []Account, query string) (Account, error) {
	return find(accounts, query, func(*Account) bool { return true })
}

// Find is [Find] among the accounts in use and, where none matches, among those in
// the archive and the bin too. An id means its account wherever that is.
func (v *Vault) Find(query string) (Account, error) {
	return v.findFirst(query, func(a *Account) bool { return a.Active() })
}

// FindInactive is [Vault.Find] the other way round: first among the accounts in the
// archive and the bin.
func (v *Vault) FindInactive(query string) (Account, error) {
	return v.findFirst(query, func(a *Account) bool { return !a.Active() })
}

// findFirst is Find among the accounts that come first and, where none matches,
// among all.
func (v *Vault) findFirst(query string, first func(*Account) bool) (Account, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	accounts := v.last.content.accounts
	a, err := find(accounts, query, first)
	if errors.Is(err, fs.ErrNotExist) {
		a, err = Find(accounts, query)
	}
	var ambiguous *AmbiguousError
	if errors.As(err, &ambiguous) {
		ambiguous.Matches = cloneAccounts(ambiguous.Matches)
	}
	return a.clone(), err
}

// find is Find among those that count, and by the id among all. It copies none that
// does not match: a vault may be large, and the process young.
func find(accounts []Account, query string, counts func(*Account) bool) (Account, error) {
	q := strings.ToLower(strings.TrimSpace(query))
	var found [3][]Account // by exact name, by the beginning, by any part
	for i := range accounts {
		a := &accounts[i]
		if strings.EqualFold(a.ID, q) {
			return *a, nil
		}
		if !counts(a) {
			continue
		}
		if fit := a.fits(q); fit < len(found) && q != "" {
			found[fit] = append(found[fit], *a)
		}
	}
	for _, list := range found {
		switch len(list) {
		case 0:
			continue
		case 1:
			return list[0], nil
		}
		return Account{}, &AmbiguousError{Query: query, Matches: list}
	}
	return Account{}, &NotFoundError{Query: query, Nearest: nearest(accounts, q, counts)}
}

// fits is how well a query in lower case fits a name of the account: 0 is the
// name, 1 its beginning, 2 a part of it, 3 nothing.
func (a *Account) fits(q string) int {
	best := 3
	for _, name := range a.names() {
		switch name = strings.ToLower(name); {
		case name == "":
		case name == q:
			return 0
		case strings.HasPrefix(name, q):
			best = min(best, 1)
		case strings.Contains(name, q):
			best = min(best, 2)
		}
	}
	return best
}

// names are what the account may be called; either may be empty.
func (a *Account) names() [2]string { return [2]string{a.Name, a.Key.Name()} }

// nearest are the titles that differ from the query in up to a third of its
// characters.
func nearest(accounts []Account, q string, counts func(*Account) bool) []string {
	type near struct {
		title    string
		distance int
	}
	limit := (len([]rune(q)) + 2) / 3
	var list []near
	for i := range accounts {
		a := &accounts[i]
		if q == "" || !counts(a) {
			continue
		}
		best := limit + 1
		for _, name := range []string{a.Name, a.Key.Name(), a.Key.Issuer, a.Key.Account} {
			best = min(best, distance([]rune(q), []rune(strings.ToLower(name)), limit))
		}
		if best <= limit {
			list = append(list, near{a.Title(), best})
		}
	}
	slices.SortStableFunc(list, func(a, b near) int { return a.distance - b.distance })
	var titles []string
	for _, n := range list[:min(3, len(list))] {
		titles = append(titles, n.title)
	}
	return titles
}

// distance is how many single characters must be put in, left out or exchanged to
// make a into b (Levenshtein 1965); more than limit is limit+1.
func distance(a, b []rune, limit int) int {
	if max(len(a)-len(b), len(b)-len(a)) > limit {
		return limit + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			exchange := diagonal
			if a[i] != b[j] {
				exchange++
			}
			diagonal = row[j+1]
			row[j+1] = min(exchange, row[j]+1, row[j+1]+1)
		}
	}
	return min(row[len(b)], limit+1)
}
