package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/qr"
	"github.com/authctl/authctl/otp/transfer"
)

// sourceUsage is how the commands that take a key call their first argument.
const sourceUsage = "QUERY|-|PICTURE"

// sourceFlags say where a key comes from, for commands that take sourceUsage.
type sourceFlags struct {
	file, account string
	vaultFlags
}

func (f *sourceFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.file, "file", "", "read the key from this `file`, whatever it is called (no "+sourceUsage+" then)")
	cmd.Flags().StringVar(&f.account, "account", "", "which key to take where there are several: `name` is all or part of issuer:account")
	f.vaultFlags.register(cmd)
}

// isQuery reports whether source names an account of the vault.
func (f *sourceFlags) isQuery(source string) bool {
	return f.file == "" && source != "-" && !isURI(source) &&
		!strings.ContainsRune(source, '/') && !strings.ContainsRune(source, os.PathSeparator) && !isPicture(source)
}

// split takes the source off the arguments; with --file there is none.
func (f *sourceFlags) split(args []string) (source string, rest []string) {
	if f.file != "" || len(args) == 0 {
		return "", args
	}
	return args[0], args[1:]
}

// args checks the arguments: the source, then one to max of what is named; with
// max 0, nothing.
func (f *sourceFlags) args(what string, max int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		source, rest := f.split(args)
		switch {
		case f.file == "" && source == "":
			return fmt.Errorf("%s is missing: a picture, - for a URI on standard input, or an account of the vault", sourceUsage)
		case max > 0 && len(rest) == 0:
			return fmt.Errorf("%s is missing after the key", what)
		case max == 0 && len(rest) > 0:
			return fmt.Errorf("nothing is taken after the key")
		case len(rest) > max:
			return fmt.Errorf("%d of %s are more than %d", len(rest), what, max)
		}
		return nil
	}
}

// one reads the source and returns its only key, or the one that --account names.
func (a *app) one(ctx context.Context, source string, f sourceFlags) (transfer.Entry, error) {
	file, err := a.open(ctx, source, f)
	if err != nil {
		return transfer.Entry{}, err
	}
	e, err := a.choose(file.Entries, f.account)
	if err != nil {
		return e, err
	}
	file.Entries = []transfer.Entry{e}
	a.warnOf(file)
	return e, nil
}

// open reads the source, which holds at least one key.
func (a *app) open(ctx context.Context, source string, f sourceFlags) (transfer.File, error) {
	switch {
	case f.file != "":
		return a.openFile(ctx, f.file, f)
	case source == "-":
		return a.openStdin(ctx, f)
	case isURI(source):
		return a.openURI(ctx, source)
	case f.isQuery(source):
		_, acc, err := a.fromVault(ctx, source, f)
		return transfer.File{Entries: []transfer.Entry{{Key: acc.Key}}}, err
	}
	return a.openFile(ctx, source, f)
}

// maxFile bounds what is read from a file or from standard input.
const maxFile = 64 << 20

func (a *app) openFile(ctx context.Context, path string, f sourceFlags) (transfer.File, error) {
	file, err := os.Open(path)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return transfer.File{}, withHint(failf(exitNotFound, "there is no file %s", path), "the path is relative to the folder you are in")
		}
		return transfer.File{}, err
	}
	defer file.Close()
	return a.read(ctx, file, path, f)
}

func (a *app) openStdin(ctx context.Context, f sourceFlags) (transfer.File, error) {
	return a.read(ctx, a.stdin, "standard input", f)
}

// openURI reads a URI from the command line. It is no list of one line: the error
// names no line, and an unsupported key is an error.
func (a *app) openURI(ctx context.Context, uri string) (transfer.File, error) {
	a.warn("the URI is in the command line, where other users and the shell's history can see it; - reads it from standard input")
	if strings.HasPrefix(strings.ToLower(uri), "otpauth-migration:") {
		return a.parse(ctx, []byte(uri), "the URI", sourceFlags{})
	}
	k, warnings, err := otp.ParseURI(uri)
	if err != nil {
		return transfer.File{}, hinted(err)
	}
	entry := transfer.Entry{Key: k, Written: otp.WrittenSecret(uri), Warnings: warnings, Source: transfer.Source{Format: transfer.OTPAuth, Index: 1}}
	return transfer.File{Format: transfer.OTPAuth, Entries: []transfer.Entry{entry}}, nil
}

func (a *app) read(ctx context.Context, r io.Reader, name string, f sourceFlags) (transfer.File, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return transfer.File{}, fmt.Errorf("read %s: %w", name, err)
	}
	if len(data) > maxFile {
		return transfer.File{}, fmt.Errorf("read %s: it is larger than %d MiB", name, maxFile>>20)
	}
	return a.parse(ctx, data, name, f)
}

