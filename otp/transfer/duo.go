package transfer

// Duo Mobile's settings (duokit/accounts.json, from a phone with root access).
//
//	[{"accountType":"OtpAccount", "name", "otpGenerator":{"otpSecret": base32, "counter"?}}]
//
// With a counter, the next one, it is HOTP. There is no issuer and no digits.
// Accounts of other types are push keys, which work only in the app.

import (
	"context"
	"fmt"

	"github.com/authctl/authctl/otp"
)

func isDuo(in *input) bool {
	return in.listsObjects("otpGenerator", "name") || in.listsObjects("accountType", "pkey")
}

func readDuo(_ context.Context, in *input, f *File) error {
	type account struct {
		Name         string
		OTPGenerator struct {
			OTPSecret string
			Counter   *text
		}
	}
	return each(in, f, in.data, func(i int, a account) {
		p := params{account: a.Name, secret: a.OTPGenerator.OTPSecret}
		if a.OTPGenerator.Counter != nil {
			p.typ, p.counter = "hotp", string(*a.OTPGenerator.Counter)
		}
		if p.secret == "" {
			f.skip(i, p.name(), fmt.Errorf("a Duo push key: %w: enrol again with the service", otp.ErrUnsupported))
			return
		}
		f.take(i, p, Entry{})
	})
}
