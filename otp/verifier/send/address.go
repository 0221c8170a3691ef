package send

import (
	"fmt"
	"net/mail"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/net/idna"
)

// Address is where a message can go, in one spelling: what counts tries and sends
// counts by it.
type Address struct {
	kind  Kind
	value string
}

// Kind is a kind of address.
type Kind string

const (
	Mail  Kind = "mail"
	Phone Kind = "phone"
)

// ParsePhone reads a number as people write it and makes it E.164, +819012345678. A
// number without a country code is one of the region (ISO 3166: "JP"); without a
// region it must begin with +.
func ParsePhone(text, region string) (Address, error) {
	clean := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, text)
	n, err := phonenumbers.Parse(clean, strings.ToUpper(region))
	switch {
	case err != nil && region == "" && !strings.HasPrefix(strings.TrimSpace(clean), "+"):
		return Address{}, fmt.Errorf("read phone number: it has no country code: write it with + in front")
	case err != nil:
		return Address{}, fmt.Errorf("read phone number: it is none that can be dialled")
	case !phonenumbers.IsValidNumber(n):
		return Address{}, fmt.Errorf("read phone number: its country +%d has no such number", n.GetCountryCode())
	case costly(n):
		return Address{}, fmt.Errorf("read phone number: it is one that earns its owner money")
	}
	return Address{Phone, phonenumbers.Format(n, phonenumbers.E164)}, nil
}

// costly reports whether whoever sends there pays the owner, which is what toll fraud
// lives on.
func costly(n *phonenumbers.PhoneNumber) bool {
	kind := phonenumbers.GetNumberType(n)
	return kind == phonenumbers.PREMIUM_RATE || kind == phonenumbers.SHARED_COST
}

// ParseMail reads an address such as ann@example.com. The domain counts in any case
// and in Unicode or Punycode; what stands before the @ is the other server's and is
// left alone.
func ParseMail(text string) (Address, error) {
	a, err := mail.ParseAddress(strings.TrimSpace(text))
	if err != nil || a.Name != "" || a.String() != "<"+a.Address+">" || strings.ContainsFunc(a.Address, unicode.IsControl) {
		return Address{}, fmt.Errorf("read mail address: it is not of the form name@example.com")
	}
	at := strings.LastIndexByte(a.Address, '@')
	domain, err := idna.Lookup.ToASCII(a.Address[at+1:])
	if err != nil || domain == "" {
		return Address{}, fmt.Errorf("read mail address: its domain is none")
	}
	if value := a.Address[:at] + "@" + strings.ToLower(domain); len(value) <= 254 { // RFC 5321 §4.5.3.1.3
		return Address{Mail, value}, nil
	}
	return Address{}, fmt.Errorf("read mail address: it is longer than 254 bytes")
}

// Kind is whether it is a mail address or a phone number.
func (a Address) Kind() Kind { return a.kind }

// String is the whole address, for the one who delivers.
func (a Address) String() string { return a.value }

// IsZero reports whether it is no address.
func (a Address) IsZero() bool { return a.value == "" }

// Masked is enough of the address for its owner to know it, for a page that others
// may see: a•••@example.com, +81•••78.
func (a Address) Masked() string {
	if at := strings.LastIndexByte(a.value, '@'); at >= 0 {
		first := []rune(a.value[:at])[0]
		return string(first) + "•••" + a.value[at:]
	}
	if len(a.value) < 6 {
		return "•••"
	}
	return a.value[:3] + "•••" + a.value[len(a.value)-2:]
}

// key names the address in an account.
func (a Address) key() string { return string(a.kind) + ":" + a.value }

// budget names what messages to the address are counted by: the mailbox that they
// reach in practice, whatever the case of its letters and the tag after a +.
func (a Address) budget() string {
	at := strings.LastIndexByte(a.value, '@')
	if at < 0 {
		return a.key()
	}
	name, _, _ := strings.Cut(strings.ToLower(a.value[:at]), "+")
	return string(a.kind) + ":" + name + a.value[at:]
}
