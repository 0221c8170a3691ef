package otp_test

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/authctl/authctl/otp"
)

// TestRFC4226 checks Appendix D, intermediate values included.
func TestRFC4226(t *testing.T) {
	g := prepare(t, otp.Key{Type: otp.HOTP, Algorithm: otp.SHA1, Digits: 6, Secret: secret(t, "12345678901234567890")})
	for _, row := range rows(t, "testdata/rfc4226.tsv") {
		counter := number(t, row[0])
		if got := strconv.Itoa(int(g.Truncated(counter))); got != row[1] {
			t.Errorf("Truncated(%d) = %s, want %s", counter, got, row[1])
		}
		if got := g.Code(counter); got != row[2] {
			t.Errorf("Code(%d) = %s, want %s", counter, got, row[2])
		}
	}
}

// TestRFC6238 checks Appendix B, from time to code.
func TestRFC6238(t *testing.T) {
	size := map[string]int{"SHA1": 20, "SHA256": 32, "SHA512": 64}
	for _, row := range rows(t, "testdata/rfc6238.tsv") {
		algorithm, err := otp.ParseAlgorithm(row[1])
		if err != nil {
			t.Fatal(err)
		}
		k := otp.Key{
			Type: otp.TOTP, Algorithm: algorithm, Digits: 8, Period: 30,
			Secret: secret(t, strings.Repeat("1234567890", 7)[:size[row[1]]]),
		}
		at := time.Unix(number(t, row[0]), 0)
		if got := prepare(t, k).Code(k.Step(at)); got != row[2] {
			t.Errorf("%s at %s = %s, want %s", row[1], row[0], got, row[2])
		}
	}
}

// rows reads a table of tab-separated fields; # begins a comment.
func rows(t *testing.T, file string) [][]string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimRight(line, "\r\n"); line != "" && !strings.HasPrefix(line, "#") {
			rows = append(rows, strings.Split(line, "\t"))
		}
	}
	if len(rows) == 0 {
		t.Fatalf("%s has no rows", file)
	}
	return rows
}

func number(t *testing.T, s string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func secret(t testing.TB, raw string) otp.Secret {
	t.Helper()
	s, err := otp.NewSecret([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func prepare(t testing.TB, k otp.Key) *otp.Generator {
	t.Helper()
	g, err := otp.Prepare(k)
	if err != nil {
		t.Fatal(err)
	}
	return g
}
