package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/authctl/authctl/otp/transfer"
	"github.com/authctl/authctl/otp/vault"
)

// allParts is what to do where a part of an export is missing.
const allParts = "name the pictures of all parts in one command"

// warnImporting prints the warnings of the files and of their entries.
func (a *app) warnImporting(im *importing) {
	var entries []transfer.Entry
	for _, file := range im.files {
		for _, w := range file.Warnings {
			a.warn("%s: %s", file.path, w.Message)
		}
		entries = append(entries, file.Entries...)
	}
	a.warnEntries(entries)
}

// printTable writes a table for each file: every entry of it, read or not.
func (im *importing) printTable(w io.Writer) error {
	var out bytes.Buffer
	items := im.items
	for _, file := range im.files {
		encrypted := ""
		if file.Encrypted {
			encrypted = ", encrypted"
		}
		fmt.Fprintf(&out, "%s: %s%s, %s\n\n", file.path, file.Format, encrypted, countOf(len(file.Entries)+len(file.Skipped), "entry", "entries"))
		var rows table
		rows.row("#", "ACCOUNT", "TYPE", "TO DO", "FOUND")
		for _, row := range importRows(file.File, items[:len(file.Entries)]) {
			rows.row(strconv.Itoa(row.index), row.name, row.typ, row.todo, row.found)
		}
		_ = rows.write(&out) // into memory
		fmt.Fprintln(&out)
		items = items[len(file.Entries):]
	}
	_, err := out.WriteTo(w)
	return err
}

type importRow struct {
	index                  int
	name, typ, todo, found string
}

// importRows are the entries of a file and what could not be read, in the order of
// the file.
func importRows(file transfer.File, items []importedItem) []importRow {
	var rows []importRow
	for _, item := range items {
		k := item.Entry.Key
		rows = append(rows, importRow{item.Entry.Source.Index, cmp.Or(k.Name(), "-"), k.Type.String(), todoOf[item.Done], item.found()})
	}
	for _, s := range file.Skipped {
		rows = append(rows, importRow{s.Index, cmp.Or(s.Name, "-"), "-", todoOf[vault.Skipped], "cannot be read: " + s.Reason})
	}
	slices.SortStableFunc(rows, func(a, b importRow) int { return a.index - b.index })
	return rows
}

var todoOf = map[vault.Done]string{vault.Added: "add", vault.Replaced: "replace", vault.Updated: "update", vault.Skipped: "skip"}

// found says in words what an entry means for the vault.
func (i importedItem) found() string {
	switch i.Kind {
	case vault.New:
		if i.Entry.Trashed {
			return "new, in the bin of the app"
		}
		return "new"
	case vault.Identical:
		return "identical to " + i.metName()
	case vault.Twin:
		return "the same secret under another name: " + i.metName()
	case vault.ReEnrolment:
		return "the same account with another secret: " + i.metName()
	case vault.Outdated:
		return "a secret that was superseded: " + i.metName()
	}
	return fmt.Sprintf("invalid: %v", i.Err)
}

// metName is what an entry meets, and where that is if not in use.
func (i importedItem) metName() string {
	name := cmp.Or(i.met.Title(), "a key without a name")
	switch {
	case i.met.ID == "":
		return name + ", in this import"
	case !i.met.Trashed.IsZero():
		return fmt.Sprintf("%s (%s), in the bin", name, i.met.ID)
	case !i.met.Archived.IsZero():
		return fmt.Sprintf("%s (%s), archived", name, i.met.ID)
	}
	return fmt.Sprintf("%s (%s)", name, i.met.ID)
}

// importCounts add up to the entries of the files.
type importCounts struct {
	Entries    int `json:"entries"`
	Added      int `json:"added"`
	Replaced   int `json:"replaced"`
	Updated    int `json:"updated"`
	Skipped    int `json:"skipped"`
	Unreadable int `json:"unreadable"`
}

func (im *importing) counts() importCounts {
	c := importCounts{Unreadable: len(im.unread())}
	for _, item := range im.items {
		switch {
		case item.Kind == vault.Invalid: // counted as unreadable
		case item.Done == vault.Added:
			c.Added++
		case item.Done == vault.Replaced:
			c.Replaced++
		case item.Done == vault.Updated:
			c.Updated++
		default:
			c.Skipped++
		}
	}
	c.Entries = c.Added + c.Replaced + c.Updated + c.Skipped + c.Unreadable
	return c
}

// printImported ends an import: the sum of the table, or the whole as JSON, and
// what to do next.
func (a *app) printImported(im *importing) error {
	c := im.counts()
	if a.json {
		if err := a.printJSON(importReportOf(im)); err != nil {
			return err
		}
	} else {
		ending := "."
		if im.dryRun {
			ending = "; nothing was written (--dry-run)."
		}
		fmt.Fprintf(a.stdout, "%s: %s%s\n", countOf(c.Entries, "entry", "entries"), c.words(im.dryRun), ending)
	}
	if im.incomplete() {
		a.hint(allParts)
	}
	if n := im.left(); n > 0 {
		a.hint("%s skipped that met an account of the vault: --on-duplicate keep has both, --on-duplicate replace changes the account",
			countOf(n, "entry was", "entries were"))
	}
	if paths := im.readable(); paths != "" && !im.dryRun {
		a.hint("the secrets in %s are not encrypted: delete that once the codes work, and empty the bin", paths)
	}
	if c.Unreadable > 0 || im.incomplete() {
		return exitAnswer(exitPartial)
	}
	return nil
}

// words lists the counts that are not 0.
func (c importCounts) words(dryRun bool) string {
	var parts []string
	for _, part := range []struct {
		n             int
		done, planned string
	}{
		{c.Added, "added", "to add"}, {c.Replaced, "replaced", "to replace"}, {c.Updated, "updated", "to update"},
		{c.Skipped, "skipped", "to skip"}, {c.Unreadable, "unreadable", "unreadable"},
	} {
		word := part.done
		if dryRun {
			word = part.planned
		}
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, word))
		}
	}
	return strings.Join(parts, ", ")
}
