package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/diagnose"
	"github.com/authctl/authctl/otp/transfer"
	"github.com/authctl/authctl/otp/vault"
)

// verifyCmd is `authctl verify`: is a code right, and if not, why?
func (a *app) verifyCmd() *cobra.Command {
	var source sourceFlags
	var clock clockFlags
	var among []string
	var last, window int64
	cmd := &cobra.Command{
		Use:   "verify " + sourceUsage + " CODE [CODE2 ...]",
		Short: "Test a code, and say why it is refused",
		Long: "Test a code against a key, and say why it is refused, with the evidence and what to do.\n" +
			"CODE2 is the code that was shown after CODE: two that agree leave no room for chance.",
		Example: "  authctl verify picture.png 123456\n  authctl verify picture.png 123456 654321 --clock auto",
		Args:    source.args("CODE", 8),
		RunE: func(cmd *cobra.Command, args []string) error {
			arg, codes := source.split(args)
			c, err := a.caseOf(cmd.Context(), arg, source)
			if err != nil {
				return err
			}
			if cmd.Flags().Changed("last") {
				c.Last = &last
			}
			if cmd.Flags().Changed("window") {
				if window < 0 || window > otp.MaxWindow {
					return failf(exitUsage, "--window %d is not within 0 to %d", window, otp.MaxWindow)
				}
				c.Window = windowOf(c.Key, window)
			}
			others, err := a.others(cmd.Context(), among, source)
			if err != nil {
				return err
			}
			c.Others = append(c.Others, others...)
			now, err := clock.read(cmd.Context(), a)
			if err != nil {
				return err
			}
			c.At, c.Clock = now.at, now.interval()
			for _, code := range codes {
				c.Inputs = append(c.Inputs, diagnose.Input{Text: code})
			}
			return a.printReport(c.Key, diagnose.Explain(c), clocksOf(c.Key, c.Inputs, now))
		},
	}
	source.register(cmd)
	clock.register(cmd)
	cmd.Flags().StringArrayVar(&among, "among", nil, "a `file` with other keys that could be meant (may be repeated)")
	cmd.Flags().Int64Var(&last, "last", 0, "the last step or counter `N` that the service accepted")
	cmd.Flags().Int64Var(&window, "window", 0, "how many steps to either side are taken (HOTP: how far ahead)")
	return cmd
}

// caseOf is what is known of the key. The vault also knows the keys it superseded
// and the other accounts, one of which the code may belong to.
func (a *app) caseOf(ctx context.Context, source string, f sourceFlags) (diagnose.Case, error) {
	if !f.isQuery(source) {
		entry, err := a.one(ctx, source, f)
		return caseOfEntry(entry), err
	}
	v, acc, err := a.fromVault(ctx, source, f)
	if err != nil {
		return diagnose.Case{}, err
	}
	return caseOfAccount(acc, v.Accounts()), nil
}

// caseOfEntry is a key as its file or URI writes it. The vault does not keep that.
func caseOfEntry(e transfer.Entry) diagnose.Case {
	return diagnose.Case{Key: e.Key, Written: string(e.Written.Bytes())}
}

// caseOfAccount is an account with its older keys and all other accounts.
func caseOfAccount(acc vault.Account, all []vault.Account) diagnose.Case {
	c := diagnose.Case{Key: acc.Key, Created: keptSince(acc)}
	for _, o := range acc.Older {
		name := acc.Title() + ", replaced on " + o.At.Local().Format("2006-01-02")
		c.Others = append(c.Others, diagnose.Named{Name: name, Key: o.Key, Archived: true})
	}
	for _, other := range all {
		if other.ID != acc.ID {
			c.Others = append(c.Others, diagnose.Named{Name: other.Title(), Key: other.Key, Archived: !other.Active(), Created: keptSince(other)})
		}
	}
	return c
}

// keptSince is when an account got the key that it has now.
func keptSince(acc vault.Account) time.Time {
	since := acc.Created
	for _, o := range acc.Older {
		if o.At.After(since) {
			since = o.At
		}
	}
	return since
}

func windowOf(k otp.Key, n int64) *otp.Window {
	if k.Type == otp.HOTP {
		return &otp.Window{Ahead: n}
	}
	return &otp.Window{Behind: n, Ahead: n}
}

// others reads the keys of the files of --among.
func (a *app) others(ctx context.Context, files []string, f sourceFlags) ([]diagnose.Named, error) {
	var others []diagnose.Named
	for _, path := range files {
		file, err := a.openFile(ctx, path, sourceFlags{vaultFlags: f.vaultFlags})
		if err != nil {
			return nil, err
		}
		a.warnOf(transfer.File{Warnings: file.Warnings, Skipped: file.Skipped})
		for _, e := range file.Entries {
			others = append(others, diagnose.Named{Name: nameOf(e.Key), Key: e.Key, Archived: e.Trashed})
		}
	}
	return others, nil
}

// interval is the offset of the clock as diagnose takes it.
func (r reading) interval() *diagnose.Interval {
	if r.offset == nil {
		return nil
	}
	return &diagnose.Interval{Lo: r.offset.lo, Hi: r.offset.hi}
}

// printReport prints a report and, where they are known, the clocks behind it.
func (a *app) printReport(k otp.Key, r diagnose.Report, c *clocks) error {
	if a.json {
		if err := a.printJSON(struct {
			Schema int `json:"schema"`
			diagnose.Report
			Clocks *clocks `json:"clocks,omitempty"`
		}{schema, r, c}); err != nil {
			return err
		}
	} else {
		var text bytes.Buffer
		a.writeReport(&text, k, r)
		if c != nil {
			c.write(&text)
		}
		if _, err := a.stdout.Write(text.Bytes()); err != nil {
			return err
		}
	}
	if r.Outcome != diagnose.Accepted {
		return exitAnswer(exitRejected)
	}
	return nil
}

