package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/vault"
)

// screen is the live list on a terminal. Arrows or j and k move, enter or c copies,
// n makes the next code of an HOTP account, / filters, q leaves.
type screen struct {
	app      *app
	ctx      context.Context
	vault    *vault.Vault
	accounts []vault.Account
	now      func() time.Time

	cursor    int
	height    int // of the terminal, in lines
	filtering bool
	filter    string
	message   string
	made      map[string]string // HOTP codes that were made on this screen, by id
	later     chan func()       // what is done when slow work has ended
}

// idle is how long the screen shows codes to nobody who presses a key.
const idle = 5 * time.Minute

// runScreen shows s until the person leaves it or goes away.
func runScreen(ctx context.Context, s *screen) error {
	t, err := takeTerminal(s.app.stdout)
	if err != nil {
		return err
	}
	defer t.close()
	s.made, s.later = map[string]string{}, make(chan func())
	away := time.NewTimer(idle)
	defer away.Stop()
	for {
		s.height = t.height()
		if err := t.draw(s.render()); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-away.C:
			return nil
		case <-time.After(time.Second - time.Duration(s.now().UnixNano()%int64(time.Second))):
		case done := <-s.later:
			done()
		case k, ok := <-t.keys:
			s.message = ""
			if !ok || s.press(k) {
				return nil
			}
			away.Reset(idle)
		}
	}
}

// do runs slow work beside the screen; what work returns runs when it has ended.
func (s *screen) do(work func() (done func())) {
	go func() {
		done := work()
		select {
		case s.later <- done:
		case <-s.ctx.Done():
		}
	}()
}

// press acts on one key and reports whether it was to leave.
func (s *screen) press(k key) (leave bool) {
	if s.filtering && s.typeFilter(k) {
		return false
	}
	switch k.name + k.text {
	case "q", "esc", "ctrl+c":
		return true
	case "/":
		s.filtering, s.filter = true, ""
	case "up", "k":
		s.cursor--
	case "down", "j":
		s.cursor++
	case "home", "g":
		s.cursor = 0
	case "end", "G":
		s.cursor = len(s.accounts)
	case "enter", "c":
		s.copySelected()
	case "n":
		s.makeNext()
	}
	s.cursor = max(0, min(s.cursor, len(s.visible())-1))
	return false
}

// typeFilter takes a key for the filter and reports whether it was one.
func (s *screen) typeFilter(k key) bool {
	switch {
	case k.name == "esc":
		s.filtering, s.filter = false, ""
	case k.name == "enter":
		s.filtering = false
	case k.name == "backspace":
		if r := []rune(s.filter); len(r) > 0 {
			s.filter = string(r[:len(r)-1])
		}
	case k.text != "":
		s.filter += k.text
	default:
		return false
	}
	s.cursor = 0
	return true
}

// visible are the accounts that the filter leaves.
func (s *screen) visible() []vault.Account {
	var list []vault.Account
	for _, acc := range s.accounts {
		if strings.Contains(strings.ToLower(acc.Title()+" "+acc.Key.Name()), strings.ToLower(s.filter)) {
			list = append(list, acc)
		}
	}
	return list
}

func (s *screen) selected() (vault.Account, bool) {
	list := s.visible()
	if s.cursor >= len(list) {
		return vault.Account{}, false
	}
	return list[s.cursor], true
}

func (s *screen) copySelected() {
	acc, ok := s.selected()
	if !ok {
		return
	}
	code := s.made[acc.ID]
	if acc.Key.Type != otp.HOTP {
		c, err := shownCodeOfAccount(acc, s.now())
		if err != nil {
			s.message = err.Error()
			return
		}
		code = c.Code
	}
	if code == "" {
		s.message = "Press n to make a code first: it uses up a counter."
		return
	}
	s.do(func() func() {
		err := s.app.copyText(s.ctx, code, defaultClear)
		if err == nil && acc.Key.Type != otp.HOTP {
			_ = s.vault.Used(s.ctx, acc.ID) // only for audit
		}
		return func() {
			s.message = fmt.Sprintf("The code of %s is in the clipboard.", acc.Title())
			if err != nil {
				s.message = err.Error()
			}
		}
	})
}

func (s *screen) makeNext() {
	acc, ok := s.selected()
	if !ok || acc.Key.Type != otp.HOTP {
		s.message = "n makes the next code of an HOTP account; this one shows its codes by itself."
		return
	}
	s.do(func() func() {
		code, counter, err := s.vault.NextHOTP(s.ctx, acc.ID)
		return func() {
			s.message = fmt.Sprintf("Counter %d → %d.", counter, counter+1)
			s.made[acc.ID] = code
			if err != nil {
				s.message = err.Error()
				delete(s.made, acc.ID)
			}
		}
	})
}

// render draws the part of the list around the cursor.
func (s *screen) render() string {
	var b strings.Builder
	list := s.visible()
	rows := max(1, s.height-4)
	first := max(0, min(s.cursor-rows/2, len(list)-rows))
	width := 0
	for _, acc := range list {
		width = max(width, len([]rune(acc.Title())))
	}
	for i := first; i < min(first+rows, len(list)); i++ {
		mark := "  "
		if i == s.cursor {
			mark = "> "
		}
		b.WriteString(mark + s.row(list[i], min(width, 40)) + "\n")
	}
	if len(list) == 0 {
		b.WriteString("  no account fits\n")
	}
	b.WriteString("\n")
	switch {
	case s.filtering:
		b.WriteString("/" + s.filter + "\n")
	case s.message != "":
		b.WriteString(s.message + "\n")
	}
	b.WriteString(s.app.paint(dim, "enter copy · n next HOTP code · / filter · q quit"))
	return b.String()
}

// row is one account: its name, its code and how long that lives.
func (s *screen) row(acc vault.Account, width int) string {
	title := []rune(acc.Title())
	if len(title) > width {
		title = append(title[:width-1], '…')
	}
	name := string(title) + strings.Repeat(" ", width-len(title))
	c, err := shownCodeOfAccount(acc, s.now())
	switch {
	case err != nil:
		return name + "  " + err.Error()
	case c.Type == otp.HOTP && s.made[acc.ID] != "":
		return name + "  " + s.app.paint(bold, grouped(s.made[acc.ID]))
	case c.Type == otp.HOTP:
		return name + "  " + s.app.paint(dim, pressToMake+" (n)")
	}
	left := int(*c.Remaining + 0.999)
	style := green
	switch {
	case left <= 5:
		style = red
	case left <= 10:
		style = yellow
	}
	const length = 10
	filled := min(length, (left*length+acc.Key.Period-1)/acc.Key.Period)
	bar := strings.Repeat("━", filled) + strings.Repeat("·", length-filled)
	return fmt.Sprintf("%s  %s  %s %2d s", name, s.app.paint(bold, grouped(c.Code)), s.app.paint(style, bar), left)
}

// grouped is a code in two halves, as people read them aloud.
func grouped(code string) string {
	if len(code) < 6 {
		return code
	}
	half := (len(code) + 1) / 2
	return code[:half] + " " + code[half:]
}
