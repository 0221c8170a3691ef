package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/authctl/authctl/otp/vault"
)

// finder is how a query finds an account: the method Find or FindInactive.
type finder func(v *vault.Vault, query string) (vault.Account, error)

// openAccount opens the vault and finds the one account that a query means. Several
// are listed on stderr.
func (a *app) openAccount(ctx context.Context, f vaultFlags, find finder, query string) (*vault.Vault, vault.Account, error) {
	v, err := a.openVault(ctx, f)
	if err != nil {
		return nil, vault.Account{}, err
	}
	acc, err := find(v, query)
	return v, acc, a.findError(err)
}

// fromVault finds an account for a command that also takes pictures.
func (a *app) fromVault(ctx context.Context, query string, f sourceFlags) (*vault.Vault, vault.Account, error) {
	path, err := a.vaultPath(f.vaultFlags)
	if err != nil {
		return nil, vault.Account{}, err
	}
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, vault.Account{}, withHint(failf(exitNotFound, "there is no account %q, since there is no vault", query),
			"give a picture, or - and an otpauth URI on standard input; a file in this folder is ./%s; authctl init makes a vault", query)
	}
	return a.openAccount(ctx, f.vaultFlags, (*vault.Vault).Find, query)
}

// findError lists the accounts that an ambiguous query means, and suggests what a
// mistyped one may have meant.
func (a *app) findError(err error) error {
	var ambiguous *vault.AmbiguousError
	var missing *vault.NotFoundError
	switch {
	case errors.As(err, &ambiguous):
		for _, m := range ambiguous.Matches {
			fmt.Fprintf(a.stderr, "  %s  %s\n", m.ID, m.Title())
		}
		return withHint(err, "say which by its id")
	case errors.As(err, &missing) && len(missing.Nearest) > 0:
		return withHint(err, "did you mean %s?", strings.Join(missing.Nearest, " or "))
	case errors.As(err, &missing):
		return withHint(err, "authctl list shows all accounts")
	}
	return err
}

// change finds an account and runs fn on it as the file has it now, and keeps it.
func (a *app) change(ctx context.Context, f vaultFlags, find finder, query string, fn func(*vault.Tx, *vault.Account) error) (vault.Account, error) {
	v, acc, err := a.openAccount(ctx, f, find, query)
	if err != nil {
		return acc, err
	}
	return changeAccount(ctx, v, acc.ID, fn)
}

// changeAccount runs fn on the account with this id as the file has it now, and keeps
// it.
func changeAccount(ctx context.Context, v *vault.Vault, id string, fn func(*vault.Tx, *vault.Account) error) (acc vault.Account, err error) {
	err = v.Update(ctx, func(t *vault.Tx) (err error) {
		if acc, err = t.Account(id); err != nil {
			return err
		}
		if err := fn(t, &acc); err != nil {
			return err
		}
		return t.Put(acc)
	})
	return acc, vaultError(err)
}

func active(accounts []vault.Account) []vault.Account {
	return slices.DeleteFunc(slices.Clone(accounts), func(acc vault.Account) bool { return !acc.Active() })
}
