package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/qr"
	"github.com/authctl/authctl/otp/transfer"
	"github.com/authctl/authctl/otp/vault"
)

// The exit codes are API: scripts branch on them.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitNotFound    = 3
	exitAmbiguous   = 4
	exitLocked      = 5
	exitDamaged     = 6
	exitClockBad    = 7
	exitClockOpen   = 8
	exitRejected    = 9
	exitPartial     = 10
	exitUnsupported = 11
	exitInterrupted = 130 // as a shell reports it
)

// exitTable says each exit code in the words of `help exit-codes`.
var exitTable = []struct {
	code    int
	meaning string
}{
	{exitOK, "done, or the code was accepted"},
	{exitFailure, "failure"},
	{exitUsage, "the command line was not understood"},
	{exitNotFound, "not found"},
	{exitAmbiguous, "ambiguous: several accounts fit"},
	{exitLocked, "locked, or the passphrase is wrong"},
	{exitDamaged, "a file is damaged"},
	{exitClockBad, "the clock is off by more than the limit (an answer)"},
	{exitClockOpen, "how wrong the clock is could not be told (an answer)"},
	{exitRejected, "the code was rejected (an answer)"},
	{exitPartial, "imported, but not every entry could be read (an answer)"},
	{exitUnsupported, "not supported"},
	{exitInterrupted, "interrupted"},
}

// exitAnswer ends a command that printed its answer with a code other than 0.
type exitAnswer int

func (e exitAnswer) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// exitError gives an error the code it exits with.
type exitError struct {
	code int
	error
}

func (e *exitError) Unwrap() error { return e.error }

// hintError adds the one next thing to do. Hints belong to the command, not to the
// library's error.
type hintError struct {
	error
	hint string
}

func (e *hintError) Unwrap() error { return e.error }

// failf is an error that exits with code.
func failf(code int, format string, args ...any) error {
	return &exitError{code, fmt.Errorf(format, args...)}
}

func withHint(err error, format string, args ...any) error {
	return &hintError{err, fmt.Sprintf(format, args...)}
}

// exitCode is the one place where an error becomes an exit code.
func exitCode(err error) int {
	var e *exitError
	var ambiguous *vault.AmbiguousError
	var missing *vault.NotFoundError
	switch {
	case errors.As(err, &e):
		return e.code
	case errors.As(err, &missing):
		return exitNotFound
	case errors.As(err, &ambiguous):
		return exitAmbiguous
	case errors.Is(err, vault.ErrIdentity), errors.Is(err, transfer.ErrWrongPassword), errors.Is(err, transfer.ErrPasswordNeeded):
		return exitLocked
	case errors.Is(err, vault.ErrDamaged), errors.Is(err, transfer.ErrDamaged), errors.Is(err, qr.ErrDamaged):
		return exitDamaged
	case errors.Is(err, vault.ErrNewer), errors.Is(err, otp.ErrUnsupported):
		return exitUnsupported
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	}
	return exitFailure
}

// exitCodesTopic is `authctl help exit-codes`.
func exitCodesTopic() *cobra.Command {
	var b strings.Builder
	b.WriteString("Every authctl command exits with one of these codes:\n\n")
	for _, e := range exitTable {
		fmt.Fprintf(&b, "  %3d  %s\n", e.code, e.meaning)
	}
	b.WriteString("\nThe codes marked as answers are no errors: stdout has the whole answer.")
	return &cobra.Command{Use: "exit-codes", Short: "The exit codes and what they mean", Long: b.String()}
}
