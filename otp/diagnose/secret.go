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

const (
	base32Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	hexAlphabet32  = "0123456789ABCDEFGHIJKLMNOPQRSTUV" // base32hex, RFC 4648 §7
	maxWritten     = 256                                // longest secret whose slips are tried, in characters
)

// lookAlikes are the characters that people and fonts confuse, each with those it
// is taken for, as far as all are base32. What is not (0, 1, 8, 9) apps replace or
// drop, which comes to one of these or to a missing character.
var lookAlikes = [...]struct{ from, to string }{
	{"O", "QD"}, {"Q", "O"}, {"D", "O"}, {"I", "LJT"}, {"L", "I"}, {"J", "I"}, {"T", "I7"}, {"7", "T2"}, {"B", "36E"}, {"3", "BE"},
	{"E", "3F"}, {"F", "EP"}, {"S", "5"}, {"5", "S"}, {"Z", "27"}, {"2", "Z7"}, {"G", "6C"}, {"6", "GB"}, {"C", "G"}, {"U", "VW"},
	{"V", "UYW"}, {"W", "VU"}, {"Y", "VX"}, {"X", "YK"}, {"K", "XR"}, {"M", "N"}, {"N", "MH"}, {"H", "N"}, {"P", "RF"}, {"R", "PK"},
	{"A", "4"}, {"4", "A"},
}

// variant is another secret that the authenticator could hold.
type variant struct {
	secret []byte
	what   string // for the evidence; never a character of the secret
}

// secretFamilies are the hypotheses that the secret is not the same on both sides.
func (x *examiner) secretFamilies() []*family {
	now := func(k otp.Key, share float64) []probe { return []probe{liveProbe(k, share)} }
	soon := func(k otp.Key, share float64) []probe { return skewProbes(k, nearby, share) }
	misread := unlike(x.Key.Secret.Bytes(), misreadings(x.copied()))
	encodings := unlike(x.Key.Secret.Bytes(), x.encodings())
	return []*family{
		x.secretFamily(SecretMisread, priorMisread, true, misread, now),
		x.secretFamily(SecretMisread, priorSkewFar, false, misread, soon),
		x.secretFamily(SecretEncoding, priorEncoding, true, encodings, now),
		x.secretFamily(SecretEncoding, priorSkew, false, encodings, soon),
	}
}

// secretFamily is the hypothesis that the authenticator holds one of the variants.
func (x *examiner) secretFamily(cause Cause, prior float64, near bool, variants []variant, probes func(otp.Key, float64) []probe) *family {
	return &family{cause: cause, prior: prior, near: near, probes: func(yield func(probe) bool) {
		for _, v := range variants {
			k := x.Key
			secret, err := otp.NewSecret(v.secret)
			if err != nil {
				continue
			}
			k.Secret = secret
			for _, p := range probes(k, 1/float64(len(variants))) {
				p.setting = v.what
				if !yield(p) {
					return
				}
			}
		}
	}}
}

// written is the secret as it was written, or as base32 writes it.
func (x *examiner) written() string {
	if s := strings.TrimSpace(x.Written); s != "" && len(s) <= maxWritten {
		return s
	}
	return x.Key.Secret.Base32()
}

// copied is the written secret as the characters of base32 that people copy.
func (x *examiner) copied() string {
	if s := compact(x.written()); strings.Trim(s, base32Alphabet) == "" {
		return s
	}
	return x.Key.Secret.Base32()
}

// unlike drops the variants that are the secret itself or one another. HMAC pads
// a key with zeros (RFC 2104 §2), so zeros at the end do not count.
func unlike(secret []byte, variants []variant) []variant {
	hmacKey := func(b []byte) string { return string(bytes.TrimRight(b, "\x00")) }
	seen := map[string]bool{hmacKey(secret): true}
	out := variants[:0:0]
	for _, v := range variants {
		if id := hmacKey(v.secret); len(v.secret) > 0 && !seen[id] {
			seen[id] = true
			out = append(out, v)
		}
	}
	return out
}

