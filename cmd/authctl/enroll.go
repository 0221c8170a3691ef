package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/qr"
	"github.com/authctl/authctl/otp/transfer"
	"github.com/authctl/authctl/otp/vault"
)

// enrollFlags are the flags of `authctl enroll`.
type enrollFlags struct {
	source                    sourceFlags
	clock                     clockFlags
	screen, clipboard, manual bool
	code                      string
	replace, keepBoth         bool
}

// enrollCmd is `authctl enroll`.
func (a *app) enrollCmd() *cobra.Command {
	var f enrollFlags
	cmd := &cobra.Command{
		Use:   "enroll [PICTURE|URI|-]",
		Short: "Keep a key, and archive the one it takes the place of",
		Long: "Read a key, compare it with the vault, check a code that the site or another app shows, and\n" +
			"keep it. A new key of an account that is there already takes its place; the old key is archived.\n" +
			"Keep a session of the site logged in until the new key is confirmed.",
		Example: "  authctl enroll picture.png --code 123456\n  authctl enroll --screen\n  authctl enroll - < uri.txt",
		Args:    cobra.MaximumNArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.enroll(cmd.Context(), args, f) },
	}
	f.source.register(cmd)
	f.clock.register(cmd)
	cmd.Flags().BoolVar(&f.screen, "screen", false, "look for a QR code on the screen")
	cmd.Flags().BoolVar(&f.clipboard, "clipboard", false, "take the picture or the URI in the clipboard")
	cmd.Flags().BoolVar(&f.manual, "manual", false, "type the secret, where a site shows it as text")
	cmd.Flags().StringVar(&f.code, "code", "", "a `code` of the key, as another app shows it or the site took it")
	cmd.Flags().BoolVar(&f.replace, "replace", false, "take the place of the account with the same key or name")
	cmd.Flags().BoolVar(&f.keepBoth, "keep-both", false, "keep it beside the account with the same key or name")
	cmd.MarkFlagsMutuallyExclusive("screen", "clipboard", "manual", "file")
	cmd.MarkFlagsMutuallyExclusive("replace", "keep-both")
	return cmd
}

// enroll runs the steps: read, compare, confirm, keep.
func (a *app) enroll(ctx context.Context, args []string, f enrollFlags) error {
	entry, err := a.enrolled(ctx, args, f)
	if err != nil {
		return err
	}
	v, err := a.openVault(ctx, f.source.vaultFlags)
	if err != nil {
		return err
	}
	found := vault.Compare(v.Accounts(), entry.Key)
	fmt.Fprintf(a.stderr, "Found %v\n", entry.Key)
	for _, line := range dropped(entry.Key) {
		fmt.Fprintf(a.stderr, "  %s\n", line)
	}
	if found.Kind == vault.Identical {
		return a.printEnrolled(found.Account, found, "%s", sameAs(found.Account))
	}
	if err := a.permit(found, f); err != nil {
		return err
	}
	confirmed, err := a.confirm(ctx, v, entry, found, f)
	var none *unconfirmedError
	if errors.As(err, &none) {
		fmt.Fprintln(a.stderr, "The code does not confirm the key, and nothing was kept.")
		return a.printReport(entry.Key, none.report, none.clocks)
	}
	if err != nil {
		return err
	}
	entry.Key = confirmed
	acc, found, err := a.keepKey(ctx, v, entry, f)
	if err != nil {
		return vaultError(err)
	}
	a.askRecovery(ctx, v, &acc, found)
	return a.printEnrolled(acc, found, "%s", keptAs(acc, found, f))
}

// dropped is what widespread apps would lose of the key, a line each.
func dropped(k otp.Key) []string {
	var lines []string
	for _, app := range qr.Apps {
		losses, err := qr.Check(k, app)
		if err != nil {
			continue
		}
		for _, l := range losses {
			lines = append(lines, fmt.Sprintf("%s: %s: %s", app.Name(), l.Effect, l.Message))
		}
	}
	return lines
}

