package main

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/spf13/cobra"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/vault"
)

// codeFlags are the flags of `authctl code`.
type codeFlags struct {
	source                   sourceFlags
	clock                    clockFlags
	next, again, quiet, copy bool
	fresh, clear             time.Duration
}

// codeCmd is `authctl code`: one code, now or later.
func (a *app) codeCmd() *cobra.Command {
	var f codeFlags
	cmd := &cobra.Command{
		Use:   "code " + sourceUsage,
		Short: "Show a code",
		Long: "Show the code of one key: of an account in the vault, of a QR picture, or, with -, of an\n" +
			"otpauth URI from standard input. The counter of an HOTP account is saved before its code is shown.",
		Example: "  authctl code github --copy\n  authctl code picture.png\n  authctl code --quiet --fresh 5s - < uri.txt",
		Args:    f.source.args("", 0),
		RunE: func(cmd *cobra.Command, args []string) error {
			arg, _ := f.source.split(args)
			if f.source.isQuery(arg) {
				return a.codeOfAccount(cmd.Context(), arg, f)
			}
			if f.again {
				return failf(exitUsage, "--again is for HOTP accounts of the vault, which keeps their counters")
			}
			entry, err := a.one(cmd.Context(), arg, f.source)
			if err != nil {
				return err
			}
			c, err := a.codeNow(cmd.Context(), entry.Key, f)
			if err != nil {
				return err
			}
			if c.Type == otp.HOTP && c.Counter < math.MaxInt64 {
				a.warn("the counter is not kept: the next code is that of counter %d", c.Counter+1)
			}
			return a.giveCode(cmd.Context(), c, f)
		},
	}
	f.source.register(cmd)
	f.clock.register(cmd)
	cmd.Flags().BoolVar(&f.next, "next", false, "the code after the one of now")
	cmd.Flags().BoolVar(&f.again, "again", false, "HOTP: the last code once more, without moving the counter")
	cmd.Flags().BoolVarP(&f.quiet, "quiet", "q", false, "print only the code")
	cmd.Flags().BoolVar(&f.copy, "copy", false, "copy the code to the clipboard and clear that after a while")
	cmd.Flags().DurationVar(&f.clear, "clear-after", defaultClear, "with --copy: when to clear the clipboard; 0 never")
	cmd.Flags().DurationVar(&f.fresh, "fresh", 0, "wait for the next code if this one lives less than `D`")
	cmd.MarkFlagsMutuallyExclusive("next", "again")
	cmd.MarkFlagsMutuallyExclusive("fresh", "at")
	return cmd
}

// codeNow is the code of a key at the time of the flags, for HOTP at its counter.
func (a *app) codeNow(ctx context.Context, k otp.Key, f codeFlags) (shownCode, error) {
	g, err := otp.Prepare(k)
	if err != nil {
		return shownCode{}, err
	}
	switch period := time.Duration(k.Period) * time.Second; {
	case f.fresh < 0:
		return shownCode{}, failf(exitUsage, "--fresh %v is below zero", f.fresh)
	case f.fresh > period && k.Type != otp.HOTP:
		return shownCode{}, failf(exitUsage, "--fresh %v: a code of %s lives only %v", f.fresh, nameOf(k), period)
	}
	now, err := f.clock.read(ctx, a)
	if err != nil {
		return shownCode{}, err
	}
	step := k.Step(now.true())
	if left := k.Start(step + 1).Sub(now.true()); k.Type != otp.HOTP && left < f.fresh {
		if err := a.wait(ctx, left); err != nil {
			return shownCode{}, err
		}
		now.at = a.now() // the machine may have slept meanwhile
		step = k.Step(now.true())
	}
	if f.next && step == math.MaxInt64 {
		return shownCode{}, fmt.Errorf("%s has no next code: its counter is the last there is", nameOf(k))
	}
	if f.next {
		step++
	}
	return shownCodeOf(k, g, step, now.true()), nil
}

// codeOfAccount shows the code of an account in the vault.
func (a *app) codeOfAccount(ctx context.Context, query string, f codeFlags) error {
	v, acc, err := a.fromVault(ctx, query, f.source)
	if err != nil {
		return err
	}
	if !acc.Active() {
		a.warn("%s is in the %s: authctl restore %s brings it back", acc.Title(), place(acc), acc.ID)
	}
	if acc.Key.Type == otp.HOTP {
		return a.countedCode(ctx, v, acc, f)
	}
	if f.again {
		return failf(exitUsage, "--again is for HOTP, and %s is %v", acc.Title(), acc.Key.Type)
	}
	c, err := a.codeNow(ctx, acc.Key, f)
	if err != nil {
		return err
	}
	c.ID, c.name = acc.ID, acc.Title()
	if err := a.giveCode(ctx, c, f); err != nil {
		return err
	}
	// When it was used is only for audit: a vault that cannot be written still gives codes.
	_ = v.Used(ctx, acc.ID)
	return nil
}

