package otp

import (
	"crypto/rand"
	"fmt"
	"io"
)

// MinNewSecret is the shortest secret in bytes that [New] makes (RFC 4226 R6:
// at least 128 bits).
const MinNewSecret = 16

// maxNewPeriod is the longest period in seconds of a new key: a longer one leaves
// a stolen code too long to live (RFC 6238 §5.2 recommends 30).
const maxNewPeriod = 120

// NewOptions are the choices of [New]. The zero value is right for almost
// everyone: SHA1 is what every app makes codes with.
type NewOptions struct {
	Algorithm  Algorithm // 0: SHA1
	Digits     int       // 6 to 8; 0: 6 for TOTP, 8 for HOTP, 5 for Steam (which has no other)
	Period     int       // TOTP, Steam: seconds, 1 to 120; 0: 30
	Counter    int64     // HOTP: the first counter
	SecretSize int       // bytes, MinNewSecret to MaxSecret; 0: 20 (RFC 4226 R6)
	Rand       io.Reader // nil: crypto/rand
}

// New makes a key with a fresh random secret.
func New(t Type, issuer, account string, o NewOptions) (Key, error) {
	k := Key{
		Type: t, Issuer: issuer, Account: account,
		Algorithm: o.Algorithm, Digits: o.Digits, Period: o.Period, Counter: o.Counter,
	}
	k.setDefaults()
	if o.Digits == 0 && t == HOTP {
		k.Digits = 8
	}
	if k.Name() == "" {
		return Key{}, fmt.Errorf("make key: neither issuer nor account is given")
	}
	if t != Steam && (k.Digits < 6 || k.Digits > 8) {
		return Key{}, fmt.Errorf("make key: digits is %d, not 6 to 8", k.Digits)
	}
	if k.Period > maxNewPeriod {
		return Key{}, fmt.Errorf("make key: period is %d, not 1 to %d seconds", k.Period, maxNewPeriod)
	}
	secret, err := newSecret(o.SecretSize, o.Rand)
	if err != nil {
		return Key{}, err
	}
	k.Secret = secret
	if err := k.Validate(); err != nil {
		return Key{}, fmt.Errorf("make key: %w", err)
	}
	return k, nil
}

// setDefaults fills the fields that are zero with what an otpauth URI means when
// it leaves them out.
func (k *Key) setDefaults() {
	if k.Algorithm == 0 {
		k.Algorithm = SHA1
	}
	if k.Digits == 0 {
		k.Digits = 6
		if k.Type == Steam {
			k.Digits = steamDigits
		}
	}
	if k.Period == 0 && k.Type != HOTP {
		k.Period = 30
	}
}

func newSecret(size int, random io.Reader) (Secret, error) {
	if size == 0 {
		size = 20
	}
	if size < MinNewSecret || size > MaxSecret {
		return Secret{}, fmt.Errorf("make key: a secret of %d bytes is not within %d to %d", size, MinNewSecret, MaxSecret)
	}
	if random == nil {
		random = rand.Reader
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(random, b); err != nil {
		return Secret{}, fmt.Errorf("make key: read %d random bytes: %w", size, err)
	}
	return NewSecret(b)
}
