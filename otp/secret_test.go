package otp_test

import (
	"bytes"
	"encoding/base32"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/authctl/authctl/otp"
)

// TestSecretsAreRedacted prints, logs and encodes keys, secrets and generators in
// every way that is easy to do by mistake, and looks for the secret.
func TestSecretsAreRedacted(t *testing.T) {
	const raw = "tell nobody about it"
	k := rfcKey(t)
	k.Secret = secret(t, raw)
	g := prepare(t, k)
	type holder struct {
		Key       otp.Key
		Generator *otp.Generator
		key       otp.Key
		secret    otp.Secret
		generator *otp.Generator
		copied    otp.Generator
		inner     struct{ s *otp.Secret }
	}
	h := holder{k, g, k, k.Secret, g, *g, struct{ s *otp.Secret }{&k.Secret}}
	var printed []string
	for _, v := range []any{k, &k, k.Secret, &k.Secret, g, h, &h, []otp.Key{k}, map[string]otp.Secret{"a": k.Secret}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			printed = append(printed, fmt.Sprintf(verb, v))
		}
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("m", "v", v)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "v", v)
		printed = append(printed, log.String())
		if data, err := json.Marshal(v); err != nil {
			t.Errorf("json of %T: %v", v, err)
		} else {
			printed = append(printed, string(data))
		}
		if data, err := xml.Marshal(v); err == nil {
			printed = append(printed, string(data))
		}
	}
	forbidden := []string{
		raw, k.Secret.Base32(), fmt.Sprintf("%x", raw), fmt.Sprintf("%X", raw),
		fmt.Sprint([]byte(raw)), strings.Trim(fmt.Sprint([]byte(raw)), "[]"), fmt.Sprintf("%#v", []byte(raw))[7:40],
	}
	for _, text := range printed {
		for _, s := range forbidden {
			if strings.Contains(text, s) {
				t.Errorf("the secret shows in %s", text)
			}
		}
		if strings.Contains(text, "115 104 97 1 ") || strings.Contains(text, "73686101") { // how marshalled SHA-1 states begin
			t.Errorf("the HMAC states show in %s", text)
		}
	}
}

func TestParseSecret(t *testing.T) {
	tests := []struct {
		name, in string
		want     string // hex; "" for an error
		warnings []otp.WarningCode
		err      string
	}{
		{name: "canonical", in: "JBSWY3DPEHPK3PXP", want: "48656c6c6f21deadbeef"},
		{name: "lower case in groups", in: "jbsw y3dp-ehpk_3pxp", want: "48656c6c6f21deadbeef", warnings: []otp.WarningCode{otp.SecretSpelling}},
		{name: "padded", in: "MZXQ====", want: "666f", warnings: []otp.WarningCode{otp.SecretSpelling}},
		{name: "no-break and zero-width spaces", in: "JBSW\u00a0Y3DP\u200bEHPK\ufeff3PXP", want: "48656c6c6f21deadbeef"},
		{name: "dashes", in: "JBSW–Y3DP—EHPK−3PXP", want: "48656c6c6f21deadbeef"},
		// The next three are secrets that real users typed.
		{name: "17 characters", in: "gfjdhdjdjdjdnjdjf", want: "3152338d2348d236a469", warnings: []otp.WarningCode{otp.SecretLengthSuspect, otp.SecretTrailingBits}},
		{name: "13 characters", in: "hdjdbdkxbshdj", want: "38d2308d570c8e34", warnings: []otp.WarningCode{otp.SecretTrailingBits}},
		{name: "11 characters", in: "hssjdhhxhxh", want: "3ca4919cf73d", warnings: []otp.WarningCode{otp.SecretLengthSuspect, otp.SecretTrailingBits}},
		{name: "6 characters", in: "GEZDGA", want: "313233", warnings: []otp.WarningCode{otp.SecretLengthSuspect}},
		{name: "one character too few for a byte", in: "A", err: "empty"},
		{name: "bits left over", in: "MZ", want: "66", warnings: []otp.WarningCode{otp.SecretTrailingBits}},
		{name: "empty", in: " - ", err: "empty"},
		{name: "a code", in: "081 804", err: "it has only digits: is it a code?"},
		{name: "hexadecimal", in: "3132 3334 3536 3738 393a", err: "it is written in hexadecimal, not in base32"},
		{name: "zero", in: "JBSWY0DP", err: "character 6 is 0, which base32 does not have: was it the letter O?"},
		{name: "one", in: "JBSWY1DP", err: "letter I or L?"},
		{name: "eight", in: "8BSWYDPA", err: "character 1 is 8, which base32 does not have: was it the letter B?"},
		{name: "nine", in: "JBSWYDP9", err: "character 8 is 9"},
		{name: "other characters are not quoted", in: "JBSW$DPA", err: "character 5 is not base32"},
		{name: "too long", in: strings.Repeat("A", 1640), err: "1025 bytes are more than 1024"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, warnings, err := otp.ParseSecret(tt.in)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("error %v, want one with %q", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if tt.want != "" && fmt.Sprintf("%x", s.Bytes()) != tt.want {
				t.Errorf("read as %x, want %s", s.Bytes(), tt.want)
			}
			for _, code := range tt.warnings {
				if !hasWarning(warnings, code) {
					t.Errorf("warnings %v lack %s", warnings, code)
				}
			}
		})
	}
}

