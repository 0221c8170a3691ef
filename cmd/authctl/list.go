package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/authctl/authctl/otp/vault"
)

// listCmd is `authctl list`.
func (a *app) listCmd() *cobra.Command {
	var f vaultFlags
	var archived, trash, all bool
	var tag string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the accounts of the vault",
		Example: "  authctl list\n  authctl list --tag work\n  authctl list --archived",
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			v, err := a.openVault(cmd.Context(), f)
			if err != nil {
				return err
			}
			wanted := func(acc vault.Account) bool {
				switch {
				case tag != "" && !slices.ContainsFunc(acc.Tags, func(t string) bool { return strings.EqualFold(t, tag) }):
					return false
				case all:
					return true
				case trash:
					return !acc.Trashed.IsZero()
				case archived:
					return !acc.Archived.IsZero() && acc.Trashed.IsZero()
				}
				return acc.Active()
			}
			list := []shownAccount{}
			for _, acc := range sorted(v.Accounts()) {
				if wanted(acc) {
					list = append(list, shownAccountOf(acc, false))
				}
			}
			if a.json {
				return a.printJSON(struct {
					Schema   int            `json:"schema"`
					Accounts []shownAccount `json:"accounts"`
				}{schema, list})
			}
			if len(list) == 0 {
				a.hint("no account of the vault is among these; authctl list --all shows every one")
			}
			return a.printAccounts(list)
		},
	}
	f.register(cmd)
	cmd.Flags().BoolVar(&archived, "archived", false, "those put aside")
	cmd.Flags().BoolVar(&trash, "trash", false, "those in the bin")
	cmd.Flags().BoolVar(&all, "all", false, "all of them")
	cmd.Flags().StringVar(&tag, "tag", "", "only those with this `tag`")
	cmd.MarkFlagsMutuallyExclusive("archived", "trash", "all")
	return cmd
}

// printAccounts leaves out the columns that would say the same of every account.
func (a *app) printAccounts(list []shownAccount) error {
	if len(list) == 0 {
		return nil
	}
	tagged := slices.ContainsFunc(list, func(s shownAccount) bool { return len(s.Tags) > 0 })
	aside := slices.ContainsFunc(list, func(s shownAccount) bool { return s.state() != "in use" })
	var rows table
	row := func(id, account, kind, tags, recovery, state string) {
		cells := []string{id, account, kind}
		if tagged {
			cells = append(cells, tags)
		}
		cells = append(cells, recovery)
		if aside {
			cells = append(cells, state)
		}
		rows.row(cells...)
	}
	row("ID", "ACCOUNT", "TYPE", "TAGS", "RECOVERY", "STATE")
	for _, s := range list {
		title := s.Title
		if s.Favorite {
			title = "* " + title
		}
		row(s.ID, title, s.Type.String(), strings.Join(s.Tags, ", "), fmt.Sprintf("%d left", s.RecoveryLeft), s.state())
	}
	rows.clipColumn(1, a.columns())
	for i, name := range rows[0] {
		rows[0][i] = a.paint(dim, name)
	}
	return rows.write(a.stdout)
}

// sorted are accounts as lists show them: favorites first, then by title.
func sorted(accounts []vault.Account) []vault.Account {
	slices.SortStableFunc(accounts, func(a, b vault.Account) int {
		if a.Favorite != b.Favorite {
			if a.Favorite {
				return -1
			}
			return 1
		}
		return cmp.Compare(strings.ToLower(a.Title()), strings.ToLower(b.Title()))
	})
	return accounts
}
