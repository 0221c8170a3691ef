package otp_test

import (
	"testing"
	"time"

	pquerna "github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
	"pgregory.net/rapid"

	"github.com/authctl/authctl/otp"
)

// TestAgainstPquerna makes codes of random keys here and there. It stays where
// both packages are defined: 6 to 8 digits and times from 1970.
func TestAgainstPquerna(t *testing.T) {
	theirs := map[otp.Algorithm]pquerna.Algorithm{
		otp.SHA1: pquerna.AlgorithmSHA1, otp.SHA256: pquerna.AlgorithmSHA256, otp.SHA512: pquerna.AlgorithmSHA512,
	}
	rapid.Check(t, func(t *rapid.T) {
		k := anyKey(t)
		k.T0, k.Digits = 0, min(k.Digits, 8)
		g, err := otp.Prepare(k)
		if err != nil {
			t.Fatal(err)
		}
		var got, want string
		if k.Type == otp.HOTP {
			got = g.Code(k.Counter)
			want, err = hotp.GenerateCodeCustom(k.Secret.Base32(), uint64(k.Counter),
				hotp.ValidateOpts{Digits: pquerna.Digits(k.Digits), Algorithm: theirs[k.Algorithm]})
		} else {
			encoder := pquerna.EncoderDefault
			if k.Type == otp.Steam {
				encoder = pquerna.EncoderSteam
			}
			at := time.Unix(rapid.Int64Range(0, 1<<40).Draw(t, "unix"), 0)
			got = g.Code(k.Step(at))
			want, err = totp.GenerateCodeCustom(k.Secret.Base32(), at, totp.ValidateOpts{
				Period: uint(k.Period), Digits: pquerna.Digits(k.Digits), Algorithm: theirs[k.Algorithm], Encoder: encoder})
		}
		if err != nil || got != want {
			t.Fatalf("%v: %s here, %s there (%v)", k, got, want, err)
		}
	})
}

// TestPquernaRoundTrip: a key survives the way there and back.
func TestPquernaRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := anyKey(t)
		there, err := k.Pquerna()
		if k.T0 != 0 {
			if err == nil {
				t.Fatal("a key with a T0, which pquerna/otp cannot hold, was converted")
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if there.Secret() != k.Secret.Base32() || there.Type() != map[otp.Type]string{otp.TOTP: "totp", otp.HOTP: "hotp", otp.Steam: "totp"}[k.Type] {
			t.Fatalf("%v became %v", k, there)
		}
		if k.Type == otp.Steam && there.Encoder() != pquerna.EncoderSteam {
			t.Fatal("a Steam key lost its alphabet")
		}
		back, _, err := otp.FromPquerna(there)
		if err != nil || !back.Equal(k) {
			t.Fatalf("%#v came back as %#v, %v", k, back, err)
		}
	})
}

func TestFromPquernaMakesNoGuess(t *testing.T) {
	theirs, err := totp.Generate(totp.GenerateOpts{Issuer: "Acme", AccountName: "bob", Digits: pquerna.DigitsEight, Algorithm: pquerna.AlgorithmSHA256})
	if err != nil {
		t.Fatal(err)
	}
	k, _, err := otp.FromPquerna(theirs)
	if err != nil || k.Name() != "Acme:bob" || k.Digits != 8 || k.Algorithm != otp.SHA256 || k.Secret.Base32() != theirs.Secret() {
		t.Errorf("%v became %v, %v", theirs, k, err)
	}
	for _, uri := range []string{"otpauth://totp/Acme#1:bob", "otpauth://totp/a?secret=" + b32 + "&algorithm=MD5"} {
		theirs, err := pquerna.NewKeyFromURL(uri)
		if err != nil {
			t.Fatal(err)
		}
		if k, _, err := otp.FromPquerna(theirs); err == nil {
			t.Errorf("%s became %v", uri, k)
		}
	}
}
