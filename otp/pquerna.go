package otp

import (
	"fmt"
	"strings"

	pquerna "github.com/pquerna/otp"
)

// FromPquerna converts a key of github.com/pquerna/otp. It reads the URI behind
// it as [ParseURI] does, and so refuses what that package takes for SHA1 or for an
// empty secret.
func FromPquerna(k *pquerna.Key) (Key, []Warning, error) { return ParseURI(k.URL()) }

// Pquerna converts the key to one of github.com/pquerna/otp, which has no T0.
func (k Key) Pquerna() (*pquerna.Key, error) {
	if err := k.Validate(); err != nil {
		return nil, fmt.Errorf("convert %w", err)
	}
	if k.T0 != 0 {
		return nil, fmt.Errorf("convert key: T0 is %d, and github.com/pquerna/otp knows only 0", k.T0)
	}
	uri := k.URI()
	if k.Type == Steam {
		uri = strings.Replace(uri, "otpauth://steam/", "otpauth://totp/", 1) + "&encoder=steam"
	}
	return pquerna.NewKeyFromURL(uri)
}
