package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/authctl/authctl/otp/vault"
)

// app is what the commands share: the outside world, replaceable in tests, and
// the flags that every command has.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer // stdout: the answer and nothing else
	now            func() time.Time
	getenv         func(string) string
	terminal       bool // stdout is one
	typing         bool // stdin is a terminal, with a person at it

	json        bool // --json
	noColor     bool // --no-color
	args        []string
	interrupted <-chan struct{}

	parsed bool // flags and arguments were understood: an error from here on is not one of usage
}

// run executes one command line and returns its exit code.
func (a *app) run(ctx context.Context, args []string) int {
	a.args, a.interrupted, a.stdin = args, ctx.Done(), interruptible{ctx, a.stdin}
	root := a.rootCmd(args)
	root.SetArgs(args)
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	a.noteParsed(root)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitOK
	}
	var answer exitAnswer
	if errors.As(err, &answer) {
		return int(answer)
	}
	code, hint := exitCode(err), ""
	var hinted *hintError
	if errors.As(err, &hinted) {
		hint = hinted.hint
	}
	if !a.parsed {
		a.json = a.json || slices.Contains(args, "--json") // parsing may have stopped before it
		code, hint = exitUsage, fmt.Sprintf("%s --help shows how it is used", cmd.CommandPath())
	}
	a.printError(code, err, hint)
	return code
}

// noteParsed wraps each RunE to note that parsing ended, which is how errors of
// usage are told from errors of running.
func (a *app) noteParsed(cmd *cobra.Command) {
	if runE := cmd.RunE; runE != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			if err := refuseEmpty(cmd); err != nil {
				return err
			}
			a.parsed = true
			return runE(cmd, args)
		}
	}
	for _, sub := range cmd.Commands() {
		a.noteParsed(sub)
	}
}

// mayBeEmpty marks flags whose empty value means something: it clears what was there.
const mayBeEmpty = "may-be-empty"

// refuseEmpty refuses flags that were given an empty value, most likely by a script
// whose variable was not set: they would count as not given.
func refuseEmpty(cmd *cobra.Command) (err error) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		_, clears := f.Annotations[mayBeEmpty]
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		if !clears && slices.Contains(values, "") {
			err = fmt.Errorf("--%s is empty", f.Name)
		}
	})
	return err
}

func (a *app) printError(code int, err error, hint string) {
	message := redact(err.Error(), a.args)
	hint = redact(hint, a.args)
	if code == exitInterrupted {
		message = "interrupted"
	}
	fmt.Fprintf(a.stderr, "authctl: error: %s\n", message)
	if hint != "" {
		fmt.Fprintf(a.stderr, "authctl: hint: %s\n", hint)
	}
	if !a.json {
		return
	}
	type failure struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
		Hint    string `json:"hint,omitempty"`
	}
	type match struct {
		ID    string `json:"id"`
		Title string `json:"title"`
	}
	answer := struct {
		Schema  int               `json:"schema"`
		Error   failure           `json:"error"`
		Matches []match           `json:"matches,omitempty"`
		Symbols []inspectedSymbol `json:"symbols,omitzero"`
		Skipped []importedSkip    `json:"skipped,omitempty"`
	}{Schema: schema, Error: failure{code, message, hint}}
	var ambiguous *vault.AmbiguousError
	if errors.As(err, &ambiguous) {
		for _, acc := range ambiguous.Matches {
			answer.Matches = append(answer.Matches, match{acc.ID, acc.Title()})
		}
	}
	var none *noKeyError
	if errors.As(err, &none) {
		answer.Symbols = inspectedSymbols(none.symbols)
	}
	var strict *strictError
	if errors.As(err, &strict) {
		answer.Skipped = strict.skipped
	}
	a.printJSON(answer)
}

// schema is the version of every JSON answer.
const schema = 1

// printJSON writes one answer on one line of stdout.
func (a *app) printJSON(v any) error {
	enc := json.NewEncoder(a.stdout)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// printText writes an answer to stdout in one piece.
func (a *app) printText(write func(io.Writer)) error {
	var text bytes.Buffer
	write(&text)
	_, err := text.WriteTo(a.stdout)
	return err
}

func (a *app) warn(format string, args ...any) {
	fmt.Fprintf(a.stderr, "authctl: warning: %s\n", redact(fmt.Sprintf(format, args...), a.args))
}

func (a *app) hint(format string, args ...any) {
	fmt.Fprintf(a.stderr, "authctl: hint: "+format+"\n", args...)
}

// The styles of paint, as SGR parameters of ECMA-48 §8.3.117.
const (
	bold   = "1"
	dim    = "2"
	red    = "1;31"
	green  = "1;32"
	yellow = "1;33"
)

// paint puts s in a style where stdout is a terminal and colour is wanted.
func (a *app) paint(style, s string) string {
	if !a.terminal || a.noColor || a.getenv("NO_COLOR") != "" || a.getenv("TERM") == "dumb" {
		return s
	}
	return "\x1b[" + style + "m" + s + "\x1b[0m"
}

// columns is how wide the terminal behind stdout is; 0 where there is none.
func (a *app) columns() int {
	if !a.terminal {
		return 0
	}
	columns, _ := terminalSize()
	return columns
}

// progress tells on a terminal what takes its time.
func (a *app) progress(format string, args ...any) {
	if a.terminal {
		fmt.Fprintf(a.stderr, "authctl: "+format+"\n", args...)
	}
}
