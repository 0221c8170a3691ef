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

	"github.com/authctl/authctl/otp"
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
		p := params{
			typ: e.OTPType, issuer: e.Service, account: e.Account, secret: e.Secret, algorithm: e.Algorithm,
			digits: string(e.Digits), period: string(e.Period), counter: string(e.Counter),
		}
		var rest Entry
		if e.OTPType == "steamtotp" { // whatever the other values say, the app makes Steam's own codes
			if e.Algorithm != "" && !strings.EqualFold(e.Algorithm, "sha1") || e.Period != "" && e.Period != "30" {
				rest.Warnings = append(rest.Warnings, otp.Warning{Code: ValueDefault, Message: "a Steam key has SHA1 and 30 s, whatever the file says"})
			}
			p.algorithm, p.digits, p.period = "", "", ""
		}
		f.take(i, p, rest)
	})
}
