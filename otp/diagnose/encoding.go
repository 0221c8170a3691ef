package diagnose

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"

	"github.com/authctl/authctl/otp"
)

// encodings are the secrets that other software makes of the same text, or of the
// same bytes.
func (x *examiner) encodings() []variant {
	written, raw := x.written(), x.Key.Secret.Bytes()
	text := compact(written)
	plain := strings.Map(dropFiller, written)
	var out []variant
	add := func(what string, b []byte) { out = append(out, variant{b, what}) }

	add("the text itself is the key", []byte(plain))
	add("the text in capitals is the key", []byte(text))
	add("the text in lower case is the key", []byte(strings.ToLower(text)))
	add("the text with its spaces is the key", []byte(written))
	for _, form := range []string{plain, text, strings.ToLower(text)} {
		add("read as base64", fromBase64(form))
	}
	add("read as hexadecimal", fromHex(plain))
	add("read as base32hex", fromAlphabet(text, hexAlphabet32))
	add("read as base32", fromBase32(written))
	add("its hexadecimal text is the key", []byte(hex.EncodeToString(raw)))
	add("its hexadecimal text in capitals is the key", []byte(strings.ToUpper(hex.EncodeToString(raw))))
	add("its base64 text is the key", []byte(base64.StdEncoding.EncodeToString(raw)))
	add("its bytes, taken for Latin-1, are written in UTF-8", []byte(string(latin1(raw))))
	add("its bytes are read as UTF-8, and what is none is replaced", []byte(strings.ToValidUTF8(string(raw), "\uFFFD")))
	add("its bytes are read as UTF-8, and what is none is replaced", []byte(string([]rune(string(raw)))))
	add("a line break at the end belongs to the key", append(bytes.Clone(raw), '\n'))
	add("the text with a line break is the key", []byte(written+"\n"))
	if inner := string(raw); isPrintable(strings.TrimRight(inner, "\r\n")) { // this side took a text for the key
		add("it stands for a text that is base32 itself, and that was decoded once more", fromBase32(inner))
		add("it stands for a text that is hexadecimal itself, and that was decoded once more", fromHex(inner))
		add("it stands for a text that is base64 itself, and that was decoded once more", fromBase64(inner))
		add("it ends with a line break, which does not belong to the key", bytes.TrimRight(raw, "\r\n"))
	}
	return append(out, x.cuts(written, text, raw)...)
}

// cuts are the secrets that storage and padding spoil.
func (x *examiner) cuts(written, text string, raw []byte) []variant {
	var out []variant
	add := func(what string, b []byte) { out = append(out, variant{b, what}) }
	if group, _, ok := strings.Cut(written, " "); ok {
		add("cut at the first space", fromBase32(group))
	}
	if group, _, ok := strings.Cut(written, "-"); ok {
		add("cut at the first hyphen", fromBase32(group))
	}
	for _, size := range []int{10, 16, 20, 32} {
		if len(raw) > size {
			add(fmt.Sprintf("cut to %d bytes", size), raw[:size])
		}
		for _, pad := range []int{20, 32, 64} { // the seeds of RFC 6238 Appendix B are made so
			if len(raw) < pad && size == 10 {
				add(fmt.Sprintf("repeated to %d bytes", pad), bytes.Repeat(raw, pad/len(raw)+1)[:pad])
			}
		}
	}
	for n := 4; n < len(text); n += 4 {
		add(fmt.Sprintf("cut to %d characters", n), fromBase32(text[:n]))
	}
	if bits := len(text) * 5; bits%8 != 0 {
		if whole := fromBase32(text + "AA"); len(whole) > bits/8 {
			whole = whole[:bits/8+1]
			add("padded to a whole byte", whole)
			whole = bytes.Clone(whole)
			whole[bits/8] >>= 8 - bits%8
			add("the bits that are left over are a byte of their own", whole)
		}
	}
	add("without the zero bytes at its start", bytes.TrimLeft(raw, "\x00"))
	if i := bytes.IndexByte(raw, 0); i > 0 {
		add("cut at its first zero byte", raw[:i])
	}
	if strings.ToUpper(written) != written {
		add("lower case read by a table for capitals", fromLowerCase(written))
		add("lower case letters left out", fromBase32(strings.Map(dropLower, written)))
		for _, value := range "A7" { // what decoders make of what they do not find: the first or the last value
			add("lower case letters taken for "+string(value), fromBase32(strings.Map(func(r rune) rune {
				if unicode.IsLower(r) {
					return value
				}
				return r
			}, written)))
		}
	}
	add("not stored: all bytes are FF", bytes.Repeat([]byte{0xff}, len(raw)))
	add("not stored: all bytes are 00", make([]byte, len(raw)))
	return out
}

func dropLower(r rune) rune {
	if unicode.IsLower(r) {
		return -1
	}
	return r
}

// latin1 has the character of each byte.
func latin1(raw []byte) []rune {
	out := make([]rune, len(raw))
	for i, b := range raw {
		out[i] = rune(b)
	}
	return out
}

func isPrintable(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

func fromBase32(s string) []byte {
	secret, _, err := otp.ParseSecret(s)
	if err != nil {
		return nil
	}
	return secret.Bytes()
}

func fromHex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		return nil
	}
	return b
}

func fromBase64(s string) []byte {
	s = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(s, "="))
	if len(s)%4 == 1 { // no base64 has this length: decoders drop the rest
		s = s[:len(s)-1]
	}
	b, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil {
		return nil
	}
	return b
}

// fromAlphabet reads five bits a character and drops bits that fill no byte.
func fromAlphabet(s, alphabet string) []byte {
	values := make([]int, 0, len(s))
	for i := range len(s) {
		v := strings.IndexByte(alphabet, s[i])
		if v < 0 {
			return nil
		}
		values = append(values, v)
	}
	return pack(values)
}

// fromLowerCase does what decoders do that take every character below A for a
// digit and forget lower case: its value is then counted from the digit 2.
func fromLowerCase(s string) []byte {
	var values []int
	for _, r := range strings.Map(dropFiller, s) {
		switch {
		case 'A' <= r && r <= 'Z':
			values = append(values, int(r-'A'))
		default:
			values = append(values, int(r-'2'+26)&31)
		}
	}
	return pack(values)
}

// pack joins values of five bits to bytes.
func pack(values []int) []byte {
	var out []byte
	acc, bits := 0, 0
	for _, v := range values {
		acc, bits = acc<<5|v, bits+5
		if bits >= 8 {
			bits -= 8
			out = append(out, byte(acc>>bits))
			acc &= 1<<bits - 1
		}
	}
	return out
}
