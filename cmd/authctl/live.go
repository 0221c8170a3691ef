package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"text/tabwriter"
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
		if len(args) == 0 && f.vault == "" {
			return cmd.Help()
		}
		if len(args) > 0 { // most likely a command that is spelt wrong
			return withHint(failf(exitUsage, "unknown command %q, and no vault at %s with such an account", args[0], path),
				"authctl --help lists the commands; authctl init makes a vault")
		}
		return withHint(failf(exitNotFound, "there is no vault at %s", path), "authctl init makes one")
	}
	v, err := a.openVault(cmd.Context(), f.vaultFlags)
	if err != nil {
		return err
	}
	accounts := sorted(active(v.Accounts()))
	if len(args) > 0 {
		if accounts, err = a.fittingAccounts(accounts, args[0]); err != nil {
			return err
		}
	}
	now, err := f.clock.read(cmd.Context(), a)
	if err != nil {
		return err
	}
	if a.terminal && !a.json && !f.once && f.clock.at == "" && a.getenv("TERM") != "dumb" {
		return a.watch(cmd.Context(), v, accounts, now.true().Sub(now.at))
	}
	return a.printCodes(accounts, now.true())
}

// fittingAccounts are the accounts that a query means; here several are no trouble.
func (a *app) fittingAccounts(accounts []vault.Account, query string) ([]vault.Account, error) {
	one, err := vault.Find(accounts, query)
	var several *vault.AmbiguousError
	switch {
	case errors.As(err, &several):
		return several.Matches, nil
	case err != nil:
		return nil, a.findError(err)
	}
	return []vault.Account{one}, nil
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
	return writeCodes(a.stdout, codes)
}

func writeCodes(w io.Writer, codes []shownCode) error {
	var out bytes.Buffer // tabwriter writes each cell by itself
	table := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	for _, c := range codes {
		if c.Type == otp.HOTP {
			fmt.Fprintf(table, "%s\t%s\tauthctl code %s\n", pressToMake, c.name, c.ID)
			continue
		}
		fmt.Fprintf(table, "%s\t%s\t%d s left\n", c.Code, c.name, int(*c.Remaining+0.5))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := out.WriteTo(w)
	return err
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
	return runScreen(ctx, &screen{
		app: a, ctx: ctx, vault: v, accounts: accounts,
		now: func() time.Time { return a.now().Add(offset) },
	})
}
