package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

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
	height    int
	filtering bool
	filter    string
	message   string
	made      map[string]string // HOTP codes that were made on this screen, by id
}

// idle is how long the screen shows codes to nobody who presses a key.
const idle = 5 * time.Minute

type (
	tickMsg   time.Time
	copiedMsg struct {
		title string
		err   error
	}
	madeMsg struct {
		id, code string
		counter  int64
		err      error
	}
	idleMsg int // how many keys had been pressed
)

// runScreen shows s until the person leaves it.
func runScreen(ctx context.Context, s *screen) error {
	s.made = map[string]string{}
	_, err := tea.NewProgram(&model{screen: s}, tea.WithContext(ctx), tea.WithOutput(s.app.stdout)).Run()
	if errors.Is(err, tea.ErrInterrupted) || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// model is a screen with what bubbletea wants of it.
type model struct {
	*screen
	keys int // pressed so far
}

func (m *model) Init() tea.Cmd { return tea.Batch(tick(), m.waitIdle()) }

func tick() tea.Cmd {
	return tea.Every(time.Second, func(t time.Time) tea.Msg { return tickMsg(t) })
}

func (m *model) waitIdle() tea.Cmd {
	keys := m.keys
	return tea.Tick(idle, func(time.Time) tea.Msg { return idleMsg(keys) })
}

func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tickMsg:
		return m, tick()
	case idleMsg:
		if int(msg) == m.keys {
			return m, tea.Quit
		}
	case tea.WindowSizeMsg:
		m.height = msg.Height
	case copiedMsg:
		m.message = fmt.Sprintf("The code of %s is in the clipboard.", msg.title)
		if msg.err != nil {
			m.message = msg.err.Error()
		}
	case madeMsg:
		m.message = fmt.Sprintf("Counter %d → %d.", msg.counter, msg.counter+1)
		m.made[msg.id] = msg.code
		if msg.err != nil {
			m.message = msg.err.Error()
			delete(m.made, msg.id)
		}
	case tea.KeyPressMsg:
		m.keys++
		m.message = ""
		cmd := m.key(msg.String(), msg.Text)
		return m, tea.Batch(cmd, m.waitIdle())
	}
	return m, nil
}

// key acts on one key.
func (m *model) key(name, text string) tea.Cmd {
	if m.filtering && m.typeFilter(name, text) {
		return nil
	}
	switch name {
	case "q", "esc", "ctrl+c":
		return tea.Quit
	case "/":
		m.filtering, m.filter = true, ""
	case "up", "k":
		m.cursor--
	case "down", "j":
		m.cursor++
	case "home", "g":
		m.cursor = 0
	case "end", "G":
		m.cursor = len(m.accounts)
	case "enter", "c":
		return m.copySelected()
	case "n":
		return m.makeNext()
	}
	m.cursor = max(0, min(m.cursor, len(m.visible())-1))
	return nil
}

// typeFilter takes a key for the filter and reports whether it was one.
func (m *model) typeFilter(name, text string) bool {
	switch {
	case name == "esc":
		m.filtering, m.filter = false, ""
	case name == "enter":
		m.filtering = false
	case name == "backspace":
		if r := []rune(m.filter); len(r) > 0 {
			m.filter = string(r[:len(r)-1])
		}
	case text != "":
		m.filter += text
	default:
		return false
	}
	m.cursor = 0
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

func (m *model) selected() (vault.Account, bool) {
	list := m.visible()
	if m.cursor >= len(list) {
		return vault.Account{}, false
	}
	return list[m.cursor], true
}

func (m *model) copySelected() tea.Cmd {
	acc, ok := m.selected()
	if !ok {
		return nil
	}
	code := m.made[acc.ID]
	if acc.Key.Type != otp.HOTP {
		c, err := shownCodeOfAccount(acc, m.now())
		if err != nil {
			m.message = err.Error()
			return nil
		}
		code = c.Code
	}
	if code == "" {
		m.message = "Press n to make a code first: it uses up a counter."
		return nil
	}
	return func() tea.Msg {
		err := m.app.copyText(m.ctx, code, defaultClear)
		if err == nil && acc.Key.Type != otp.HOTP {
			_ = m.vault.Used(m.ctx, acc.ID) // only for audit
		}
		return copiedMsg{acc.Title(), err}
	}
}

func (m *model) makeNext() tea.Cmd {
	acc, ok := m.selected()
	if !ok || acc.Key.Type != otp.HOTP {
		m.message = "n makes the next code of an HOTP account; this one shows its codes by itself."
		return nil
	}
	return func() tea.Msg {
		code, counter, err := m.vault.NextHOTP(m.ctx, acc.ID)
		return madeMsg{acc.ID, code, counter, err}
	}
}

func (m *model) View() tea.View {
	v := tea.NewView(m.render())
	v.AltScreen = true // the codes do not stay in the scrollback
	v.WindowTitle = "authctl"
	return v
}

// render draws the part of the list around the cursor.
func (m *model) render() string {
	var b strings.Builder
	list := m.visible()
	rows := max(1, m.height-4)
	first := max(0, min(m.cursor-rows/2, len(list)-rows))
	width := 0
	for _, acc := range list {
		width = max(width, len([]rune(acc.Title())))
	}
	for i := first; i < min(first+rows, len(list)); i++ {
		mark := "  "
		if i == m.cursor {
			mark = "> "
		}
		b.WriteString(mark + m.row(list[i], min(width, 40)) + "\n")
	}
	if len(list) == 0 {
		b.WriteString("  no account fits\n")
	}
	b.WriteString("\n")
	switch {
	case m.filtering:
		b.WriteString("/" + m.filter + "\n")
	case m.message != "":
		b.WriteString(m.message + "\n")
	}
	b.WriteString(m.app.paint(dim, "enter copy · n next HOTP code · / filter · q quit"))
	return b.String()
}

// row is one account: its name, its code and how long that lives.
func (m *model) row(acc vault.Account, width int) string {
	title := []rune(acc.Title())
	if len(title) > width {
		title = append(title[:width-1], '…')
	}
	name := string(title) + strings.Repeat(" ", width-len(title))
	c, err := shownCodeOfAccount(acc, m.now())
	switch {
	case err != nil:
		return name + "  " + err.Error()
	case c.Type == otp.HOTP && m.made[acc.ID] != "":
		return name + "  " + m.app.paint(bold, grouped(m.made[acc.ID]))
	case c.Type == otp.HOTP:
		return name + "  " + m.app.paint(dim, pressToMake+" (n)")
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
	return fmt.Sprintf("%s  %s  %s %2d s", name, m.app.paint(bold, grouped(c.Code)), m.app.paint(style, bar), left)
}

// grouped is a code in two halves, as people read them aloud.
func grouped(code string) string {
	if len(code) < 6 {
		return code
	}
	half := (len(code) + 1) / 2
	return code[:half] + " " + code[half:]
}
