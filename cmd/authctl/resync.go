package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/authctl/authctl/otp/vault"
)

// resyncCmd is `authctl resync`.
func (a *app) resyncCmd() *cobra.Command {
	var f vaultFlags
	cmd := &cobra.Command{
		Use:   "resync QUERY CODE CODE",
		Short: "Set an HOTP counter from two codes in a row",
		Long: "Set the counter of an HOTP account from two codes in a row that another device of yours\n" +
			"shows (RFC 4226 §7.4). It only moves forward.",
		Example: "  authctl resync bank 162583 399871",
		Args:    exactly("QUERY", "CODE", "CODE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var before int64
			acc, err := a.change(cmd.Context(), f, (*vault.Vault).Find, args[0], func(_ *vault.Tx, acc *vault.Account) (err error) {
				before = acc.Key.Counter
				acc.Key.Counter, err = vault.Resync(acc.Key, args[1], args[2])
				return err
			})
			if err != nil {
				return rejectedResync(err)
			}
			return a.printChanged(acc, "%s: counter %d → %d.", acc.Title(), before, acc.Key.Counter)
		},
	}
	f.register(cmd)
	return cmd
}

// rejectedResync makes codes that do not fit a rejection.
func rejectedResync(err error) error {
	if errors.Is(err, vault.ErrNoResync) {
		return withHint(&exitError{exitRejected, err}, "take two codes in a row, the older one first, from the device that works")
	}
	return err
}
