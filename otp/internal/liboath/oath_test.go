//go:build liboath && cgo

package liboath_test

import (
	"testing"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/internal/liboath"
)

const raw, now = "12345678901234567890", 1234567890

func generator(t testing.TB) (*otp.Generator, int64) {
	t.Helper()
	s, err := otp.NewSecret([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	g, err := otp.Prepare(otp.Key{Type: otp.TOTP, Secret: s, Algorithm: otp.SHA1, Digits: 6, Period: 30})
	if err != nil {
		t.Fatal(err)
	}
	return g, now / 30
}

// TestAgree: both take the codes of the window and refuse the others.
func TestAgree(t *testing.T) {
	g, at := generator(t)
	for step := at - 3; step <= at+3; step++ {
		code := g.Code(step)
		_, here := g.Match(code, at, otp.Window{Behind: 1, Ahead: 1})
		if there := liboath.Validate(1, raw, now, code); here != there {
			t.Errorf("step %d: %v here, %v there", step-at, here, there)
		}
	}
}

// BenchmarkMatch refuses a code after comparing three candidates.
func BenchmarkMatch(b *testing.B) {
	b.Run("authctl", func(b *testing.B) {
		g, at := generator(b)
		for b.Loop() {
			if _, ok := g.Match("000000", at, otp.Window{Behind: 1, Ahead: 1}); ok {
				b.Fatal("matched")
			}
		}
	})
	b.Run("liboath", func(b *testing.B) {
		if liboath.Validate(b.N, raw, now, "000000") {
			b.Fatal("matched")
		}
	})
}
