package main

import (
	"fmt"
	"strings"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/vault"
)

// The measures of the live list, in columns.
const (
	markWidth  = 2  // before the name
	maxName    = 40 // of a name, so that codes do not stand far from short ones
	minName    = 4
	barLength  = 10
	countWidth = 4 // "30 s"
)

// render draws the part of the list around the cursor and the lines below it.
func (s *screen) render() []string {
	list := s.visible()
	rows := s.rows()
	first := max(0, min(s.cursor-rows/2, len(list)-rows))
	at := s.layout(list)
	var lines []string
	for i := first; i < min(first+rows, len(list)); i++ {
		lines = append(lines, s.row(list[i], i == s.cursor, at))
	}
	if len(list) == 0 {
		lines = append(lines, "  no account fits")
	}
	return append(append(lines, ""), s.footer(len(list))...)
}

// rows is how many accounts there is room for.
func (s *screen) rows() int { return max(1, s.lines-1-len(s.footer(0))) }

// columnsOf says where the columns of the list are.
type columnsOf struct {
	name      int // how wide a name may be
	code, bar int // where they begin
	length    int // of the bar; 0: there is no room for one
}

// layout finds room for the columns: codes and seconds always, then the bar, then
// the whole names.
func (s *screen) layout(list []vault.Account) columnsOf {
	name, code := 0, 0
	for _, acc := range list {
		name = max(name, cells(acc.Title()))
		code = max(code, len(grouped(strings.Repeat("0", acc.Key.Digits))))
	}
	name = min(name, maxName)
	at := columnsOf{length: barLength}
	room := s.columns - markWidth - len(gap) - code - len(gap) - countWidth
	if room-barLength-1 < min(name, maxName/2) {
		at.length = 0
	} else {
		room -= barLength + 1
	}
	at.name = max(minName, min(name, room))
	at.code = markWidth + at.name + len(gap)
	at.bar = at.code + code + len(gap)
	return at
}

// column moves to a column of the line (ECMA-48 §8.3.9): what stands there is in its
// place however wide the terminal draws the name before it.
func column(n int) string { return fmt.Sprintf("\x1b[%dG", n+1) }

// row is one account: its name, its code and how long that lives.
func (s *screen) row(acc vault.Account, selected bool, at columnsOf) string {
	row := "  " + clip(acc.Title(), at.name)
	if selected {
		row = s.app.paint(bold, "> "+clip(acc.Title(), at.name))
	}
	row += column(at.code)
	c, err := shownCodeOfAccount(acc, s.now())
	switch {
	case err != nil:
		return row + err.Error()
	case c.Type == otp.HOTP && s.made[acc.ID] != "":
		return row + s.app.paint(bold, grouped(s.made[acc.ID]))
	case c.Type == otp.HOTP && at.length == 0:
		return row + s.app.paint(dim, "press n")
	case c.Type == otp.HOTP:
		return row + s.app.paint(dim, pressToMake+" (n)")
	}
	return row + s.app.paint(bold, grouped(c.Code)) + column(at.bar) + s.countdown(c, at.length)
}

// countdown is how long a code lives, as a bar and in seconds.
func (s *screen) countdown(c shownCode, length int) string {
	left := int(*c.Remaining + 0.999)
	style := green
	switch {
	case left <= 5:
		style = red
	case left <= 10:
		style = yellow
	}
	if length == 0 {
		return s.app.paint(style, fmt.Sprintf("%2d s", left))
	}
	filled := min(length, (left*length+c.Period-1)/c.Period)
	bar := strings.Repeat("━", filled) + strings.Repeat("·", length-filled)
	return fmt.Sprintf("%s %2d s", s.app.paint(style, bar), left)
}

// footer is what stands below the list: the filter or the last message, then the
// keys and where one is among the accounts that fit.
func (s *screen) footer(fit int) []string {
	var lines []string
	switch {
	case s.filtering:
		lines = append(lines, "/"+s.filter+s.app.paint(dim, "▏"))
	case s.message != "":
		lines = wrap(s.message, s.columns)
	case s.filter != "":
		lines = append(lines, fmt.Sprintf("/%s  %s", s.filter, s.app.paint(dim, "esc shows all")))
	}
	keys := []string{"enter copy", "/ filter", "q quit"}
	if s.anyCounter() {
		keys = []string{"enter copy", "n next HOTP code", "/ filter", "q quit"}
	}
	help := strings.Join(keys, " · ")
	if where := fmt.Sprintf("%d of %d", min(s.cursor+1, fit), fit); cells(help)+len(gap)+len(where) <= s.columns {
		help += gap + where
	}
	return append(lines, s.app.paint(dim, clip(help, s.columns)))
}

func (s *screen) anyCounter() bool {
	for i := range s.accounts {
		if s.accounts[i].Key.Type == otp.HOTP {
			return true
		}
	}
	return false
}

// grouped is a code in two halves, as people read them aloud.
func grouped(code string) string {
	if len(code) < 6 {
		return code
	}
	half := (len(code) + 1) / 2
	return code[:half] + " " + code[half:]
}
