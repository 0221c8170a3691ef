package transfer

// Authenticator, the browser extension of authenticator.cc (.json), plain and
// encrypted. Its text export is a list of URIs.
//
//	{id: {"type":"totp"|"hotp"|"hex"|"hhex"|"steam"|"battle", "issuer"?, "account"?, "secret", "encrypted", "index",
//	      "counter"?, "period"?, "digits"?, "algorithm"?, "pinned"?}}
//
// hex and hhex are totp and hotp with a secret in hexadecimal. The counter is the
// next one. What stands after :: in an issuer is the site on which it is filled in.
// Encrypted, in three generations, always by CryptoJS under a passphrase:
//
//	{id: {"dataType":"EncOTPStorage", "keyId", "data": the above}, keyId: {"dataType":"Key", "salt"}}   under Argon2id
//	{id: {…, "encrypted":true, "secret"}, "key":{"enc"}}                under what enc holds under the password
//	{id: {…, "encrypted":true, "secret"}}                               under the password

import (
	"cmp"
	"context"
	"crypto/aes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/authctl/authctl/otp"
)

type extensionEntry struct {
	id                                      string
	broken                                  error // why it is no entry
	DataType, KeyID, Data, Salt             string
	Type, Issuer, Account, Secret           string
	Encrypted, Pinned                       bool
	Index                                   int
	Counter, Period, Digits, Algorithm, Enc text
}

func isExtension(in *input) bool {
	for _, value := range in.object {
		if len(value) == 0 || value[0] != '{' {
			continue
		}
		if m, _ := members(value); hasAll(m, []string{"secret", "hash", "index"}) || hasAll(m, []string{"dataType", "keyId", "data"}) {
			return true
		}
	}
	return false
}

func readExtension(ctx context.Context, in *input, f *File) error {
	keys := map[string]extensionEntry{}
	var entries []extensionEntry
	for id, value := range in.object {
		e := extensionEntry{id: id}
		err := json.Unmarshal(value, &e)
		switch {
		case err == nil && (e.DataType == "Key" || id == "key"):
			keys[id] = e
		case id == "enc" || id == "hash": // of an export whose "key" was left open
			keys["key"] = extensionEntry{Enc: text(strings.Trim(string(in.object["enc"]), `"`))}
		case err == nil && e.Secret == "" && e.Data == "" && e.Type == "": // settings
		default:
			e.broken = err
			entries = append(entries, e)
		}
	}
	slices.SortFunc(entries, func(a, b extensionEntry) int {
		return cmp.Or(cmp.Compare(a.Index, b.Index), strings.Compare(a.id, b.id))
	})
	o := opener{in: in, f: f, keys: keys, words: map[string]string{}}
	shut := 0
	for i, e := range entries {
		if err := in.room(f, 1); err != nil {
			return err
		}
		switch err := o.open(ctx, &e); {
		case err == errPasswordOrDamage:
			shut++
			f.skip(i+1, e.name(), fmt.Errorf("it does not open: the file is damaged"))
		case err != nil:
			return err
		case e.broken != nil:
			f.skip(i+1, e.name(), fmt.Errorf("it is not the JSON of an account"))
		default:
			f.takeExtension(i+1, e)
		}
	}
	if shut > 0 && len(f.Entries) == 0 { // a wrong password can open one to nonsense
		return errPasswordOrDamage
	}
	return nil
}

func (e extensionEntry) name() string { return params{issuer: e.Issuer, account: e.Account}.name() }

func (f *File) takeExtension(index int, e extensionEntry) {
	p := params{
		typ: e.Type, account: e.Account, secret: e.Secret, algorithm: string(e.Algorithm),
		digits: string(e.Digits), period: string(e.Period), counter: string(e.Counter),
	}
	p.issuer, _, _ = strings.Cut(e.Issuer, "::")
	_, base32, _ := strings.Cut(p.secret, "-")
	switch e.Type {
	case "hex", "hhex":
		p.typ = map[string]string{"hex": "totp", "hhex": "hotp"}[e.Type]
		secret, err := otp.ParseHex(p.secret)
		if err != nil {
			f.skip(index, p.name(), err)
			return
		}
		p.raw = secret.Bytes()
	case "battle":
		p.typ, p.digits = "totp", "8"
		p.secret = cmp.Or(base32, p.secret) // older: blz-… or bliz-…
	case "steam":
		p.digits, p.secret = "", cmp.Or(base32, p.secret) // older: stm-…
	}
	f.take(index, p, Entry{Favorite: e.Pinned})
}

// opener decrypts entries, deriving each passphrase once.
type opener struct {
	in    *input
	f     *File
	keys  map[string]extensionEntry
	words map[string]string // by the id of the key
}

func (o *opener) open(ctx context.Context, e *extensionEntry) error {
	if e.DataType != "EncOTPStorage" && !e.Encrypted {
		return nil
	}
	id := "key"
	if !e.Encrypted {
		id = e.KeyID
	}
	words, ok := o.words[id]
	if !ok {
		var err error
		if words, err = o.passphrase(ctx, id, !e.Encrypted); err != nil {
			return err
		}
		o.words[id] = words
	}
	if e.Encrypted {
		plain, err := openCryptoJS(words, e.Secret)
		e.Secret = string(plain)
		return err
	}
	plain, err := openCryptoJS(words, e.Data)
	if err != nil || !json.Valid(plain) {
		return errPasswordOrDamage
	}
	e.broken = json.Unmarshal(plain, e)
	return nil
}

// passphrase is what entries are encrypted under.
func (o *opener) passphrase(ctx context.Context, id string, derived bool) (string, error) {
	password, err := o.in.password(ctx, o.f)
	if err != nil {
		return "", err
	}
	key, ok := o.keys[id]
	switch {
	case derived && !ok:
		return "", fmt.Errorf("%w: the key of its entries is not in it", ErrDamaged)
	case derived && len(o.words) == aegisMaxSlots:
		return "", fmt.Errorf("%w: more than %d keys", ErrTooCostly, aegisMaxSlots)
	case derived:
		hash, err := o.in.argon2id(ctx, password, []byte(key.Salt), 2, 19<<10, 1)
		return base64.RawStdEncoding.EncodeToString(hash), err
	case ok:
		inner, err := openCryptoJS(password, string(key.Enc))
		return hex.EncodeToString(inner), err
	}
	return password, nil
}

// openCryptoJS opens what CryptoJS.AES.encrypt makes with a passphrase: base64 of
// "Salted__", a salt of 8 bytes and AES-256-CBC, with key and IV from chained MD5,
// as OpenSSL's EVP_BytesToKey makes them.
func openCryptoJS(passphrase, sealed string) ([]byte, error) {
	const magic, salt = "Salted__", 8
	b, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil || len(b) < len(magic)+salt || string(b[:len(magic)]) != magic {
		return nil, errPasswordOrDamage
	}
	b = b[len(magic):]
	var key, last []byte
	for len(key) < 32+aes.BlockSize {
		sum := md5.Sum(slices.Concat(last, []byte(passphrase), b[:salt]))
		last = sum[:]
		key = append(key, last...)
	}
	plain, err := openCBC(key[:32], key[32:], b[salt:])
	if err != nil {
		return nil, errPasswordOrDamage
	}
	return plain, nil
}
