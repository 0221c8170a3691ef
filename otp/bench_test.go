package otp_test

import (
	"fmt"
	"testing"
	"time"

	pquerna "github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"github.com/authctl/authctl/otp"
)

// The benchmarks run each job here and with its peer, so that one run gives the
// ratio: go test -bench . -run '^$' ./otp. With -tags liboath the C library joins.

var algorithms = []otp.Algorithm{otp.SHA1, otp.SHA256, otp.SHA512}

func theirs(a otp.Algorithm) pquerna.Algorithm {
	return map[otp.Algorithm]pquerna.Algorithm{
		otp.SHA1: pquerna.AlgorithmSHA1, otp.SHA256: pquerna.AlgorithmSHA256, otp.SHA512: pquerna.AlgorithmSHA512,
	}[a]
}

// BenchmarkCode makes one code from a prepared key.
func BenchmarkCode(b *testing.B) {
	for _, a := range algorithms {
		k := with(rfcKey(b), func(k *otp.Key) { k.Algorithm = a })
		b.Run(fmt.Sprintf("%v/authctl", a), func(b *testing.B) {
			g, buf := prepare(b, k), make([]byte, 0, 16)
			b.ReportAllocs()
			for i := int64(0); b.Loop(); i++ {
				buf = g.AppendCode(buf[:0], i)
			}
		})
		b.Run(fmt.Sprintf("%v/pquerna", a), func(b *testing.B) {
			secret, o := k.Secret.Base32(), hotp.ValidateOpts{Digits: pquerna.DigitsSix, Algorithm: theirs(a)}
			b.ReportAllocs()
			for i := uint64(0); b.Loop(); i++ {
				if _, err := hotp.GenerateCodeCustom(secret, i, o); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkMatch refuses a code after comparing the three candidates of a login.
func BenchmarkMatch(b *testing.B) {
	k, at := rfcKey(b), time.Unix(1234567890, 0)
	b.Run("authctl", func(b *testing.B) {
		g, w, step := prepare(b, k), k.Window(), k.Step(at)
		b.ReportAllocs()
		for b.Loop() {
			if _, ok := g.Match("000000", step, w); ok {
				b.Fatal("matched")
			}
		}
	})
	b.Run("pquerna", func(b *testing.B) {
		secret, o := k.Secret.Base32(), totp.ValidateOpts{Period: 30, Skew: 1, Digits: pquerna.DigitsSix}
		b.ReportAllocs()
		for b.Loop() {
			if ok, err := totp.ValidateCustom("000000", secret, at, o); ok || err != nil {
				b.Fatal(ok, err)
			}
		}
	})
}

// BenchmarkSearch looks through 24 hours to either side with each algorithm, as
// diagnosis does: 17,283 codes.
func BenchmarkSearch(b *testing.B) {
	k, at := rfcKey(b), time.Unix(1234567890, 0)
	step, day := k.Step(at), int64(24*60*2)
	b.Run("authctl", func(b *testing.B) {
		var generators []*otp.Generator
		for _, a := range algorithms {
			generators = append(generators, prepare(b, with(k, func(k *otp.Key) { k.Algorithm = a })))
		}
		b.ReportAllocs()
		for b.Loop() {
			for _, g := range generators {
				for range g.Search("000000", step-day, step+day) {
				}
			}
		}
	})
	b.Run("pquerna", func(b *testing.B) {
		secret := k.Secret.Base32()
		b.ReportAllocs()
		for b.Loop() {
			for _, a := range algorithms {
				o := hotp.ValidateOpts{Digits: pquerna.DigitsSix, Algorithm: theirs(a)}
				for c := step - day; c <= step+day; c++ {
					if code, err := hotp.GenerateCodeCustom(secret, uint64(c), o); err != nil || code == "" {
						b.Fatal(err)
					}
				}
			}
		}
	})
}

// BenchmarkPrepare is what a verifier pays that keeps no Generator.
func BenchmarkPrepare(b *testing.B) {
	k := rfcKey(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := otp.Prepare(k); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseURI(b *testing.B) {
	uri := rfcKey(b).URI()
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := otp.ParseURI(uri); err != nil {
			b.Fatal(err)
		}
	}
}
