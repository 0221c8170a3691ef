package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/transfer"
	"github.com/authctl/authctl/otp/vault"
)

// importFlags are the flags of `authctl import`.
type importFlags struct {
	vaultFlags
	filePassphrase string // --export-passphrase-file
	onDuplicate    string
	dryRun, strict bool
}

// importCmd is `authctl import`.
func (a *app) importCmd() *cobra.Command {
	var f importFlags
	cmd := &cobra.Command{
		Use:   "import FILE|PICTURE|-...",
		Short: "Take over the accounts of another app's export",
		Long: "Read exports of other apps, compare every entry with the vault, show that as a table, and keep\n" +
			"all of it in one write. What cannot be read is listed and left out (exit 10). Entries that meet\n" +
			"an account of the vault under another name or with another secret are skipped unless\n" +
			"--on-duplicate says otherwise; entries of the files that differ are all kept.\n" +
			"A Google Authenticator export of several QR codes is several pictures: name them all.",
		Example: "  authctl import aegis-export.json\n  authctl import --dry-run google-1.png google-2.png\n" +
			"  authctl import - < uris.txt",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.importFiles(cmd.Context(), args, f) },
	}
	f.register(cmd)
	cmd.Flags().StringVar(&f.filePassphrase, "export-passphrase-file", "", "read the passphrase of the encrypted exports from this `file`, where it is not the vault's")
	cmd.Flags().StringVar(&f.onDuplicate, "on-duplicate", "skip", "entries that meet an account of the vault: `skip` them, keep both, or replace the account's key and name")
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "show the table and write nothing")
	cmd.Flags().BoolVar(&f.strict, "strict", false, "import nothing if anything cannot be read")
	return cmd
}

// importFiles runs the steps: read, compare, show, keep.
func (a *app) importFiles(ctx context.Context, paths []string, f importFlags) error {
	onDuplicate, err := vault.ParseOnDuplicate(f.onDuplicate)
	if err != nil {
		return failf(exitUsage, "--on-duplicate: %w", err)
	}
	if err := a.wantVault(f.vaultFlags); err != nil { // before anybody is asked for a passphrase
		return err
	}
	im := &importing{dryRun: f.dryRun}
	if err := a.readExports(ctx, im, paths, f); err != nil {
		return err
	}
	v, err := a.openTarget(ctx, im, f)
	if err != nil {
		return err
	}
	if err := im.run(ctx, v, onDuplicate, false); err != nil {
		return vaultError(err)
	}
	a.warnImporting(im)
	if skipped := im.unread(); f.strict && len(skipped) > 0 {
		for _, s := range skipped {
			a.warn("%s: entry %d: %s", s.File, s.Index, s.Reason)
		}
		refusal := failf(exitFailure, "%s cannot be read, and nothing was imported (--strict)", countOf(len(skipped), "entry", "entries"))
		return withHint(&strictError{refusal, skipped}, "without --strict all others are imported")
	} else if f.strict && im.incomplete() {
		return withHint(failf(exitFailure, "parts of the export are missing, and nothing was imported (--strict)"), allParts)
	}
	if !a.json {
		if err := im.printTable(a.stdout); err != nil {
			return err
		}
	}
	if !f.dryRun {
		foreseen := im.outcomes()
		if err := im.run(ctx, v, onDuplicate, true); err != nil {
			return vaultError(err)
		}
		if !slices.Equal(foreseen, im.outcomes()) {
			a.warn("the vault was changed meanwhile: not all was done as the table says; authctl list shows the result")
		}
	}
	return a.printImported(im)
}

// wantVault is an error if there is no vault.
func (a *app) wantVault(f vaultFlags) error {
	path, err := a.vaultPath(f)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return withHint(failf(exitNotFound, "there is no vault at %s to import into", path), "authctl init makes one")
	}
	return nil
}

// readExports reads every file, or none: a file that cannot be opened at all is
// no entry to leave out.
func (a *app) readExports(ctx context.Context, im *importing, paths []string, f importFlags) error {
	source := sourceFlags{vaultFlags: vaultFlags{passphraseFile: f.passphraseFile}}
	if f.filePassphrase != "" {
		source.passphraseFile = f.filePassphrase
	}
	var files []transfer.File
	for _, path := range paths {
		file, err := a.inspect(ctx, path, source)
		if errors.Is(err, transfer.ErrWrongPassword) && f.filePassphrase == "" && f.passphraseFile != "" {
			return withHint(err, "--export-passphrase-file FILE has the passphrase of the export, where it is not the vault's")
		}
		if err != nil && len(file.Skipped) == 0 { // with Skipped: an export without one entry that can be read
			return err
		}
		files = append(files, file)
	}
	transfer.Join(files)
	for i, file := range files {
		name := paths[i]
		switch {
		case name == "-":
			name = "standard input"
		case isURI(name): // it holds the secret
			name = "the URI"
		}
		im.files = append(im.files, importedFile{name, file})
	}
	return nil
}

