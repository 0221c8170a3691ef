package main

import (
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"
)

// clockFlags are --at and --clock, wherever time matters.
type clockFlags struct{ at, clock string }

func (f *clockFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.at, "at", "", "the time to use instead of now (RFC 3339 or Unix `seconds`)")
	cmd.Flags().StringVar(&f.clock, "clock", "", "the offset of this machine's clock: 90s if it is 90 s slow, -90s if fast, or auto to measure it")
}

// reading is what a clock showed and what is known of its offset (true time minus
// this clock).
type reading struct {
	at     time.Time
	offset *offset // nil: not known
}

// offset is an interval that holds the offset of this machine's clock.
type offset struct{ lo, hi time.Duration }

func (o offset) mid() time.Duration { return o.lo + (o.hi-o.lo)/2 }

// true is the best estimate of the true time.
func (r reading) true() time.Time {
	if r.offset == nil {
		return r.at
	}
	return r.at.Add(r.offset.mid())
}

// read evaluates the flags. --clock auto measures, and fails where the answer is
// stale or unknown.
func (f *clockFlags) read(ctx context.Context, a *app) (reading, error) {
	at, err := parseTime(f.at, a.now)
	if err != nil {
		return reading{}, err
	}
	switch f.clock {
	case "":
		return reading{at: at}, nil
	case "auto":
		if f.at != "" {
			return reading{}, failf(exitUsage, "--clock auto measures the clock now, so it does not go with --at")
		}
		o, err := a.measureOffset(ctx)
		if err != nil {
			return reading{}, err
		}
		return reading{a.now(), &o}, nil // measuring took its time
	}
	d, err := time.ParseDuration(f.clock)
	if err != nil {
		return reading{}, failf(exitUsage, "--clock %q is neither a duration such as 90s or -1m30s nor auto", f.clock)
	}
	return reading{at, &offset{d, d}}, nil
}

// parseTime reads --at: RFC 3339 or Unix seconds; empty is now.
func parseTime(s string, now func() time.Time) (time.Time, error) {
	if s == "" {
		return now(), nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if seconds, e := strconv.ParseInt(s, 10, 64); e == nil {
		t, err = time.Unix(seconds, 0).UTC(), nil
	}
	if err == nil && (t.Year() < 1 || t.Year() > 9999) {
		return time.Time{}, failf(exitUsage, "--at %s is not within the years 1 to 9999", s)
	}
	if err != nil {
		return time.Time{}, failf(exitUsage, "--at %q is neither RFC 3339 (2026-01-02T15:04:05Z) nor Unix seconds", s)
	}
	return t, nil
}
