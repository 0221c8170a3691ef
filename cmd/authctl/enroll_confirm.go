package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/diagnose"
	"github.com/authctl/authctl/otp/transfer"
	"github.com/authctl/authctl/otp/vault"
)

// confirm compares a code with the new key and with those it would supersede. On a
// terminal it asks for one until it fits or the person gives none; else a code of
// neither ends it. Of an HOTP key the code is used up by then: the key that is
// returned goes on after it.
func (a *app) confirm(ctx context.Context, v *vault.Vault, entry transfer.Entry, found vault.Comparison, f enrollFlags) (otp.Key, error) {
	k := entry.Key
	now, err := f.clock.read(ctx, a)
	if err != nil {
		return k, err
	}
	if f.code != "" || !a.typing {
		return a.confirmBy(f.code, now, v, entry, found)
	}
	in := bufio.NewReader(a.stdin)
	for again := false; ; again = true {
		code, err := a.askCode(in, k, now, again)
		if err != nil {
			return k, withHint(err, "nothing was kept")
		}
		if f.clock.at == "" {
			now.at = a.now() // to type takes its time
		}
		confirmed, err := a.confirmBy(code, now, v, entry, found)
		if exitCode(err) != exitRejected {
			return confirmed, err
		}
		var none *unconfirmedError
		if errors.As(err, &none) {
			a.writeReport(a.stderr, k, none.report)
		} else {
			fmt.Fprintf(a.stderr, "No: %v.\n", err)
		}
	}
}

// confirmBy is confirm with one code; none is a warning.
func (a *app) confirmBy(code string, now reading, v *vault.Vault, entry transfer.Entry, found vault.Comparison) (otp.Key, error) {
	k := entry.Key
	if code == "" {
		a.warn("the key is not confirmed: compare a code with the site or another app before you log out there (--code)")
		return k, nil
	}
	c, err := vault.Confirm(code, now.true(), k, superseded(found)...)
	switch {
	case err == nil && c.By == vault.ByNew:
		if k.Type == otp.HOTP {
			k.Counter = c.Match.Latest + 1
		}
		return k, nil
	case err == nil && c.By == vault.ByOlder:
		return k, withHint(failf(exitRejected, "the code belongs to the older key: the site does not use the new one yet"),
			"nothing was kept: finish the set-up at the site with a code of the new key, then enroll again")
	case err == nil && c.By == vault.ByBoth:
		return k, withHint(failf(exitRejected, "by chance the code is one of the new key and of the older one"), "take the next code")
	}
	return k, explainUnconfirmed(v, entry, found, diagnose.Input{Text: code}, now)
}

// unconfirmedError says why a code is not one of the key.
type unconfirmedError struct {
	report diagnose.Report
	clocks *clocks
}

func (e *unconfirmedError) Error() string { return "the code does not confirm the key" }

// superseded are the keys that the site may still use instead of the new one.
func superseded(found vault.Comparison) []otp.Key {
	if found.Kind != vault.ReEnrolment { // else they have the same secret, or there are none
		return nil
	}
	keys := []otp.Key{found.Account.Key}
	for _, o := range found.Account.Older {
		keys = append(keys, o.Key)
	}
	return keys
}

// explainUnconfirmed finds out why a code is not one of the key.
func explainUnconfirmed(v *vault.Vault, entry transfer.Entry, found vault.Comparison, code diagnose.Input, now reading) error {
	c := caseOfAccount(found.Account, v.Accounts())
	if found.Kind == vault.ReEnrolment {
		c.Others = append(c.Others, diagnose.Named{Name: "the key that the vault has now", Key: found.Account.Key, Archived: true})
	}
	own := caseOfEntry(entry)
	c.Key, c.Written, c.Inputs, c.At, c.Clock = own.Key, own.Written, []diagnose.Input{code}, now.at, now.interval()
	report := diagnose.Explain(c)
	if report.Outcome == diagnose.Accepted {
		return nil
	}
	return &exitError{exitRejected, &unconfirmedError{report, clocksOf(c.Key, c.Inputs, now)}}
}

// askCode asks on the terminal for a code. The site may ask for one too: ours is
// shown for it.
func (a *app) askCode(in *bufio.Reader, k otp.Key, now reading, again bool) (string, error) {
	if g, err := otp.Prepare(k); err == nil && k.Type != otp.HOTP {
		fmt.Fprintf(a.stderr, "The key's code is now %s.\n", grouped(g.Code(k.Step(now.true()))))
	}
	if again {
		return a.ask(in, "Another code (enter: keep the key unconfirmed, Ctrl-C: keep nothing): ")
	}
	return a.ask(in, "Code that the site accepted or another app shows (enter: none): ")
}