// sameAs says where the very key is already.
func sameAs(acc vault.Account) string {
	if acc.Active() {
		return fmt.Sprintf("This very key is in the vault as %s (%s): nothing to do.", acc.Title(), acc.ID)
	}
	return fmt.Sprintf("This very key is in the %s as %s (%s): authctl restore %s brings it back.", place(acc), acc.Title(), acc.ID, acc.ID)
}

// place is the part of the vault that an account is in.
func place(acc vault.Account) string {
	switch {
	case !acc.Trashed.IsZero():
		return "bin"
	case !acc.Archived.IsZero():
		return "archive"
	}
	return "vault"
}

// permit refuses what nobody asked for: a twin and a step back to an older key.
func (a *app) permit(found vault.Comparison, f enrollFlags) error {
	acc := found.Account
	switch {
	case f.replace || f.keepBoth:
	case found.Kind == vault.Outdated:
		older := acc.Older[found.Older]
		return withHint(failf(exitFailure, "this key of %s (%s) was superseded on %s: an old picture?",
			acc.Title(), acc.ID, older.At.Local().Format(time.DateOnly)), "--replace goes back to it and archives the one in use; scan the new picture otherwise")
	case found.Kind == vault.Twin:
		return withHint(failf(exitFailure, "this secret is in the %s as %s (%s), since %s",
			place(acc), acc.Title(), acc.ID, acc.Created.Local().Format(time.DateOnly)), "--replace lets the new key and name take its place, --keep-both keeps two")
	}
	if found.Kind == vault.ReEnrolment && !f.keepBoth {
		fmt.Fprintf(a.stderr, "%s (%s) is in the %s with another key: the new one takes its place, the old one is archived.\n", acc.Title(), acc.ID, place(acc))
		a.warn("keep a session of the site logged in until a code of the new key was accepted there")
	}
	return nil
}

// keepKey writes the key, comparing anew with what the vault holds by now.
func (a *app) keepKey(ctx context.Context, v *vault.Vault, entry transfer.Entry, f enrollFlags) (acc vault.Account, found vault.Comparison, err error) {
	err = v.Update(ctx, func(t *vault.Tx) error {
		found = vault.Compare(t.Accounts(), entry.Key)
		acc = found.Account
		switch {
		case found.Kind == vault.Identical:
			return nil
		case found.Kind == vault.New || f.keepBoth:
			acc, err = t.Add(vault.Account{Key: entry.Key, Note: entry.Note, Tags: entry.Tags})
			return err
		case found.Kind == vault.ReEnrolment || f.replace:
			acc, err = t.Replace(found, entry.Key, "enroll")
			return err
		}
		return failf(exitFailure, "the vault was changed meanwhile: enroll again")
	})
	return acc, found, err
}

// keptAs says in one line what happened to the vault.
func keptAs(acc vault.Account, found vault.Comparison, f enrollFlags) string {
	switch {
	case found.Kind == vault.New || f.keepBoth:
		return fmt.Sprintf("Kept %s (%s).", acc.Title(), acc.ID)
	case found.Kind == vault.Twin && len(acc.Older) == len(found.Account.Older): // the same codes
		return fmt.Sprintf("%s (%s) has the new name.", acc.Title(), acc.ID)
	}
	return fmt.Sprintf("%s (%s) has the new key; the old one is archived: authctl show %s.", acc.Title(), acc.ID, acc.ID)
}

// printEnrolled is the answer of enroll.
func (a *app) printEnrolled(acc vault.Account, found vault.Comparison, format string, args ...any) error {
	if !a.json {
		_, err := fmt.Fprintf(a.stdout, format+"\n", args...)
		return err
	}
	return a.printJSON(struct {
		Schema int        `json:"schema"`
		Kind   vault.Kind `json:"kind"` // what the key was for the vault
		shownAccount
	}{schema, found.Kind, shownAccountOf(acc, false)})
}
