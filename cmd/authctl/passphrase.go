package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/term"

	"github.com/authctl/authctl/otp/transfer"
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
