package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"github.com/authctl/authctl/otp/vault"
)

// backupCmd is `authctl backup` and `authctl backup verify`.
func (a *app) backupCmd() *cobra.Command {
	var f vaultFlags
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write an encrypted copy of the vault",
		Long: "Write an encrypted copy of the vault to a new file. What opens the vault opens the copy.\n" +
			"`authctl backup verify FILE` proves that it does.",
		Example: "  authctl backup /media/stick/authctl-2026-03.age\n  authctl backup verify /media/stick/authctl-2026-03.age",
		Args:    exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			v, err := a.openVault(cmd.Context(), f)
			if err != nil {
				return err
			}
			if err := v.Backup(cmd.Context(), args[0]); errors.Is(err, fs.ErrExist) {
				return withHint(err, "a backup never replaces a file: give a new name")
			} else if err != nil {
				return vaultError(err)
			}
			if filepath.Dir(args[0]) == filepath.Dir(v.Path()) {
				a.warn("the copy lies beside the vault: a lost disk takes both")
			}
			a.hint("authctl backup verify %s proves that it opens", args[0])
			return a.done(map[string]any{"file": args[0], "accounts": len(v.Accounts())}, "Wrote %s with %s.\n", args[0], count(len(v.Accounts()), "account"))
		},
	}
	f.register(cmd)
	cmd.AddCommand(a.backupVerifyCmd())
	return cmd
}

func (a *app) backupVerifyCmd() *cobra.Command {
	var f vaultFlags
	var clock clockFlags
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "Prove that a backup opens and gives the same codes",
		Long: "Open a backup and make the code of every account from it and from the vault. No counter moves.\n" +
			"A backup older than the last change of the passphrase asks for the passphrase of then.",
		Example: "  authctl backup verify /media/stick/authctl-2026-03.age",
		Args:    exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			at, err := clock.read(cmd.Context(), a)
			if err != nil {
				return err
			}
			v, err := a.openVault(cmd.Context(), f)
			if err != nil {
				return err
			}
			backup, err := a.openBackup(cmd, v, args[0], f)
			if err != nil {
				return err
			}
			return a.printVerified(args[0], len(backup.Accounts()), vault.VerifyBackup(v.Accounts(), backup.Accounts(), at.true()))
		},
	}
	f.register(cmd)
	clock.register(cmd)
	return cmd
}

// openBackup opens a backup with the vault's identity, or, where the passphrase
// was changed since, with that of the flags or the terminal.
func (a *app) openBackup(cmd *cobra.Command, v *vault.Vault, path string, f vaultFlags) (*vault.Vault, error) {
	own, err := vault.ParseIdentity(v.Identity())
	if err != nil {
		return nil, err
	}
	backup, err := vault.Open(cmd.Context(), path, a.vaultOptions(), own)
	if errors.Is(err, vault.ErrIdentity) {
		var ids []age.Identity
		if ids, err = a.identities(f, fmt.Sprintf("Passphrase that %s was made with: ", path)); err != nil {
			return nil, err
		}
		backup, err = vault.Open(cmd.Context(), path, a.vaultOptions(), ids...)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &exitError{exitNotFound, err}
	case errors.Is(err, vault.ErrDamaged):
		return nil, withHint(err, "this backup is no use: authctl backup FILE makes another one")
	}
	return backup, err
}

func (a *app) printVerified(path string, accounts int, differences []vault.Difference) error {
	var err error
	if a.json {
		err = a.printJSON(struct {
			Schema      int                `json:"schema"`
			File        string             `json:"file"`
			Accounts    int                `json:"accounts"`
			Same        bool               `json:"same"`
			Differences []vault.Difference `json:"differences"`
		}{schema, path, accounts, len(differences) == 0, nonNil(differences)})
	} else {
		err = a.printText(func(w io.Writer) {
			fmt.Fprintf(w, "%s opens and has %s.\n", path, count(accounts, "account"))
			if len(differences) == 0 {
				fmt.Fprintln(w, "Every account gives the same codes as the vault.")
			}
			for _, d := range differences {
				fmt.Fprintf(w, "%s  %s %s.\n", d.ID, d.Title, d.Text)
			}
		})
	}
	if err != nil {
		return err
	}
	if len(differences) > 0 {
		a.hint("authctl backup FILE makes a new backup")
		return exitAnswer(exitFailure)
	}
	return nil
}
