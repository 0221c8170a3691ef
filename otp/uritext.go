package otp

import (
	"fmt"
	"strings"
)

// URI is the key as an otpauth URI that every reader takes the same way: each
// parameter is written out, and everything but letters, digits and -._~ is
// percent-encoded. A T0 other than 0, which the format does not know, is written
// as parameter t0. The URI holds the secret. k must be valid.
func (k Key) URI() string {
	var b strings.Builder
	fmt.Fprintf(&b, "otpauth://%v/", k.Type)
	if k.Issuer != "" || strings.Contains(k.Account, ":") { // else the account would be cut at its colon
		b.WriteString(escape(k.Issuer) + ":")
	}
	b.WriteString(escape(k.Account))
	b.WriteString("?secret=" + k.Secret.Base32())
	if k.Issuer != "" {
		b.WriteString("&issuer=" + escape(k.Issuer))
	}
	fmt.Fprintf(&b, "&algorithm=%v&digits=%d", k.Algorithm, k.Digits)
	if k.Type == HOTP {
		fmt.Fprintf(&b, "&counter=%d", k.Counter)
	} else {
		fmt.Fprintf(&b, "&period=%d", k.Period)
	}
	if k.T0 != 0 {
		fmt.Fprintf(&b, "&t0=%d", k.T0)
	}
	return b.String()
}

// escape percent-encodes everything but the unreserved characters of RFC 3986
// §2.3. Package url leaves more as it is, and writes spaces as + in queries.
func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// unescape decodes percent-escapes once. A % that begins none stays as it is; in
// a query a + is a space.
func unescape(s string, query bool) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			out = append(out, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
		case s[i] == '+' && query:
			out = append(out, ' ')
		default:
			out = append(out, s[i])
		}
	}
	return string(out)
}

// badEscape reports whether a % in s begins no escape.
func badEscape(s string) bool {
	for i := range len(s) {
		if s[i] == '%' && (i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2])) {
			return true
		}
	}
	return false
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&^0x20 - 'A' + 10
}
