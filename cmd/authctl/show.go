package main

import (
	"cmp"
	"fmt"
	"strings"
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

// showCmd is `authctl show`.
func (a *app) showCmd() *cobra.Command {
	var f vaultFlags
	var reveal bool
	cmd := &cobra.Command{
		Use:     "show QUERY",
		Short:   "Show what the vault keeps of an account",
		Example: "  authctl show github\n  authctl show github --reveal",
		Args:    exactly("QUERY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, acc, err := a.openAccount(cmd.Context(), f, (*vault.Vault).Find, args[0])
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
			return a.printAccount(s)
		},
	}
	f.register(cmd)
	cmd.Flags().BoolVar(&reveal, "reveal", false, "show the secrets")
	return cmd
}

func (a *app) printAccount(s shownAccount) error {
	var rows table
	row := func(name, text string) {
		for line := range strings.Lines(text) {
			rows.row(a.paint(dim, name), strings.TrimRight(line, "\n"))
			name = ""
		}
	}
	row("id", s.ID)
	row("title", s.Title)
	row("issuer", s.Issuer)
	row("account", s.Account)
	row("state", s.state()+since(s.Trashed, s.Archived))
	row("key", s.key())
	row("uri", s.URI)
	row("note", s.Note)
	row("tags", strings.Join(s.Tags, ", "))
	row("created", day(s.Created))
	row("last used", cmp.Or(day(s.LastUsed), "never"))
	row("recovery codes", fmt.Sprintf("%d left", s.RecoveryLeft))
	for _, o := range s.Older {
		row(fmt.Sprintf("older key %d", o.Number), fmt.Sprintf("until %s (%s)", day(o.At), o.By))
		row("", o.URI)
	}
	return rows.write(a.stdout)
}

// state is where the account is.
func (s *shownAccount) state() string {
	switch {
	case !s.Trashed.IsZero():
		return "in the bin"
	case !s.Archived.IsZero():
		return "archived"
	}
	return "in use"
}

// key is the key in words, without its secret.
func (s *shownAccount) key() string {
	factor := fmt.Sprintf("%d s", s.Period)
	if s.Counter != nil {
		factor = fmt.Sprintf("next counter %d", *s.Counter)
	}
	return fmt.Sprintf("%v, %v, %d digits, %s", s.Type, s.Algorithm, s.Digits, factor)
}

// day is a time for people, on their clock; empty if it never was.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format(time.DateTime)
}

// since says since when, by the first of times that is one.
func since(times ...time.Time) string {
	for _, t := range times {
		if !t.IsZero() {
			return " since " + day(t)
		}
	}
	return ""
}
