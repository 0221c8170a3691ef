package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/qr"
)

// qrCmd is `authctl qr`: a key as a picture, or what an app would make of it.
func (a *app) qrCmd() *cobra.Command {
	var source sourceFlags
	var png, svg, check string
	var light bool
	cmd := &cobra.Command{
		Use:   "qr " + sourceUsage,
		Short: "Draw a key as a QR code, and say what apps would drop of it",
		Long: "Draw a key as a QR code: on the terminal, or into a file that only you can read. The picture\n" +
			"is the secret: whoever sees it can make your codes. --check says what an app would drop.",
		Example: "  authctl qr - --png key.png < uri.txt\n  authctl qr picture.png --check all",
		Args:    source.args("", 0),
		RunE: func(cmd *cobra.Command, args []string) error {
			arg, _ := source.split(args)
			entry, err := a.one(cmd.Context(), arg, source)
			if err != nil {
				return err
			}
			if a.json && check == "" && png == "" && svg == "" {
				return failf(exitUsage, "--json has no picture: give --png, --svg or --check")
			}
			if check != "" {
				return a.printLosses(entry.Key, check)
			}
			code, err := qr.Encode(entry.Key.URI())
			if err != nil {
				return err
			}
			if png != "" {
				err = writeNew(png, func(b *bytes.Buffer) error { return code.PNG(b, qr.DefaultScale) })
			}
			if svg != "" && err == nil {
				err = writeNew(svg, func(b *bytes.Buffer) error { return code.SVG(b) })
			}
			switch {
			case err != nil:
				return err
			case a.json:
				return a.printJSON(struct {
					Schema  int      `json:"schema"`
					Written []string `json:"written"`
				}{schema, slices.DeleteFunc([]string{png, svg}, func(s string) bool { return s == "" })})
			case png == "" && svg == "":
				return code.Terminal(a.stdout, light)
			}
			return nil
		},
	}
	source.register(cmd)
	cmd.Flags().StringVar(&png, "png", "", "write a PNG to this new `file`")
	cmd.Flags().StringVar(&svg, "svg", "", "write an SVG to this new `file`")
	cmd.Flags().BoolVar(&light, "light", false, "draw for a light terminal")
	cmd.Flags().StringVar(&check, "check", "", "say what `app` drops: google, microsoft, authy, lastpass or all")
	cmd.MarkFlagsMutuallyExclusive("check", "png")
	cmd.MarkFlagsMutuallyExclusive("check", "svg")
	return cmd
}

// writeNew writes a file that only its owner can read, and never over another.
func writeNew(path string, draw func(*bytes.Buffer) error) error {
	var b bytes.Buffer
	if err := draw(&b); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists, and is not overwritten", path)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(b.Bytes())
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		os.Remove(path) // half a picture is worse than none
	}
	return err
}

// printLosses says what each app would drop of the key.
func (a *app) printLosses(k otp.Key, name string) error {
	apps := []qr.App{qr.App(name)}
	if name == "all" {
		apps = qr.Apps
	}
	type checked struct {
		App    qr.App    `json:"app"`
		Losses []qr.Loss `json:"losses"`
	}
	var checks []checked
	for _, app := range apps {
		losses, err := qr.Check(k, app)
		if err != nil {
			return &exitError{exitUsage, err}
		}
		checks = append(checks, checked{app, append([]qr.Loss{}, losses...)})
	}
	if a.json {
		return a.printJSON(struct {
			Schema int       `json:"schema"`
			Checks []checked `json:"checks"`
		}{schema, checks})
	}
	var text bytes.Buffer
	for _, c := range checks {
		if len(c.Losses) == 0 {
			fmt.Fprintf(&text, "%-24s keeps all of it\n", c.App.Name())
		}
		for _, l := range c.Losses {
			fmt.Fprintf(&text, "%-24s %s: %s\n", c.App.Name(), l.Effect, l.Message)
		}
	}
	_, err := a.stdout.Write(text.Bytes())
	return err
}
