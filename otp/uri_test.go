package otp_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/authctl/authctl/otp"
)

const b32 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" // the RFCs' secret

// totpKey is the key of otpauth://totp/... with defaults.
func totpKey(t *testing.T, issuer, account string) otp.Key {
	k := rfcKey(t)
	k.Issuer, k.Account = issuer, account
	return k
}

func with(k otp.Key, change func(*otp.Key)) otp.Key {
	change(&k)
	return k
}

func TestParseURI(t *testing.T) {
	tests := []struct {
		name, uri string
		want      otp.Key
		warnings  []otp.WarningCode
	}{
		{"defaults", "otpauth://totp/Example:alice@example.com?secret=" + b32,
			totpKey(t, "Example", "alice@example.com"), nil},
		{"everything said", "otpauth://totp/A:b?secret=" + b32 + "&issuer=A&algorithm=SHA256&digits=8&period=60",
			with(totpKey(t, "A", "b"), func(k *otp.Key) { k.Algorithm, k.Digits, k.Period = otp.SHA256, 8, 60 }), nil},
		{"any case", "OTPAUTH://TOTP/A:b?SECRET=" + strings.ToLower(b32) + "&Digits=7",
			with(totpKey(t, "A", "b"), func(k *otp.Key) { k.Digits = 7 }), []otp.WarningCode{otp.TextCase, otp.SecretSpelling}},
		{"counter", "otpauth://hotp/A:b?secret=" + b32 + "&counter=9223372036854775807",
			with(totpKey(t, "A", "b"), func(k *otp.Key) { k.Type, k.Period, k.Counter = otp.HOTP, 0, 9223372036854775807 }), nil},
		{"counter missing", "otpauth://hotp/A:b?secret=" + b32,
			with(totpKey(t, "A", "b"), func(k *otp.Key) { k.Type, k.Period = otp.HOTP, 0 }), []otp.WarningCode{otp.CounterMissing}},
		{"# is no fragment", "otpauth://totp/Acme#1:bob?secret=" + b32,
			totpKey(t, "Acme#1", "bob"), []otp.WarningCode{otp.TextRaw}},
		{"encoded colon", "otpauth://totp/Acme%3Abob?secret=" + b32, totpKey(t, "Acme", "bob"), []otp.WarningCode{otp.LabelColon}},
		{"a colon that is not encoded wins", "otpauth://totp/A%3AB:c?secret=" + b32, totpKey(t, "A:B", "c"), nil},
		{"an issuer with a colon", "otpauth://totp/A:B:c?secret=" + b32 + "&issuer=A%3AB", totpKey(t, "A:B", "c"), nil},
		{"issuers differ", "otpauth://totp/Tenant:bob?secret=" + b32 + "&issuer=Microsoft",
			totpKey(t, "Microsoft", "bob"), []otp.WarningCode{otp.IssuerMismatch}},
		{"+ is a space in a query", "otpauth://totp/bob?secret=" + b32 + "&issuer=Air+Canada", totpKey(t, "Air Canada", "bob"), nil},
		{"+ is a + in a label", "otpauth://totp/Air+Canada:bob?secret=" + b32,
			totpKey(t, "Air+Canada", "bob"), []otp.WarningCode{otp.LabelPlus}},
		{"+ in an address is usual", "otpauth://totp/bob+x@example.com?secret=" + b32, totpKey(t, "", "bob+x@example.com"), nil},
		{"decoded once", "otpauth://totp/a%2526b?secret=" + b32, totpKey(t, "", "a%26b"), nil},
		{"a lone %", "otpauth://totp/50%?secret=" + b32, totpKey(t, "", "50%"), []otp.WarningCode{otp.TextRaw}},
		{"raw space", "otpauth://totp/A B:c d?secret=" + b32, totpKey(t, "A B", "c d"), []otp.WarningCode{otp.TextRaw}},
		{"encoded space after the colon", "otpauth://totp/A:%20b?secret=" + b32, totpKey(t, "A", "b"), nil},
		{"an issuer without =", "otpauth://totp/b?secret=" + b32 + "&issuer&period", totpKey(t, "", "b"), []otp.WarningCode{otp.ParamEmpty}},
		{"no label", "otpauth://totp?secret=" + b32, totpKey(t, "", ""), []otp.WarningCode{otp.LabelEmpty}},
		{"FreeOTP+ without an issuer", "otpauth://totp/%7Btoken.label%7D?secret=" + b32, totpKey(t, "", ""), []otp.WarningCode{otp.LabelEmpty}},
		{"algorithm as programs write it", "otpauth://totp/b?secret=" + b32 + "&algorithm=HmacSHA512",
			with(totpKey(t, "", "b"), func(k *otp.Key) { k.Algorithm = otp.SHA512 }), []otp.WarningCode{otp.AlgorithmSpelling}},
		{"padding", "otpauth://totp/b?secret=MZXW6YTBOI%3D%3D%3D%3D%3D%3D",
			with(totpKey(t, "", "b"), func(k *otp.Key) { k.Secret = secret(t, "foobar") }), []otp.WarningCode{otp.SecretShort}},
		{"unusual digits and period", "otpauth://totp/b?secret=" + b32 + "&digits=9&period=300",
			with(totpKey(t, "", "b"), func(k *otp.Key) { k.Digits, k.Period = 9, 300 }), []otp.WarningCode{otp.DigitsUnusual, otp.PeriodUnusual}},
		{"other apps' parameters", "otpauth://totp/b?secret=" + b32 + "&image=https%3A%2F%2Fx&counter=",
			totpKey(t, "", "b"), []otp.WarningCode{otp.ParamIgnored}},
		{"a period of HOTP is not looked at", "otpauth://hotp/A:b?secret=" + b32 + "&counter=1&period=0",
			with(totpKey(t, "A", "b"), func(k *otp.Key) { k.Type, k.Period, k.Counter = otp.HOTP, 0, 1 }), []otp.WarningCode{otp.ParamIgnored}},
		{"T0", "otpauth://totp/b?secret=" + b32 + "&t0=-5",
			with(totpKey(t, "", "b"), func(k *otp.Key) { k.T0 = -5 }), []otp.WarningCode{otp.T0Unusual}},
		{"an override of the writing direction", "otpauth://totp/b%E2%80%AEob?secret=" + b32, totpKey(t, "", "bob"), []otp.WarningCode{otp.TextCleaned}},
		{"Steam", "otpauth://steam/Steam:b?secret=" + b32,
			with(totpKey(t, "Steam", "b"), func(k *otp.Key) { k.Type, k.Digits = otp.Steam, 5 }), nil},
		{"Steam of KeePassXC", "otpauth://totp/b?secret=" + b32 + "&encoder=steam",
			with(totpKey(t, "", "b"), func(k *otp.Key) { k.Type, k.Digits = otp.Steam, 5 }), nil},
		{"Steam of 2FAuth", "otpauth://totp/Steam:b?secret=" + b32 + "&digits=5",
			with(totpKey(t, "Steam", "b"), func(k *otp.Key) { k.Type, k.Digits = otp.Steam, 5 }), []otp.WarningCode{otp.TypeSteam}},
		{"Steam of Steam Desktop Authenticator", "otpauth://totp/Steam:b?secret=" + b32 + "&issuer=Steam",
			with(totpKey(t, "Steam", "b"), func(k *otp.Key) { k.Type, k.Digits = otp.Steam, 5 }), []otp.WarningCode{otp.TypeSteam}},
		{"Steam without a user", "otpauth://totp/Steam?secret=" + b32,
			with(totpKey(t, "", "Steam"), func(k *otp.Key) { k.Type, k.Digits = otp.Steam, 5 }), []otp.WarningCode{otp.TypeSteam}},
		{"six digits are no Steam", "otpauth://totp/Steam:b?secret=" + b32 + "&digits=6", totpKey(t, "Steam", "b"), nil},
		{"SHA256 is no Steam", "otpauth://totp/Steam:b?secret=" + b32 + "&algorithm=SHA256",
			with(totpKey(t, "Steam", "b"), func(k *otp.Key) { k.Algorithm = otp.SHA256 }), nil},
		{"Steam of Bitwarden", "steam://" + b32,
			with(totpKey(t, "", ""), func(k *otp.Key) { k.Type, k.Digits = otp.Steam, 5 }), nil},
		{"account and issuer exchanged", "otpauth://totp/bob@example.com:Acme?secret=" + b32,
			totpKey(t, "bob@example.com", "Acme"), []otp.WarningCode{otp.LabelReversed}},
		{"a terminal escape in a name", "otpauth://totp/a%1B%5B2Jb?secret=" + b32, totpKey(t, "", "a[2Jb"), []otp.WarningCode{otp.TextCleaned}},
		{"a name that is not UTF-8", "otpauth://totp/a%FFb?secret=" + b32, totpKey(t, "", "a\ufffdb"), []otp.WarningCode{otp.TextCleaned}},
		{"other scripts", "otpauth://totp/%E4%BE%8B:京都?secret=" + b32, totpKey(t, "例", "京都"), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, warnings, err := otp.ParseURI(tt.uri)
			if err != nil {
				t.Fatal(err)
			}
			if !got.Equal(tt.want) {
				t.Errorf("read %v with %s, want %v with %s", got, got.Secret.Base32(), tt.want, tt.want.Secret.Base32())
			}
			for _, code := range tt.warnings {
				if !hasWarning(warnings, code) {
					t.Errorf("warnings %v lack %s", warnings, code)
				}
			}
			if tt.warnings == nil && warnings != nil {
				t.Errorf("unexpected warnings %v", warnings)
			}
		})
	}
}

