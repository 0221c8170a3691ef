package qr_test

import (
	"net/url"
	"slices"
	"testing"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/qr"
)

func TestCheck(t *testing.T) {
	const plain = "otpauth://totp/a?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	for _, c := range []struct {
		uri  string
		app  qr.App
		want []string
	}{
		{plain + "&algorithm=SHA256&digits=8&period=60", qr.Google, []string{"algorithm partly", "digits partly", "period partly"}},
		{plain + "&algorithm=SHA256&digits=8&period=60", qr.Microsoft, []string{"algorithm changed", "digits changed", "period changed"}},
		{plain + "&algorithm=SHA512&digits=8&period=60", qr.Authy, []string{"algorithm changed", "digits not known", "period changed"}},
		{plain + "&algorithm=SHA512&digits=8&period=60", qr.LastPass, []string{"algorithm partly", "period not known"}},
		{plain + "&digits=7", qr.Google, []string{"digits refused"}},
		{"otpauth://hotp/a?counter=0&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", qr.Google, nil},
		{"otpauth://hotp/a?counter=0&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", qr.Microsoft, []string{"type refused"}},
		{"otpauth://hotp/a?counter=0&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", qr.Authy, []string{"type not known"}},
	} {
		k, _, err := otp.ParseURI(c.uri)
		if err != nil {
			t.Fatal(err)
		}
		losses, err := qr.Check(k, c.app)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range losses {
			got = append(got, l.Field+" "+string(l.Effect))
			if u, err := url.Parse(l.Source); (l.Effect == qr.Unknown) != (l.Source == "") || err != nil || l.Message == "" {
				t.Errorf("%s: %+v needs a sentence, and a source exactly if it is known", c.app, l)
			} else if l.Source != "" && u.Scheme != "https" {
				t.Errorf("%s: source %s", c.app, l.Source)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s, %v: %q, want %q", c.app, k, got, c.want)
		}
	}
	k, _, err := otp.ParseURI(plain)
	if err != nil {
		t.Fatal(err)
	}
	for _, app := range qr.Apps {
		if got, err := qr.Check(k, app); len(got) > 0 || err != nil {
			t.Errorf("%s: a key with the usual values loses %v, %v", app, got, err)
		}
	}
	if _, err := qr.Check(k, "aegis"); err == nil {
		t.Error("an unknown app was checked")
	}
}
