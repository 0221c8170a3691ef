package otp_test

import (
	"bufio"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/authctl/authctl/otp"
)

// samples is the path of a file of real-world samples, which lie outside the
// repository: in $AUTHCTL_SAMPLES, or beside it.
func samples(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(cmp.Or(os.Getenv("AUTHCTL_SAMPLES"), "../../shared/samples"), name)
	if _, err := os.Stat(path); err == nil {
		return path
	}
	if os.Getenv("AUTHCTL_REQUIRE") != "" {
		t.Fatalf("sample %s is missing", name)
	}
	t.Skipf("sample %s is missing: set AUTHCTL_SAMPLES to the folder that has it", name)
	return ""
}

// TestSampleVectors makes the codes that other implementations' tests expect.
func TestSampleVectors(t *testing.T) {
	table := rows(t, samples(t, "vectors.tsv"))
	column := map[string]int{}
	for i, name := range table[0] {
		column[name] = i
	}
	for _, row := range table[1:] {
		field := func(name string) string { return row[column[name]] }
		digits := int(number(t, field("digits")))
		if digits < otp.MinDigits || digits > otp.MaxDigits {
			continue
		}
		algorithm, err := otp.ParseAlgorithm(field("alg"))
		if err != nil {
			t.Fatalf("%s: %v", field("id"), err)
		}
		raw, err := hex.DecodeString(field("secret_hex"))
		if err != nil {
			t.Fatalf("%s: %v", field("id"), err)
		}
		k := otp.Key{Type: otp.HOTP, Algorithm: algorithm, Digits: digits, Secret: secret(t, string(raw))}
		if field("secret_enc") == "base32" {
			s, _, err := otp.ParseSecret(field("secret"))
			if err != nil || !s.Equal(k.Secret) {
				t.Errorf("%s: the base32 reads as %v with error %v", field("id"), s, err)
			}
		}
		step, err := strconv.ParseUint(field("step"), 10, 64)
		if err != nil {
			t.Fatalf("%s: step: %v", field("id"), err)
		}
		if got := prepare(t, k).Code(int64(step)); got != field("expected") {
			t.Errorf("%s (%s): %s, want %s", field("id"), field("source"), got, field("expected"))
		}
	}
}

// TestSampleNonstandard makes Steam codes and refuses what this package does not
// offer.
func TestSampleNonstandard(t *testing.T) {
	table := rows(t, samples(t, "vectors-nonstandard.tsv"))
	for _, row := range table[1:] {
		id, algorithm, secretHex, step, want, class := row[0], row[4], row[8], row[12], row[13], row[14]
		if class != "steam" {
			_, algorithmErr := otp.ParseAlgorithm(algorithm)
			_, typeErr := otp.ParseType(class)
			if !errors.Is(algorithmErr, otp.ErrUnsupported) && !errors.Is(typeErr, otp.ErrUnsupported) {
				t.Errorf("%s: neither algorithm %s nor type %s is refused as unsupported", id, algorithm, class)
			}
			continue
		}
		raw, err := hex.DecodeString(secretHex)
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		k := otp.Key{Type: otp.Steam, Algorithm: otp.SHA1, Digits: 5, Period: 30, Secret: secret(t, string(raw))}
		if got := prepare(t, k).Code(number(t, step)); got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
}

// lenient are the samples that we read on purpose although their source refuses
// them, or refuse although it takes them, with the reason.
var lenient = map[string]string{
	"u0165": "one digit: 5 to 10 are read",
	"u0240": "no secret: the source returns a key without one",
	"u0251": "a % that begins no escape is taken as it stands, with a warning",
	"u0283": "an empty label is a warning",
	"u0284": "counters have 63 bits, an empty label is a warning",
	"u0342": "9 digits are a warning",
	"u0371": "an empty algorithm means the default, with a warning",
	"u0378": "a counter of 64 bits: 63 are read",
	"u0395": "the source is stricter about periods",
	"u0397": "HOTP without counter is a warning",
	"u0413": "an empty label is a warning",
	"u0415": "a colon in the account is read",
}

// TestSampleURIs reads the URIs of other parsers' tests as they expect it.
func TestSampleURIs(t *testing.T) {
	f, err := os.Open(samples(t, "uris.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	type sample struct {
		ID, Source, URI, Outcome, Feature string
		Expect                            *struct {
			Type, Issuer, Account, Secret, Algorithm string
			Digits, Period                           int
		}
	}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var s sample
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			continue // counters over 63 bits
		}
		k, warnings, err := otp.ParseURI(s.URI)
		leniently := lenient[s.ID] != "" || strings.Contains(s.Source, "strict") || s.Feature == "bad-percent" ||
			s.Feature == "invalid-utf8" && len(warnings) > 0
		switch {
		case s.Outcome == "reject" && err == nil && !leniently:
			t.Errorf("%s (%s, %s): read, but must be refused", s.ID, s.Source, s.Feature)
		case s.Outcome == "accept" && err != nil && !leniently:
			t.Errorf("%s (%s, %s): %v", s.ID, s.Source, s.Feature, err)
		case s.Outcome != "accept" || err != nil || s.Expect == nil:
			continue
		}
		e := s.Expect
		if e.Type != "" && e.Type != k.Type.String() || e.Digits != 0 && e.Digits != k.Digits ||
			e.Period != 0 && e.Period != k.Period && k.Type != otp.HOTP {
			t.Errorf("%s (%s): read as %v, want %+v", s.ID, s.Source, k, *e)
		}
		if want, _, _ := otp.ParseSecret(e.Secret); e.Secret != "" && !want.Equal(k.Secret) {
			t.Errorf("%s (%s): another secret", s.ID, s.Source)
		}
		if s.Source != "Stratum" && e.Account != "" && e.Account != k.Account { // Stratum reads a lone label as the issuer
			t.Errorf("%s (%s): account %q, want %q", s.ID, s.Source, k.Account, e.Account)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}
