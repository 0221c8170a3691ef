package transfer

// FreeOTP 2's backup (externalBackup.xml, which is no XML): a HashMap of strings
// in Java's serialisation.
//
//	"masterKey"     {"mAlgorithm":"PBKDF2withHmacSHA512", "mIterations", "mSalt":[…], "mEncryptedKey":sealed}
//	"<uuid>"        {"key": "<JSON of sealed, as a string>"}
//	"<uuid>-token"  {"type"?, "issuerExt", "label", "algo"?, "digits"?, "period"?, "counter"?}
//	sealed: {"mCipher":"AES/GCM/NoPadding", "mCipherText":[…], "mParameters":[DER: nonce, tag size], "mToken": AAD}
//
// The password opens the master key, which opens the key of each token; mToken
// names the token's algorithm, "HmacSHA1". The counter is the next one.

import (
	"context"
	"crypto/sha1"
	"crypto/sha512"
	"encoding/json"
	"fmt"
	"hash"
	"strings"
)

type freeotpSealed struct {
	MCipherText, MParameters javaBytes
	MToken                   string
}

const freeotpTokenSuffix = "-token"

func isFreeotp2(in *input) bool { return in.hasPrefix(javaMagic) }

func readFreeotp2(ctx context.Context, in *input, f *File) error {
	pairs, err := javaStrings(in.data)
	if err != nil {
		return err
	}
	values := map[string]string{}
	for _, p := range pairs {
		values[p.name] = p.value
	}
	master, err := in.openFreeotp2(ctx, f, values["masterKey"])
	if err != nil {
		return err
	}
	index := 0
	for _, p := range pairs {
		id, isToken := strings.CutSuffix(p.name, freeotpTokenSuffix)
		if _, hasToken := values[p.name+freeotpTokenSuffix]; p.name == "masterKey" || !isToken && hasToken {
			continue
		}
		if err := in.room(f, 1); err != nil {
			return err
		}
		index++
		var t freeotpToken
		if err := json.Unmarshal([]byte(p.value), &t); err != nil || !isToken {
			f.skip(index, "", errNotToken)
			continue
		}
		key := t.params()
		if err := openFreeotp2Token(&key, master, values[id]); err != nil {
			f.skip(index, key.name(), err)
			continue
		}
		f.take(index, key, Entry{})
	}
	return nil
}

// openFreeotp2 opens the master key.
func (in *input) openFreeotp2(ctx context.Context, f *File, masterKey string) ([]byte, error) {
	var m struct {
		MAlgorithm    string
		MIterations   int
		MSalt         javaBytes
		MEncryptedKey freeotpSealed
	}
	if masterKey == "" {
		return nil, fmt.Errorf("%w: it has no master key", ErrDamaged)
	}
	if err := decode([]byte(masterKey), &m); err != nil {
		return nil, err
	}
	hashes := map[string]func() hash.Hash{"PBKDF2withHmacSHA512": sha512.New, "PBKDF2withHmacSHA1": sha1.New}
	h := hashes[m.MAlgorithm]
	if h == nil {
		return nil, fmt.Errorf("%w: key derivation %.30q is not known", ErrDamaged, m.MAlgorithm)
	}
	password, err := in.password(ctx, f)
	if err != nil {
		return nil, err
	}
	key, err := in.pbkdf2(ctx, h, password, m.MSalt, m.MIterations, 32)
	if err != nil {
		return nil, err
	}
	return m.MEncryptedKey.open(key)
}

// openFreeotp2Token puts the secret of a token into p.
func openFreeotp2Token(p *params, master []byte, value string) error {
	var outer struct{ Key string }
	var sealed freeotpSealed
	if json.Unmarshal([]byte(value), &outer) != nil || json.Unmarshal([]byte(outer.Key), &sealed) != nil {
		return fmt.Errorf("its secret is not in the file")
	}
	secret, err := sealed.open(master)
	if err != nil {
		return fmt.Errorf("its secret does not open: the file is damaged")
	}
	p.raw = secret
	if p.algorithm == "" {
		p.algorithm = strings.TrimPrefix(sealed.MToken, "Hmac")
	}
	return nil
}

// open opens with the nonce that stands in mParameters: GCMParameters of RFC 5084,
// or on Android 6 only the nonce of them.
func (s freeotpSealed) open(key []byte) ([]byte, error) {
	const sequence, octets = 0x30, 0x04
	der := s.MParameters
	if len(der) > 2 && der[0] == sequence {
		der = der[2:]
	}
	if len(der) < 2+gcmNonce || der[0] != octets || der[1] != gcmNonce {
		return nil, fmt.Errorf("%w: the parameters of its cipher are not those of AES-GCM", ErrDamaged)
	}
	return openGCM(key, der[2:2+gcmNonce], s.MCipherText, []byte(s.MToken))
}
