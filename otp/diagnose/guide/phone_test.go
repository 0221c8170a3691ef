package guide_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nyaruka/phonenumbers"
	"pgregory.net/rapid"

	"github.com/authctl/authctl/otp/diagnose/guide"
)

func TestParsePhone(t *testing.T) {
	type faults = []guide.PhoneFault
	for _, tt := range []struct {
		country, written, want string
		faults                 faults
	}{
		{"JP", "080-1234-5678", "+818012345678", faults{guide.NoCountryCode, guide.TrunkPrefix}},
		{"jp", "８０１２３４５６７８", "+818012345678", faults{guide.NoCountryCode, guide.DigitsMapped}},
		{"JP", "+81 80 1234 5678", "+818012345678", faults{}},
		{"JP", "+81-080-1234-5678", "+818012345678", faults{guide.TrunkPrefix}},
		{"JP", "＋８１（０）８０ー１２３４ー５６７８", "+818012345678", faults{guide.TrunkPrefix, guide.DigitsMapped}},
		{"JP", "818012345678", "+818012345678", faults{guide.NoPlus}},
		{"JP", "010 81 80 1234 5678", "+818012345678", faults{guide.ExitCode}},
		{"JP", "0081 080 1234 5678", "+818012345678", faults{guide.ExitCode, guide.TrunkPrefix}},
		{"US", "(212) 555-0123", "+12125550123", faults{guide.NoCountryCode}},
		{"US", "1-212-555-0123", "+12125550123", faults{guide.NoPlus}},
		{"GB", "07400 123456", "+447400123456", faults{guide.NoCountryCode, guide.TrunkPrefix}},
		{"RU", "8 912 345-67-89", "+79123456789", faults{guide.NoCountryCode, guide.TrunkPrefix}},
		{"IT", "312 345 6789", "+393123456789", faults{guide.NoCountryCode}},
	} {
		n, err := guide.ParsePhone(tt.country, tt.written)
		if err != nil {
			t.Errorf("%s %s: %v", tt.country, tt.written, err)
			continue
		}
		if n.E164 != tt.want || !cmp.Equal(n.Faults, tt.faults) {
			t.Errorf("%s %s: %s %v, want %s %v", tt.country, tt.written, n.E164, n.Faults, tt.want, tt.faults)
		}
	}
}

func TestParsePhoneRefuses(t *testing.T) {
	for _, tt := range []struct{ country, written, says string }{
		{"JP", "", "no digits"},
		{"JP", "080-1234-567", "here are 9"},
		{"JP", "03-1234-5678", "first one of 6789"},
		{"JP", "+44 7400 123456", "another country"},
		{"JP", "080-CALL-ME", "character 5"},
		{"JP", strings.Repeat("1", 21), "21 digits"},
		{"XX", "080-1234-5678", `"XX" is none of`},
	} {
		n, err := guide.ParsePhone(tt.country, tt.written)
		if err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s %q: %v, error %v, want one with %q", tt.country, tt.written, n, err, tt.says)
		}
		if err != nil && len(tt.written) > 5 && strings.Contains(err.Error(), tt.written) {
			t.Errorf("%s: the error tells the number", tt.country)
		}
	}
}

// TestCountries compares the table with libphonenumber's data: the mobile number
// that it gives as an example for a country, in every form in which it writes it.
func TestCountries(t *testing.T) {
	for _, iso := range guide.Countries() {
		example := phonenumbers.GetExampleNumberForType(iso, phonenumbers.MOBILE)
		if example == nil {
			t.Fatalf("%s: no example", iso)
		}
		want := phonenumbers.Format(example, phonenumbers.E164)
		for name, format := range map[string]phonenumbers.PhoneNumberFormat{
			"national": phonenumbers.NATIONAL, "international": phonenumbers.INTERNATIONAL, "E.164": phonenumbers.E164,
		} {
			written := phonenumbers.Format(example, format)
			n, err := guide.ParsePhone(iso, written)
			if err != nil || n.E164 != want {
				t.Errorf("%s, %s: %s is read as %s, error %v, want %s", iso, name, written, n.E164, err, want)
			}
			if wrong := format == phonenumbers.NATIONAL; wrong != (len(n.Faults) > 0) {
				t.Errorf("%s, %s: %s has faults %v", iso, name, written, n.Faults)
			}
		}
	}
}

// TestParsePhoneAgain: what ParsePhone makes of any writing is in international
// form for it, and possible for libphonenumber.
func TestParsePhoneAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		iso := rapid.SampledFrom(guide.Countries()).Draw(t, "country")
		prefix := rapid.SampledFrom([]string{"", "0", "00", "+", "+0", "8", "010 "}).Draw(t, "prefix")
		code := rapid.SampledFrom([]string{"", strconv.Itoa(phonenumbers.GetCountryCodeForRegion(iso))}).Draw(t, "code")
		n, err := guide.ParsePhone(iso, prefix+code+rapid.StringMatching(`[0-9]{6,13}`).Draw(t, "rest"))
		if err != nil {
			return
		}
		again, err := guide.ParsePhone(iso, n.E164)
		if err != nil || again.E164 != n.E164 || len(again.Faults) > 0 {
			t.Fatalf("%s is read as %v, error %v", n.E164, again, err)
		}
		if parsed, err := phonenumbers.Parse(n.E164, ""); err != nil || !phonenumbers.IsPossibleNumber(parsed) {
			t.Fatalf("libphonenumber: %s is impossible, %v", n.E164, err)
		}
	})
}

func FuzzParsePhone(f *testing.F) {
	f.Add("JP", "080-1234-5678")
	f.Add("US", "+1 (212) 555-0123")
	f.Add("MX", "＋５２ 01")
	f.Fuzz(func(t *testing.T, country, written string) {
		n, err := guide.ParsePhone(country, written)
		if err != nil {
			return
		}
		again, err := guide.ParsePhone(country, n.E164)
		if err != nil || again.E164 != n.E164 || len(again.Faults) > 0 {
			t.Fatalf("%q gives %s, which is read as %v, error %v", written, n.E164, again, err)
		}
	})
}
