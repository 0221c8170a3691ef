package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/vault"
)

// printChanged is the answer of a command that changed one account.
func (a *app) printChanged(acc vault.Account, format string, args ...any) error {
	if a.json {
		return a.printJSON(struct {
			Schema int `json:"schema"`
			shownAccount
		}{schema, shownAccountOf(acc, false)})
	}
	_, err := fmt.Fprintf(a.stdout, format+"\n", args...)
	return err
}

// renameCmd is `authctl rename`.
func (a *app) renameCmd() *cobra.Command {
	var f vaultFlags
	cmd := &cobra.Command{
		Use:   "rename QUERY NAME",
		Short: "Give an account a name of your own",
		Long: "Give an account a name of your own. Issuer and account of its key stay as the service wrote\n" +
			"them, so that a new key of the same account is still known; an empty NAME brings them back.",
		Example: "  authctl rename github:ann work",
		Args:    exactly("QUERY", "NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			before, shared := "", false
			acc, err := a.change(cmd.Context(), f, (*vault.Vault).Find, args[0], func(t *vault.Tx, acc *vault.Account) error {
				before, acc.Name = acc.Title(), otp.CleanText(args[1])
				shared = slices.ContainsFunc(t.Accounts(), func(o vault.Account) bool {
					return o.ID != acc.ID && strings.EqualFold(o.Title(), acc.Title())
				})
				return nil
			})
			if err != nil {
				return err
			}
			if shared {
				a.hint("another account has this name too: its id, %s, tells it apart", acc.ID)
			}
			return a.printChanged(acc, "%s is now called %s.", before, acc.Title())
		},
	}
	f.register(cmd)
	return cmd
}

// editCmd is `authctl edit`.
func (a *app) editCmd() *cobra.Command {
	var f vaultFlags
	var issuer, account, note string
	var tags, untags []string
	var favorite bool
	cmd := &cobra.Command{
		Use:     "edit QUERY",
		Short:   "Change note, tags, mark, issuer or account",
		Long:    "Change what the vault keeps of an account beside its key. An empty --note, --issuer or --account\nclears it.",
		Example: "  authctl edit github --tag work --favorite\n  authctl edit bank --note - < note.txt",
		Args:    exactly("QUERY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			given := cmd.Flags().Changed
			if !slices.ContainsFunc([]string{"issuer", "account", "note", "tag", "untag", "favorite"}, given) {
				return failf(exitUsage, "nothing to change: see authctl edit --help")
			}
			if note == "-" {
				text, err := io.ReadAll(io.LimitReader(a.stdin, 1<<20))
				if err != nil {
					return fmt.Errorf("read the note: %w", err)
				}
				note = string(text)
			}
			acc, err := a.change(cmd.Context(), f, (*vault.Vault).Find, args[0], func(_ *vault.Tx, acc *vault.Account) error {
				if given("issuer") {
					acc.Key.Issuer = otp.CleanText(issuer)
				}
				if given("account") {
					acc.Key.Account = otp.CleanText(account)
				}
				if given("note") {
					acc.Note = vault.CleanNote(note)
				}
				if given("favorite") {
					acc.Favorite = favorite
				}
				acc.Tags = retag(acc.Tags, tags, untags)
				return nil
			})
			if err != nil {
				return err
			}
			return a.printChanged(acc, "%s is changed.", acc.Title())
		},
	}
	f.register(cmd)
	cmd.Flags().StringVar(&issuer, "issuer", "", "the key's issuer (`name` of the service)")
	cmd.Flags().StringVar(&account, "account", "", "the key's account (`name` at the service)")
	cmd.Flags().StringVar(&note, "note", "", "the note; - reads it from standard input")
	cmd.Flags().StringArrayVar(&tags, "tag", nil, "add this `tag`")
	cmd.Flags().StringArrayVar(&untags, "untag", nil, "take this `tag` away")
	cmd.Flags().BoolVar(&favorite, "favorite", false, "list it first; --favorite=false does not")
	for _, name := range []string{"issuer", "account", "note"} {
		_ = cmd.Flags().SetAnnotation(name, mayBeEmpty, nil) // they are flags of this command
	}
	return cmd
}

// retag is list with some tags more and others less, in any case.
func retag(list, add, remove []string) []string {
	for _, tag := range slices.Concat(add, remove) {
		tag := otp.CleanText(tag)
		list = slices.DeleteFunc(list, func(t string) bool { return strings.EqualFold(t, tag) })
	}
	for _, tag := range add {
		list = append(list, otp.CleanText(tag))
	}
	return list
}
