package otp

import (
	"encoding/base32"
	"fmt"
	"strings"
	"unicode"
)

var base32Encoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// ParseSecret reads a secret in base32 (RFC 4648 §6) as people and apps write
// it: in either case, with spaces, hyphens, underscores and padding anywhere.
// Any spelling but the canonical one is a warning. Bits that do not fill a byte are
// dropped, as Google Authenticator does; lengths that base32 does not produce, and
// dropped bits that are not zero, are warnings, since such a secret has probably
// lost a character.
//
// The digits 0, 1, 8 and 9 are not base32. They are an error that names the
// letter that was probably meant, and are never replaced. Where the whole text is a
// code or hexadecimal, the error says that instead.
func ParseSecret(s string) (Secret, []Warning, error) {
	out := make([]byte, 0, len(s)*5/8)
	var acc, bits, n uint
	canonical := true
	for pos, r := range []rune(s) {
		if isFiller(r) || r == '_' || r == '=' {
			canonical = false
			continue
		}
		canonical = canonical && (r < 'a' || r > 'z')
		v, ok := base32Value(r)
		if !ok {
			return Secret{}, nil, notBase32(s, pos, r)
		}
		n++
		acc, bits = acc<<5|v, bits+5
		if bits >= 8 {
			bits -= 8
			out = append(out, byte(acc>>bits))
			acc &= 1<<bits - 1
		}
	}
	secret, err := NewSecret(out)
	if err != nil {
		return Secret{}, nil, err
	}
	var warnings []Warning
	if !canonical {
		warnings = append(warnings, warn(SecretSpelling,
			"the secret is written with lower case, spaces, hyphens or padding, which are read over"))
	}
	if rest := n % 8; rest == 1 || rest == 3 || rest == 6 {
		warnings = append(warnings, warn(SecretLengthSuspect,
			"base32 never has %d characters: the secret looks truncated by a character", n))
	}
	if acc != 0 {
		warnings = append(warnings, warn(SecretTrailingBits,
			"the last character of the secret has bits that are not used: one may be missing or wrong"))
	}
	return secret, warnings, nil
}

func base32Value(r rune) (uint, bool) {
	switch {
	case 'A' <= r && r <= 'Z':
		return uint(r - 'A'), true
	case 'a' <= r && r <= 'z':
		return uint(r - 'a'), true
	case '2' <= r && r <= '7':
		return uint(r-'2') + 26, true
	}
	return 0, false
}

// notBase32 is the error about a text with the character r at pos. A text that is
// something else as a whole is not a secret with a slip in it.
func notBase32(s string, pos int, r rune) error {
	text := strings.Map(func(r rune) rune {
		if isFiller(r) {
			return -1
		}
		return r
	}, s)
	switch {
	case len(text) >= 16 && len(text)%2 == 0 && strings.Trim(text, "0123456789abcdefABCDEF") == "":
		return fmt.Errorf("read secret: it is written in hexadecimal, not in base32")
	case strings.Trim(text, "0123456789") == "":
		return fmt.Errorf("read secret: it has only digits: is it a code?")
	}
	return fmt.Errorf("read secret: character %d is %s", pos+1, base32Hint(r))
}

// base32Hint says why r is not base32. It quotes digits only: other characters
// may belong to a password that was pasted by mistake.
func base32Hint(r rune) string {
	switch r {
	case '0':
		return "0, which base32 does not have: was it the letter O?"
	case '1':
		return "1, which base32 does not have: was it the letter I or L?"
	case '8':
		return "8, which base32 does not have: was it the letter B?"
	case '9':
		return "9, which base32 does not have: was it the letter G, or is this another string?"
	}
	return "not base32 (A to Z and 2 to 7)"
}

// isFiller reports whether r is what people and programs put between groups of
// characters: white space, hyphens and dashes, and marks that have no width.
func isFiller(r rune) bool { return isSpace(r) || isHyphen(r) }

func isSpace(r rune) bool {
	return unicode.IsSpace(r) || r == '\u3164' || unicode.Is(unicode.Cf, r) && r != '\u00ad'
}

func isHyphen(r rune) bool {
	return strings.ContainsRune("-\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d", r)
}
