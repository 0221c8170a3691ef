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

// keys makes the Keys; words are asked for only where a passphrase is wanted.
func (f *keysFlags) keys(a *app, words func() (otp.Secret, error)) (vault.Keys, error) {
	k := vault.Keys{WorkFactor: f.workFactor}
	var err error
	if k.Recipients, err = a.recipients(f.recipients); err != nil {
		return vault.Keys{}, err
	}
	if f.noPassphrase && len(k.Recipients) == 0 {
		return vault.Keys{}, failf(exitUsage, "--no-passphrase needs a --recipient, or nobody could open the vault")
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
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			path, err := a.vaultPath(f)
			if err != nil {
				return err
			}
			k, err := who.keys(a, func() (otp.Secret, error) { return a.newPassphrase(f) })
			if err != nil {
				return err
			}
			if _, err := vault.Create(cmd.Context(), path, k, a.vaultOptions()); errors.Is(err, fs.ErrExist) {
				return withHint(err, "it is not replaced; --vault FILE makes another one")
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
	cmd := &cobra.Command{
		Use:   "passwd",
		Short: "Change the vault's passphrase or recipients",
		Long: "Set a new passphrase, and let exactly the --recipient named here open the vault beside it.\n" +
			"Copies that were made before still open with the old passphrase.",
		Example: "  authctl passwd",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			v, err := a.openVault(cmd.Context(), f)
			if err != nil {
				return err
			}
			if !cmd.Flags().Changed("recipient") {
				who.recipients = v.Recipients()
			}
			k, err := who.keys(a, func() (otp.Secret, error) { return a.newPassphrase(vaultFlags{passphraseFile: newFile}) })
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
