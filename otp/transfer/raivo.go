package transfer

// Raivo (raivo-otp-export.json, in a zip with a password).
//
//	[{"issuer", "account", "secret": base32, "kind":"TOTP"|"HOTP", "algorithm", "digits":"6", "timer":"30", "counter":"0", "pinned":"false"}]
//
// Every value is a string. The counter is the next one. Deleted entries are in the
// export too, and nothing in it tells which those are.

import "context"

func isRaivo(in *input) bool { return in.listsObjects("kind", "timer", "secret") }

func readRaivo(_ context.Context, in *input, f *File) error {
	type entry struct {
		Issuer, Account, Secret, Kind, Algorithm string
		Digits, Timer, Counter, Pinned           text
	}
	f.warn(DeletedIncluded, "Raivo's export also holds accounts that were deleted in the app: look for ones that you do not expect")
	return each(in, f, in.data, func(i int, e entry) {
		f.take(i, params{
			typ: e.Kind, issuer: e.Issuer, account: e.Account, secret: e.Secret, algorithm: e.Algorithm,
			digits: string(e.Digits), period: string(e.Timer), counter: string(e.Counter),
		}, Entry{Favorite: e.Pinned == "true"})
	})
}
