package transfer

// Databases of KeePass, KeePassXC, KeePassDX, Strongbox and others (.kdbx), versions
// 3 and 4, with a password and no key file. Inside is the XML of keepass.go.
//
//	signature 8 | minor, major | fields: id, size, value … | 4: SHA-256, HMAC of that | blocks
//
//	4  blocks with an HMAC each, under AES-256, ChaCha20 or Twofish; key by AES, Argon2d or Argon2id
//	3  AES or Twofish of 32 known bytes and blocks with a hash each; key by AES
//
// Values that are protected are encrypted once more, all as one stream in the order
// of the document.

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"github.com/authctl/authctl/otp"
	"golang.org/x/crypto/chacha20"
	"golang.org/x/crypto/twofish" //lint:ignore SA1019 files in use have it
)

const kdbxMagic = "\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5"

var errKDBX = fmt.Errorf("%w: it breaks off, or is not laid out as a KeePass database", ErrDamaged)

// errKDBXMethod is for key derivations, ciphers and streams other than those above.
var errKDBXMethod = fmt.Errorf("a KeePass database encrypted in a way that is not known: %w; export it as XML", otp.ErrUnsupported)

// errKDBXPassword names the other thing that can be wrong with the key.
var errKDBXPassword = fmt.Errorf("%w, or the database needs a key file too (then export it as XML)", ErrWrongPassword)

func isKDBX(in *input) bool { return in.hasPrefix(kdbxMagic) }

func readKDBX(ctx context.Context, in *input, f *File) error {
	h, err := kdbxHeaderOf(in.data)
	if err != nil {
		return err
	}
	f.Version = fmt.Sprintf("%d.%d", h.major, h.minor)
	if h.major != 3 && h.major != 4 {
		return fmt.Errorf("a KeePass database of version %s: %w; export it as XML", f.Version, otp.ErrUnsupported)
	}
	password, err := in.password(ctx, f)
	if err != nil {
		return err
	}
	key, err := in.kdbxKey(ctx, password, h)
	if err != nil {
		return err
	}
	var plain []byte
	if h.major == 4 {
		plain, err = h.open4(key)
	} else {
		plain, err = h.open3(key)
	}
	if err != nil {
		return err
	}
	if binary.LittleEndian.Uint32(append(h.fields[kdbxCompression], 0, 0, 0, 0)) == 1 {
		if plain, err = gunzip(plain, in.options.MaxSize); err != nil {
			return err
		}
	}
	inner := h.fields
	if h.major == 4 {
		if inner, plain, err = kdbxFields(plain, 4); err != nil {
			return err
		}
		inner = map[byte][]byte{kdbxStream: inner[1], kdbxStreamKey: inner[2]}
	}
	stream, err := kdbxStreamOf(inner)
	if err != nil {
		return err
	}
	return readKeePass(in, f, plain, stream)
}

// open4 opens the blocks of version 4, whose HMACs tell a wrong password from
// damage.
func (h kdbxHeader) open4(key []byte) ([]byte, error) {
	seed, rest := h.fields[kdbxSeed], h.rest
	hash := sha256.Sum256(h.raw)
	if len(rest) < 64 || !bytes.Equal(hash[:], rest[:32]) {
		return nil, errKDBX
	}
	base := sha512.Sum512(slices.Concat(seed, key, []byte{1}))
	mac := func(number uint64, data ...[]byte) []byte {
		k := sha512.Sum512(append(binary.LittleEndian.AppendUint64(nil, number), base[:]...))
		m := hmac.New(sha256.New, k[:])
		for _, b := range data {
			m.Write(b)
		}
		return m.Sum(nil)
	}
	if !hmac.Equal(mac(1<<64-1, h.raw), rest[32:64]) {
		return nil, errKDBXPassword
	}
	rest = rest[64:]
	var sealed []byte
	for number := uint64(0); ; number++ {
		if len(rest) < 36 || uint64(binary.LittleEndian.Uint32(rest[32:])) > uint64(len(rest)-36) {
			return nil, errKDBX
		}
		n := int(binary.LittleEndian.Uint32(rest[32:]))
		if !hmac.Equal(rest[:32], mac(number, binary.LittleEndian.AppendUint64(nil, number), rest[32:36+n])) {
			return nil, fmt.Errorf("%w: the password is right, but the content does not open", ErrDamaged)
		}
		if n == 0 {
			return h.decrypt(key, sealed)
		}
		sealed, rest = append(sealed, rest[36:36+n]...), rest[36+n:]
	}
}

