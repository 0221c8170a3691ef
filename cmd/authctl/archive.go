package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/authctl/authctl/otp/vault"
)

// archiveCmd is `authctl archive`.
func (a *app) archiveCmd() *cobra.Command {
	var f vaultFlags
	cmd := &cobra.Command{
		Use:     "archive QUERY",
		Short:   "Put an account aside, out of the lists",
		Long:    "Put an account aside. It keeps everything, but lists and live codes leave it out.",
		Example: "  authctl archive old-github",
		Args:    exactly("QUERY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			acc, err := a.change(cmd.Context(), f, (*vault.Vault).Find, args[0], func(t *vault.Tx, acc *vault.Account) error {
				if acc.Archived.IsZero() {
					acc.Archived = t.Now()
				}
				return nil
			})
			if err != nil {
				return err
			}
			return a.printChanged(acc, "%s is archived; authctl restore %s brings it back.", acc.Title(), acc.ID)
		},
	}
	f.register(cmd)
	return cmd
}

// restoreCmd is `authctl restore`.
func (a *app) restoreCmd() *cobra.Command {
	var f vaultFlags
	var older int
	cmd := &cobra.Command{
		Use:   "restore QUERY",
		Short: "Bring an account or an older key back into use",
		Long: "Bring an account back from the archive or the bin. With --older N its older key number N,\n" +
			"as `authctl show` counts them, becomes current again; the one in use now is kept in its place.",
		Example: "  authctl restore old-github\n  authctl restore github --older 1",
		Args:    exactly("QUERY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			find, bring := (*vault.Vault).FindInactive, restoreAccount
			if older != 0 {
				find, bring = (*vault.Vault).Find, restoreKey(older)
			}
			acc, err := a.change(cmd.Context(), f, find, args[0], bring)
			if err != nil {
				return err
			}
			return a.printChanged(acc, "%s is in use.", acc.Title())
		},
	}
	f.register(cmd)
	cmd.Flags().IntVar(&older, "older", 0, "the `number` of an older key to make current")
	return cmd
}

// restoreAccount brings an account back that was put aside.
func restoreAccount(_ *vault.Tx, acc *vault.Account) error {
	if acc.Active() {
		return withHint(failf(exitFailure, "%s is in use already", acc.Title()), "--older N brings back an older key")
	}
	acc.Archived, acc.Trashed = time.Time{}, time.Time{}
	return nil
}

// restoreKey makes the older key number n current, and its account one in use.
func restoreKey(n int) func(*vault.Tx, *vault.Account) error {
	return func(t *vault.Tx, acc *vault.Account) error {
		if n < 1 || n > len(acc.Older) {
			return failf(exitNotFound, "%s has no older key %d, it has %d", acc.Title(), n, len(acc.Older))
		}
		acc.Supersede(acc.Older[n-1].Key, t.Now(), "restore")
		acc.Archived, acc.Trashed = time.Time{}, time.Time{}
		return nil
	}
}

// removeCmd is `authctl remove`.
func (a *app) removeCmd() *cobra.Command {
	var f vaultFlags
	var forever bool
	cmd := &cobra.Command{
		Use:   "remove QUERY",
		Short: "Put an account into the bin, or delete one that is there",
		Long: "Put an account into the bin. With --forever an account that is in the bin is deleted, with its\n" +
			"older keys and recovery codes; only a backup brings it back.",
		Example: "  authctl remove old-shop\n  authctl remove old-shop --forever",
		Args:    exactly("QUERY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if forever {
				return a.removeForever(cmd, f, args[0])
			}
			acc, err := a.change(cmd.Context(), f, (*vault.Vault).Find, args[0], func(t *vault.Tx, acc *vault.Account) error {
				if acc.Trashed.IsZero() {
					acc.Trashed = t.Now()
				}
				return nil
			})
			if err != nil {
				return err
			}
			a.warn("switch two-factor login off at the service before you throw the key away")
			return a.printChanged(acc, "%s is in the bin; authctl restore %s brings it back.", acc.Title(), acc.ID)
		},
	}
	f.register(cmd)
	cmd.Flags().BoolVar(&forever, "forever", false, "delete an account that is in the bin")
	return cmd
}

func (a *app) removeForever(cmd *cobra.Command, f vaultFlags, query string) error {
	v, acc, err := a.openAccount(cmd.Context(), f, (*vault.Vault).FindInactive, query)
	if err != nil {
		return err
	}
	if acc.Trashed.IsZero() {
		return withHint(failf(exitFailure, "%s is not in the bin", acc.Title()), "authctl remove %s puts it there first", acc.ID)
	}
	if err := v.Update(cmd.Context(), func(t *vault.Tx) error { return t.Remove(acc.ID) }); err != nil {
		return vaultError(err)
	}
	return a.done(map[string]any{"id": acc.ID, "removed": true}, "%s is deleted.\n", acc.Title())
}
