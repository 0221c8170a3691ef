package transfer

// 2FAS (.2fas), schemas 1 to 4, plain and encrypted.
//
//	{"schemaVersion":4, "services":[service], "groups":[{"id", "name"}],
//	 "servicesEncrypted"?: "ct:salt:iv", "reference"?: "ct:salt:iv"}     each base64
//	service: {"name": issuer, "secret": base32, "groupId"?, "order":{"position"},
//	          "otp":{"label"?, "account"?, "issuer"?, "digits"?, "period"?, "algorithm"?, "counter"?, "tokenType"?}}
//
// Schema 1 keeps only the secret of a key, schema 2 not whether it is HOTP. The
// counter is the next one. Encrypted: AES-256-GCM under PBKDF2-HMAC-SHA256 with
// 10,000 rounds; "reference" is a known text under the same password, by which a
// wrong password is told from a damaged file.

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/authctl/authctl/otp"
)

const twofasRounds = 10_000

type twofasService struct {
	Name, Secret, GroupID string
	OTP                   struct {
		Label, Account, Issuer, TokenType, Algorithm string
		Digits, Period, Counter                      text
	}
}

func isTwofas(in *input) bool { return in.has("schemaVersion", "services") }

func readTwofas(ctx context.Context, in *input, f *File) error {
	var head struct {
		SchemaVersion     text
		Groups            []struct{ ID, Name string }
		ServicesEncrypted string
		Reference         string
	}
	if err := decode(in.data, &head); err != nil {
		return err
	}
	f.Version = string(head.SchemaVersion)
	services := in.object["services"]
	if head.ServicesEncrypted != "" {
		var err error
		if services, err = in.openTwofas(ctx, f, head.ServicesEncrypted, head.Reference); err != nil {
			return err
		}
		f.warn(WeakEncryption, "2FAS uses %d rounds of PBKDF2: a password that is not long can be guessed; delete the file when it is no longer needed", twofasRounds)
	}
	if f.Version == "1" {
		f.warn(Lossy, "schema 1 keeps neither type, algorithm, digits nor period: keys that are not TOTP with SHA1, 6 digits and 30 s make other codes")
	}
	groups := map[string]string{}
	for _, g := range head.Groups {
		groups[g.ID] = g.Name
	}
	return each(in, f, services, func(i int, s twofasService) {
		e := Entry{Tags: []string{groups[s.GroupID]}}
		if f.Version == "2" && s.OTP.Period == "" {
			e.Warnings = append(e.Warnings, otp.Warning{Code: Lossy, Message: "schema 2 does not say whether this is TOTP or HOTP; it has no period, so HOTP is possible"})
		}
		f.take(i, s.params(), e)
	})
}

// params prefers the name, which is what the user sees and can edit, to the
// issuer, which is what the QR code said.
func (s twofasService) params() params {
	p := params{
		typ: s.OTP.TokenType, issuer: s.Name, account: s.OTP.Account, secret: s.Secret,
		algorithm: s.OTP.Algorithm, digits: string(s.OTP.Digits), period: string(s.OTP.Period), counter: string(s.OTP.Counter),
	}
	p.issuer = cmp.Or(p.issuer, s.OTP.Issuer)
	if p.account == "" {
		_, p.account = splitLabel(s.OTP.Issuer, s.OTP.Label)
	}
	return p
}

// openTwofas decrypts the list of services.
func (in *input) openTwofas(ctx context.Context, f *File, services, reference string) (json.RawMessage, error) {
	password, err := in.password(ctx, f)
	if err != nil {
		return nil, err
	}
	plain, err := in.openTwofasText(ctx, password, services)
	if err != errPasswordOrDamage || reference == "" {
		return plain, err
	}
	if _, err := in.openTwofasText(ctx, password, reference); err == nil {
		return nil, fmt.Errorf("%w: the password is right, but the content does not open", ErrDamaged)
	}
	return nil, ErrWrongPassword
}

// openTwofasText opens "ciphertext and tag:salt:iv".
func (in *input) openTwofasText(ctx context.Context, password, s string) ([]byte, error) {
	var parts [][]byte
	for part := range strings.SplitSeq(s, ":") {
		b, err := base64.StdEncoding.DecodeString(part)
		if err != nil || len(parts) == 3 {
			return nil, fmt.Errorf("%w: its encrypted part is not base64", ErrDamaged)
		}
		parts = append(parts, b)
	}
	if len(parts) < 3 {
		return nil, fmt.Errorf("%w: its encrypted part breaks off", ErrDamaged)
	}
	key, err := in.pbkdf2(ctx, sha256.New, password, parts[1], twofasRounds, 32)
	if err != nil {
		return nil, err
	}
	return openGCM(key, parts[2], parts[0], nil)
}
