package main

import (
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// escapeDelay is how long after an Esc byte the rest of a key's sequence may arrive:
// one that comes alone is the Esc key.
const escapeDelay = 50 * time.Millisecond

// terminal is the terminal as the live list has it: a screen of its own, so that the
// codes do not stay in the scrollback, and every key as it is pressed.
type terminal struct {
	in     *os.File
	out    io.Writer
	before *term.State
	keys   <-chan key // closed when the input ends
	done   chan struct{}
}

// openScreen takes the terminal over until close.
func openScreen(out io.Writer) (*terminal, error) {
	in, err := openTerminal()
	if err != nil {
		return nil, err
	}
	sent, keys := make(chan string), make(chan key)
	t := &terminal{in: in, out: out, keys: keys, done: make(chan struct{})}
	if err := t.take(); err != nil {
		in.Close()
		return nil, err
	}
	go t.read(sent)
	go t.split(sent, keys)
	return t, nil
}

// take makes the terminal one of raw keys, with a screen of its own.
func (t *terminal) take() (err error) {
	if t.before, err = term.MakeRaw(int(t.in.Fd())); err != nil {
		return err
	}
	// xterm's private modes: 1049 another screen, 25 the cursor, 7 wrapping.
	if _, err = io.WriteString(t.out, "\x1b[?1049h\x1b[?25l\x1b[?7l"); err != nil {
		t.giveBack()
	}
	return err
}

// giveBack leaves the terminal as it was.
func (t *terminal) giveBack() {
	_, _ = io.WriteString(t.out, "\x1b[?7h\x1b[?25h\x1b[?1049l")
	_ = term.Restore(int(t.in.Fd()), t.before)
}

// suspend gives the terminal to the shell until that lets this program go on.
func (t *terminal) suspend() error {
	t.giveBack()
	stopSelf()
	return t.take()
}

// close gives the terminal back for good.
func (t *terminal) close() {
	close(t.done)
	t.giveBack()
	t.in.Close()
}

// terminalSize is how many columns and lines standard output has now.
func terminalSize() (columns, lines int) {
	columns, lines, err := term.GetSize(int(os.Stdout.Fd()))
	if err != nil || columns <= 0 || lines <= 0 {
		return 80, 24
	}
	return columns, lines
}

// draw puts lines on the screen in one write, so that nothing flickers. Each is
// cleared first, since what is written may leave columns out, and with the last what
// is below: behind it the cursor may stand on its last column.
func (t *terminal) draw(lines []string) error {
	const clearLine, clearBelow = "\x1b[2K", "\x1b[J"
	last := len(lines) - 1
	text := "\x1b[H"
	for _, line := range lines[:last] {
		text += clearLine + line + "\r\n"
	}
	_, err := io.WriteString(t.out, text+clearBelow+lines[last])
	return err
}

// read hands on what the terminal sends.
func (t *terminal) read(sent chan<- string) {
	defer close(sent)
	buffer := make([]byte, 256)
	for {
		n, err := t.in.Read(buffer)
		if err != nil {
			return
		}
		select {
		case sent <- string(buffer[:n]):
		case <-t.done:
			return
		}
	}
}

// split makes keys of what was sent.
func (t *terminal) split(sent <-chan string, keys chan<- key) {
	defer close(keys)
	rest := ""
	for {
		var late <-chan time.Time
		if rest != "" {
			late = time.After(escapeDelay)
		}
		var found []key
		select {
		case text, ok := <-sent:
			if !ok {
				return
			}
			found, rest = splitKeys(rest + text)
		case <-late:
			if rest[0] == '\x1b' {
				found = []key{{name: "esc"}}
			}
			rest = ""
		case <-t.done:
			return
		}
		for _, k := range found {
			select {
			case keys <- k:
			case <-t.done:
				return
			}
		}
	}
}