// parse reads the keys in data. Data without a single key is an error that says
// what it holds instead.
func (a *app) parse(ctx context.Context, data []byte, name string, f sourceFlags) (transfer.File, error) {
	file, err := transfer.Read(ctx, data, transfer.ReadOptions{
		Password: a.passphrase(name, f.passphraseFile),
		Progress: func(step string) { a.progress("%s: %s", name, step) },
	})
	switch {
	case errors.Is(err, qr.ErrNoCode):
		return file, withHint(&noKeyError{failf(exitNotFound, "%s: %w", name, err), []qr.Symbol{}},
			"a sharper or larger picture may do: the whole code with the white border around it")
	case errors.Is(err, otp.ErrUnsupported): // of the whole file: it says what to do instead
		return file, fmt.Errorf("%s: %w", name, err)
	case err != nil:
		return file, hinted(fmt.Errorf("%s: %w", name, err))
	case len(file.Entries) > 0:
		return file, nil
	}
	return file, noKey(file, name)
}

// noKey says why a file has no key that can be used.
func noKey(file transfer.File, name string) error {
	if len(file.Skipped) == 0 && len(file.Symbols) > 0 { // none is a key, so the text may be shown
		return &noKeyError{failf(exitNotFound, "%s: no QR code in it holds a key; the first one says %.200q", name, file.Symbols[0].Text()), file.Symbols}
	}
	if len(file.Skipped) == 0 {
		return failf(exitNotFound, "%s: there is no key in it", name)
	}
	first := file.Skipped[0]
	place := "entry"
	if file.Format == transfer.OTPAuth {
		place = "line"
	}
	err := fmt.Errorf("%s: %s %d: %s", name, place, first.Index, first.Reason)
	if n := len(file.Skipped); n > 1 {
		err = fmt.Errorf("%w (and %d more that cannot be read)", err, n-1)
	}
	if first.Unsupported {
		err = &exitError{exitUnsupported, err}
	}
	return hinted(err)
}

// hinted adds what to do about a file or URI that cannot be read.
func hinted(err error) error {
	switch code := exitCode(err); {
	case code == exitUnsupported:
		return withHint(err, "set the account up again as TOTP with SHA1, if the service offers that")
	case errors.Is(err, transfer.ErrUnknownFormat):
		return withHint(err, "pictures, otpauth URIs and the exports of authenticator apps are read")
	case errors.Is(err, transfer.ErrWrongPassword), errors.Is(err, transfer.ErrPasswordNeeded):
		return withHint(err, "--passphrase-file FILE reads the passphrase from a file; it is the one that the export was made with")
	case code == exitDamaged:
		return withHint(err, "copy or export the file once more")
	}
	return withHint(err, "take the picture, URI or export from where it came once more; a part of it is damaged or was changed")
}

// noKeyError is about a picture without a key; symbols are the codes in it.
type noKeyError struct {
	error
	symbols []qr.Symbol
}

func (e *noKeyError) Unwrap() error { return e.error }

// spelling are the warnings about how something was written where its meaning is
// beyond doubt: only inspect tells them.
var spelling = []otp.WarningCode{otp.SecretSpelling, otp.AlgorithmSpelling, otp.LabelColon, otp.TextCase, otp.ParamIgnored}

// warnOf prints the warnings of a file and what was skipped.
func (a *app) warnOf(file transfer.File) {
	for _, w := range file.Warnings {
		a.warn("%s", w.Message)
	}
	for _, s := range file.Skipped {
		a.warn("entry %d is skipped: %s", s.Index, s.Reason)
	}
	a.warnEntries(file.Entries)
}

// warnEntries prints the warnings of entries. Of a kind that many have it prints one
// and the number of the others, which would bury the rest.
func (a *app) warnEntries(entries []transfer.Entry) {
	times := map[otp.WarningCode]int{}
	for _, e := range entries {
		for _, w := range e.Warnings {
			times[w.Code]++
		}
	}
	for _, e := range entries {
		for _, w := range e.Warnings {
			switch n := times[w.Code]; {
			case slices.Contains(spelling, w.Code) || n == 0:
			case n <= 3:
				a.warn("%s: %s", nameOf(e.Key), w.Message)
			default:
				a.warn("%s: %s; the same of %s, which authctl inspect shows", nameOf(e.Key), w.Message, count(n-1, "other key"))
				times[w.Code] = 0
			}
		}
	}
}

// isURI reports whether an argument is a URI and no path: whatever the scheme,
// package otp says what it is.
func isURI(s string) bool { return strings.Contains(s, "://") }

// isPicture reports whether path is a file with a picture's content or name.
func isPicture(path string) bool {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return false
	}
	switch strings.ToLower(filepath.Ext(path)) {
	case ".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff":
		return true
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 16)
	n, _ := io.ReadFull(f, head) // a shorter file is no picture either
	return qr.IsPicture(head[:n])
}
