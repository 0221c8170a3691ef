package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/authctl/authctl/otp/vault"
)

// auditCmd is `authctl audit`.
func (a *app) auditCmd() *cobra.Command {
	var f vaultFlags
	var clock clockFlags
	var folders []string
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Look for what could expose your codes or lock you out",
		Long: "Look for weak and shared secrets, keys that are not used, accounts without recovery codes,\n" +
			"old backups, and exports without encryption that lie in the download folder, on the desktop or here.",
		Example: "  authctl audit\n  authctl audit --folder /media/stick",
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			now, err := clock.read(cmd.Context(), a)
			if err != nil {
				return err
			}
			v, err := a.openVault(cmd.Context(), f)
			if err != nil {
				return err
			}
			findings := slices.Concat(vault.Audit(v.Accounts(), v.BackedUp(), now.true()), openFile(v.Path()))
			if home := a.getenv("HOME"); home != "" && len(folders) == 0 {
				folders = []string{filepath.Join(home, "Downloads"), filepath.Join(home, "Desktop"), home}
			}
			for _, dir := range append(folders, ".") {
				findings = append(findings, plainExports(dir)...)
			}
			return a.printFindings(distinctFindings(findings))
		},
	}
	f.register(cmd)
	clock.register(cmd)
	cmd.Flags().StringArrayVar(&folders, "folder", nil, "look for plain exports in this `folder` (may be repeated)")
	return cmd
}

// openFile finds a vault that others can read, where files have modes.
func openFile(path string) []vault.Finding {
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&0o077 == 0 || os.PathSeparator != '/' {
		return nil
	}
	return []vault.Finding{{Problem: vault.OpenFile,
		Text: fmt.Sprintf("%s can be read by others (mode %v)", path, info.Mode().Perm()), Fix: "chmod 600 " + path}}
}

// The files that plainExports looks at.
const (
	maxExports    = 2000    // of a folder
	exportHead    = 8 << 10 // bytes of each
	maxExportSize = 64 << 20
)

// plainMarks are what the formats that hold secrets in plain text begin with.
var plainMarks = []string{"otpauth://", "otpauth-migration://", `"secret"`, `"totp":`, `"otpSecret"`, `"login_totp"`, "login_totp", `"info":{"secret"`}

// plainExports finds files in dir that hold secrets in plain text. It reads only
// the beginning of files of the kinds that apps export.
func plainExports(dir string) []vault.Finding {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var list []vault.Finding
	for _, e := range entries[:min(len(entries), maxExports)] {
		if !e.Type().IsRegular() || !slices.Contains([]string{".json", ".txt", ".csv", ".2fas", ".html", ".xml", ".uri"}, strings.ToLower(filepath.Ext(e.Name()))) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		if holdsSecrets(path) {
			abs, err := filepath.Abs(path)
			if err != nil {
				abs = path
			}
			list = append(list, vault.Finding{Problem: vault.PlainTextFile,
				Text: abs + " looks like an export with secrets in plain text", Fix: "import it, then delete it; empty the bin too"})
		}
	}
	return list
}

func holdsSecrets(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Size() > maxExportSize {
		return false
	}
	head, _ := io.ReadAll(io.LimitReader(bufio.NewReader(f), exportHead))
	return slices.ContainsFunc(plainMarks, func(mark string) bool { return bytes.Contains(head, []byte(mark)) })
}

func distinctFindings(list []vault.Finding) []vault.Finding {
	var out []vault.Finding
	for _, f := range list {
		if !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}

func (a *app) printFindings(list []vault.Finding) error {
	switch {
	case a.json:
		return a.printJSON(struct {
			Schema   int             `json:"schema"`
			Findings []vault.Finding `json:"findings"`
		}{schema, nonNil(list)})
	case len(list) == 0:
		return a.printText(func(w io.Writer) { fmt.Fprintln(w, "Nothing was found.") })
	}
	return a.printText(func(w io.Writer) { a.writeFindings(w, list) })
}
