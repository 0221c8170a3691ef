package otp

import (
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"log/slog"
)

// MaxSecret is the longest secret in bytes. The shortest is one byte; [New]
// makes none under [MinNewSecret].
const MaxSecret = 1024

// redacted stands for a secret wherever one is printed.
const redacted = "[redacted]"

// Secret is the shared secret of a key (K in RFC 4226 §5.1). It prints, logs and
// encodes as "[redacted]"; [Secret.Bytes] and [Secret.Base32] give it away and are
// the only ways to. The zero Secret is empty and makes no codes.
type Secret struct{ bytes hidden[[]byte] }

// NewSecret copies b, 1 to [MaxSecret] bytes, into a Secret.
func NewSecret(b []byte) (Secret, error) {
	if len(b) == 0 {
		return Secret{}, fmt.Errorf("read secret: it is empty")
	}
	if len(b) > MaxSecret {
		return Secret{}, fmt.Errorf("read secret: %d bytes are more than %d", len(b), MaxSecret)
	}
	return Secret{hide(append([]byte(nil), b...))}, nil
}

// ParseHex reads a secret written in hexadecimal.
func ParseHex(s string) (Secret, error) {
	b, err := hex.DecodeString(s)
	if err != nil { // the error of encoding/hex quotes a character of the secret
		return Secret{}, fmt.Errorf("read secret: not an even number of hexadecimal digits")
	}
	return NewSecret(b)
}

// Len is the length in bytes.
func (s Secret) Len() int { return len(s.raw()) }

// Bytes is a copy of the secret.
func (s Secret) Bytes() []byte { return append([]byte(nil), s.raw()...) }

// Base32 is the secret in canonical base32: upper case, no padding.
func (s Secret) Base32() string { return base32Encoding.EncodeToString(s.raw()) }

// Equal compares in constant time for equal lengths.
func (s Secret) Equal(t Secret) bool { return subtle.ConstantTimeCompare(s.raw(), t.raw()) == 1 }

func (s Secret) raw() []byte {
	if b := s.bytes.get(); b != nil {
		return *b
	}
	return nil
}

// String is "[redacted]".
func (s Secret) String() string { return redacted }

// Format prints "[redacted]" for every verb, %#v and %x included.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, redacted) }

// MarshalText writes "[redacted]", which encoding/json and encoding/xml use too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue logs "[redacted]".
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// hidden keeps a value out of what fmt prints. A Format method is not enough,
// since fmt calls none on unexported fields. A pointer is not either: given a verb
// that does not fit, such as %s, fmt follows it to a struct or a slice. It never
// follows two.
//
// It does not compare with ==, which would compare the pointers.
type hidden[T any] struct {
	_     [0]func()
	value **T
}

func hide[T any](v T) hidden[T] {
	p := &v
	return hidden[T]{value: &p}
}

// get is nil for the zero hidden.
func (h hidden[T]) get() *T {
	if h.value == nil {
		return nil
	}
	return *h.value
}