// countedCode shows the next code of an HOTP account, or with --again the last.
func (a *app) countedCode(ctx context.Context, v *vault.Vault, acc vault.Account, f codeFlags) error {
	g, err := otp.Prepare(acc.Key)
	if err != nil {
		return err
	}
	var counter int64
	switch {
	case f.next:
		return failf(exitUsage, "every code of an HOTP account is the next one: --next is for TOTP")
	case f.again && acc.Key.Counter == 0:
		return failf(exitNotFound, "%s has not shown a code yet", acc.Title())
	case f.again:
		counter = acc.Key.Counter - 1
	default:
		if _, counter, err = v.NextHOTP(ctx, acc.ID); err != nil {
			return vaultError(err)
		}
		fmt.Fprintf(a.stderr, "authctl: counter %d → %d\n", counter, counter+1)
	}
	c := shownCodeOf(acc.Key, g, counter, a.now())
	c.ID, c.name = acc.ID, acc.Title()
	return a.giveCode(ctx, c, f)
}

// giveCode copies or prints a code.
func (a *app) giveCode(ctx context.Context, c shownCode, f codeFlags) error {
	if !f.copy {
		return a.printCode(c, f.quiet)
	}
	copied, err := a.copyText(ctx, c.Code, f.clear)
	switch {
	case err != nil && c.Type == otp.HOTP && c.ID != "":
		return withHint(err, "the counter has moved: authctl code %s --again shows the code", c.ID)
	case err != nil:
		return err
	}
	if a.json {
		return a.printCode(c, f.quiet)
	}
	fmt.Fprintf(a.stderr, "authctl: the code of %s %s\n", c.name, copied)
	return nil
}

// shownCode is a code with its life, as --json prints it.
type shownCode struct {
	ID         string     `json:"id,omitempty"`
	Issuer     string     `json:"issuer"`
	Account    string     `json:"account"`
	Type       otp.Type   `json:"type"`
	Code       string     `json:"code"`
	Counter    int64      `json:"counter"`
	Period     int        `json:"period,omitempty"`
	ValidFrom  *time.Time `json:"valid_from,omitempty"`
	ValidUntil *time.Time `json:"valid_until,omitempty"`
	Remaining  *float64   `json:"remaining_s,omitempty"`
	Next       string     `json:"next,omitempty"`

	name string
}

func shownCodeOf(k otp.Key, g *otp.Generator, step int64, now time.Time) shownCode {
	c := shownCode{
		Issuer: k.Issuer, Account: k.Account, Type: k.Type, Code: g.Code(step), Counter: step, name: nameOf(k),
	}
	if k.Type == otp.HOTP {
		return c
	}
	from, until := k.Start(step).UTC(), k.Start(step+1).UTC()
	remaining := until.Sub(now).Seconds()
	c.Period, c.ValidFrom, c.ValidUntil, c.Remaining = k.Period, &from, &until, &remaining
	c.Next = g.Code(step + 1)
	return c
}

func (a *app) printCode(c shownCode, quiet bool) error {
	switch {
	case a.json:
		return a.printJSON(struct {
			Schema int         `json:"schema"`
			Codes  []shownCode `json:"codes"`
		}{schema, []shownCode{c}})
	case quiet:
		_, err := fmt.Fprintln(a.stdout, c.Code)
		return err
	case c.Type == otp.HOTP:
		_, err := fmt.Fprintf(a.stdout, "%s  %s  counter %d\n", a.paint(bold, c.Code), c.name, c.Counter)
		return err
	}
	life := fmt.Sprintf("%d s left", int(*c.Remaining+0.5))
	if ahead := *c.Remaining - float64(c.Period); ahead > 0 {
		life = fmt.Sprintf("valid in %d s", int(ahead+0.5))
	}
	_, err := fmt.Fprintf(a.stdout, "%s  %s  %s\n", a.paint(bold, c.Code), c.name, life)
	return err
}

// wait waits for d, or until the command is interrupted.
func (a *app) wait(ctx context.Context, d time.Duration) error {
	a.progress("waiting %d s for the next code", int(d.Seconds()+0.5))
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