func TestParseURIRefuses(t *testing.T) {
	const uri = "otpauth://totp/Acme:bob?secret=" + b32
	tests := []struct {
		name, uri, err string
		unsupported    bool
	}{
		{"two secrets", uri + "&secret=AAAA", "parameter secret stands twice", false},
		{"two secrets in other cases", uri + "&SECRET=AAAA", "stands twice", false},
		{"two issuers", uri + "&issuer=A&issuer=B", "parameter issuer stands twice", false},
		{"no digits", uri + "&digits=0", "digits is 0, not 5 to 10", false},
		{"2^64-1 digits", uri + "&digits=18446744073709551615", "digits is 18446744073709551615, not 5 to 10", false},
		{"negative digits", uri + "&digits=-6", "digits is -6, not", false},
		{"digits in words", uri + "&digits=six", "digits is not a number", false},
		{"a secret glued to a number", uri + "&digits=6JBSWY3DP", "digits is not a number", false},
		{"no period", uri + "&period=0", "period is 0, not 1 to 86400", false},
		{"a period of days", uri + "&period=86401", "period is 86401", false},
		{"counter over 63 bits", "otpauth://hotp/a?secret=" + b32 + "&counter=9223372036854775808", "counter is 9223372036854775808", false},
		{"MD5", uri + "&algorithm=MD5", "algorithm MD5: not supported", true},
		{"SHA-3", uri + "&algorithm=SHA3-256", "not supported", true},
		{"unknown algorithm", uri + "&algorithm=SHA", "the algorithm is none of", false},
		{"a secret for a type", "otpauth://JBSWY3DPEHPK3PXP", "the type is none of", false},
		{"a secret for an algorithm", uri + "&algorithm=JBSWY3DPEHPK3PXP", "the algorithm is none of", false},
		{"unknown type", "otpauth://push/a?secret=" + b32, "the type is none of", false},
		{"mOTP", "motp://a:b?secret=00ff", "motp key: not supported", true},
		{"Yandex", "otpauth://yaotp/a?secret=" + b32, "type yaotp: not supported", true},
		{"push of Microsoft", "phonefactor://activate_account?code=1", "phonefactor key: not supported", true},
		{"export of Google", "otpauth-migration://offline?data=AA", "import it", false},
		{"link of Steam", "https://s.team/q/1/2", "not supported", true},
		{"a web page", "https://example.com", "does not begin with otpauth://", false},
		{"text", "hello", "does not begin with otpauth://", false},
		{"empty", "", "does not begin with otpauth://", false},
		{"no secret", "otpauth://totp/a?issuer=A", "it has no secret", false},
		{"empty secret", "otpauth://totp/a?secret=", "it is empty", false},
		{"a fragment eats the secret", "otpauth://totp/a#?secret", "it is empty", false},
		{"0 in the secret", "otpauth://totp/a?secret=JBSW0", "was it the letter O?", false},
		{"Steam with SHA256", "otpauth://steam/a?secret=" + b32 + "&algorithm=SHA256", "Steam Guard has only SHA1", false},
		{"endless", uri + "&image=" + strings.Repeat("x", otp.MaxURI), "more than 16384", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, _, err := otp.ParseURI(tt.uri)
			if err == nil {
				t.Fatalf("read as %v", k)
			}
			if !strings.Contains(err.Error(), tt.err) {
				t.Errorf("error %q lacks %q", err, tt.err)
			}
			if strings.Contains(err.Error(), "JBSW") || strings.Contains(err.Error(), b32) {
				t.Errorf("error %q has the secret", err)
			}
			if errors.Is(err, otp.ErrUnsupported) != tt.unsupported {
				t.Errorf("error %q is ErrUnsupported: %v", err, !tt.unsupported)
			}
		})
	}
}

