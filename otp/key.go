package otp

import (
	"fmt"
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The ranges of a [Key]. Keys outside the usual values are read with a warning.
const (
	MinDigits = 5     // RFC 4226 R4 asks for 6; five-digit keys exist
	MaxDigits = 10    // the 31 bits of RFC 4226 §5.3 fill ten digits
	MaxPeriod = 86400 // seconds: one day

	steamDigits = 5
	maxT0       = 1 << 40 // seconds, some 35,000 years: keeps the sums of steps in range
)

// Key is what an authenticator and a verifier share: a secret and how codes are
// made of it. It is a value; [Key.Validate] says whether its fields agree.
type Key struct {
	Type      Type
	Issuer    string // who asks for the code; may be empty
	Account   string // whose code it is; may be empty
	Secret    Secret
	Algorithm Algorithm
	Digits    int   // symbols of a code: MinDigits to MaxDigits, 5 for Steam
	Period    int   // TOTP, Steam: seconds a code lives, 1 to MaxPeriod (X in RFC 6238 §4.1); HOTP: 0
	T0        int64 // TOTP, Steam: Unix seconds at which step 0 begins (RFC 6238 §4.1); almost always 0
	Counter   int64 // HOTP: the next counter to use, never negative; otherwise 0
}

// Validate reports the first field that is out of its range.
func (k Key) Validate() error {
	switch {
	case k.Type < TOTP || k.Type > Steam:
		return fmt.Errorf("key: unknown type %d", k.Type)
	case k.Algorithm < SHA1 || k.Algorithm > SHA512:
		return fmt.Errorf("key: unknown algorithm %d", k.Algorithm)
	case k.Secret.Len() == 0:
		return fmt.Errorf("key: the secret is empty")
	case k.Digits < MinDigits || k.Digits > MaxDigits:
		return fmt.Errorf("key: digits is %d, not %d to %d", k.Digits, MinDigits, MaxDigits)
	case k.Type == Steam && (k.Digits != steamDigits || k.Algorithm != SHA1):
		return fmt.Errorf("key: Steam Guard is %d symbols with SHA1, not %d with %v", steamDigits, k.Digits, k.Algorithm)
	}
	if err := k.validateFactor(); err != nil {
		return err
	}
	if k.Issuer != CleanText(k.Issuer) {
		return fmt.Errorf("key: the issuer %s", uncleanText)
	}
	if k.Account != CleanText(k.Account) {
		return fmt.Errorf("key: the account %s", uncleanText)
	}
	return nil
}

// validateFactor checks the fields behind the moving factor.
func (k Key) validateFactor() error {
	switch {
	case k.Type == HOTP && (k.Period != 0 || k.T0 != 0):
		return fmt.Errorf("key: an HOTP key has no period and no T0")
	case k.Type == HOTP && k.Counter < 0:
		return fmt.Errorf("key: counter is %d, below 0", k.Counter)
	case k.Type != HOTP && k.Counter != 0:
		return fmt.Errorf("key: a %v key has no counter", k.Type)
	case k.Type != HOTP && (k.Period < 1 || k.Period > MaxPeriod):
		return fmt.Errorf("key: period is %d, not 1 to %d seconds", k.Period, MaxPeriod)
	case k.T0 < -maxT0 || k.T0 > maxT0:
		return fmt.Errorf("key: T0 is %d, not within %d seconds of 1970", k.T0, int64(maxT0))
	}
	return nil
}

// Step is the number of whole periods from T0 to t (T in RFC 6238 §4.2), negative
// before T0. For HOTP, which knows no time, it is Counter: either way it is what
// [Generator.Match] expects. k must be valid.
func (k Key) Step(t time.Time) int64 {
	if k.Type == HOTP {
		return k.Counter
	}
	elapsed, period := subSaturated(t.Unix(), k.T0), int64(k.Period)
	step := elapsed / period
	if elapsed%period < 0 {
		step--
	}
	return step
}

// Start is the moment at which a step begins; it lives for one Period. Steps too
// far away for int64 seconds saturate. For HOTP it is the zero Time.
func (k Key) Start(step int64) time.Time {
	if k.Type == HOTP {
		return time.Time{}
	}
	period := int64(k.Period)
	if limit := (math.MaxInt64 - maxT0) / period; step > limit || step < -limit {
		step = limit * sign(step)
	}
	return time.Unix(step*period+k.T0, 0)
}

// Window is the window for a login with this key: one step to either side for
// TOTP (RFC 6238 §5.2); for HOTP a look-ahead of 10 at seven digits and more, of
// 5 below (RFC 4226 §7.4).
func (k Key) Window() Window {
	switch {
	case k.Type != HOTP:
		return Window{Behind: 1, Ahead: 1}
	case k.Digits >= 7:
		return Window{Ahead: 10}
	default:
		return Window{Ahead: 5}
	}
}

// Equal reports whether the keys are the same in every field.
func (k Key) Equal(o Key) bool {
	return k.Type == o.Type && k.Issuer == o.Issuer && k.Account == o.Account && k.Secret.Equal(o.Secret) &&
		k.Algorithm == o.Algorithm && k.Digits == o.Digits && k.Period == o.Period && k.T0 == o.T0 && k.Counter == o.Counter
}

// Name is "issuer:account", or the one that is not empty.
func (k Key) Name() string {
	if k.Issuer == "" || k.Account == "" {
		return k.Issuer + k.Account
	}
	return k.Issuer + ":" + k.Account
}

// String describes the key without its secret.
func (k Key) String() string {
	if k.Type == HOTP {
		return fmt.Sprintf("%s (%v, %v, %d digits, counter %d)", k.Name(), k.Type, k.Algorithm, k.Digits, k.Counter)
	}
	return fmt.Sprintf("%s (%v, %v, %d digits, %d s)", k.Name(), k.Type, k.Algorithm, k.Digits, k.Period)
}

// uncleanText is what an issuer or account must not have.
const uncleanText = "has control characters, invalid UTF-8 or spaces around it"

// CleanText is s as an issuer or account may be: valid UTF-8, without spaces around
// it, and without control characters and overrides of the writing direction, which
// could rewrite a terminal line.
func CleanText(s string) string {
	s = strings.ToValidUTF8(s, string(utf8.RuneError))
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), r == '\u2028', r == '\u2029',
			'\u202a' <= r && r <= '\u202e', '\u2066' <= r && r <= '\u2069':
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

func subSaturated(a, b int64) int64 {
	d := a - b
	switch {
	case b > 0 && d > a:
		return math.MinInt64
	case b < 0 && d < a:
		return math.MaxInt64
	}
	return d
}

func sign(n int64) int64 {
	if n < 0 {
		return -1
	}
	return 1
}
