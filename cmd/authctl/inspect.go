package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/qr"
	"github.com/authctl/authctl/otp/transfer"
)

// inspectCmd is `authctl inspect`: what is in a file, and nothing is kept.
func (a *app) inspectCmd() *cobra.Command {
	var flags sourceFlags
	var reveal bool
	cmd := &cobra.Command{
		Use:     "inspect FILE|URI|PICTURE|-",
		Short:   "Show what is in a picture, a URI or another app's export",
		Long:    "Show the keys in a QR picture, an otpauth URI or another app's export, with what is\nunusual about them and what could not be read. Secrets are not shown without --reveal.",
		Example: "  authctl inspect picture.png\n  authctl inspect --json aegis-backup.json",
		Args:    exactly("FILE|URI|PICTURE|-"),
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := a.inspect(cmd.Context(), args[0], flags)
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(inspectionOf(file, reveal))
			}
			return printInspection(a.stdout, inspectionOf(file, reveal))
		},
	}
	cmd.Flags().StringVar(&flags.passphraseFile, "passphrase-file", "", "read the passphrase of an encrypted file from this `file`")
	cmd.Flags().BoolVar(&reveal, "reveal", false, "show the secrets")
	return cmd
}

// inspect opens what the argument is; unlike elsewhere, it is never an account.
func (a *app) inspect(ctx context.Context, arg string, flags sourceFlags) (transfer.File, error) {
	switch {
	case arg == "-":
		return a.openStdin(ctx, flags)
	case isURI(arg):
		return a.openURI(ctx, arg)
	}
	return a.openFile(ctx, arg, flags)
}

// inspection is the answer of `inspect`, and of `import --dry-run`, as JSON.
type inspection struct {
	Schema int `json:"schema"`
	Source struct {
		Format    transfer.Format `json:"format"`
		Version   string          `json:"version,omitempty"`
		Encrypted bool            `json:"encrypted"`
	} `json:"source"`
	Keys     []inspectedKey     `json:"keys"`
	Warnings []inspectedWarning `json:"warnings"`
	Skipped  []inspectedSkip    `json:"skipped"`
	Symbols  []inspectedSymbol  `json:"symbols,omitzero"` // of a picture
}

type inspectedKey struct {
	Index     int           `json:"index"` // in the file, from 1
	Issuer    string        `json:"issuer"`
	Account   string        `json:"account"`
	Type      otp.Type      `json:"type"`
	Algorithm otp.Algorithm `json:"algorithm"`
	Digits    int           `json:"digits"`
	Period    int           `json:"period,omitempty"`
	Counter   *int64        `json:"counter,omitempty"`
	T0        int64         `json:"t0,omitempty"`
	Secret    string        `json:"secret"`
}

type inspectedWarning struct {
	Index   int             `json:"index"` // of the entry in the file, from 1; 0: the file
	Code    otp.WarningCode `json:"code"`
	Message string          `json:"message"`
}

type inspectedSkip struct {
	Index  int    `json:"index"`
	Name   string `json:"name,omitempty"`
	Reason string `json:"reason"`
}

// inspectedSymbol is a QR code of a picture; its text is shown where it is no key.
type inspectedSymbol struct {
	Kind qr.Kind `json:"kind"`
	Text string  `json:"text,omitempty"`
}

// holdsKey reports whether a text of kind other is a key all the same.
func holdsKey(text string) bool {
	scheme, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(text)), "://")
	return scheme == "steam" || scheme == "motp"
}

func inspectedSymbols(symbols []qr.Symbol) []inspectedSymbol {
	shown := []inspectedSymbol{}
	for _, s := range symbols {
		text := ""
		if s.Kind == qr.Other && !holdsKey(s.Text()) {
			text = s.Text()
		}
		shown = append(shown, inspectedSymbol{s.Kind, text})
	}
	return shown
}

func inspectionOf(file transfer.File, reveal bool) inspection {
	in := inspection{
		Schema: schema, Keys: []inspectedKey{}, Warnings: []inspectedWarning{}, Skipped: []inspectedSkip{},
	}
	in.Source.Format, in.Source.Version, in.Source.Encrypted = file.Format, file.Version, file.Encrypted
	if file.Symbols != nil {
		in.Symbols = inspectedSymbols(file.Symbols)
	}
	for _, w := range file.Warnings {
		in.Warnings = append(in.Warnings, inspectedWarning{0, w.Code, w.Message})
	}
	for _, e := range file.Entries {
		k := e.Key
		shown := inspectedKey{
			Issuer: k.Issuer, Account: k.Account, Type: k.Type, Algorithm: k.Algorithm, Digits: k.Digits,
			Period: k.Period, T0: k.T0, Secret: "redacted", Index: e.Source.Index,
		}
		if k.Type == otp.HOTP {
			shown.Counter = &k.Counter
		}
		if reveal {
			shown.Secret = k.Secret.Base32()
		}
		in.Keys = append(in.Keys, shown)
		for _, w := range e.Warnings {
			in.Warnings = append(in.Warnings, inspectedWarning{e.Source.Index, w.Code, w.Message})
		}
	}
	for _, s := range file.Skipped {
		in.Skipped = append(in.Skipped, inspectedSkip{s.Index, s.Name, s.Reason})
	}
	return in
}

// printInspection writes a table of keys, then what is to be said about them.
func printInspection(w io.Writer, in inspection) error {
	encrypted := ""
	if in.Source.Encrypted {
		encrypted = ", encrypted"
	}
	fmt.Fprintf(w, "%s%s, %s\n\n", in.Source.Format, encrypted, count(len(in.Keys), "key"))
	var rows table
	rows.row("#", "ISSUER", "ACCOUNT", "TYPE", "ALGORITHM", "DIGITS", "PERIOD", "SECRET")
	for _, k := range in.Keys {
		factor := fmt.Sprintf("%d s", k.Period)
		if k.Counter != nil {
			factor = fmt.Sprintf("counter %d", *k.Counter)
		}
		rows.row(strconv.Itoa(k.Index), cmp.Or(k.Issuer, "-"), cmp.Or(k.Account, "-"),
			k.Type.String(), k.Algorithm.String(), strconv.Itoa(k.Digits), factor, k.Secret)
	}
	if err := rows.write(w); err != nil {
		return err
	}
	if len(in.Warnings)+len(in.Skipped) > 0 {
		fmt.Fprintln(w)
	}
	for _, warning := range in.Warnings {
		if warning.Index == 0 {
			fmt.Fprintf(w, "warning: %s\n", warning.Message)
		} else {
			fmt.Fprintf(w, "warning: %d: %s\n", warning.Index, warning.Message)
		}
	}
	for _, s := range in.Skipped {
		fmt.Fprintf(w, "skipped: %d: %s%s\n", s.Index, prefixed(s.Name), s.Reason)
	}
	for _, s := range in.Symbols {
		if s.Text != "" {
			fmt.Fprintf(w, "also in the picture: %.200q\n", s.Text)
		}
	}
	return nil
}

// prefixed is a name to stand before what is said of it.
func prefixed(name string) string {
	if name == "" {
		return ""
	}
	return name + ": "
}

// count is "1 key" or "2 keys".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