// TestWarningsHoldNoSecret: a secret that lost its name is not quoted.
func TestWrittenSecret(t *testing.T) {
	for _, tt := range []struct{ uri, want string }{
		{"otpauth://totp/a?issuer=b&secret=" + b32, b32},
		{" OTPAUTH://totp/a?SECRET=gezd+gnbv%20gy3t-qojq%3D%3D ", "gezd gnbv gy3t-qojq=="},
		{"steam://GEZD%20GNBV/", "GEZD GNBV"},
		{"otpauth://totp/a?secret=" + b32 + "&secret=" + b32, ""},
		{"otpauth://totp/a?secret=10", ""},
		{"otpauth-migration://offline?data=AA", ""},
		{"", ""},
	} {
		if got := otp.WrittenSecret(tt.uri); string(got.Bytes()) != tt.want {
			t.Errorf("%s: another text than %q", tt.uri, tt.want)
		}
	}
}

func TestWarningsHoldNoSecret(t *testing.T) {
	_, warnings, err := otp.ParseURI("otpauth://totp/a?secret=" + b32 + "&JBSWY3DPEHPK3PXP&jbswy3dp=1&JBSWY3DPEHPK3PXQ=")
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprint(warnings); len(warnings) != 4 || strings.Contains(strings.ToUpper(text), "JBSW") {
		t.Errorf("warnings %v", warnings)
	}
}

