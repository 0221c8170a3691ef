package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/authctl/authctl/otp/qr"
	"github.com/authctl/authctl/otp/transfer"
	"github.com/authctl/authctl/otp/vault"
)

// exportFlags are the flags of `authctl export`.
type exportFlags struct {
	vaultFlags
	to, output, png string
	all, encrypt    bool
	filePassphrase  string // --export-passphrase-file
}

// exportCmd is `authctl export`.
func (a *app) exportCmd() *cobra.Command {
	var f exportFlags
	formats := formatNames(transfer.Writable())
	cmd := &cobra.Command{
		Use:   "export --to FORMAT [-o FILE]",
		Short: "Write the accounts for another app",
		Long: "Write the accounts in use as a file that another app imports, and say what that app cannot hold.\n" +
			"Formats: " + strings.Join(formats, ", ") + ". Only aegis can be encrypted (--encrypt); every\n" +
			"other file holds the secrets for anybody to read. For a copy of the vault there is `authctl backup`.",
		Example: "  authctl export --to aegis --encrypt -o aegis.json\n" +
			"  authctl export --to google-migration --png google     google-1.png, google-2.png, … to scan\n" +
			"  authctl export --to otpauth | wc -l",
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.export(cmd.Context(), f) },
	}
	f.register(cmd)
	cmd.Flags().StringVar(&f.to, "to", "", "the `format`: "+strings.Join(formats, ", "))
	cmd.Flags().StringVarP(&f.output, "output", "o", "", "write to this new `file`; - is standard output, also on a terminal")
	cmd.Flags().StringVar(&f.png, "png", "", "google-migration: draw the parts as QR codes, `PREFIX`-1.png and on")
	cmd.Flags().BoolVar(&f.all, "all", false, "archived accounts and those in the bin too")
	cmd.Flags().BoolVar(&f.encrypt, "encrypt", false, "aegis: ask for a passphrase and encrypt the file with it")
	cmd.Flags().StringVar(&f.filePassphrase, "export-passphrase-file", "", "encrypt with the passphrase in this `file`")
	cmd.MarkFlagsMutuallyExclusive("output", "png")
	cobra.CheckErr(cmd.MarkFlagRequired("to"))
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("to", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp)))
	return cmd
}

func formatNames(formats []transfer.Format) []string {
	var names []string
	for _, f := range formats {
		names = append(names, string(f))
	}
	return names
}

// export runs the steps: choose, write, say what is lost.
func (a *app) export(ctx context.Context, f exportFlags) error {
	if err := a.checkExport(f); err != nil {
		return err
	}
	v, err := a.openVault(ctx, f.vaultFlags)
	if err != nil {
		return err
	}
	accounts := v.Accounts()
	if !f.all {
		accounts = active(accounts)
	}
	if len(accounts) == 0 {
		return failf(exitNotFound, "there is no account to export")
	}
	var entries []transfer.Entry
	for _, acc := range accounts {
		entries = append(entries, transfer.Entry{
			Key: acc.Key, Note: acc.Note, Tags: acc.Tags, Favorite: acc.Favorite, Trashed: !acc.Trashed.IsZero(),
		})
	}
	options, err := a.exportOptions(f)
	if err != nil {
		return err
	}
	out, err := transfer.Write(transfer.Format(f.to), entries, options)
	if err != nil {
		return err
	}
	r := exportReport{Schema: schema, Format: f.to, Encrypted: options.Password != "", Losses: []exportLoss{}}
	for _, l := range out.Losses {
		acc := accounts[l.Index]
		r.Losses = append(r.Losses, exportLoss{acc.ID, acc.Title(), l.Field, l.Message, l.LeftOut})
		if l.LeftOut {
			r.LeftOut++
		}
	}
	r.Losses = append(r.Losses, ownLosses(accounts)...)
	r.Accounts = len(accounts) - r.LeftOut
	if r.Accounts == 0 {
		a.warnLosses(r)
		return failf(exitUnsupported, "%s can hold none of the accounts: nothing was written", f.to)
	}
	if r.Files, err = a.deliver(out, f); err != nil {
		return err
	}
	if r.NotInUse = len(v.Accounts()) - len(accounts); r.NotInUse > 0 {
		a.warn("%s archived or in the bin, and not exported; --all takes them too", countOf(r.NotInUse, "account is", "accounts are"))
	}
	a.warnLosses(r)
	return a.printExported(r)
}

// checkExport refuses what cannot be done before anybody is asked for a passphrase.
func (a *app) checkExport(f exportFlags) error {
	format := transfer.Format(f.to)
	switch {
	case !slices.Contains(transfer.Writable(), format):
		return failf(exitUsage, "--to %.40q: the formats are %s", f.to, strings.Join(formatNames(transfer.Writable()), ", "))
	case f.png != "" && format != transfer.GoogleMigration:
		return failf(exitUsage, "--png is for --to %s", transfer.GoogleMigration)
	case f.png != "":
		return nil
	case a.json && (f.output == "" || f.output == "-"):
		return failf(exitUsage, "--json needs -o FILE: standard output has room for one answer")
	case f.output == "" && a.terminal:
		return withHint(failf(exitUsage, "the export holds the secrets, and standard output is a terminal"),
			"-o FILE writes a file that only you can read; -o - prints it here")
	}
	return nil
}