func hasWarning(warnings []otp.Warning, code otp.WarningCode) bool {
	for _, w := range warnings {
		if w.Code == code {
			return true
		}
	}
	return false
}

// TestSecretRoundTrip: what is written reads back, in any spelling, without a
// warning.
func TestSecretRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOfN(rapid.Byte(), 1, otp.MaxSecret).Draw(t, "raw")
		s, err := otp.NewSecret(raw)
		if err != nil {
			t.Fatal(err)
		}
		text := base32.StdEncoding.EncodeToString(raw)
		if rapid.Bool().Draw(t, "lower") {
			text = strings.ToLower(text)
		}
		if group := rapid.IntRange(1, 8).Draw(t, "group"); group < len(text) {
			text = text[:group] + rapid.SampledFrom([]string{" ", "-", "\t", "\u00a0", "_"}).Draw(t, "filler") + text[group:]
		}
		for _, spelling := range []string{s.Base32(), text} {
			got, warnings, err := otp.ParseSecret(spelling)
			if err != nil || !got.Equal(s) {
				t.Fatalf("%q reads as %x with %v", spelling, got.Bytes(), err)
			}
			if odd := spelling != s.Base32(); odd != hasWarning(warnings, otp.SecretSpelling) || !odd && warnings != nil {
				t.Fatalf("%q reads with warnings %v", spelling, warnings)
			}
		}
		hexed, err := otp.ParseHex(fmt.Sprintf("%x", raw))
		if err != nil || !hexed.Equal(s) {
			t.Fatalf("hexadecimal reads as %x, %v", hexed.Bytes(), err)
		}
	})
}

func TestSecretIsACopy(t *testing.T) {
	raw := []byte("12345678901234567890")
	s, err := otp.NewSecret(raw)
	if err != nil {
		t.Fatal(err)
	}
	raw[0] = 'X'
	s.Bytes()[1] = 'X'
	if !bytes.Equal(s.Bytes(), []byte("12345678901234567890")) {
		t.Error("a Secret changed with the slice that it was made from or gave out")
	}
}

func FuzzParseSecret(f *testing.F) {
	for _, seed := range []string{"JBSWY3DPEHPK3PXP", "jbsw y3dp", "MZXQ====", "A", "0189", "ａｂ", "GE-ZD_GN BV"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		s, _, err := otp.ParseSecret(in)
		if err != nil {
			if len(in) > 20 && strings.Contains(err.Error(), in) {
				t.Fatalf("the error quotes its input: %v", err)
			}
			return
		}
		again, warnings, err := otp.ParseSecret(s.Base32())
		if err != nil || len(warnings) > 0 || !again.Equal(s) {
			t.Fatalf("%q is written as %q, which reads as %v with %v, %v", in, s.Base32(), again, warnings, err)
		}
	})
}