// anyKey draws a valid key, with names that are hard to write in a URI.
func anyKey(t *rapid.T) otp.Key {
	name := rapid.OneOf(
		rapid.SampledFrom([]string{"", "A&secret=AAAA", "a:b", ":", "100%", "%41", "a+b", "#?/=&", "例え ば", `"<>"`, "x?secret=B", "Steam"}),
		rapid.StringMatching(`[!-~é]([ -~é]{0,12}[!-~])?`),
	)
	size := rapid.OneOf(rapid.IntRange(1, 80), rapid.SampledFrom([]int{63, 64, 65, 127, 128, 129})) // around the blocks of the hashes
	n := size.Draw(t, "size")
	raw := rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, "secret")
	s, err := otp.NewSecret(raw)
	if err != nil {
		t.Fatal(err)
	}
	k := otp.Key{
		Type: otp.Type(rapid.IntRange(1, 3).Draw(t, "type")), Secret: s,
		Issuer: name.Draw(t, "issuer"), Account: name.Draw(t, "account"),
		Algorithm: otp.Algorithm(rapid.IntRange(1, 3).Draw(t, "algorithm")),
		Digits:    rapid.IntRange(6, otp.MaxDigits).Draw(t, "digits"),
	}
	if k.Type == otp.HOTP {
		k.Counter = rapid.Int64Min(0).Draw(t, "counter")
		return k
	}
	k.Period = rapid.IntRange(1, otp.MaxPeriod).Draw(t, "period")
	k.T0 = rapid.SampledFrom([]int64{0, 0, 1, -1 << 40}).Draw(t, "t0")
	if k.Type == otp.Steam {
		k.Algorithm, k.Digits = otp.SHA1, 5
	}
	return k
}

// TestURIRoundTrip: every valid key is written as a URI that reads back as the
// same key, whatever its names are.
func TestURIRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := anyKey(t)
		if err := k.Validate(); err != nil {
			t.Fatal(err)
		}
		got, warnings, err := otp.ParseURI(k.URI())
		if err != nil || !got.Equal(k) {
			t.Fatalf("%q reads as %#v with error %v, want %#v", k.URI(), got, err, k)
		}
		for _, w := range warnings {
			if w.Code == otp.TextRaw || w.Code == otp.ParamIgnored || w.Code == otp.IssuerMismatch {
				t.Fatalf("%q reads with %v", k.URI(), w)
			}
		}
	})
}

func FuzzParseURI(f *testing.F) {
	for _, seed := range []string{
		"otpauth://totp/Acme#1:bob?secret=" + b32, "otpauth://hotp/a%3Ab?secret=" + b32 + "&counter=1",
		"steam://" + b32, "otpauth://steam/x?secret=MZXQ====&issuer=x%3Ay", "otpauth://totp/:a%3Ab?secret=AA&issuer",
		"otpauth://totp/a+b:%20c?secret=" + b32 + "&issuer=a+b&algorithm=hmac-sha-512&digits=10&period=86400&t0=-5",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		k, warnings, err := otp.ParseURI(uri)
		if err != nil {
			return
		}
		if err := k.Validate(); err != nil {
			t.Fatalf("%q reads as an invalid key: %v", uri, err)
		}
		again, _, err := otp.ParseURI(k.URI())
		if err != nil || !again.Equal(k) {
			t.Fatalf("%q is written as %q, which reads as %#v, %v", uri, k.URI(), again, err)
		}
		if text := k.Secret.Base32(); len(text) > 20 && strings.Contains(fmt.Sprint(warnings, k), text) {
			t.Fatalf("the secret shows in %v or %v", warnings, k)
		}
	})
}

func TestKeyEqual(t *testing.T) {
	a := rfcKey(t)
	b := with(a, func(k *otp.Key) { k.Secret = secret(t, "12345678901234567890") })
	if !a.Equal(b) {
		t.Error("equal secrets behind different pointers are not equal")
	}
	if diff := cmp.Diff(a, b); diff != "" { // cmp uses Equal
		t.Error(diff)
	}
	for name, other := range map[string]otp.Key{
		"secret":  with(a, func(k *otp.Key) { k.Secret = secret(t, "x") }),
		"account": with(a, func(k *otp.Key) { k.Account = "bob" }),
		"digits":  with(a, func(k *otp.Key) { k.Digits = 8 }),
	} {
		if a.Equal(other) {
			t.Errorf("keys with another %s are equal", name)
		}
	}
}
