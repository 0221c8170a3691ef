package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/authctl/authctl/otp/vault"
)

// recoveryCmd is `authctl recovery` and what is below it.
func (a *app) recoveryCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "recovery",
		Short: "Keep the recovery codes of an account",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return failf(exitUsage, "what about recovery codes? add, show, use, left or sheet")
		},
	}
	cmd.AddCommand(a.recoveryAddCmd(), a.recoveryShowCmd(), a.recoveryUseCmd(), a.recoveryLeftCmd(), a.recoverySheetCmd())
	return cmd
}

func (a *app) recoveryAddCmd() *cobra.Command {
	var f vaultFlags
	var replace bool
	cmd := &cobra.Command{
		Use:   "add QUERY",
		Short: "Read recovery codes from standard input, one a line",
		Long: "Read recovery codes from standard input, one a line; an empty line or the end of the input\n" +
			"ends the list. A set that the service issued anew makes the old one void: --replace.",
		Example: "  authctl recovery add github < recovery-codes.txt",
		Args:    exactly("QUERY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.addRecovery(cmd.Context(), f, args[0], replace)
		},
	}
	f.register(cmd)
	cmd.Flags().BoolVar(&replace, "replace", false, "the old codes are void")
	return cmd
}

// addRecovery finds the account before it reads: nobody types codes for nothing.
func (a *app) addRecovery(ctx context.Context, f vaultFlags, query string, replace bool) error {
	v, acc, err := a.openAccount(ctx, f, (*vault.Vault).Find, query)
	if err != nil {
		return err
	}
	if a.typing {
		fmt.Fprintf(a.stderr, "Recovery codes of %s, one a line, then an empty line:\n", acc.Title())
	}
	codes, err := readRecovery(a.stdin)
	if err != nil {
		return err
	}
	if len(codes) == 0 {
		return failf(exitFailure, "no recovery codes on standard input: nothing was changed")
	}
	acc, err = changeAccount(ctx, v, acc.ID, func(_ *vault.Tx, acc *vault.Account) error {
		if acc.RecoveryLeft() > 0 && !replace {
			a.warn("%s has %s left already: if the service issued a new set, it is void (--replace)", acc.Title(), count(acc.RecoveryLeft(), "code"))
		}
		return acc.AddRecovery(codes, replace)
	})
	if err != nil {
		return err
	}
	return a.printChanged(acc, "%s has %s left.", acc.Title(), count(acc.RecoveryLeft(), "recovery code"))
}

// readRecovery reads codes up to an empty line after the first of them. What
// services print before a code, a number or a bullet, is left out.
func readRecovery(r io.Reader) ([]string, error) {
	var codes []string
	lines := bufio.NewScanner(io.LimitReader(r, 1<<20))
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) > 1 && strings.Trim(fields[0], "0123456789.)-*•") == "" && strings.ContainsAny(fields[0], ".)-*•") {
			fields = fields[1:]
		}
		if line := strings.Join(fields, " "); line != "" {
			codes = append(codes, line)
		} else if len(codes) > 0 {
			break
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read recovery codes: %w", err)
	}
	return codes, nil
}

// shownRecovery is a recovery code as --json prints it.
type shownRecovery struct {
	Code string `json:"code"`
	Used bool   `json:"used"`
}

// recoveryAnswer prints recovery codes as JSON or through text.
func (a *app) recoveryAnswer(acc vault.Account, codes []vault.RecoveryCode, text func(io.Writer)) error {
	if !a.json {
		return a.printText(text)
	}
	list := []shownRecovery{}
	for _, c := range codes {
		list = append(list, shownRecovery{string(c.Code.Bytes()), !c.Used.IsZero()})
	}
	return a.printJSON(struct {
		Schema int             `json:"schema"`
		ID     string          `json:"id"`
		Left   int             `json:"left"`
		Codes  []shownRecovery `json:"codes"`
	}{schema, acc.ID, acc.RecoveryLeft(), list})
}

