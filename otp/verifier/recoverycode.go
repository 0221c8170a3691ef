package verifier

import (
	"fmt"
	"io"
	"strings"
	"unicode"
)

const (
	recoverySymbols = 8 // of a recovery code: 40 bits

	// recoveryAlphabet has no 0, 1, I and O: 32 symbols that are not mistaken for
	// one another.
	recoveryAlphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
)

// parseRecoveryCode reads XXXX-XXXX in either case, with spaces or hyphens
// anywhere, also in full width. A recovery code has at least one letter, which
// tells it from a code of eight digits.
func parseRecoveryCode(input string) (string, bool) {
	if len(input) < recoverySymbols || len(input) > 128 {
		return "", false
	}
	code := make([]byte, 0, recoverySymbols)
	letter := false
	for _, r := range input {
		if '！' <= r && r <= '～' { // full-width forms
			r = r - '！' + '!'
		}
		if unicode.IsSpace(r) || unicode.In(r, unicode.Pd, unicode.Cf) || r == '\u2212' {
			continue
		}
		if 'a' <= r && r <= 'z' {
			r -= 'a' - 'A'
		}
		if len(code) == recoverySymbols || r > unicode.MaxASCII || strings.IndexByte(recoveryAlphabet, byte(r)) < 0 {
			return "", false
		}
		letter = letter || r >= 'A'
		code = append(code, byte(r))
	}
	return string(code), letter && len(code) == recoverySymbols
}

func newRecoveryCode(random io.Reader) (string, error) {
	var b [recoverySymbols]byte
	for {
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return "", fmt.Errorf("read random bytes: %w", err)
		}
		letter := false
		for i := range b {
			b[i] = recoveryAlphabet[b[i]%32] // 32 divides 256: every symbol is equally likely
			letter = letter || b[i] >= 'A'
		}
		if letter { // without one it could be a code of eight digits: one in 65,536
			return string(b[:]), nil
		}
	}
}
