package vault

import (
	"fmt"
	"time"

	"github.com/authctl/authctl/otp"
)

// Finding is something that [Audit] advises to look at.
type Finding struct {
	Problem Problem `json:"problem"`
	ID      string  `json:"id,omitempty"` // of the account; empty: the vault
	Title   string  `json:"title,omitempty"`
	Text    string  `json:"text"` // what was found
	Fix     string  `json:"fix"`  // what to do
}

// Problem is the stable name of what a [Finding] is about.
type Problem string

const (
	WeakSecret    Problem = "weak-secret"    // under 128 bits (RFC 4226 R6)
	SharedSecret  Problem = "shared-secret"  // two accounts with one secret
	NoRecovery    Problem = "no-recovery"    // no recovery codes left
	FewRecovery   Problem = "few-recovery"   // two or fewer left
	StaleKey      Problem = "stale-key"      // not used for a year
	OldBackup     Problem = "old-backup"     // none, or the last is older than 30 days
	PlainTextFile Problem = "plain-text"     // an export that is not encrypted; found by the command, not by Audit
	OpenFile      Problem = "open-file"      // a vault that others can read; likewise
	SimilarNames  Problem = "similar-names"  // one account twice
	TrashedLong   Problem = "trashed-long"   // in the bin for 30 days
	StrangeDigits Problem = "unusual-digits" // under six digits: easily guessed
)

// The spans after which Audit says something.
const (
	staleAfter  = 365 * 24 * time.Hour
	backupAfter = 30 * 24 * time.Hour
	trashAfter  = 30 * 24 * time.Hour
)

// Audit looks for what endangers or locks out a holder. It knows nothing of the
// services: a key that is fine here may be revoked there.
func Audit(accounts []Account, backedUp, now time.Time) []Finding {
	var list []Finding
	if len(accounts) > 0 && now.Sub(backedUp) > backupAfter {
		text := "the vault was never backed up"
		if !backedUp.IsZero() {
			text = fmt.Sprintf("the last backup is %d days old", int(now.Sub(backedUp).Hours()/24))
		}
		list = append(list, Finding{Problem: OldBackup, Text: text, Fix: "authctl backup FILE, on another disk"})
	}
	for _, group := range Twins(accounts) {
		for _, twin := range group[1:] {
			list = append(list, twin.finding(SharedSecret,
				fmt.Sprintf("has the same secret as %s (%s), which came first", group[0].Title(), group[0].ID),
				"archive the one that is not needed"))
		}
	}
	names := map[string]Account{}
	for _, a := range accounts {
		if !a.Active() {
			if !a.Trashed.IsZero() && now.Sub(a.Trashed) > trashAfter {
				list = append(list, a.finding(TrashedLong, "has been in the bin for more than 30 days", "authctl remove --forever "+a.ID))
			}
			continue
		}
		list = append(list, a.audit(now)...)
		if first, ok := names[nameKey(a.Key)]; ok && a.Key.Name() != "" && !first.Key.Secret.Equal(a.Key.Secret) {
			list = append(list, a.finding(SimilarNames, fmt.Sprintf("is the same account as %s, with another key", first.ID),
				"archive the key that the service no longer takes"))
		} else if !ok {
			names[nameKey(a.Key)] = a
		}
	}
	return list
}

// audit looks at one account in use.
func (a Account) audit(now time.Time) []Finding {
	var list []Finding
	if bits := a.Key.Secret.Len() * 8; bits < otp.MinNewSecret*8 {
		list = append(list, a.finding(WeakSecret, fmt.Sprintf("has a secret of %d bits; RFC 4226 asks for 128", bits),
			"set two-factor login up again at the service"))
	}
	if a.Key.Type != otp.Steam && a.Key.Digits < 6 {
		list = append(list, a.finding(StrangeDigits, fmt.Sprintf("has codes of %d digits, which are easily guessed", a.Key.Digits),
			"set two-factor login up again at the service"))
	}
	switch left := a.RecoveryLeft(); {
	case left == 0:
		list = append(list, a.finding(NoRecovery, "has no recovery codes left", "get new ones at the service, then authctl recovery add "+a.ID))
	case left <= 2:
		list = append(list, a.finding(FewRecovery, "has only "+[]string{"one recovery code", "two recovery codes"}[left-1]+" left", "get new ones at the service, then authctl recovery add --replace "+a.ID))
	}
	used := a.LastUsed
	if used.Before(a.Created) {
		used = a.Created
	}
	if now.Sub(used) > staleAfter {
		list = append(list, a.finding(StaleKey, "was not used for a year", "archive it if the account is gone"))
	}
	return list
}

func (a Account) finding(p Problem, text, fix string) Finding {
	return Finding{Problem: p, ID: a.ID, Title: a.Title(), Text: text, Fix: fix}
}
