package otp

import (
	"errors"
	"fmt"
	"strings"
)

// ErrUnsupported marks keys that are understood but that this package does not
// make codes for, such as MD5 keys, mOTP and push tokens.
var ErrUnsupported = errors.New("not supported")

// Algorithm is the hash under HMAC (RFC 6238 §1.2). The zero value is invalid.
type Algorithm uint8

const (
	SHA1   Algorithm = iota + 1 // the default of RFC 4226 and of otpauth URIs
	SHA256                      // HMAC-SHA-256
	SHA512                      // HMAC-SHA-512
)

// String is the spelling of otpauth URIs: SHA1, SHA256 or SHA512.
func (a Algorithm) String() string {
	switch a {
	case SHA1:
		return "SHA1"
	case SHA256:
		return "SHA256"
	case SHA512:
		return "SHA512"
	}
	return fmt.Sprintf("Algorithm(%d)", uint8(a))
}

// MarshalText writes the spelling of [Algorithm.String].
func (a Algorithm) MarshalText() ([]byte, error) {
	if a < SHA1 || a > SHA512 {
		return nil, fmt.Errorf("write algorithm: unknown value %d", uint8(a))
	}
	return []byte(a.String()), nil
}

// UnmarshalText reads whatever [ParseAlgorithm] reads.
func (a *Algorithm) UnmarshalText(text []byte) (err error) {
	*a, err = ParseAlgorithm(string(text))
	return err
}

// fillers are left out of the names of hashes. The table behind it has 6 kB, so it
// is made once.
var fillers = strings.NewReplacer("-", "", "_", "", " ", "", "/", "")

// ParseAlgorithm reads the spellings that are in use: SHA1, sha-256, HmacSHA512,
// HMAC-SHA-1, Algorithm.sha256. A hash that is known but not offered, such as
// MD5, gives [ErrUnsupported].
func ParseAlgorithm(s string) (Algorithm, error) {
	name := strings.ToUpper(strings.TrimSpace(s))
	name = strings.TrimPrefix(name, "ALGORITHM.")
	name = fillers.Replace(name)
	name = strings.TrimPrefix(name, "HMAC")
	switch name {
	case "SHA1":
		return SHA1, nil
	case "SHA256":
		return SHA256, nil
	case "SHA512":
		return SHA512, nil
	case "MD5", "SHA224", "SHA384", "SHA512224", "SHA512256", "SHA3224", "SHA3256", "SHA3384", "SHA3512",
		"RIPEMD160", "SM3", "GOST":
		return 0, fmt.Errorf("algorithm %s: %w (only SHA1, SHA256 and SHA512 are)", name, ErrUnsupported)
	}
	return 0, fmt.Errorf("the algorithm is none of SHA1, SHA256 and SHA512") // unquoted: it may be a misplaced secret
}
