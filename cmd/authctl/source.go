package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
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
		case len(rest) > max:
			return fmt.Errorf("%d arguments after the key, at most %d are taken", len(rest), max)
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
	a.warnOf(file)
	return a.choose(file.Entries, f.account)
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
			return transfer.File{}, failf(exitNotFound, "there is no file %s", path)
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
		return transfer.File{}, err
	}
	entry := transfer.Entry{Key: k, Warnings: warnings, Source: transfer.Source{Format: transfer.OTPAuth, Index: 1}}
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
	case err != nil:
		return file, fmt.Errorf("%s: %w", name, err)
	case len(file.Entries) > 0:
		return file, nil
	}
	return file, noKey(file, name)
}

// noKey says why a file has no key that can be used.
func noKey(file transfer.File, name string) error {
	if len(file.Skipped) == 0 && len(file.Symbols) > 0 {
		return &noKeyError{failf(exitNotFound, "%s: no QR code in it holds a key; the first one says %.200q", name, file.Symbols[0].Text()), file.Symbols}
	}
	if len(file.Skipped) == 0 {
		return failf(exitNotFound, "%s: there is no key in it", name)
	}
	first := file.Skipped[0]
	err := fmt.Errorf("%s: entry %d: %s", name, first.Index, first.Reason)
	if n := len(file.Skipped); n > 1 {
		err = fmt.Errorf("%w (and %d more that cannot be read)", err, n-1)
	}
	if first.Unsupported {
		return &exitError{exitUnsupported, err}
	}
	return err
}

// noKeyError is about a picture without a key; symbols are the codes in it.
type noKeyError struct {
	error
	symbols []qr.Symbol
}

func (e *noKeyError) Unwrap() error { return e.error }

// warnOf prints the warnings of a file and what was skipped.
func (a *app) warnOf(file transfer.File) {
	for _, w := range file.Warnings {
		a.warn("%s", w.Message)
	}
	for _, s := range file.Skipped {
		a.warn("entry %d is skipped: %s", s.Index, s.Reason)
	}
	for _, e := range file.Entries {
		for _, w := range e.Warnings {
			a.warn("%s: %s", nameOf(e.Key), w.Message)
		}
	}
}

func isURI(s string) bool {
	scheme, _, ok := strings.Cut(s, ":")
	switch strings.ToLower(scheme) {
	case "otpauth", "otpauth-migration", "steam", "motp", "phonefactor":
		return ok
	}
	return false
}

// isPicture reports whether path is a file with a picture's content.
func isPicture(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 16)
	n, _ := io.ReadFull(f, head) // a shorter file is no picture either
	return qr.IsPicture(head[:n])
}
