package transfer

// Authy's settings (com.authy.storage.tokens.*.xml, from a phone with root access;
// the app has no export). Strings of JSON:
//
//	…tokens.authenticator.key  [{"originalName"?, "name", "originalIssuer"?, "digits", "decryptedSecret": base32
//	                             | "encryptedSecret": base64, "salt", "key_version"?}]
//	…tokens.authy.key          [{"name", "secretSeed": hex, "digits"}]     Authy's own, always 10 s
//
// Encrypted: AES-256-CBC with an IV of zeros under PBKDF2-HMAC-SHA1, 1,000 rounds;
// the plaintext is base32. Authy keeps neither algorithm nor period: SHA1, 30 s.

import (
	"cmp"
	"context"
	"crypto/aes"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/authctl/authctl/otp"
)

const (
	authySetting    = "com.authy.storage.tokens.authenticator.key"
	authyOwnSetting = "com.authy.storage.tokens.authy.key"
	authyRounds     = 1000
)

type authyToken struct {
	Name, OriginalName, OriginalIssuer, AccountType string
	Digits                                          text
	DecryptedSecret, EncryptedSecret, Salt          string
	SecretSeed                                      string
}

func isAuthy(in *input) bool {
	return in.setting(authySetting) != "" || in.setting(authyOwnSetting) != ""
}

func readAuthy(ctx context.Context, in *input, f *File) error {
	f.warn(Lossy, "Authy keeps neither algorithm nor period: keys that are not SHA1 with 30 s make other codes")
	var failed error
	err := each(in, f, json.RawMessage(in.setting(authySetting)), func(i int, t authyToken) {
		secret, err := t.DecryptedSecret, error(nil)
		if t.EncryptedSecret != "" && failed == nil {
			secret, err = in.openAuthy(ctx, f, t)
		}
		if err != nil {
			failed = err
			return
		}
		issuer, account := t.names()
		f.take(i, params{issuer: issuer, account: account, secret: secret, digits: string(t.Digits)}, Entry{})
	})
	if err != nil || failed != nil {
		return cmp.Or(err, failed)
	}
	return each(in, f, json.RawMessage(in.setting(authyOwnSetting)), func(i int, t authyToken) {
		p := params{issuer: "Authy", account: t.Name, digits: string(t.Digits), period: "10"}
		secret, err := otp.ParseHex(t.SecretSeed)
		if err != nil {
			f.skip(i, p.name(), err)
			return
		}
		p.raw = secret.Bytes()
		f.take(i, p, Entry{})
	})
}

// names finds issuer and account, which have been in different members over time.
func (t authyToken) names() (issuer, account string) {
	issuer, account = splitLabel(t.OriginalIssuer, t.OriginalName)
	if t.OriginalName != "" {
		return issuer, account
	}
	if before, after, ok := strings.Cut(t.Name, ": "); ok {
		return before, after
	}
	return splitLabel(t.OriginalIssuer, t.Name)
}

// openAuthy decrypts one secret; each has a salt of its own.
func (in *input) openAuthy(ctx context.Context, f *File, t authyToken) (string, error) {
	password, err := in.password(ctx, f)
	if err != nil {
		return "", err
	}
	sealed, err := base64.StdEncoding.DecodeString(t.EncryptedSecret)
	if err != nil {
		return "", fmt.Errorf("%w: a secret is not base64", ErrDamaged)
	}
	key, err := in.pbkdf2(ctx, sha1.New, password, []byte(t.Salt), authyRounds, 32)
	if err != nil {
		return "", err
	}
	plain, err := openCBC(key, make([]byte, aes.BlockSize), sealed)
	return string(plain), err
}
