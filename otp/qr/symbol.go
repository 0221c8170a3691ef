package qr

import (
	"fmt"
	"image"
	"strings"
)

// Kind says what a symbol is about.
type Kind string

const (
	Otpauth   Kind = "otpauth"           // an otpauth URI: one key
	Migration Kind = "otpauth-migration" // an export of Google Authenticator: several keys
	Other     Kind = "other"             // anything else
)

// KindOf tells the kind of a text by its scheme, in whatever case it is written.
func KindOf(text string) Kind {
	scheme, _, _ := strings.Cut(strings.TrimSpace(text), ":")
	switch k := Kind(strings.ToLower(scheme)); k {
	case Otpauth, Migration:
		return k
	}
	return Other
}

// Symbol is a QR code that was found in a picture. Printing, logging or marshalling one does not show its text, which is a secret more often
// than not, even in a struct that holds it in an unexported field.
type Symbol struct {
	Kind   Kind            `json:"kind"`
	Bounds image.Rectangle `json:"bounds"` // the smallest upright rectangle around it, in pixels of the picture
	text   *string         // behind a pointer: fmt prints the address
}

func newSymbol(text string, bounds image.Rectangle) Symbol {
	return Symbol{KindOf(text), bounds, &text}
}

// Text is what the symbol says. Bytes that are not UTF-8 are read in the character set that they look like.
func (s Symbol) Text() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// String is the kind, the size and the place, without the text.
func (s Symbol) String() string {
	return fmt.Sprintf("%s, %d bytes, at %v", s.Kind, len(s.Text()), s.Bounds)
}

// GoString is String: the text does not show in %#v either.
func (s Symbol) GoString() string { return s.String() }
