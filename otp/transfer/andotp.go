package transfer

// andOTP (.json, .json.aes).
//
//	[{"secret": base32, "issuer"?, "label": account, "digits", "type", "algorithm", "period"|"counter", "tags":[…]}]
//
// Old files have no issuer and a label "issuer - account". The counter is the next
// one. Encrypted files have no magic:
//
//	new: rounds, 4 bytes big-endian | salt 12 | iv 12 | AES-256-GCM under PBKDF2-HMAC-SHA1
//	old:                                       iv 12 | AES-256-GCM under SHA-256 of the password
//
// so whatever looks random and is nothing else is tried as both.

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

// andotpMaxRounds tells new files from old ones, in which random bytes stand
// where new ones have the rounds: the app takes 140,000 to 160,000.
const andotpMaxRounds = 1_000_000

func isAndotp(in *input) bool { return in.listsObjects("secret", "label") }

func readAndotp(_ context.Context, in *input, f *File) error {
	type entry struct {
		Secret, Label, Type, Algorithm string
		Issuer                         *string
		Digits, Period, Counter        text
		Tags                           []string
	}
	return each(in, f, in.data, func(i int, e entry) {
		p := params{
			typ: e.Type, account: e.Label, secret: e.Secret, algorithm: e.Algorithm,
			digits: string(e.Digits), period: string(e.Period), counter: string(e.Counter),
		}
		if e.Issuer != nil {
			p.issuer = *e.Issuer
		} else if issuer, account, ok := strings.Cut(e.Label, " - "); ok {
			p.issuer, p.account = splitLabel(issuer, account)
		} else {
			p.issuer, p.account = splitLabel("", e.Label)
		}
		f.take(i, p, Entry{Tags: e.Tags})
	})
}

func isAndotpEncrypted(in *input) bool {
	return len(in.data) > gcmNonce+gcmTag && !utf8.Valid(in.data) && looksRandom(in.data)
}

func readAndotpEncrypted(ctx context.Context, in *input, f *File) error {
	password, err := in.password(ctx, f)
	if err != nil {
		return err
	}
	plain, err := in.openAndotp(ctx, password)
	if err != nil {
		return err
	}
	inner, err := sniff(plain, in.options)
	if err != nil {
		return err
	}
	if inner.broken != nil {
		return inner.broken
	}
	return readAndotp(ctx, inner, f)
}

func (in *input) openAndotp(ctx context.Context, password string) ([]byte, error) {
	b := in.data
	rounds := int(binary.BigEndian.Uint32(b))
	if rounds >= 1000 && rounds <= andotpMaxRounds && len(b) >= 28+gcmTag {
		key, err := in.pbkdf2(ctx, sha1.New, password, b[4:16], rounds, 32)
		if err != nil {
			return nil, err
		}
		if plain, err := openGCM(key, b[16:28], b[28:], nil); err == nil {
			return plain, nil
		}
	}
	key := sha256.Sum256([]byte(password))
	return openGCM(key[:], b[:gcmNonce], b[gcmNonce:], nil)
}

// looksRandom reports whether the bytes of b are spread as evenly as those of a
// cipher: chi-squared over 255 degrees of freedom, whose mean is 255. Random
// bytes reach 450 once in 10^12 files; text and pictures are far beyond.
func looksRandom(b []byte) bool {
	var counts [256]int
	for _, c := range b {
		counts[c]++
	}
	expected := float64(len(b)) / 256
	var chi float64
	for _, n := range counts {
		d := float64(n) - expected
		chi += d * d / expected
	}
	return chi < 450
}
