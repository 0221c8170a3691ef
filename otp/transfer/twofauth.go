package transfer

// 2FAuth (.json).
//
//	{"app":"2fauth_v…", "schema":1, "data":[{"otp_type":"totp"|"hotp"|"steamtotp", "service", "account", "secret": base32,
//	                                         "algorithm":"sha1", "digits", "period"?, "counter"?}]}
//	{"app":"2fauth_v…", "data":[{"uri"}]}
//
// The counter is the next one. The URIs of the second kind are percent-decoded by
// the app, so that a #, & or % in a name cannot be told from the URI's own.

import (
	"context"
	"strings"
)

func isTwofauth(in *input) bool {
	return in.has("app", "data") && strings.HasPrefix(strings.ToLower(string(in.object["app"])), `"2fauth`)
}

func readTwofauth(_ context.Context, in *input, f *File) error {
	var app string
	if err := decode(in.object["app"], &app); err != nil {
		return err
	}
	_, f.Version, _ = strings.Cut(app, "_v")
	type entry struct {
		URI                     string
		OTPType                 string `json:"otp_type"`
		Service, Account        string
		Secret, Algorithm       string
		Digits, Period, Counter text
	}
	return each(in, f, in.object["data"], func(i int, e entry) {
		if e.URI != "" {
			f.takeURI(i, e.URI, "", "", Entry{})
			return
		}
		f.take(i, params{
			typ: e.OTPType, issuer: e.Service, account: e.Account, secret: e.Secret, algorithm: e.Algorithm,
			digits: string(e.Digits), period: string(e.Period), counter: string(e.Counter),
		}, Entry{})
	})
}