// exportOptions asks for the passphrase where the file is to be encrypted.
func (a *app) exportOptions(f exportFlags) (transfer.WriteOptions, error) {
	o := transfer.WriteOptions{Now: a.now}
	if !f.encrypt && f.filePassphrase == "" {
		return o, nil
	}
	words, err := a.newPassphrase(vaultFlags{passphraseFile: f.filePassphrase})
	o.Password = string(words.Bytes())
	return o, err
}

// deliver writes the export where the flags say, and returns the files it made.
func (a *app) deliver(out transfer.Output, f exportFlags) ([]string, error) {
	switch {
	case f.png != "":
		return drawParts(out.Parts, f.png)
	case f.output == "" || f.output == "-":
		_, err := a.stdout.Write(out.Data)
		return nil, err
	}
	return []string{f.output}, writeSecret(f.output, out.Data)
}

// drawParts draws each part of a Google Authenticator export, or none.
func drawParts(parts []string, prefix string) (files []string, err error) {
	defer func() {
		if err != nil {
			for _, file := range files {
				os.Remove(file)
			}
		}
	}()
	for i, part := range parts {
		code, err := qr.Encode(part)
		if err != nil {
			return files, err
		}
		var b bytes.Buffer
		if err := code.PNG(&b, qr.DefaultScale); err != nil {
			return files, err
		}
		file := fmt.Sprintf("%s-%d.png", prefix, i+1)
		if err := writeSecret(file, b.Bytes()); err != nil {
			return files, err
		}
		files = append(files, file)
	}
	return files, nil
}

// writeSecret writes a new file that only its owner can read, whole or not at all,
// and never over another. An empty file holds the name until the content is there.
func writeSecret(path string, data []byte) (err error) {
	held, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return withHint(fmt.Errorf("%s exists, and is not overwritten", path), "give a new name")
	}
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".authctl-*") // mode 0600
	if err == nil {
		_, err = temp.Write(data)
		err = errors.Join(err, temp.Sync(), temp.Close())
	}
	err = errors.Join(err, held.Close())
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		if temp != nil {
			os.Remove(temp.Name())
		}
		os.Remove(path)
		return fmt.Errorf("write %s: %w", path, err)
	}
	if dir, err := os.Open(filepath.Dir(path)); err == nil { // Windows syncs no folders
		dir.Sync()
		dir.Close()
	}
	return nil
}

// exportReport is the answer of export as JSON.
type exportReport struct {
	Schema    int          `json:"schema"`
	Format    string       `json:"format"`
	Encrypted bool         `json:"encrypted"`
	Files     []string     `json:"files"`
	Accounts  int          `json:"accounts"`   // in the files
	LeftOut   int          `json:"left_out"`   // that the format cannot hold
	NotInUse  int          `json:"not_in_use"` // archived or in the bin, and not exported
	Losses    []exportLoss `json:"losses"`
}

// exportLoss is something of an account that is not in the export.
type exportLoss struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Field   string `json:"field"`
	Message string `json:"message"`
	LeftOut bool   `json:"left_out"` // the whole account is not in it
}

// ownLosses are what only a vault has.
func ownLosses(accounts []vault.Account) []exportLoss {
	var losses []exportLoss
	for _, acc := range accounts {
		for _, part := range []struct {
			lost           bool
			field, message string
		}{
			{acc.Name != "" && acc.Name != acc.Key.Name(), "title", "it is called " + nameOf(acc.Key) + " there"},
			{len(acc.Older) > 0, "older", "the older keys stay in the vault"},
			{acc.RecoveryLeft() > 0, "recovery", "the recovery codes stay in the vault"},
		} {
			if part.lost {
				losses = append(losses, exportLoss{acc.ID, acc.Title(), part.field, part.message, false})
			}
		}
	}
	return losses
}

// warnLosses says for each account what is lost.
func (a *app) warnLosses(r exportReport) {
	for _, l := range r.Losses {
		if l.LeftOut {
			a.warn("%s (%s) is left out: %s", l.Title, l.ID, l.Message)
		} else {
			a.warn("%s (%s): %s: %s", l.Title, l.ID, l.Field, l.Message)
		}
	}
}

// printExported ends an export; without files, stdout has the export itself.
func (a *app) printExported(r exportReport) error {
	if r.Files == nil {
		return nil
	}
	files := strings.Join(r.Files, ", ")
	switch {
	case r.Encrypted:
	case r.Format == string(transfer.Aegis):
		a.hint("the secrets in %s are not encrypted (--encrypt does that): delete what you have imported", files)
	default:
		a.hint("the secrets in %s are not encrypted: delete what you have imported", files)
	}
	if a.json {
		return a.printJSON(r)
	}
	_, err := fmt.Fprintf(a.stdout, "Wrote %s with %s.\n", files, count(r.Accounts, "account"))
	return err
}