// open3 opens the content of version 3.
func (h kdbxHeader) open3(key []byte) ([]byte, error) {
	plain, err := h.decrypt(key, h.rest)
	start := h.fields[kdbxStartBytes]
	if err == errPasswordOrDamage || err == nil && (len(start) != 32 || !bytes.HasPrefix(plain, start)) {
		return nil, errKDBXPassword
	}
	if err != nil {
		return nil, err
	}
	rest := plain[len(start):]
	var content []byte
	for {
		if len(rest) < 40 || uint64(binary.LittleEndian.Uint32(rest[36:])) > uint64(len(rest)-40) {
			return nil, errKDBX
		}
		n := int(binary.LittleEndian.Uint32(rest[36:]))
		if n == 0 {
			return content, nil
		}
		if hash := sha256.Sum256(rest[40 : 40+n]); !bytes.Equal(hash[:], rest[4:36]) {
			return nil, fmt.Errorf("%w: the password is right, but the content is not what it was", ErrDamaged)
		}
		content, rest = append(content, rest[40:40+n]...), rest[40+n:]
	}
}

func (h kdbxHeader) decrypt(key, sealed []byte) ([]byte, error) {
	master := sha256.Sum256(slices.Concat(h.fields[kdbxSeed], key))
	iv := h.fields[kdbxIV]
	switch string(h.fields[kdbxCipher]) {
	case kdbxAES:
		return openCBC(master[:], iv, sealed)
	case kdbxTwofish:
		block, err := twofish.NewCipher(master[:])
		if err != nil {
			return nil, err
		}
		return openBlocks(block, iv, sealed)
	case kdbxChaCha20:
		c, err := chacha20.NewUnauthenticatedCipher(master[:], iv)
		if err != nil {
			return nil, errKDBX
		}
		plain := make([]byte, len(sealed))
		c.XORKeyStream(plain, sealed)
		return plain, nil
	}
	return nil, errKDBXMethod
}

func gunzip(data []byte, limit int64) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, errKDBX
	}
	plain, err := io.ReadAll(io.LimitReader(r, limit+1))
	if int64(len(plain)) > limit {
		return nil, fmt.Errorf("%w: the database unpacks to more than %d bytes", ErrTooLarge, limit)
	}
	if err != nil {
		return nil, errKDBX
	}
	return plain, nil
}

// kdbxStreamOf is the stream under which protected values are.
func kdbxStreamOf(fields map[byte][]byte) (cipher.Stream, error) {
	key := fields[kdbxStreamKey]
	switch id := fields[kdbxStream]; {
	case len(id) == 4 && id[0] == 2:
		s := &salsaStream{key: sha256.Sum256(key)}
		copy(s.counter[:], "\xe8\x30\x09\x4b\x97\x20\x5d\x2a")
		return s, nil
	case len(id) == 4 && id[0] == 3:
		k := sha512.Sum512(key)
		return chacha20.NewUnauthenticatedCipher(k[:32], k[32:44])
	case len(id) == 0 || len(id) == 4 && id[0] == 0:
		return nil, nil
	}
	return nil, errKDBXMethod
}

// unprotect decrypts a protected value.
func unprotect(stream cipher.Stream, value string) (string, error) {
	b, err := base64.StdEncoding.DecodeString(value)
	if err != nil || stream == nil && len(b) > 0 {
		return "", fmt.Errorf("%w: a protected value is not base64, or without the stream that protects it", ErrDamaged)
	}
	if len(b) > 0 {
		stream.XORKeyStream(b, b)
	}
	return string(b), nil
}
