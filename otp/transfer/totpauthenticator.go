package transfer

// TOTP Authenticator (com.authenticator.authservice2): its backup, and its
// settings from a phone with root access.
//
//	[{"issuer", "name": account, "key", "base":16|32|64, "digits":"6", "period":"30", "isFavorite"}]
//
// The settings hold this list as the string STATIC_TOTP_CODES_LIST. The backup is
// base64 of AES-256-CBC with an IV of zeros under SHA-256 of the password, or of a
// word that is fixed in the app where there is none; inside is an object whose one
// member is named by the list.

import (
	"context"
	"crypto/aes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
)

const (
	totpAuthSetting  = "STATIC_TOTP_CODES_LIST"
	totpAuthPassword = "TotpAuthenticator" // where the user chose none
)

type totpAuthEntry struct {
	Issuer, Name, Key    string
	Base, Digits, Period text
	IsFavorite           bool
}

func isTOTPAuthenticator(in *input) bool {
	return in.setting(totpAuthSetting) != "" || totpAuthSealed(in.data) != nil
}

// totpAuthSealed is the content of a backup: base64 alone, of whole random blocks.
func totpAuthSealed(data []byte) []byte {
	if len(data) == 0 || !isBase64Text(data[:min(len(data), 24)]) {
		return nil
	}
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(data)))
	if err != nil || len(b) < 2*aes.BlockSize || len(b)%aes.BlockSize != 0 || !looksRandom(b) {
		return nil
	}
	return b
}

func readTOTPAuthenticator(ctx context.Context, in *input, f *File) error {
	f.warn(Lossy, "TOTP Authenticator does not keep the algorithm: keys that are not SHA1 make other codes")
	if list := in.setting(totpAuthSetting); list != "" {
		return eachTOTPAuth(in, f, []byte(list))
	}
	sealed := totpAuthSealed(in.data)
	plain, err := openTOTPAuth(totpAuthPassword, sealed)
	if err != nil {
		password, err := in.password(ctx, f)
		if err != nil {
			return err
		}
		if plain, err = openTOTPAuth(password, sealed); err != nil {
			return err
		}
	}
	f.Encrypted = true
	return eachTOTPAuth(in, f, plain)
}

func openTOTPAuth(password string, sealed []byte) ([]byte, error) {
	key := sha256.Sum256([]byte(password))
	plain, err := openCBC(key[:], make([]byte, aes.BlockSize), sealed)
	if err != nil {
		return nil, err
	}
	object, err := members(plain)
	if err != nil {
		return nil, errPasswordOrDamage
	}
	for list := range object {
		return []byte(list), nil
	}
	return nil, nil
}

// eachTOTPAuth reads the list, whose elements are objects or strings of JSON.
func eachTOTPAuth(in *input, f *File, list []byte) error {
	return each(in, f, list, func(i int, raw json.RawMessage) {
		var inner string
		if json.Unmarshal(raw, &inner) == nil {
			raw = json.RawMessage(inner)
		}
		var e totpAuthEntry
		if err := json.Unmarshal(raw, &e); err != nil {
			f.skip(i, "", errNotToken)
			return
		}
		if e.Issuer == "Unknown" { // written where there is none
			e.Issuer = ""
		}
		p := params{issuer: e.Issuer, account: e.Name, digits: string(e.Digits), period: string(e.Period)}
		var err error
		switch e.Base {
		case "16":
			p.raw, err = hex.DecodeString(e.Key)
		case "64":
			p.raw, err = base64.StdEncoding.DecodeString(e.Key)
		default:
			p.secret = e.Key
		}
		if err != nil {
			f.skip(i, p.name(), fmt.Errorf("its secret is not of base %s", e.Base))
			return
		}
		f.take(i, p, Entry{Favorite: e.IsFavorite})
	})
}
