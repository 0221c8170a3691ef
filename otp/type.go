package otp

import (
	"fmt"
	"strings"
)

// Type is the kind of a key. The zero value is invalid.
type Type uint8

const (
	TOTP  Type = iota + 1 // time-based, RFC 6238
	HOTP                  // counter-based, RFC 4226
	Steam                 // Steam Guard: TOTP shown as five symbols
)

// String is the spelling of otpauth URIs: totp, hotp or steam.
func (t Type) String() string {
	switch t {
	case TOTP:
		return "totp"
	case HOTP:
		return "hotp"
	case Steam:
		return "steam"
	}
	return fmt.Sprintf("Type(%d)", uint8(t))
}

// MarshalText writes the spelling of [Type.String].
func (t Type) MarshalText() ([]byte, error) {
	if t < TOTP || t > Steam {
		return nil, fmt.Errorf("write type: unknown value %d", uint8(t))
	}
	return []byte(t.String()), nil
}

// UnmarshalText reads whatever [ParseType] reads.
func (t *Type) UnmarshalText(text []byte) (err error) {
	*t, err = ParseType(string(text))
	return err
}

// ParseType reads totp, hotp or steam in any case. A type that is known but not
// offered, such as motp, gives [ErrUnsupported].
func ParseType(s string) (Type, error) {
	switch strings.ToLower(s) {
	case "totp":
		return TOTP, nil
	case "hotp":
		return HOTP, nil
	case "steam", "steamtotp":
		return Steam, nil
	case "motp", "yaotp", "yandex", "ocra":
		return 0, fmt.Errorf("type %s: %w (only totp, hotp and steam are)", strings.ToLower(s), ErrUnsupported)
	}
	return 0, fmt.Errorf("the type is none of totp, hotp and steam") // unquoted: it may be a misplaced secret
}
