package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/vault"
)

// shownAccount is an account as --json prints it, without secrets.
type shownAccount struct {
	ID           string        `json:"id"`
	Title        string        `json:"title"`
	Issuer       string        `json:"issuer"`
	Account      string        `json:"account"`
	Type         otp.Type      `json:"type"`
	Algorithm    otp.Algorithm `json:"algorithm"`
	Digits       int           `json:"digits"`
	Period       int           `json:"period,omitempty"`
	Counter      *int64        `json:"counter,omitempty"`
	Note         string        `json:"note,omitempty"`
	Tags         []string      `json:"tags"`
	Favorite     bool          `json:"favorite"`
	Created      time.Time     `json:"created"`
	LastUsed     time.Time     `json:"last_used,omitzero"`
	Archived     time.Time     `json:"archived,omitzero"`
	Trashed      time.Time     `json:"trashed,omitzero"`
	Older        []shownOlder  `json:"older"`
	RecoveryLeft int           `json:"recovery_left"`
	URI          string        `json:"uri,omitempty"` // only with --reveal
}

// shownOlder is a superseded key.
type shownOlder struct {
	Number int       `json:"number"` // what restore --older takes
	Key    string    `json:"key"`
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	URI    string    `json:"uri,omitempty"` // only with --reveal
}

func shownAccountOf(acc vault.Account, reveal bool) shownAccount {
	k := acc.Key
	s := shownAccount{
		ID: acc.ID, Title: acc.Title(), Issuer: k.Issuer, Account: k.Account, Type: k.Type, Algorithm: k.Algorithm,
		Digits: k.Digits, Period: k.Period, Note: acc.Note, Tags: nonNil(acc.Tags), Favorite: acc.Favorite,
		Created: acc.Created, LastUsed: acc.LastUsed, Archived: acc.Archived, Trashed: acc.Trashed,
		Older: []shownOlder{}, RecoveryLeft: acc.RecoveryLeft(),
	}
	if k.Type == otp.HOTP {
		s.Counter = &k.Counter
	}
	for i, o := range acc.Older {
		older := shownOlder{Number: i + 1, Key: o.Key.String(), At: o.At, By: o.By}
		if reveal {
			older.URI = o.Key.URI()
		}
		s.Older = append(s.Older, older)
	}
	if reveal {
		s.URI = k.URI()
	}
	return s
}

// listCmd is `authctl list`.
func (a *app) listCmd() *cobra.Command {
	var f vaultFlags
	var archived, trash, all bool
	var tag string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the accounts of the vault",
		Example: "  authctl list\n  authctl list --tag work\n  authctl list --archived",
		Args:    cobra.NoArgs,
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
			return printAccounts(a.stdout, list)
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

func printAccounts(w io.Writer, list []shownAccount) error {
	var out bytes.Buffer // tabwriter writes each cell by itself
	table := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tACCOUNT\tTYPE\tTAGS\tRECOVERY CODES\tSTATE")
	for _, s := range list {
		title := s.Title
		if s.Favorite {
			title = "* " + title
		}
		state := "in use"
		switch {
		case !s.Trashed.IsZero():
			state = "in the bin"
		case !s.Archived.IsZero():
			state = "archived"
		}
		fmt.Fprintf(table, "%s\t%s\t%v\t%s\t%d\t%s\n", s.ID, title, s.Type, cmp.Or(strings.Join(s.Tags, ", "), "-"), s.RecoveryLeft, state)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := out.WriteTo(w)
	return err
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

// showCmd is `authctl show`.
func (a *app) showCmd() *cobra.Command {
	var f vaultFlags
	var reveal bool
	cmd := &cobra.Command{
		Use:     "show QUERY",
		Short:   "Show what the vault keeps of an account",
		Example: "  authctl show github\n  authctl show github --reveal",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			v, err := a.openVault(cmd.Context(), f)
			if err != nil {
				return err
			}
			acc, err := a.account(v, args[0])
			if err != nil {
				return err
			}
			s := shownAccountOf(acc, reveal)
			if a.json {
				return a.printJSON(struct {
					Schema int `json:"schema"`
					shownAccount
				}{schema, s})
			}
			return printAccount(a.stdout, s)
		},
	}
	f.register(cmd)
	cmd.Flags().BoolVar(&reveal, "reveal", false, "show the secrets")
	return cmd
}

func printAccount(w io.Writer, s shownAccount) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) {
		if text := fmt.Sprintf(format, args...); text != "" {
			fmt.Fprintf(table, "%s\t%s\n", name, strings.ReplaceAll(text, "\n", "\n\t"))
		}
	}
	day := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.Local().Format(time.DateTime)
	}
	row("id", "%s", s.ID)
	row("title", "%s", s.Title)
	row("issuer", "%s", s.Issuer)
	row("account", "%s", s.Account)
	factor := fmt.Sprintf("%d s", s.Period)
	if s.Counter != nil {
		factor = fmt.Sprintf("next counter %d", *s.Counter)
	}
	row("key", "%v, %v, %d digits, %s", s.Type, s.Algorithm, s.Digits, factor)
	row("uri", "%s", s.URI)
	row("note", "%s", s.Note)
	row("tags", "%s", strings.Join(s.Tags, ", "))
	row("created", "%s", day(s.Created))
	row("last used", "%s", day(s.LastUsed))
	row("archived", "%s", day(s.Archived))
	row("in the bin since", "%s", day(s.Trashed))
	row("recovery codes", "%d left", s.RecoveryLeft)
	for _, o := range s.Older {
		row(fmt.Sprintf("older key %d", o.Number), "%s", strings.TrimSpace(fmt.Sprintf("until %s (%s)  %s", day(o.At), o.By, o.URI)))
	}
	return table.Flush()
}
