package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/authctl/authctl/otp"
)

// codeCmd is `authctl code`: one code, now or later.
func (a *app) codeCmd() *cobra.Command {
	var source sourceFlags
	var clock clockFlags
	var next, quiet bool
	var fresh time.Duration
	cmd := &cobra.Command{
		Use:   "code " + sourceUsage,
		Short: "Show a code",
		Long: "Show the code of one key. The key comes from a QR picture, or, with -, as an otpauth URI\n" +
			"from standard input.",
		Example: "  authctl code picture.png\n  authctl code --quiet --fresh 5s - < uri.txt",
		Args:    source.args("", 0),
		RunE: func(cmd *cobra.Command, args []string) error {
			arg, _ := source.split(args)
			entry, err := a.one(cmd.Context(), arg, source)
			if err != nil {
				return err
			}
			k := entry.Key
			g, err := otp.Prepare(k)
			if err != nil {
				return err
			}
			now, err := clock.read(cmd.Context(), a)
			if err != nil {
				return err
			}
			step := k.Step(now.true())
			if k.Type != otp.HOTP && k.Start(step+1).Sub(now.true()) < fresh {
				if clock.at != "" {
					return failf(exitUsage, "--fresh waits, so it does not go with --at")
				}
				if err := a.wait(cmd.Context(), k.Start(step+1).Sub(now.true())); err != nil {
					return err
				}
				now.at = now.at.Add(k.Start(step + 1).Sub(now.true()))
				step++
			}
			if next {
				step++
			}
			return a.printCode(shownCodeOf(k, g, step, now.true()), quiet)
		},
	}
	source.register(cmd)
	clock.register(cmd)
	cmd.Flags().BoolVar(&next, "next", false, "the code after the one of now")
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "print only the code")
	cmd.Flags().DurationVar(&fresh, "fresh", 0, "wait for the next code if this one lives less than `D`")
	return cmd
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
		a.warn("the counter is not kept: the next code is that of counter %d", c.Counter+1)
		_, err := fmt.Fprintf(a.stdout, "%s  %s  counter %d\n", c.Code, c.name, c.Counter)
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "%s  %s  %d s left\n", c.Code, c.name, int(*c.Remaining+0.5))
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
