package otp_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/authctl/authctl/otp"
)

func TestNewDefaults(t *testing.T) {
	for typ, digits := range map[otp.Type]int{otp.TOTP: 6, otp.HOTP: 8, otp.Steam: 5} {
		k, err := otp.New(typ, "Acme", "bob", otp.NewOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if k.Digits != digits || k.Algorithm != otp.SHA1 || k.Secret.Len() != 20 || k.Name() != "Acme:bob" {
			t.Errorf("a new %v key: %v with %d bytes", typ, k, k.Secret.Len())
		}
		if err := k.Validate(); err != nil {
			t.Error(err)
		}
		other, err := otp.New(typ, "Acme", "bob", otp.NewOptions{})
		if err != nil || other.Secret.Equal(k.Secret) {
			t.Errorf("two new keys share their secret (%v)", err)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	tests := []struct {
		name, err string
		typ       otp.Type
		issuer    string
		options   otp.NewOptions
	}{
		{"no type", "unknown type 0", 0, "A", otp.NewOptions{}},
		{"no name", "neither issuer nor account", otp.TOTP, "", otp.NewOptions{}},
		{"a name is not repaired", "the issuer has control characters", otp.TOTP, "Ac\x1bme", otp.NewOptions{}},
		{"a long period", "period is 121, not 1 to 120", otp.TOTP, "A", otp.NewOptions{Period: 121}},
		{"five digits", "digits is 5, not 6 to 8", otp.TOTP, "A", otp.NewOptions{Digits: 5}},
		{"nine digits", "digits is 9, not 6 to 8", otp.HOTP, "A", otp.NewOptions{Digits: 9}},
		{"six Steam symbols", "Steam Guard is 5", otp.Steam, "A", otp.NewOptions{Digits: 6}},
		{"a short secret", "15 bytes is not within 16 to 1024", otp.TOTP, "A", otp.NewOptions{SecretSize: 15}},
		{"period of an HOTP key", "has no period", otp.HOTP, "A", otp.NewOptions{Period: 30}},
		{"counter of a TOTP key", "has no counter", otp.TOTP, "A", otp.NewOptions{Counter: 1}},
		{"period", "period is -1", otp.TOTP, "A", otp.NewOptions{Period: -1}},
		{"algorithm", "unknown algorithm 9", otp.TOTP, "A", otp.NewOptions{Algorithm: 9}},
		{"random source ends", "read 20 random bytes", otp.TOTP, "A", otp.NewOptions{Rand: bytes.NewReader(make([]byte, 19))}},
		{"random source fails", "broken", otp.TOTP, "A", otp.NewOptions{Rand: iotest.ErrReader(errors.New("broken"))}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, err := otp.New(tt.typ, tt.issuer, "", tt.options)
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("made %v with error %v, want one with %q", k, err, tt.err)
			}
		})
	}
}

// TestNewReadsSlowSources: a source may return fewer bytes than asked for.
func TestNewReadsSlowSources(t *testing.T) {
	k, err := otp.New(otp.TOTP, "A", "b", otp.NewOptions{Rand: iotest.OneByteReader(io.LimitReader(ones{}, 20))})
	if err != nil || string(k.Secret.Bytes()) != strings.Repeat("\x01", 20) {
		t.Errorf("the secret is %x, %v", k.Secret.Bytes(), err)
	}
}

type ones struct{}

func (ones) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 1
	}
	return len(p), nil
}

func TestValidate(t *testing.T) {
	good := rfcKey(t)
	for err, change := range map[string]func(*otp.Key){
		"the secret is empty":       func(k *otp.Key) { k.Secret = otp.Secret{} },
		"digits is 4":               func(k *otp.Key) { k.Digits = 4 },
		"digits is 11":              func(k *otp.Key) { k.Digits = 11 },
		"period is 0":               func(k *otp.Key) { k.Period = 0 },
		"T0 is":                     func(k *otp.Key) { k.T0 = 1<<40 + 1 },
		"counter is -1":             func(k *otp.Key) { k.Type, k.Period, k.Counter = otp.HOTP, 0, -1 },
		"the issuer has control":    func(k *otp.Key) { k.Issuer = "a\nb" },
		"the account has control":   func(k *otp.Key) { k.Account = "\x1b[2J" },
		"the account has control c": func(k *otp.Key) { k.Account = " b" },
	} {
		k := with(good, change)
		if got := k.Validate(); got == nil || !strings.Contains(got.Error(), err) {
			t.Errorf("error %v, want one with %q", got, err)
		}
		if _, got := otp.Prepare(k); got == nil {
			t.Errorf("Prepare takes a key that Validate refuses (%s)", err)
		}
	}
}