// openTarget opens the vault. The passphrase file may have been meant for an
// encrypted export alone: then the vault is opened as if it had not been given.
func (a *app) openTarget(ctx context.Context, im *importing, f importFlags) (*vault.Vault, error) {
	v, err := a.openVault(ctx, f.vaultFlags)
	encrypted := slices.ContainsFunc(im.files, func(file importedFile) bool { return file.Encrypted })
	if !errors.Is(err, vault.ErrIdentity) || f.passphraseFile == "" || f.filePassphrase != "" || !encrypted {
		return v, err
	}
	f.passphraseFile = ""
	if v, err := a.openVault(ctx, f.vaultFlags); err == nil {
		return v, nil
	}
	return nil, withHint(err, "--export-passphrase-file FILE is for the export, --passphrase-file FILE for the vault")
}

// importing is an import at work: the files, and what becomes of their entries.
type importing struct {
	dryRun bool
	files  []importedFile
	items  []importedItem // one for each entry, in the order of the files
}

type importedFile struct {
	path string // what to call it
	transfer.File
}

// importedItem is an entry and what becomes of it.
type importedItem struct {
	vault.Item
	met vault.Account // what it meets; without id if that is another entry of the files
}

// errNotKept ends a trial run.
var errNotKept = errors.New("nothing is to be kept")

// run imports the entries in one write. Without keep it only finds out what would
// become of each, by the same rules, and writes nothing.
func (im *importing) run(ctx context.Context, v *vault.Vault, d vault.OnDuplicate, keep bool) error {
	var entries []transfer.Entry
	for _, file := range im.files {
		entries = append(entries, file.Entries...)
	}
	plan := v.Plan(entries)
	var done []vault.Item
	err := v.Update(ctx, func(t *vault.Tx) (err error) {
		if done, err = applyImport(t, plan, d); err == nil && !keep {
			err = errNotKept
		}
		return err
	})
	if err != nil && !errors.Is(err, errNotKept) {
		return err
	}
	im.items = nil
	for i, item := range done {
		met := plan.Items[i].Account
		if item.Kind != plan.Items[i].Kind { // another entry came between
			met = item.Account
			met.ID = ""
		}
		im.items = append(im.items, importedItem{item, met})
	}
	return nil
}

// applyImport is Tx.Apply, but for entries that meet only earlier ones of the same
// files: the other app has them as two accounts, and so has the vault then.
func applyImport(t *vault.Tx, plan vault.Plan, d vault.OnDuplicate) ([]vault.Item, error) {
	done := make([]vault.Item, len(plan.Items))
	for _, inner := range []bool{false, true} {
		var part vault.Plan
		var at []int
		for i, item := range plan.Items {
			if inner == (item.Account.ID == "" && (item.Kind == vault.Twin || item.Kind == vault.ReEnrolment)) {
				part.Items, at = append(part.Items, item), append(at, i)
			}
		}
		rule := d
		if inner {
			rule = vault.Keep
		}
		part, err := t.Apply(part, rule)
		if err != nil {
			return nil, err
		}
		for i, item := range part.Items {
			done[at[i]] = item
		}
	}
	return done, nil
}

// unread are the entries of the files that cannot be kept, whoever found out.
func (im *importing) unread() []importedSkip {
	var list []importedSkip
	items := im.items
	for _, file := range im.files {
		for _, s := range file.Skipped {
			list = append(list, importedSkip{file.path, inspectedSkip{s.Index, s.Name, s.Reason}})
		}
		for i, item := range items[:len(file.Entries)] {
			if item.Kind == vault.Invalid {
				e := file.Entries[i]
				list = append(list, importedSkip{file.path, inspectedSkip{e.Source.Index, nameOf(e.Key), item.Err.Error()}})
			}
		}
		items = items[len(file.Entries):]
	}
	return list
}

// strictError is a refusal of --strict; skipped is what could not be read.
type strictError struct {
	error
	skipped []importedSkip
}

func (e *strictError) Unwrap() error { return e.error }

// incomplete reports whether a part of an export is not among the files.
func (im *importing) incomplete() bool {
	return slices.ContainsFunc(im.files, func(file importedFile) bool {
		return slices.ContainsFunc(file.Warnings, func(w otp.Warning) bool { return w.Code == transfer.PartMissing })
	})
}

func (im *importing) outcomes() []vault.Done {
	var list []vault.Done
	for _, item := range im.items {
		list = append(list, item.Done)
	}
	return list
}

// left is how many entries were skipped that the vault has not.
func (im *importing) left() int {
	n := 0
	for _, item := range im.items {
		if item.Done == vault.Skipped && (item.Kind == vault.Twin || item.Kind == vault.ReEnrolment) {
			n++
		}
	}
	return n
}

// readable are the files that anybody can read and that hold nothing which is not
// in the vault by now.
func (im *importing) readable() string {
	var paths []string
	items := im.items
	for _, file := range im.files {
		own := importing{files: []importedFile{file}, items: items[:len(file.Entries)]}
		items = items[len(file.Entries):]
		if _, err := os.Stat(file.path); err == nil && !file.Encrypted && len(own.unread())+own.left() == 0 {
			paths = append(paths, file.path)
		}
	}
	return strings.Join(paths, ", ")
}

// countOf is count for nouns whose plural is not made with s alone.
func countOf(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
