package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/authctl/authctl/otp/vault"
)

// problemNames are the headings of audit, in its order: what exposes the codes, then
// what may lock their holder out, then what only wants tidying.
var problemNames = []struct {
	problem     vault.Problem
	name, style string
}{
	{vault.PlainTextFile, "Secrets in plain text", red},
	{vault.OpenFile, "A vault that others can read", red},
	{vault.WeakSecret, "Weak secrets", red},
	{vault.StrangeDigits, "Codes that are easily guessed", red},
	{vault.OldBackup, "No fresh backup", yellow},
	{vault.NoRecovery, "No recovery codes left", yellow},
	{vault.FewRecovery, "Few recovery codes left", yellow},
	{vault.SharedSecret, "One secret, several accounts", yellow},
	{vault.SimilarNames, "One account, several keys", yellow},
	{vault.StaleKey, "Not used for a year", bold},
	{vault.TrashedLong, "In the bin for 30 days", bold},
}

// maxFindings is how many findings of a kind are listed; --json has them all.
const maxFindings = 20

// writeFindings writes what was found under a heading for each problem, and what to
// do about it once.
func (a *app) writeFindings(w io.Writer, list []vault.Finding) {
	first := true
	for _, p := range problemNames {
		found := slices.DeleteFunc(slices.Clone(list), func(f vault.Finding) bool { return f.Problem != p.problem })
		if len(found) == 0 {
			continue
		}
		if !first {
			fmt.Fprintln(w)
		}
		first = false
		fmt.Fprint(w, a.paint(p.style, p.name))
		if len(found) > 1 {
			fmt.Fprint(w, a.paint(dim, fmt.Sprintf(" (%d)", len(found))))
		}
		fmt.Fprintln(w)
		writeFound(w, found)
		for _, fix := range fixes(found) {
			fmt.Fprintf(w, "  → %s\n", fix)
		}
	}
}

// writeFound writes findings of one kind. What is the same of all stands in the
// heading already.
func writeFound(w io.Writer, found []vault.Finding) {
	var rows table
	for _, f := range found[:min(len(found), maxFindings)] {
		text := f.Text
		if len(found) > 1 && !slices.ContainsFunc(found, func(o vault.Finding) bool { return o.Text != f.Text }) {
			text = ""
		}
		if f.ID == "" {
			rows.row("  " + text)
		} else {
			rows.row("  "+f.ID, f.Title, text)
		}
	}
	_ = rows.write(w) // into memory
	if more := len(found) - maxFindings; more > 0 {
		fmt.Fprintf(w, "  … and %d more, which --json lists\n", more)
	}
}

// fixes are what to do about findings of one kind: once, with ID where each would name
// its account.
func fixes(found []vault.Finding) []string {
	var list []string
	for _, f := range found {
		fix := f.Fix
		if f.ID != "" && len(found) > 1 {
			fix = strings.ReplaceAll(fix, f.ID, "ID")
		}
		if !slices.Contains(list, fix) {
			list = append(list, fix)
		}
	}
	return list
}
