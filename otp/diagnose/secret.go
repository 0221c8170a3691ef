package diagnose

import (
	"bytes"
	"strings"
	"unicode"

	"github.com/authctl/authctl/otp"
)

const (
	base32Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	hexAlphabet32  = "0123456789ABCDEFGHIJKLMNOPQRSTUV" // base32hex, RFC 4648 §7
	maxWritten     = 256                                // longest secret whose slips are tried, in characters
)

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

// compact is a secret without what people put between its characters, in capitals.
func compact(s string) string { return strings.ToUpper(strings.Map(dropFiller, s)) }

func dropFiller(r rune) rune {
	if unicode.IsSpace(r) || unicode.In(r, unicode.Cf, unicode.Pd) || strings.ContainsRune("_=\u2212", r) {
		return -1
	}
	return r
}
