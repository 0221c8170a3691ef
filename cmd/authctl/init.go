package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/vault"
)

// keysFlags say who can open a vault.
type keysFlags struct {
	recipients   []string
	noPassphrase bool
	workFactor   int
}

func (f *keysFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.recipients, "recipient", nil, "let this age, SSH or plugin `recipient` open it too (may be repeated)")
	cmd.Flags().BoolVar(&f.noPassphrase, "no-passphrase", false, "let only the recipients open it")
	cmd.Flags().IntVar(&f.workFactor, "work-factor", 0, fmt.Sprintf("scrypt work factor of the passphrase, `log2 of N` (default %d)", vault.DefaultWorkFactor))
}

// check refuses what no vault can have, before anybody is asked for a passphrase.
func (f *keysFlags) check() error {
	if err := (vault.Keys{WorkFactor: f.workFactor}).CheckWorkFactor(); err != nil {
		return &exitError{exitUsage, fmt.Errorf("--work-factor: %w", err)}
	}
	return nil
}

// keys makes the Keys; words are asked for only where a passphrase is wanted.
func (f *keysFlags) keys(a *app, words func() (otp.Secret, error)) (vault.Keys, error) {
	k := vault.Keys{WorkFactor: f.workFactor}
	err := f.check()
	if err != nil {
		return k, err
	}
	if k.Recipients, err = a.recipients(f.recipients); err != nil {
		return k, err
	}
	if f.noPassphrase && len(k.Recipients) == 0 {
		return k, failf(exitUsage, "--no-passphrase needs a --recipient, or nobody could open the vault")
	}
	if !f.noPassphrase {
		k.Passphrase, err = words()
	}
	return k, err
}

// initCmd is `authctl init`.
func (a *app) initCmd() *cobra.Command {
	var f vaultFlags
	var who keysFlags
	cmd := &cobra.Command{
		Use:     "init",
		Short:   "Make a vault",
		Long:    "Make an empty vault: one encrypted file for your accounts. age opens it too, see doc/vault.md.",
		Example: "  authctl init\n  authctl init --recipient \"$(cat ~/.ssh/id_ed25519.pub)\"",
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			path, err := a.vaultPath(f)
			if err != nil {
				return err
			}
			inTheWay := func() error {
				return withHint(failf(exitFailure, "make a vault: %s exists already", path), "it is not replaced; --vault FILE makes another one")
			}
			if exists(path) { // before anybody thinks of a passphrase
				return inTheWay()
			}
			k, err := who.keys(a, func() (otp.Secret, error) { return a.newPassphrase(f) })
			if err != nil {
				return err
			}
			if _, err := vault.Create(cmd.Context(), path, k, a.vaultOptions()); errors.Is(err, fs.ErrExist) {
				return inTheWay()
			} else if err != nil {
				return vaultError(err)
			}
			return a.done(map[string]any{"vault": path}, "Made %s.\nNobody can open it for you if the passphrase is lost: keep a note of it in a safe place.\n", path)
		},
	}
	f.register(cmd)
	who.register(cmd)
	return cmd
}

// passwdCmd is `authctl passwd`.
func (a *app) passwdCmd() *cobra.Command {
	var f vaultFlags
	var who keysFlags
	var newFile string
	var noRecipient bool
	cmd := &cobra.Command{
		Use:   "passwd",
		Short: "Change the vault's passphrase or recipients",
		Long: "Set a new passphrase. Who else can open the vault stays, until --recipient names others or\n" +
			"--no-recipient takes them all away. Copies that were made before open as before.",
		Example: "  authctl passwd\n  authctl passwd --recipient \"$(cat ~/.ssh/id_ed25519.pub)\"",
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := who.check(); err != nil {
				return err
			}
			v, err := a.openVault(cmd.Context(), f)
			if err != nil {
				return err
			}
			if !cmd.Flags().Changed("recipient") && !noRecipient {
				who.recipients = v.Recipients()
			}
			k, err := who.keys(a, func() (otp.Secret, error) {
				words, err := a.newPassphrase(vaultFlags{passphraseFile: newFile})
				if errors.Is(err, errNoTerminal) {
					err = withHint(err, "--new-passphrase-file FILE reads the new one from a file")
				}
				return words, err
			})
			if err != nil {
				return err
			}
			if err := v.Rekey(cmd.Context(), k); err != nil {
				return vaultError(err)
			}
			a.forgetEverywhere(cmd.Context(), v.Path())
			a.hint("older backups still open with the old passphrase: authctl backup FILE makes a new one")
			return a.done(map[string]any{"vault": v.Path(), "recipients": nonNil(v.Recipients())}, "Changed. The vault is locked.\n")
		},
	}
	f.register(cmd)
	who.register(cmd)
	cmd.Flags().StringVar(&newFile, "new-passphrase-file", "", "read the new passphrase from this `file`")
	cmd.Flags().BoolVar(&noRecipient, "no-recipient", false, "let only the passphrase open it")
	cmd.MarkFlagsMutuallyExclusive("no-recipient", "recipient")
	cmd.MarkFlagsMutuallyExclusive("no-recipient", "no-passphrase")
	return cmd
}

// done prints the answer of a command that changed something.
func (a *app) done(answer map[string]any, format string, args ...any) error {
	if a.json {
		answer["schema"] = schema
		return a.printJSON(answer)
	}
	_, err := fmt.Fprintf(a.stdout, format, args...)
	return err
}

// nonNil is a list that encodes as [] when it is empty.
func nonNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
