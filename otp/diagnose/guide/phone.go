package guide

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// PhoneNumber is a number in international form, and what was wrong with the form
// that it was given in.
type PhoneNumber struct {
	E164    string       `json:"e164"` // ITU-T E.164: + and at most 15 digits
	Country string       `json:"country"`
	Faults  []PhoneFault `json:"faults"` // empty: it was given in international form
}

// PhoneFault is a stable name of something that is wrong with the form of a phone
// number.
type PhoneFault string

// The faults, each of which keeps a service from sending to the number.
const (
	NoCountryCode PhoneFault = "no-country-code"
	NoPlus        PhoneFault = "no-plus"       // the country code is there, the + is not
	TrunkPrefix   PhoneFault = "trunk-prefix"  // the prefix of calls inside the country, mostly 0
	ExitCode      PhoneFault = "exit-code"     // 00, 011, 010 instead of the +
	DigitsMapped  PhoneFault = "digits-mapped" // full-width digits, or another script's
)

// Countries lists the countries that [ParsePhone] knows, by ISO 3166-1 code.
func Countries() []string { return slices.Sorted(maps.Keys(countries)) }

// ParsePhone reads a mobile number of a country as people write it and says how a
// service wants it: 080-1234-5678 in JP is +818012345678.
//
// It is a hint. A small table of the most common countries knows their codes,
// prefixes, lengths and first digits; whether a number exists it does not know.
// Package otp/verifier/send checks numbers in earnest. The error never holds the
// number.
func ParsePhone(country, written string) (PhoneNumber, error) {
	c, ok := countries[strings.ToUpper(country)]
	if !ok {
		return PhoneNumber{}, fmt.Errorf("read phone number: country %q is none of %s", country, strings.Join(Countries(), ", "))
	}
	digits, plus, mapped, err := phoneDigits(written)
	if err != nil {
		return PhoneNumber{}, fmt.Errorf("read phone number: %w", err)
	}
	n := PhoneNumber{Country: strings.ToUpper(country), Faults: []PhoneFault{}}
	national, faults, err := c.national(digits, plus)
	if err != nil {
		return PhoneNumber{}, fmt.Errorf("read phone number: %w", err)
	}
	n.Faults = append(n.Faults, faults...)
	if mapped {
		n.Faults = append(n.Faults, DigitsMapped)
	}
	n.E164 = "+" + c.code + national
	return n, nil
}

// national takes the digits of a number down to what follows the country code.
func (c country) national(digits string, plus bool) (string, []PhoneFault, error) {
	if !plus {
		for _, exit := range c.exits {
			rest, ok := strings.CutPrefix(digits, exit+c.code)
			if !ok {
				continue
			}
			if national, faults, ok := c.afterCode(rest); ok {
				return national, append([]PhoneFault{ExitCode}, faults...), nil
			}
		}
		if national, ok := c.afterTrunk(digits); ok {
			return national, []PhoneFault{NoCountryCode, TrunkPrefix}, nil
		}
		if c.fits(digits) {
			return digits, []PhoneFault{NoCountryCode}, nil
		}
	}
	rest, ok := strings.CutPrefix(digits, c.code)
	if !ok {
		if plus {
			return "", nil, fmt.Errorf("it begins with the code of another country than +%s", c.code)
		}
		return "", nil, c.misfit(strings.TrimPrefix(digits, c.trunk))
	}
	national, faults, ok := c.afterCode(rest)
	if !ok {
		return "", nil, c.misfit(rest)
	}
	if !plus {
		faults = append([]PhoneFault{NoPlus}, faults...)
	}
	return national, faults, nil
}

// afterCode reads what follows the country code, where a trunk prefix has no place.
func (c country) afterCode(rest string) (national string, faults []PhoneFault, ok bool) {
	if national, ok := c.afterTrunk(rest); ok {
		return national, []PhoneFault{TrunkPrefix}, true
	}
	return rest, nil, c.fits(rest)
}

// afterTrunk takes the trunk prefix off, with which no national number begins.
func (c country) afterTrunk(digits string) (string, bool) {
	national, ok := strings.CutPrefix(digits, c.trunk)
	return national, ok && c.trunk != "" && c.fits(national)
}

func (c country) fits(national string) bool {
	return len(national) >= c.min && len(national) <= c.max && strings.ContainsRune(c.first, rune(national[0]))
}

// misfit says what the national part should be.
func (c country) misfit(got string) error {
	want := fmt.Sprintf("%d to %d", c.min, c.max)
	if c.min == c.max {
		want = fmt.Sprint(c.min)
	}
	return fmt.Errorf("after +%s a mobile number has %s digits, the first one of %s; here are %d", c.code, want, c.first, len(got))
}

// phoneDigits takes a written number apart. It takes spaces, hyphens, dots, slashes
// and brackets as decoration; "(0)" is how a trunk prefix is written after a +.
func phoneDigits(written string) (digits string, plus, mapped bool, err error) {
	var b strings.Builder
	for i, r := range []rune(strings.TrimSpace(written)) {
		switch {
		case (r == '+' || r == '＋') && b.Len() == 0 && !plus:
			plus, mapped = true, mapped || r == '＋'
		case '0' <= r && r <= '9':
			b.WriteRune(r)
		case unicode.Is(unicode.Nd, r):
			b.WriteByte(byte('0' + digitValue(r)))
			mapped = true
		case unicode.IsSpace(r), unicode.Is(unicode.Dash, r), unicode.Is(unicode.Cf, r), strings.ContainsRune("-./()ー（）・", r):
		default:
			return "", false, false, fmt.Errorf("character %d belongs to no phone number", i+1)
		}
	}
	if b.Len() == 0 {
		return "", false, false, fmt.Errorf("it has no digits")
	}
	if b.Len() > 20 {
		return "", false, false, fmt.Errorf("it has %d digits, and no number has more than 15", b.Len())
	}
	return b.String(), plus, mapped, nil
}

// digitValue is the value of a decimal digit: Unicode gives each script ten in a
// row, and rows of the table begin at a zero (The Unicode Standard §4.6).
func digitValue(r rune) rune {
	for _, row := range unicode.Nd.R16 {
		if rune(row.Lo) <= r && r <= rune(row.Hi) {
			return (r - rune(row.Lo)) % 10
		}
	}
	for _, row := range unicode.Nd.R32 {
		if rune(row.Lo) <= r && r <= rune(row.Hi) {
			return (r - rune(row.Lo)) % 10
		}
	}
	return 0
}

// explain words what was wrong and what is right.
func (n PhoneNumber) explain(w words) string {
	if n.E164 == "" {
		return ""
	}
	c := countries[n.Country]
	values := map[string]string{"number": n.E164, "trunk": c.trunk, "exit": strings.Join(c.exits, " / ")}
	var parts []string
	for _, f := range n.Faults {
		parts = append(parts, fill(w.say("phone."+string(f)), values))
	}
	parts = append(parts, fill(w.say("phone.ok"), values))
	return strings.Join(parts, w.say("space"))
}
