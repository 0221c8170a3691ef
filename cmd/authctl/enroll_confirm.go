package main

import (
	"bufio"
	"context"
	"fmt"
	"strings"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/diagnose"
	"github.com/authctl/authctl/otp/vault"
)

// confirm compares a code with the new key and with those it would supersede. A
// code of neither is diagnosed, and nothing is kept. Of an HOTP key the code is
// used up by then: the key that is returned goes on after it.
func (a *app) confirm(ctx context.Context, v *vault.Vault, k otp.Key, found vault.Comparison, f enrollFlags) (otp.Key, error) {
	now, err := f.clock.read(ctx, a)
	if err != nil {
		return k, err
	}
	code := f.code
	if code == "" && a.typing {
		code = a.askCode(k, now)
	}
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
		return k, withHint(failf(exitRejected, "the code belongs to the older key: the site does not use the new one yet, and nothing was kept"),
			"finish the set-up at the site with a code of the new key, then enroll again")
	case err == nil && c.By == vault.ByBoth:
		return k, withHint(failf(exitRejected, "by chance the code is one of the new key and of the older one"), "take the next code")
	}
	return k, a.explainUnconfirmed(v, k, found, diagnose.Input{Text: code}, now)
}

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

// explainUnconfirmed says why a code is not one of the key.
func (a *app) explainUnconfirmed(v *vault.Vault, k otp.Key, found vault.Comparison, code diagnose.Input, now reading) error {
	c := caseOfAccount(found.Account, v.Accounts())
	if found.Kind == vault.ReEnrolment {
		c.Others = append(c.Others, diagnose.Named{Name: "the key that the vault has now", Key: found.Account.Key, Archived: true})
	}
	c.Key, c.Inputs, c.At, c.Clock = k, []diagnose.Input{code}, now.at, now.interval()
	report := diagnose.Explain(c)
	if report.Outcome == diagnose.Accepted {
		return nil
	}
	fmt.Fprintln(a.stderr, "The code does not confirm the key, and nothing was kept.")
	return a.printReport(k, report, clocksOf(k, c.Inputs, now))
}

// askCode asks on the terminal for a code. The site may ask for one too: ours is
// shown for it.
func (a *app) askCode(k otp.Key, now reading) string {
	if g, err := otp.Prepare(k); err == nil && k.Type != otp.HOTP {
		fmt.Fprintf(a.stderr, "The key's code is now %s.\n", grouped(g.Code(k.Step(now.true()))))
	}
	fmt.Fprint(a.stderr, "Code that the site accepted or another app shows (enter: none): ")
	line, _ := bufio.NewReader(a.stdin).ReadString('\n')
	return strings.TrimSpace(line)
}
