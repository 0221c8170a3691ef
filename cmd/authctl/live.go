package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/vault"
)

// liveFlags are the flags of `authctl [QUERY]`.
type liveFlags struct {
	vaultFlags
	clock clockFlags
	once  bool
}

func (f *liveFlags) register(cmd *cobra.Command) {
	f.vaultFlags.register(cmd)
	f.clock.register(cmd)
	cmd.Flags().BoolVar(&f.once, "once", false, "show the codes once, also on a terminal")
}

// live is `authctl [QUERY]`: the codes of all accounts or of those that fit.
func (a *app) live(cmd *cobra.Command, args []string, f liveFlags) error {
	path, err := a.vaultPath(f.vaultFlags)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		if len(args) == 0 && f.vault == "" && a.getenv("AUTHCTL_VAULT") == "" && !a.json { // a first look around
			return cmd.Help()
		}
		if len(args) > 0 { // most likely a command that is spelt wrong
			err := failf(exitUsage, "unknown command %q, and no vault at %s with such an account", args[0], path)
			if like := cmd.SuggestionsFor(args[0]); len(like) > 0 {
				return withHint(err, "did you mean the command %s?", strings.Join(like, " or "))
			}
			return withHint(err, "authctl --help lists the commands; authctl init makes a vault")
		}
		return withHint(failf(exitNotFound, "there is no vault at %s", path), "authctl init makes one")
	}
	v, err := a.openVault(cmd.Context(), f.vaultFlags)
	if err != nil {
		return err
	}
	accounts := sorted(active(v.Accounts()))
	if len(args) > 0 {
		if accounts, err = fittingAccounts(accounts, args[0]); err != nil {
			return a.notFitting(err, cmd.SuggestionsFor(args[0]))
		}
	}
	now, err := f.clock.read(cmd.Context(), a)
	if err != nil {
		return err
	}
	if len(accounts) == 0 {
		a.hint("the vault has no account in use: authctl enroll picture.png keeps one")
	} else if a.terminal && !a.json && !f.once && f.clock.at == "" && a.getenv("TERM") != "dumb" {
		return a.watch(cmd.Context(), v, accounts, now.true().Sub(now.at))
	}
	return a.printCodes(accounts, now.true())
}

// fittingAccounts are the accounts that a query means; here several are no trouble.
func fittingAccounts(accounts []vault.Account, query string) ([]vault.Account, error) {
	one, err := vault.Find(accounts, query)
	var several *vault.AmbiguousError
	if errors.As(err, &several) {
		return several.Matches, nil
	}
	return []vault.Account{one}, err
}

// notFitting suggests what a query that fits no account may have meant: another
// account, or one of the commands that are spelt like it.
func (a *app) notFitting(err error, commands []string) error {
	var missing *vault.NotFoundError
	if errors.As(err, &missing) && len(missing.Nearest) == 0 && len(commands) > 0 {
		return withHint(err, "did you mean the command %s?", strings.Join(commands, " or "))
	}
	return a.findError(err)
}

// pressToMake stands where an HOTP code would: to show it would use it up.
const pressToMake = "press to make"

// printCodes shows the codes of this moment once.
func (a *app) printCodes(accounts []vault.Account, now time.Time) error {
	codes := []shownCode{}
	for _, acc := range accounts {
		c, err := shownCodeOfAccount(acc, now)
		if err != nil {
			return err
		}
		codes = append(codes, c)
	}
	if a.json {
		return a.printJSON(struct {
			Schema int         `json:"schema"`
			Codes  []shownCode `json:"codes"`
		}{schema, codes})
	}
	return a.writeCodes(codes)
}

func (a *app) writeCodes(codes []shownCode) error {
	var rows table
	for _, c := range codes {
		if c.Type == otp.HOTP {
			rows.row(pressToMake, c.name, "authctl code "+c.ID)
			continue
		}
		rows.row(a.paint(bold, c.Code), c.name, fmt.Sprintf("%d s left", int(*c.Remaining+0.5)))
	}
	rows.clipColumn(1, a.columns())
	return rows.write(a.stdout)
}

// shownCodeOfAccount is the code of an account now; of HOTP it has none, and its
// counter stays.
func shownCodeOfAccount(acc vault.Account, now time.Time) (shownCode, error) {
	g, err := otp.Prepare(acc.Key)
	if err != nil {
		return shownCode{}, err
	}
	c := shownCodeOf(acc.Key, g, acc.Key.Step(now), now)
	c.ID, c.name = acc.ID, acc.Title()
	if c.Type == otp.HOTP {
		c.Code = ""
	}
	return c, nil
}

// watch shows the codes live until the person leaves.
func (a *app) watch(ctx context.Context, v *vault.Vault, accounts []vault.Account, offset time.Duration) error {
	unlocked := a.isUnlocked(ctx, v.Path()) // else the passphrase was typed for this list alone
	why, err := runScreen(ctx, &screen{
		app: a, ctx: ctx, vault: v, accounts: accounts,
		now:    func() time.Time { return a.now().Add(offset) },
		locked: func() bool { return unlocked && !a.isUnlocked(ctx, v.Path()) },
	})
	if why != "" {
		fmt.Fprintf(a.stderr, "authctl: the list has ended: %s\n", why)
	}
	return err
}
