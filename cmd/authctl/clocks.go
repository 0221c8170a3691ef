package main

import (
	"fmt"
	"io"
	"math"
	"time"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/diagnose"
)

// clocks are the three numbers behind a code where this machine's clock was
// measured. One number would mix them: a code looks the same whether the
// authenticator is slow or the person was.
type clocks struct {
	Machine       diagnose.Interval `json:"machine"`       // true time minus this machine's clock
	Authenticator diagnose.Interval `json:"authenticator"` // this machine's clock minus the authenticator's
	Typed         diagnose.Interval `json:"typed"`         // how long after the code appeared it was typed, if the authenticator is right
}

// clocksOf is nil where the codes or the measurement do not tell.
func clocksOf(k otp.Key, inputs []diagnose.Input, now reading) *clocks {
	if now.offset == nil || k.Type == otp.HOTP {
		return nil
	}
	dated := append([]diagnose.Input(nil), inputs...)
	dated[0].At = now.at
	authenticator, err := diagnose.Bound(k, dated)
	if err != nil {
		return nil
	}
	machine := *now.interval()
	return &clocks{machine, authenticator, diagnose.Interval{
		Lo: max(authenticator.Lo+machine.Lo, 0), Hi: max(authenticator.Hi+machine.Hi, 0),
	}}
}

func (c *clocks) write(w io.Writer) {
	fmt.Fprintf(w, "\nThis machine against true time:          %s\n", slowness(c.Machine))
	fmt.Fprintf(w, "The authenticator against this machine:  %s\n", slowness(c.Authenticator))
	if c.Typed.Hi == 0 {
		fmt.Fprintln(w, "Typed, if the authenticator is right:    before the code appeared, which cannot be")
		return
	}
	fmt.Fprintf(w, "Typed, if the authenticator is right:    %s to %s after the code appeared\n", amount(c.Typed.Lo), amount(c.Typed.Hi))
}

// slowness says an offset as a clock's owner would.
func slowness(i diagnose.Interval) string {
	if i.Lo == i.Hi {
		return slow(i.Lo)
	}
	return slow(i.Lo) + " to " + slow(i.Hi)
}

func slow(d time.Duration) string {
	switch {
	case d > 0:
		return amount(d) + " slow"
	case d < 0:
		return amount(-d) + " fast"
	}
	return "right"
}

// amount is a duration in seconds up to two minutes, then in minutes and seconds.
func amount(d time.Duration) string {
	seconds := d.Seconds()
	if seconds < 1 && seconds > 0 {
		return fmt.Sprintf("%.3f s", seconds)
	}
	whole := int(math.Round(seconds))
	if whole <= 120 {
		return fmt.Sprintf("%d s", whole)
	}
	if whole%60 == 0 {
		return fmt.Sprintf("%d min", whole/60)
	}
	return fmt.Sprintf("%d min %d s", whole/60, whole%60)
}