// writeReport says the verdict, the evidence and the fix, a line each, and then
// the alternatives.
func (a *app) writeReport(w io.Writer, k otp.Key, r diagnose.Report) {
	rejected := a.paint(red, "Rejected")
	if r.Outcome == diagnose.Accepted { // the findings, if any, are about a code before the last
		rejected = "Refused before it"
		fmt.Fprintf(w, "%s: %s\n", a.paint(green, "Accepted"), acceptedAs(k, r))
	}
	for i, f := range r.Findings {
		switch {
		case i > 0 && f.Confidence == diagnose.Possible:
			fmt.Fprintf(w, "\nAlso possible: %s (%s, %s).\n", headline(f), f.Cause, f.Confidence)
		case i > 0: // beside the first, not instead of it
			fmt.Fprintf(w, "\nAnd: %s (%s, %s).\n", headline(f), f.Cause, f.Confidence)
		case f.Cause == diagnose.Unknown:
			fmt.Fprintf(w, "%s: %s (%s).\n", rejected, headline(f), f.Cause)
		default:
			fmt.Fprintf(w, "%s: %s (%s, %s).\n", rejected, headline(f), f.Cause, f.Confidence)
		}
		fmt.Fprintf(w, "%s\n%s\n", f.Evidence.Text, f.Fix)
	}
	if len(r.Findings) > 0 && r.Findings[0].NeedsAnotherCode && r.Findings[0].Evidence.Counter != nil && len(r.Normalized) == 1 {
		fmt.Fprintln(w, "\nTo be sure, give the code that is shown after it as well, as CODE2.")
	}
	var notes []string
	for _, c := range r.Changes {
		notes = append(notes, c.String())
	}
	if len(notes) > 0 {
		fmt.Fprintf(w, "\nThe code was read as %s: %s.\n", strings.Join(r.Normalized, " "), strings.Join(notes, ", "))
	}
	for _, note := range r.Notes {
		fmt.Fprintln(w, note)
	}
}

// acceptedAs says which code it was that matched.
func acceptedAs(k otp.Key, r diagnose.Report) string {
	name := nameOf(k)
	m := r.Matched
	switch {
	case m == nil:
		return "a code of " + name + "."
	case k.Type == otp.HOTP:
		return fmt.Sprintf("the code of counter %d of %s.", m.Counter, name)
	case m.Delta == 0:
		return fmt.Sprintf("the code of %s now.", name)
	}
	side := "before"
	if m.Delta > 0 {
		side = "after"
	}
	return fmt.Sprintf("a code of %s, %s %s this one; the window takes it.", name, count(int(max(m.Delta, -m.Delta)), "step"), side)
}

// headline says a finding in a few words, and of a clock no more than was measured.
func headline(f diagnose.Finding) string {
	if words := clockHeadlines[f.Evidence.Whose][f.Cause]; words != "" {
		return words
	}
	return headlines[f.Cause]
}

// clockHeadlines are those of headlines that accuse another clock, or none.
var clockHeadlines = map[diagnose.Whose]map[diagnose.Cause]string{
	diagnose.Either: {
		diagnose.ClockBehind: "the authenticator's clock is behind this machine's",
		diagnose.ClockAhead:  "the authenticator's clock is ahead of this machine's",
		diagnose.Timezone:    "the two clocks differ by hours or days, as with a wrong time zone or date",
	},
	diagnose.Checker: {
		diagnose.ClockBehind: "this machine's clock is slow",
		diagnose.ClockAhead:  "this machine's clock is fast",
		diagnose.Timezone:    "this machine's clock is off by hours or days, as with a wrong time zone or date",
	},
}

// headlines say each cause in a few words. Evidence and fix come from the finding.
var headlines = map[diagnose.Cause]string{
	diagnose.ClockBehind:     "the authenticator's clock is slow",
	diagnose.ClockAhead:      "the authenticator's clock is fast",
	diagnose.Timezone:        "the authenticator's clock is off by hours or days, as with a wrong time zone or date",
	diagnose.Replayed:        "this code was used already",
	diagnose.Expired:         "the code was right, but came too late",
	diagnose.StaleSecret:     "the code is of an old key",
	diagnose.OtherEntry:      "the code is of another account",
	diagnose.KeyNotConfirmed: "the service does not use the new key yet",
	diagnose.WrongDigits:     "the authenticator shows another number of digits",
	diagnose.WrongAlgorithm:  "the authenticator uses another algorithm",
	diagnose.WrongPeriod:     "the authenticator counts another period",
	diagnose.WrongType:       "the authenticator makes another kind of code",
	diagnose.CounterBehind:   "the authenticator's counter is behind",
	diagnose.CounterAhead:    "the authenticator's counter is too far ahead",
	diagnose.Mistyped:        "the code has a typing slip",
	diagnose.Truncated:       "a part of the code is missing",
	diagnose.OtherField:      "this is no code of the authenticator",
	diagnose.SecretMisread:   "the secret was copied with a slip",
	diagnose.SecretEncoding:  "the secret was decoded in another way",
	diagnose.MalformedInput:  "this cannot be a code of this key",
	diagnose.Locked:          "the account is locked for now",
	diagnose.Unknown:         "no cause could be found",
}
