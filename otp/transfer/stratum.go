package transfer

// Stratum, formerly Authenticator Pro (.authpro), plain and encrypted.
//
//	{"Authenticators":[{"Type":1 HOTP|2 TOTP|3 mOTP|4 Steam|5 Yandex, "Issuer", "Username"?, "Secret": base32,
//	                    "Algorithm":0 SHA1|1 SHA256|2 SHA512, "Digits", "Period", "Counter"}],
//	 "Categories":[{"Id", "Name"}], "AuthenticatorCategories":[{"CategoryId", "AuthenticatorSecret"}]}
//
// The counter is the next one. Encrypted:
//
//	AUTHENTICATORPRO | salt 16 | iv 12 | AES-256-GCM under Argon2id, 3 passes over 64 MiB, 4 lanes
//	AuthenticatorPro | salt 20 | iv 16 | AES-256-CBC under PBKDF2-HMAC-SHA1, 64,000 rounds (older)

import (
	"context"
	"crypto/sha1"
	"fmt"
)

const (
	stratumMagic       = "AUTHENTICATORPRO"
	stratumLegacyMagic = "AuthenticatorPro"
)

var (
	stratumTypes      = map[int]string{1: "hotp", 2: "totp", 3: "motp", 4: "steam", 5: "yandex"}
	stratumAlgorithms = map[int]string{0: "SHA1", 1: "SHA256", 2: "SHA512"}
)

func isStratum(in *input) bool {
	return in.has("Authenticators") || in.hasPrefix(stratumMagic) || in.hasPrefix(stratumLegacyMagic)
}

func readStratum(ctx context.Context, in *input, f *File) error {
	if in.object == nil {
		plain, err := in.openStratum(ctx, f)
		if err != nil {
			return err
		}
		if in, err = in.inside(plain, "Authenticators"); err != nil {
			return errPasswordOrDamage // the older cipher shows a wrong password only here, 1 time in 256
		}
	}
	var head struct {
		Categories              []struct{ ID, Name string }
		AuthenticatorCategories []struct{ CategoryID, AuthenticatorSecret string }
	}
	if err := decode(in.data, &head); err != nil {
		return err
	}
	names, tags := map[string]string{}, map[string][]string{}
	for _, c := range head.Categories {
		names[c.ID] = c.Name
	}
	for _, c := range head.AuthenticatorCategories {
		tags[c.AuthenticatorSecret] = append(tags[c.AuthenticatorSecret], names[c.CategoryID])
	}
	type entry struct {
		Type, Algorithm          int
		Issuer, Username, Secret string
		Digits, Period, Counter  text
	}
	return each(in, f, in.object["Authenticators"], func(i int, e entry) {
		p := params{
			typ: stratumTypes[e.Type], issuer: e.Issuer, account: e.Username, secret: e.Secret,
			algorithm: stratumAlgorithms[e.Algorithm],
			digits:    string(e.Digits), period: string(e.Period), counter: string(e.Counter),
		}
		switch {
		case p.typ == "":
			f.skip(i, p.name(), fmt.Errorf("type number %d is not known", e.Type))
		case p.algorithm == "":
			f.skip(i, p.name(), fmt.Errorf("algorithm number %d is not known", e.Algorithm))
		default:
			f.take(i, p, Entry{Tags: tags[e.Secret]})
		}
	})
}

func (in *input) openStratum(ctx context.Context, f *File) ([]byte, error) {
	password, err := in.password(ctx, f)
	if err != nil {
		return nil, err
	}
	legacy, b := in.hasPrefix(stratumLegacyMagic), in.data[len(stratumMagic):]
	if len(b) < 20+16+16 {
		return nil, fmt.Errorf("%w: it breaks off after %d bytes", ErrDamaged, len(in.data))
	}
	if legacy {
		f.Version = "legacy"
		key, err := in.pbkdf2(ctx, sha1.New, password, b[:20], 64_000, 32)
		if err != nil {
			return nil, err
		}
		return openCBC(key, b[20:36], b[36:])
	}
	key, err := in.argon2id(ctx, password, b[:16], 3, 64<<10, 4)
	if err != nil {
		return nil, err
	}
	return openGCM(key, b[16:28], b[28:], nil)
}
