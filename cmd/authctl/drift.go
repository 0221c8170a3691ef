package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/authctl/authctl/drift"
)

// serversVariable names the servers to ask where none is named: for a network
// that has its own and lets no others through.
const serversVariable = "AUTHCTL_SERVERS"

// driftFlags are the flags of `authctl drift`.
type driftFlags struct {
	servers, urls            []string
	limit, timeout, simulate time.Duration
	watch                    bool
}

func (a *app) driftCmd() *cobra.Command {
	var f driftFlags
	cmd := &cobra.Command{
		Use:   "drift",
		Short: "How wrong is this clock, and how do we know?",
		Long: "Asks several time servers at once and says how wrong this clock is. Exit code 7: by more than\n" +
			"the limit; 8: that cannot be told. Servers named by --server or --https replace the defaults\n" +
			"(" + strings.Join(drift.DefaultServers, ", ") + "), as do those\n" +
			"in $" + serversVariable + " (separated by commas). One server alone is believed if you name it, but\n" +
			"nothing then confirms what it says. The clock is never set.",
		Example: "  authctl drift\n  authctl drift --server ntp.example.org --server 192.0.2.1:123\n  authctl drift --watch --json",
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.limit <= 0 || f.timeout <= 0 {
				return failf(exitUsage, "--limit %s, --timeout %s: both must be more than zero", f.limit, f.timeout)
			}
			if f.watch {
				return a.driftWatch(cmd.Context(), f.options(a))
			}
			return a.driftOnce(cmd.Context(), f.options(a))
		},
	}
	cmd.Flags().StringArrayVar(&f.servers, "server", nil, "ask this NTP server, `host` or host:port (may be repeated)")
	cmd.Flags().StringArrayVar(&f.urls, "https", nil, "ask this HTTPS `URL` for the date (may be repeated)")
	cmd.Flags().DurationVar(&f.limit, "limit", drift.DefaultLimit, "the offset that is too much")
	cmd.Flags().DurationVar(&f.timeout, "timeout", drift.DefaultTimeout, "give up after this `time`, looking up names included")
	cmd.Flags().BoolVar(&f.watch, "watch", false, "measure again and again: a live plot on a terminal, lines when piped")
	cmd.Flags().DurationVar(&f.simulate, "simulate", 0, "add this to the clock: with -90s a right clock reads as 90 s slow")
	return cmd
}

func (f driftFlags) options(a *app) drift.Options {
	o := a.timeSources()
	if len(f.servers)+len(f.urls) > 0 {
		o.Servers, o.HTTPS = f.servers, f.urls
	}
	o.Limit, o.Timeout = f.limit, f.timeout
	o.Clock = drift.Clock(drift.Machine).Plus(f.simulate)
	return o
}

// timeSources are whom to ask when the command line names nobody.
func (a *app) timeSources() drift.Options {
	var o drift.Options
	for _, server := range strings.Split(a.getenv(serversVariable), ",") {
		if server = strings.TrimSpace(server); server != "" {
			o.Servers = append(o.Servers, server)
		}
	}
	return o
}

func (a *app) driftOnce(ctx context.Context, o drift.Options) error {
	r, err := drift.Measure(ctx, o)
	if err != nil {
		return driftError(ctx, err)
	}
	sync := drift.Synchronization(ctx)
	if a.json {
		if err := a.printJSON(newDriftJSON(r, sync)); err != nil {
			return err
		}
	} else {
		a.printDrift(r, sync)
	}
	return driftAnswer(r.Verdict)
}

// driftError tells a server that cannot be one from an interrupt.
func driftError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err
	}
	return &exitError{exitUsage, err}
}

// driftAnswer is the exit code of a verdict.
func driftAnswer(v drift.Verdict) error {
	switch v {
	case drift.Bad:
		return exitAnswer(exitClockBad)
	case drift.Unknown:
		return exitAnswer(exitClockOpen)
	}
	return nil
}

// vague is how uncertain an offset may be and still correct a clock by it.
const vague = 5 * time.Second

// measureOffset measures this clock for --clock auto. It is measured anew each
// time, so that what is applied is never stale, and refused where it is not
// known well enough to choose a code by.
func (a *app) measureOffset(ctx context.Context) (offset, error) {
	r, err := drift.Measure(ctx, a.timeSources())
	if err != nil {
		return offset{}, fmt.Errorf("--clock auto: %w", driftError(ctx, err))
	}
	if !r.Offset.Bounded() || r.Offset.Half() > vague {
		return offset{}, withHint(failf(exitClockOpen, "--clock auto: %s", r.Reason),
			"authctl drift shows what each server said; --clock 90s gives an offset by hand")
	}
	fmt.Fprintf(a.stderr, "authctl: --clock auto: %s Corrected by %+.2f s.\n", r.Reason, r.Offset.Mid().Round(10*time.Millisecond).Seconds())
	return offset{r.Offset.Lo, r.Offset.Hi}, nil
}
