package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/authctl/authctl/drift"
)

// namedEvery is how often servers that the user names are asked: they are his to
// ask. The default ones are asked every drift.DefaultEvery.
const namedEvery = 8 * time.Second

// driftWatch measures until it is interrupted. On a terminal it redraws a plot;
// piped, it writes a line for each measurement and a summary at the end; with
// --json, an object a line.
func (a *app) driftWatch(ctx context.Context, o drift.Options) error {
	every := drift.DefaultEvery
	if len(o.Servers)+len(o.HTTPS) > 0 {
		every = namedEvery
	}
	var seen []drift.Observation
	drawn := 0
	for x, err := range drift.Watch(ctx, drift.WatchOptions{Options: o, Every: every}) {
		if err != nil {
			return driftError(ctx, err)
		}
		seen = append(seen, x)
		switch {
		case a.json:
			line := newDriftJSON(x.Report, drift.Synchronization(ctx))
			line.observedJSON = newObservedJSON(x)
			err = a.printJSON(line)
		case a.terminal:
			drawn, err = redraw(a.stdout, drawn, driftScreen(seen))
		default:
			_, err = fmt.Fprintln(a.stdout, observationLine(x))
		}
		if err != nil {
			return err // the reader has gone
		}
	}
	if len(seen) == 0 {
		return nil
	}
	if !a.json {
		fmt.Fprintln(a.stdout, watchSummary(seen))
	}
	return driftAnswer(seen[len(seen)-1].Report.Verdict)
}

// redraw writes lines over those drawn before.
func redraw(out io.Writer, before int, lines []string) (int, error) {
	var b strings.Builder
	if before > 0 {
		fmt.Fprintf(&b, "\x1b[%dA\x1b[J", before) // up, and clear what follows
	}
	b.WriteString(strings.Join(lines, "\n") + "\n")
	_, err := io.WriteString(out, b.String())
	return len(lines), err
}

// observationLine is one measurement as one line.
func observationLine(x drift.Observation) string {
	parts := []string{x.Report.At.Format(time.RFC3339), fmt.Sprintf("%-7s", x.Report.Verdict), x.Report.Offset.String()}
	return strings.Join(append(parts, seriesNotes(x)...), "  ")
}

// seriesNotes is what a series adds to its latest measurement.
func seriesNotes(x drift.Observation) []string {
	var notes []string
	switch x.Event {
	case drift.Stepped:
		notes = append(notes, fmt.Sprintf("the clock was set by %+.1f s", x.Moved.Seconds()))
	case drift.Suspended:
		notes = append(notes, fmt.Sprintf("the machine slept for %s", x.Moved.Round(time.Second)))
	}
	if x.Rate.Known() {
		notes = append(notes, fmt.Sprintf("drifts by %+.1f to %+.1f ppm", x.Rate.Lo*1e6, x.Rate.Hi*1e6))
	}
	if x.Crossing.Foretold() {
		notes = append(notes, fmt.Sprintf("passes the limit in %s to %s", days(x.Crossing.Earliest), days(x.Crossing.Latest)))
	}
	return notes
}

func days(d time.Duration) string {
	if d < 48*time.Hour {
		return fmt.Sprintf("%.1f hours", d.Hours())
	}
	return fmt.Sprintf("%.1f days", d.Hours()/24)
}

// watchSummary is the series in one line.
func watchSummary(seen []drift.Observation) string {
	first, last := seen[0], seen[len(seen)-1]
	events := 0
	for _, x := range seen {
		if x.Event != "" {
			events++
		}
	}
	summary := []string{
		fmt.Sprintf("measurements: %d in %s", len(seen), last.Report.At.Sub(first.Report.At).Round(time.Second)),
		"first " + first.Report.Offset.String(), "last " + last.Report.Offset.String(),
	}
	if events > 0 {
		summary = append(summary, "the clock was set or the machine slept "+count(events, "time"))
	}
	last.Event = ""
	return strings.Join(append(summary, seriesNotes(last)...), "; ") + "."
}

// The plot: time goes to the right, the offset upward.
const (
	plotRows  = 11
	plotCells = 60
)

// driftScreen is what a terminal shows: the plot and the latest finding.
func driftScreen(seen []drift.Observation) []string {
	last := seen[len(seen)-1]
	lines := append(plot(seen), "", last.Report.Reason, codesSentence(last.Report.Offset))
	return append(lines, strings.Join(append(seriesNotes(last), "Ctrl-C ends."), "; "))
}

// plot draws the intervals of the latest observations, scaled to fit. A column
// whose clock was set begins with a + above it.
func plot(seen []drift.Observation) []string {
	seen = seen[max(0, len(seen)-plotCells):]
	lo, hi, found := time.Duration(0), time.Duration(0), false
	for _, x := range seen {
		if i := x.Report.Offset; i.Bounded() {
			if !found {
				lo, hi, found = i.Lo, i.Hi, true
			}
			lo, hi = min(lo, i.Lo), max(hi, i.Hi)
		}
	}
	height := max(hi-lo, time.Microsecond)
	rows := make([][]byte, plotRows)
	for n := range rows {
		rows[n] = []byte(strings.Repeat(" ", plotCells))
	}
	row := func(d time.Duration) int {
		return plotRows - 1 - int(float64(d-lo)/float64(height)*(plotRows-1)+0.5)
	}
	for n, x := range seen {
		i := x.Report.Offset
		if !i.Bounded() {
			rows[plotRows-1][n] = '?'
			continue
		}
		for at := row(i.Hi); at <= row(i.Lo); at++ {
			rows[at][n] = '|'
		}
		rows[row(i.Mid())][n] = '*'
		if x.Event != "" {
			rows[0][n] = '+'
		}
	}
	lines := make([]string, plotRows)
	for n, r := range rows {
		label := ""
		switch n {
		case 0:
			label = fmt.Sprintf("%+.4g s", hi.Seconds())
		case plotRows - 1:
			label = fmt.Sprintf("%+.4g s", lo.Seconds())
		}
		lines[n] = fmt.Sprintf("%12s |%s", label, strings.TrimRight(string(r), " "))
	}
	return lines
}
