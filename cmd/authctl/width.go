package main

import (
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// cells is how many columns of a terminal s takes: two for the wide characters of
// Unicode Standard Annex #11, none for marks that stand on another and for the
// sequences of paint. Terminals differ about emoji that are joined to one.
func cells(s string) int {
	n := 0
	for len(s) > 0 {
		if rest, ok := strings.CutPrefix(s, "\x1b["); ok {
			_, s, _ = strings.Cut(rest, "m")
			continue
		}
		r, size := utf8.DecodeRuneInString(s)
		n += cellsOf(r)
		s = s[size:]
	}
	return n
}

func cellsOf(r rune) int {
	if r < 0x300 { // no marks and nothing wide below: nearly all there is
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// clip shortens s, which has no sequences of paint, to n columns.
func clip(s string, n int) string {
	if cells(s) <= n {
		return s
	}
	var b strings.Builder
	left := n - 1 // one is for the …
	for _, r := range s {
		if left -= cellsOf(r); left < 0 {
			break
		}
		b.WriteRune(r)
	}
	return b.String() + "…"
}

// wrap breaks text between words into lines of up to n columns.
func wrap(text string, n int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case cells(line)+1+cells(word) > n:
			lines = append(lines, line)
			line = word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}

// table is rows whose columns are aligned as a terminal shows them. (text/tabwriter
// takes every character for as wide as another.)
type table [][]string

func (t *table) row(cells ...string) { *t = append(*t, cells) }

// widths are how many columns of the terminal each column takes.
func (t table) widths() []int {
	var widths []int
	for _, row := range t {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], cells(cell))
		}
	}
	return widths
}

// clipColumn shortens the column number i so that the rows fit into a terminal of
// this many columns; 0 is none.
func (t table) clipColumn(i, columns int) {
	const least = 12
	total := 0
	widths := t.widths()
	for _, w := range widths {
		total += w + len(gap)
	}
	if total -= len(gap); columns == 0 || total <= columns {
		return
	}
	for _, row := range t {
		row[i] = clip(row[i], max(least, widths[i]-(total-columns)))
	}
}

const gap = "  " // between columns

// write writes the rows in one piece.
func (t table) write(w io.Writer) error {
	widths := t.widths()
	var b strings.Builder
	for _, row := range t {
		pad := 0
		for i, cell := range row {
			if cell == "" {
				pad += widths[i] + len(gap)
				continue
			}
			b.WriteString(strings.Repeat(" ", pad) + cell)
			pad = widths[i] - cells(cell) + len(gap)
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}
