package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/authctl/authctl/drift"
)

// The verifier that the sentence about codes has in mind: RFC 6238 §5.2.
const (
	codePeriod = 30 * time.Second
	codeSkew   = 1
)

// printDrift is the answer for people: the finding, what it means for codes, who
// said what, a picture, and what to do.
func (a *app) printDrift(r drift.Report, sync drift.Sync) {
	fmt.Fprintln(a.stdout, a.paint(verdictStyle[r.Verdict], r.Reason))
	fmt.Fprintln(a.stdout, codesSentence(r.Offset))
	printSources(a.stdout, r)
	printMarks(a.stdout, r)
	fmt.Fprintf(a.stdout, "\nThe system says of this clock: %s.\n", sync)
	switch r.Verdict {
	case drift.Bad, drift.Warn:
		printAdvice(a.stdout, sync.System)
	case drift.Unknown:
		a.hint("%s", unknownHint(r))
	}
}

var verdictStyle = map[drift.Verdict]string{drift.OK: green, drift.Warn: yellow, drift.Bad: red, drift.Unknown: bold}

func codesSentence(offset drift.Interval) string {
	w := offset.Window(codePeriod, codeSkew)
	if w.Lo == 0 && w.Hi == 1 {
		return "Whether codes made here are accepted is not known."
	}
	return fmt.Sprintf("Codes made here are %s.", w)
}

func printSources(out io.Writer, r drift.Report) {
	if len(r.Sources) == 0 {
		return
	}
	fmt.Fprintln(out)
	var rows table
	rows.row("source", "address", "kind", "this clock is")
	for _, v := range r.Sources {
		says, why := v.Offset.String(), v.Rejected
		if !v.Offset.Bounded() {
			says, why = "-", v.Rejected
		} else if v.Rejected == "" && !v.Used {
			why = "not confirmed by another"
		}
		rows.row(v.Name, cmp.Or(v.Address, "-"), string(v.Kind), says, why)
	}
	_ = rows.write(out)
}

// The picture: one row a source, from 1.5 limits fast to 1.5 limits slow.
const (
	markCells = 61
	markLabel = 24
)

// printMarks draws each interval against the marks at ±limit and ±limit/2.
func printMarks(out io.Writer, r drift.Report) {
	if r.Limit <= 0 {
		return
	}
	scale := []byte(strings.Repeat(" ", markCells))
	names := []byte(strings.Repeat(" ", markCells+8))
	for n := -2; n <= 2; n++ {
		at := r.Limit / 2 * time.Duration(n)
		cell := markCell(at, r.Limit)
		scale[cell] = '|'
		label := strings.TrimSuffix(fmt.Sprintf("%+.0f", at.Seconds()), " ")
		if n == 0 {
			label = "0"
		}
		copy(names[max(0, cell-len(label)/2):], label)
	}
	drawn := false
	var rows strings.Builder
	for _, v := range r.Sources {
		if !v.Offset.Bounded() {
			continue
		}
		drawn = true
		fmt.Fprintf(&rows, "%s%s\n", labelled(v.Name), markRow(scale, v, r.Limit))
	}
	if drawn {
		fmt.Fprintf(out, "\n%s%s s\n%s", labelled("fast < > slow"), strings.TrimRight(string(names), " "), rows.String())
	}
}

func labelled(name string) string {
	if len(name) > markLabel {
		name = name[:markLabel-3] + "..."
	}
	return fmt.Sprintf("%-*s  ", markLabel, name)
}

// markRow is the scale with an interval on it: * where a source is used, o where
// it is not, < and > where it lies beyond the edge.
func markRow(scale []byte, v drift.Vote, limit time.Duration) string {
	row := append([]byte(nil), scale...)
	mark := byte('o')
	if v.Used {
		mark = '*'
	}
	lo, hi := markCell(v.Offset.Lo, limit), markCell(v.Offset.Hi, limit)
	for n := lo; n <= hi; n++ {
		row[n] = mark
	}
	if edge := limit + limit/2; v.Offset.Lo < -edge {
		row[0] = '<'
	} else if v.Offset.Hi > edge {
		row[markCells-1] = '>'
	}
	return strings.TrimRight(string(row), " ")
}

// markCell is the column of an offset.
func markCell(offset, limit time.Duration) int {
	share := offset.Seconds() / (1.5 * limit.Seconds())
	return int((min(1, max(-1, share))+1)/2*(markCells-1) + 0.5)
}

func printAdvice(out io.Writer, s drift.System) {
	adviceLines(out, "To have this clock kept right:", drift.Advise(s))
	fmt.Fprintf(out, "\nIf a phone makes the codes, put its clock right, not this one:\n  Android: %s\n  iPhone: %s\n",
		drift.Advise(drift.Android).Settings, drift.Advise(drift.IPhone).Settings)
}

func adviceLines(out io.Writer, title string, a drift.Advice) {
	fmt.Fprintf(out, "\n%s\n", title)
	if a.Settings != "" {
		fmt.Fprintf(out, "  %s\n", a.Settings)
	}
	for _, c := range a.Commands {
		fmt.Fprintf(out, "  %s\n", c)
	}
	if a.Note != "" {
		fmt.Fprintf(out, "  %s\n", a.Note)
	}
}

// unknownHint is the one thing to do next where the clock could not be judged.
func unknownHint(r drift.Report) string {
	answered, named := 0, len(r.Sources)
	for _, v := range r.Sources {
		if v.Offset.Bounded() {
			answered++
		}
	}
	switch {
	case answered == 0:
		return "check that this machine is on a network; where UDP port 123 is blocked, name two hosts with --https, or the time server of that network with --server"
	case r.Offset.Bounded():
		return "name other servers with --server, and HTTPS hosts with --https, to see who is right; if the clock is near the limit, measure again later"
	case answered == 1 && named > 1:
		return "name more servers with --server, or only that one if you trust it"
	default:
		return "name more servers with --server until a majority agrees"
	}
}
