package main

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// key is a key that was pressed: a name, or the text that it types.
type key struct {
	name string // "up", "enter", "ctrl+c", …; empty for text
	text string
}

// keyNames are the bytes that a terminal in raw mode sends for keys without text:
// control characters, and the sequences of ECMA-48 and xterm.
var keyNames = map[string]string{
	"\x03": "ctrl+c", "\x1a": "ctrl+z", "\r": "enter", "\n": "enter", "\x7f": "backspace", "\b": "backspace", "\x1b": "esc",
	"\x1b[A": "up", "\x1b[B": "down", "\x1bOA": "up", "\x1bOB": "down",
	"\x1b[H": "home", "\x1b[F": "end", "\x1bOH": "home", "\x1bOF": "end", "\x1b[1~": "home", "\x1b[4~": "end",
	"\x1b[5~": "page up", "\x1b[6~": "page down",
}

// splitKeys splits what a terminal sent into keys. What may still become a key when
// more arrives is rest: the beginning of a sequence or of a character. Keys that
// have no name here are left out.
func splitKeys(sent string) (keys []key, rest string) {
	for sent != "" {
		n := keyLength(sent)
		if n == 0 {
			return keys, sent
		}
		one := sent[:n]
		sent = sent[n:]
		switch r, size := utf8.DecodeRuneInString(one); {
		case keyNames[one] != "":
			keys = append(keys, key{name: keyNames[one]})
		case size == n && r != utf8.RuneError && unicode.IsPrint(r):
			keys = append(keys, key{text: one})
		}
	}
	return keys, ""
}

// keyLength is how many bytes the first key of s has, 0 if it is not all there.
func keyLength(s string) int {
	if s[0] != '\x1b' {
		if !utf8.FullRuneInString(s) {
			return 0
		}
		_, size := utf8.DecodeRuneInString(s)
		return size
	}
	switch {
	case len(s) == 1:
		return 0
	case s[1] == 'O':
		if len(s) == 2 {
			return 0
		}
		return 3
	case s[1] != '[': // Alt with a key, or Esc and then a key
		return 1
	}
	// ECMA-48 §5.4: parameters and intermediates, then one final byte from @ to ~.
	end := strings.IndexFunc(s[2:], func(r rune) bool { return r < ' ' || r >= '@' })
	if end < 0 {
		return 0
	}
	return 2 + end + 1
}