// hintNoRecovery says how to come by codes where there are none to show.
func (a *app) hintNoRecovery(acc vault.Account, codes []vault.RecoveryCode) {
	if len(codes) == 0 {
		a.hint("%s has no recovery codes: get some at the service, then authctl recovery add %s", acc.Title(), acc.ID)
	}
}

// recoveryOf is a recovery command that only reads.
func (a *app) recoveryOf(use, short string, run func(vault.Account) error) *cobra.Command {
	var f vaultFlags
	cmd := &cobra.Command{
		Use:     use + " QUERY",
		Short:   short,
		Example: "  authctl recovery " + use + " github",
		Args:    exactly("QUERY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, acc, err := a.openAccount(cmd.Context(), f, (*vault.Vault).Find, args[0])
			if err != nil {
				return err
			}
			return run(acc)
		},
	}
	f.register(cmd)
	return cmd
}

func (a *app) recoveryShowCmd() *cobra.Command {
	return a.recoveryOf("show", "Show the recovery codes, used ones marked", func(acc vault.Account) error {
		return a.recoveryAnswer(acc, acc.Recovery, func(w io.Writer) {
			a.hintNoRecovery(acc, acc.Recovery)
			for _, c := range acc.Recovery {
				used := ""
				if !c.Used.IsZero() {
					used = "  used " + c.Used.Local().Format("2006-01-02")
				}
				fmt.Fprintf(w, "%s%s\n", c.Code.Bytes(), used)
			}
		})
	})
}

func (a *app) recoveryLeftCmd() *cobra.Command {
	return a.recoveryOf("left", "Say how many recovery codes are left", func(acc vault.Account) error {
		return a.recoveryAnswer(acc, nil, func(w io.Writer) { fmt.Fprintln(w, acc.RecoveryLeft()) })
	})
}

// recoveryUseCmd marks a code used, durably, before it shows it.
func (a *app) recoveryUseCmd() *cobra.Command {
	var f vaultFlags
	cmd := &cobra.Command{
		Use:     "use QUERY",
		Short:   "Show the next recovery code and mark it used",
		Example: "  authctl recovery use github",
		Args:    exactly("QUERY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var next int
			acc, err := a.change(cmd.Context(), f, (*vault.Vault).Find, args[0], func(t *vault.Tx, acc *vault.Account) error {
				next = slices.IndexFunc(acc.Recovery, func(c vault.RecoveryCode) bool { return c.Used.IsZero() })
				if next < 0 {
					return withHint(failf(exitNotFound, "%s has no recovery codes left", acc.Title()),
						"a session that is still logged in may issue new ones, or a one-time login link")
				}
				acc.Recovery[next].Used = t.Now()
				return nil
			})
			if err != nil {
				return err
			}
			if left := acc.RecoveryLeft(); left <= 2 {
				a.warn("%s left: get new ones at the service when you are in", count(left, "recovery code"))
			}
			return a.recoveryAnswer(acc, acc.Recovery[next:next+1], func(w io.Writer) { fmt.Fprintf(w, "%s\n", acc.Recovery[next].Code.Bytes()) })
		},
	}
	f.register(cmd)
	return cmd
}

func (a *app) recoverySheetCmd() *cobra.Command {
	return a.recoveryOf("sheet", "Print the codes that are left as text for paper", func(acc vault.Account) error {
		var left []vault.RecoveryCode
		for _, c := range acc.Recovery {
			if c.Used.IsZero() {
				left = append(left, c)
			}
		}
		return a.recoveryAnswer(acc, left, func(w io.Writer) {
			if a.hintNoRecovery(acc, left); len(left) == 0 {
				return // an empty sheet would be kept for nothing
			}
			fmt.Fprintf(w, "Recovery codes of %s\nprinted %s\n\n", acc.Title(), a.now().Local().Format("2006-01-02"))
			for _, c := range left {
				fmt.Fprintf(w, "  [ ]  %s\n", c.Code.Bytes())
			}
			fmt.Fprint(w, "\nEach works once. Strike out what you used. A new set makes this sheet void:\ndestroy it then. Keep it where you keep papers, apart from the phone.\n")
		})
	})
}
