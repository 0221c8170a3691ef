package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"unicode/utf8"

	"filippo.io/age"
	"golang.org/x/term"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/transfer"
	"github.com/authctl/authctl/otp/vault"
)

// passphrase asks for the passphrase of an encrypted file: from --passphrase-file,
// else on the terminal. Standard input is left alone, since the file may be there.
func (a *app) passphrase(name, file string) func(context.Context, transfer.Format) (string, error) {
	return func(_ context.Context, format transfer.Format) (string, error) {
		if file != "" {
			return readPassphrase(file)
		}
		return a.prompt(fmt.Sprintf("Passphrase of %s (%s): ", name, format))
	}
}

// readPassphrase is the first line of a file.
func readPassphrase(file string) (string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read passphrase: %w", err)
	}
	line, _, _ := bytes.Cut(data, []byte("\n"))
	return string(bytes.TrimSuffix(line, []byte("\r"))), nil
}

// identities are those of the flags, else the passphrase from the terminal.
func (a *app) identities(f vaultFlags, prompt string) ([]age.Identity, error) {
	if f.identityFile != "" {
		return a.identitiesOf(f.identityFile)
	}
	words, err := a.askPassphrase(f, prompt)
	if errors.Is(err, errNoTerminal) {
		return nil, withHint(err, "authctl unlock in a terminal opens the vault for a while; --passphrase-file FILE reads the passphrase from a file")
	}
	if err != nil {
		return nil, err
	}
	id, err := vault.Passphrase(words)
	if err != nil {
		return nil, err
	}
	return []age.Identity{id}, nil
}

// askPassphrase reads the passphrase from its file or from the terminal.
func (a *app) askPassphrase(f vaultFlags, prompt string) (otp.Secret, error) {
	var text string
	var err error
	if f.passphraseFile != "" {
		text, err = readPassphrase(f.passphraseFile)
	} else {
		text, err = a.prompt(prompt)
	}
	if err != nil {
		return otp.Secret{}, err
	}
	words, err := otp.NewSecret([]byte(text))
	if err != nil {
		return otp.Secret{}, failf(exitLocked, "the passphrase is empty or longer than %d bytes", otp.MaxSecret)
	}
	return words, nil
}

// newPassphrase asks for a passphrase to set, on a terminal twice.
func (a *app) newPassphrase(f vaultFlags) (otp.Secret, error) {
	words, err := a.askPassphrase(f, "New passphrase: ")
	if err != nil {
		return otp.Secret{}, err
	}
	if f.passphraseFile == "" {
		again, err := a.prompt("Once more: ")
		if err != nil {
			return otp.Secret{}, err
		}
		if again != string(words.Bytes()) {
			return otp.Secret{}, failf(exitFailure, "the two passphrases differ: nothing was changed")
		}
	}
	if n := utf8.RuneCount(words.Bytes()); n < shortPassphrase {
		a.warn("the passphrase has only %d characters: whoever gets the file can try many; five random words are better", n)
	}
	return words, nil
}

// shortPassphrase is warned of: NIST SP 800-63B-4 §3.1.1 asks for 15 where a
// passphrase stands alone.
const shortPassphrase = 15

// errNoTerminal says that nobody can be asked.
var errNoTerminal = errors.New("a passphrase is needed, and there is no terminal to ask for it")

// prompt reads a line from the terminal without showing it.
func (a *app) prompt(text string) (string, error) {
	tty, err := openTerminal()
	if err != nil {
		return "", withHint(&exitError{exitLocked, errNoTerminal}, "--passphrase-file FILE reads it from a file")
	}
	defer tty.Close()
	fmt.Fprint(a.stderr, text)
	line, err := a.readPassword(int(tty.Fd()))
	fmt.Fprintln(a.stderr)
	if err != nil {
		return "", fmt.Errorf("read passphrase: %w", err)
	}
	return string(line), nil
}

// readPassword reads a line without showing it; when interrupted it shows again what
// is typed.
func (a *app) readPassword(fd int) ([]byte, error) {
	state, err := term.GetState(fd)
	if err != nil {
		return nil, err
	}
	type result struct {
		line []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		line, err := term.ReadPassword(fd)
		done <- result{line, err}
	}()
	select {
	case <-a.interrupted:
		return nil, errors.Join(context.Canceled, term.Restore(fd, state))
	case got := <-done:
		return got.line, got.err
	}
}

// openTerminal is the terminal that the person sits at, even where standard input
// is a file.
func openTerminal() (*os.File, error) {
	if os.PathSeparator == '\\' {
		return os.OpenFile("CONIN$", os.O_RDWR, 0)
	}
	return os.OpenFile("/dev/tty", os.O_RDWR, 0)
}
