package otp_test

import (
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/authctl/authctl/otp"
)

func TestNormalize(t *testing.T) {
	tests := []struct {
		name, in, want string
		changes        []otp.Change
	}{
		{"as it is", "123456", "123456", nil},
		{"pasted with spaces", " 123 456\n", "123456", []otp.Change{{Kind: otp.SpacesRemoved, Count: 3}}},
		{"hyphen", "123-456", "123456", []otp.Change{{Kind: otp.HyphensRemoved, Count: 1}}},
		{"dash and soft hyphen", "12–34\u00ad56", "123456", []otp.Change{{Kind: otp.HyphensRemoved, Count: 2}}},
		{"no-break, zero-width, byte order mark", "\ufeff123\u00a04\u200b56", "123456", []otp.Change{{Kind: otp.SpacesRemoved, Count: 3}}},
		{"full width", "１２３ ４５６", "123456", []otp.Change{{Kind: otp.SpacesRemoved, Count: 1}, {Kind: otp.DigitsMapped, Count: 6}}},
		{"full-width space and hyphen", "１２３　－456", "123456", []otp.Change{
			{Kind: otp.SpacesRemoved, Count: 1}, {Kind: otp.HyphensRemoved, Count: 1}, {Kind: otp.DigitsMapped, Count: 3}}},
		{"Arabic-Indic", "١٢٣٤٥٦", "123456", []otp.Change{{Kind: otp.DigitsMapped, Count: 6}}},
		{"Persian", "۱۲۳۴۵۶", "123456", []otp.Change{{Kind: otp.DigitsMapped, Count: 6}}},
		{"Devanagari", "१२३४५६", "123456", []otp.Change{{Kind: otp.DigitsMapped, Count: 6}}},
		{"mathematical bold", "𝟏𝟐𝟑𝟒𝟓𝟔", "123456", []otp.Change{{Kind: otp.DigitsMapped, Count: 6}}},
		{"leading zeros stay", "000 001", "000001", []otp.Change{{Kind: otp.SpacesRemoved, Count: 1}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, changes, err := rfcKey(t).Normalize(tt.in)
			if err != nil || got != tt.want {
				t.Fatalf("got %q, %v; want %q", got, err, tt.want)
			}
			if diff := cmp.Diff(tt.changes, changes); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNormalizeSteam(t *testing.T) {
	k := rfcKey(t)
	k.Type, k.Digits = otp.Steam, 5
	got, changes, err := k.Normalize("ｑk7 dＸ")
	if err != nil || got != "QK7DX" {
		t.Fatalf("got %q, %v", got, err)
	}
	want := []otp.Change{{Kind: otp.SpacesRemoved, Count: 1}, {Kind: otp.LettersMapped, Count: 4}}
	if diff := cmp.Diff(want, changes); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}

func TestNormalizeRefuses(t *testing.T) {
	tests := []struct {
		name, in string
		want     otp.CodeError
	}{
		{"empty", " ", otp.CodeError{Want: 6}},
		{"short", "12345", otp.CodeError{Want: 6, Got: 5}},
		{"long", "12345678", otp.CodeError{Want: 6, Got: 8}},
		{"a letter for a digit is not guessed", "12345O", otp.CodeError{Want: 6, Invalid: 6}},
		{"superscripts are no decimal digits", "12345²", otp.CodeError{Want: 6, Invalid: 6}},
		{"sign", "+123456", otp.CodeError{Want: 6, Invalid: 1}},
		{"endless", strings.Repeat(" ", 1<<20), otp.CodeError{Want: 6, Got: 1 << 20}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := rfcKey(t).Normalize(tt.in)
			var got *otp.CodeError
			if !errors.As(err, &got) || *got != tt.want {
				t.Errorf("error %+v, want %+v", err, tt.want)
			}
		})
	}
}

// TestDecimalDigits: Unicode keeps the ten digits of a script together and in
// order, so that neighbours differ by one.
func TestDecimalDigits(t *testing.T) {
	k := rfcKey(t)
	value := func(r rune) byte {
		code, _, _ := k.Normalize(string(r))
		if len(code) != 1 {
			t.Fatalf("%U is read as %q", r, code)
		}
		return code[0] - '0'
	}
	scripts := 0
	for r := rune(0); r <= utf8.MaxRune; r++ {
		if !unicode.Is(unicode.Nd, r) {
			if code, _, _ := k.Normalize(string(r)); code != "" {
				t.Errorf("%U is read as %q", r, code)
			}
			continue
		}
		if v := value(r); v == 0 {
			scripts++
		} else if value(r-1) != v-1 {
			t.Errorf("%U is %d, but %U is not %d", r, v, r-1, v-1)
		}
	}
	if scripts < 60 { // Unicode 15 has 66 runs of ten
		t.Errorf("only %d runs of digits", scripts)
	}
}

// TestNormalizeKeepsMeaning: fillers and scripts never change which code it is,
// and a normalised code is its own normal form.
func TestNormalizeKeepsMeaning(t *testing.T) {
	zeros := []rune{'0', '０', '٠', '۰', '०', '𝟎', '᠐'}
	rapid.Check(t, func(t *rapid.T) {
		k := otp.Key{Type: otp.TOTP, Digits: rapid.IntRange(otp.MinDigits, otp.MaxDigits).Draw(t, "digits")}
		code := rapid.StringOfN(rapid.RuneFrom([]rune("0123456789")), k.Digits, k.Digits, -1).Draw(t, "code")
		var typed strings.Builder
		for _, digit := range code {
			typed.WriteString(rapid.SampledFrom([]string{"", "", " ", "-", "\u200b"}).Draw(t, "filler"))
			typed.WriteRune(rapid.SampledFrom(zeros).Draw(t, "script") + digit - '0')
		}
		got, _, err := k.Normalize(typed.String())
		if err != nil || got != code {
			t.Fatalf("%q is read as %q, %v; want %q", typed.String(), got, err, code)
		}
		if again, changes, err := k.Normalize(got); again != got || changes != nil || err != nil {
			t.Fatalf("%q is not its own normal form: %q, %v, %v", got, again, changes, err)
		}
	})
}

func FuzzNormalize(f *testing.F) {
	for _, seed := range []string{"123456", " 123 456", "１２３４５６", "QK7DX", "\xff12345", "12345O"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		for _, k := range []otp.Key{{Type: otp.TOTP, Digits: 6}, {Type: otp.Steam, Digits: 5}} {
			code, changes, err := k.Normalize(in)
			if err != nil {
				var want *otp.CodeError
				if !errors.As(err, &want) {
					t.Fatalf("%v is no CodeError", err)
				}
				continue
			}
			if len(code) != k.Digits || len(changes) == 0 && code != in {
				t.Fatalf("%q became %q without a word", in, code)
			}
			if again, more, err := k.Normalize(code); again != code || more != nil || err != nil {
				t.Fatalf("%q is not its own normal form", code)
			}
		}
	})
}
