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
//
// What the app loads from its server, which its owner can record or ask Twilio for
// (.json), and what the tools that decrypt it write:
//
//	{"authenticator_tokens":[{"name", "original_name"?, "issuer"?, "digits", "encrypted_seed": base64, "salt",
//	    "key_derivation_iterations"?, "unique_iv"?: hex}]}
//	{"decrypted_authenticator_tokens":[{…, "decrypted_seed": base32}]}

import (
	"cmp"
	"context"
	"crypto/aes"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
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

// authyServed is a token as the server has it.
type authyServed struct {
	Name, Issuer  string
	OriginalName  string `json:"original_name"`
	Digits        text
	DecryptedSeed string `json:"decrypted_seed"`
	EncryptedSeed string `json:"encrypted_seed"`
	Salt          string
	UniqueIV      string `json:"unique_iv"`
	Rounds        int    `json:"key_derivation_iterations"`
}

func isAuthy(in *input) bool {
	return in.setting(authySetting) != "" || in.setting(authyOwnSetting) != "" ||
		in.has("authenticator_tokens") || in.has("decrypted_authenticator_tokens")
}

func readAuthy(ctx context.Context, in *input, f *File) error {
	f.warn(Lossy, "Authy keeps neither algorithm nor period: keys that are not SHA1 with 30 s make other codes")
	if in.object != nil {
		return readAuthyServed(ctx, in, f)
	}
	var failed error
	err := each(in, f, json.RawMessage(in.setting(authySetting)), func(i int, t authyToken) {
		secret, err := t.DecryptedSecret, error(nil)
		if t.EncryptedSecret != "" && failed == nil {
			secret, err = in.openAuthy(ctx, f, t.EncryptedSecret, t.Salt, "", authyRounds)
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

// readAuthyServed reads what the server has. A token can be encrypted under an
// older password than the others: it is skipped.
func readAuthyServed(ctx context.Context, in *input, f *File) error {
	shut, rounds := 0, 0
	var failed error
	for _, list := range []string{"authenticator_tokens", "decrypted_authenticator_tokens"} {
		err := each(in, f, in.object[list], func(i int, t authyServed) {
			issuer, account := authyToken{Name: t.Name, OriginalName: t.OriginalName, OriginalIssuer: t.Issuer}.names()
			p := params{issuer: issuer, account: account, secret: t.DecryptedSeed, digits: string(t.Digits)}
			if p.secret == "" && t.EncryptedSeed != "" && failed == nil {
				t.Rounds = cmp.Or(t.Rounds, authyRounds)
				if rounds += t.Rounds; rounds > authyMaxKeys*in.options.MaxRounds {
					failed = fmt.Errorf("%w: PBKDF2 with more than %d rounds for all keys", ErrTooCostly, authyMaxKeys*in.options.MaxRounds)
					return
				}
				secret, err := in.openAuthy(ctx, f, t.EncryptedSeed, t.Salt, t.UniqueIV, t.Rounds)
				switch {
				case err == errPasswordOrDamage:
					shut++
					f.skip(i, p.name(), fmt.Errorf("it does not open: it has another password, or is damaged"))
					return
				case err != nil:
					failed = err
					return
				}
				p.secret = secret
			}
			f.take(i, p, Entry{})
		})
		if err != nil || failed != nil {
			return cmp.Or(err, failed)
		}
	}
	if shut > 0 && len(f.Entries) == 0 { // a wrong password can open one to nonsense
		return errPasswordOrDamage
	}
	return nil
}

// authyMaxKeys is how many keys may each ask for as many rounds as are allowed.
const authyMaxKeys = 10

// openAuthy decrypts one secret; each has a salt of its own. Without iv it is zeros.
func (in *input) openAuthy(ctx context.Context, f *File, secret, salt, iv string, rounds int) (string, error) {
	password, err := in.password(ctx, f)
	if err != nil {
		return "", err
	}
	sealed, err := base64.StdEncoding.DecodeString(secret)
	if err != nil {
		return "", fmt.Errorf("%w: a secret is not base64", ErrDamaged)
	}
	start := make([]byte, aes.BlockSize)
	if iv != "" {
		if start, err = hex.DecodeString(iv); err != nil {
			return "", fmt.Errorf("%w: an IV is not hexadecimal", ErrDamaged)
		}
	}
	key, err := in.pbkdf2(ctx, sha1.New, password, []byte(salt), rounds, 32)
	if err != nil {
		return "", err
	}
	plain, err := openCBC(key, start, sealed)
	return string(plain), err
}