// misreadings are the secrets that are one slip of the eye or the finger away from
// the written one, s. Where the length says that a character is missing, each
// character in each place is tried.
func misreadings(s string) []variant {
	if len(s) > maxWritten {
		return nil
	}
	out := groupSlips(s)
	add := func(text, what string) { out = append(out, variant{fromBase32(text), what}) }
	for _, l := range lookAlikes {
		if strings.Count(s, l.from) < 2 {
			continue
		}
		add(strings.ReplaceAll(s, l.from, l.to[:1]), "a character is taken each time for one that looks like it")
		add(strings.ReplaceAll(s, l.from, ""), "a character is left out each time")
	}
	for i := range len(s) {
		place := fmt.Sprintf("character %d", i+1)
		add(s[:i]+s[i+1:], place+" is left out")
		add(s[:i+1]+s[i:], place+" is doubled")
		for _, c := range confusedWith(s[i : i+1]) {
			add(s[:i]+string(c)+s[i+1:], place+" is taken for one that looks like it")
		}
		if i+1 < len(s) && s[i] != s[i+1] {
			add(s[:i]+s[i+1:i+2]+s[i:i+1]+s[i+2:], fmt.Sprintf("characters %d and %d are swapped", i+1, i+2))
		}
	}
	if rest := len(s) % 8; rest == 1 || rest == 3 || rest == 6 || rest == 7 && len(s) < 40 {
		for i := range len(s) + 1 {
			for _, c := range base32Alphabet {
				add(s[:i]+string(c)+s[i:], fmt.Sprintf("a character is missing here at %d", i+1))
			}
		}
	}
	return out
}

// groupSlips are the slips of people who copy four characters at a time, as most
// services show them.
func groupSlips(s string) []variant {
	const size = 4
	var out []variant
	add := func(text, what string, args ...any) {
		out = append(out, variant{fromBase32(text), fmt.Sprintf(what, args...)})
	}
	for i := 0; i+size <= len(s); i += size {
		next := min(i+2*size, len(s))
		if i+size < len(s) { // else it is cut, which cuts has
			add(s[:i]+s[i+size:], "characters %d to %d are left out", i+1, i+size)
		}
		add(s[:i+size]+s[i:], "characters %d to %d are doubled", i+1, i+size)
		add(s[:i]+s[i+size:next]+s[i:i+size]+s[next:], "characters %d to %d and those after them are swapped", i+1, i+size)
		add(s[i:], "only the last %d characters are there", len(s)-i)
	}
	return out
}

// substitutions are the secrets in which any one character is another, one more, or
// has changed places: too many for one code to tell.
func substitutions(s string) []variant {
	if len(s) > maxWritten/2 {
		return nil
	}
	var out []variant
	for i := range len(s) + 1 {
		place := fmt.Sprintf("character %d", i+1)
		for _, c := range base32Alphabet {
			out = append(out, variant{fromBase32(s[:i] + string(c) + s[i:]), place + " is one too many"})
			if i < len(s) {
				out = append(out, variant{fromBase32(s[:i] + string(c) + s[i+1:]), place + " is another"})
			}
		}
		for j := i + 2; j < len(s); j++ {
			swapped := s[:i] + s[j:j+1] + s[i+1:j] + s[i:i+1] + s[j+1:]
			out = append(out, variant{fromBase32(swapped), fmt.Sprintf("characters %d and %d are swapped", i+1, j+1)})
		}
	}
	return out
}

func confusedWith(character string) string {
	for _, l := range lookAlikes {
		if l.from == character {
			return l.to
		}
	}
	return ""
}

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

// compact is a secret without what people put between its characters, in capitals.
func compact(s string) string { return strings.ToUpper(strings.Map(dropFiller, s)) }

func dropFiller(r rune) rune {
	if unicode.IsSpace(r) || unicode.In(r, unicode.Cf, unicode.Pd) || strings.ContainsRune("_=\u2212", r) {
		return -1
	}
	return r
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
