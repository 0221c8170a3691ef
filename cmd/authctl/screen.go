package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/vault"
)

// screen is the live list on a terminal. Arrows, pages or j and k move, enter or c
// copies, n makes the next code of an HOTP account, / filters, q leaves.
type screen struct {
	app      *app
	ctx      context.Context
	vault    *vault.Vault
	accounts []vault.Account
	now      func() time.Time
	locked   func() bool // the vault was locked since the list began

	columns, lines int // of the terminal
	cursor         int
	filtering      bool
	filter         string
	message        string
	made           map[string]string // HOTP codes that were made on this screen, by id
	later          chan func()       // what is done when slow work has ended
}

// idle is how long the screen shows codes to nobody who presses a key.
const idle = 5 * time.Minute

// runScreen shows s until the person leaves it or goes away, or the vault is locked,
// and says why it ended by itself.
func runScreen(ctx context.Context, s *screen) (why string, err error) {
	t, err := openScreen(s.app.stdout)
	if err != nil {
		return "", err
	}
	defer t.close()
	resized, stop := resizes()
	defer stop()
	s.made, s.later = map[string]string{}, make(chan func())
	away := time.NewTimer(idle)
	defer away.Stop()
	for {
		s.columns, s.lines = terminalSize()
		if err := t.draw(s.render()); err != nil {
			return "", err
		}
		select {
		case <-ctx.Done():
			return "", nil
		case <-away.C:
			return fmt.Sprintf("no key was pressed for %v", idle), nil
		case <-resized:
		case <-time.After(time.Second - time.Duration(s.now().UnixNano()%int64(time.Second))):
			if s.locked() {
				return "the vault was locked", nil
			}
		case done := <-s.later:
			done()
		case k, ok := <-t.keys:
			s.message = ""
			if k.name == "ctrl+z" {
				if err := t.suspend(); err != nil {
					return "", err
				}
			} else if !ok || s.press(k) {
				return "", nil
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
	case "esc":
		if s.filter == "" {
			return true
		}
		s.filter, s.cursor = "", 0
	case "q", "ctrl+c":
		return true
	case "/":
		s.filtering, s.filter = true, ""
	case "up", "k":
		s.cursor--
	case "down", "j":
		s.cursor++
	case "page up":
		s.cursor -= s.rows()
	case "page down":
		s.cursor += s.rows()
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
		copied, err := s.app.copyText(s.ctx, code, defaultClear)
		if err == nil && acc.Key.Type != otp.HOTP {
			_ = s.vault.Used(s.ctx, acc.ID) // only for audit
		}
		return func() {
			s.message = fmt.Sprintf("The code of %s %s.", acc.Title(), copied)
			if err != nil {
				s.message = err.Error()
			}
		}
	})
}

func (s *screen) makeNext() {
	acc, ok := s.selected()
	if !ok || acc.Key.Type != otp.HOTP {
		s.message = "n makes the next code of an HOTP account; here the codes come by themselves."
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
