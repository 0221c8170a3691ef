package main

import (
	"io"
	"os"
	"strings"
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

// takeTerminal takes the terminal over until close.
func takeTerminal(out io.Writer) (*terminal, error) {
	in, err := openTerminal()
	if err != nil {
		return nil, err
	}
	before, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		in.Close()
		return nil, err
	}
	sent, keys := make(chan string), make(chan key)
	t := &terminal{in: in, out: out, before: before, keys: keys, done: make(chan struct{})}
	// xterm's private modes: 1049 another screen, 25 the cursor, 7 wrapping.
	if _, err := io.WriteString(out, "\x1b[?1049h\x1b[?25l\x1b[?7l"); err != nil {
		t.close()
		return nil, err
	}
	go t.read(sent)
	go t.split(sent, keys)
	return t, nil
}

// close gives the terminal back as it was.
func (t *terminal) close() {
	close(t.done)
	_, _ = io.WriteString(t.out, "\x1b[?7h\x1b[?25h\x1b[?1049l")
	_ = term.Restore(int(t.in.Fd()), t.before)
	t.in.Close()
}

// height is the number of lines that there are now.
func (t *terminal) height() int {
	_, height, err := term.GetSize(int(os.Stdout.Fd()))
	if err != nil {
		return 24
	}
	return height
}

// draw puts text on the screen in one write, so that nothing flickers.
func (t *terminal) draw(text string) error {
	lines := strings.ReplaceAll(text, "\n", "\x1b[K\r\n")
	_, err := io.WriteString(t.out, "\x1b[H"+lines+"\x1b[K\x1b[J")
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
