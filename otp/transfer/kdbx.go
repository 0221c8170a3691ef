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
	"crypto/aes"
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
	"golang.org/x/crypto/salsa20/salsa" //lint:ignore SA1019 its parent cannot go on where a value ended
	"golang.org/x/crypto/twofish"       //lint:ignore SA1019 files in use have it
)

const kdbxMagic = "\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5"

// Fields of the header, and of the one inside.
const (
	kdbxEnd = iota
	kdbxComment
	kdbxCipher
	kdbxCompression
	kdbxSeed
	kdbxTransformSeed
	kdbxRounds
	kdbxIV
	kdbxStreamKey
	kdbxStartBytes
	kdbxStream
	kdbxKDF
)

// UUIDs of ciphers and key derivations.
const (
	kdbxAES      = "\x31\xc1\xf2\xe6\xbf\x71\x43\x50\xbe\x58\x05\x21\x6a\xfc\x5a\xff"
	kdbxChaCha20 = "\xd6\x03\x8a\x2b\x8b\x6f\x4c\xb5\xa5\x24\x33\x9a\x31\xdb\xb5\x9a"
	kdbxTwofish  = "\xad\x68\xf2\x9f\x57\x6f\x4b\xb9\xa3\x6a\xd4\x7a\xf9\x65\x34\x6c"
	kdbxAESKDF   = "\xc9\xd9\xf3\x9a\x62\x8a\x44\x60\xbf\x74\x0d\x08\xc1\x8a\x4f\xea"
	kdbxAESKDF4  = "\x7c\x02\xbb\x82\x79\xa7\x4a\xc0\x92\x7d\x11\x4a\x00\x64\x82\x38"
	kdbxArgon2d  = "\xef\x63\x6d\xdf\x8c\x29\x44\x4b\x91\xf7\xa9\xa4\x03\xe3\x0a\x0c"
	kdbxArgon2id = "\x9e\x29\x8b\x19\x56\xdb\x47\x73\xb2\x3d\xfc\x3e\xc6\xf0\xa1\xe6"
)

var errKDBX = fmt.Errorf("%w: it breaks off, or is not laid out as a KeePass database", ErrDamaged)

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

type kdbxHeader struct {
	major, minor uint16
	raw          []byte // as it stands in the file
	fields       map[byte][]byte
	rest         []byte
}

func kdbxHeaderOf(data []byte) (h kdbxHeader, err error) {
	if len(data) < 12 {
		return h, errKDBX
	}
	h.minor, h.major = binary.LittleEndian.Uint16(data[8:]), binary.LittleEndian.Uint16(data[10:])
	size := 4
	if h.major < 4 {
		size = 2
	}
	h.fields, h.rest, err = kdbxFields(data[12:], size)
	h.raw = data[:len(data)-len(h.rest)]
	return h, err
}

// kdbxFields reads fields with sizes of 2 or 4 bytes, up to the end field.
func kdbxFields(data []byte, sizeBytes int) (fields map[byte][]byte, rest []byte, err error) {
	fields = map[byte][]byte{}
	for len(data) > sizeBytes {
		id := data[0]
		size := int(binary.LittleEndian.Uint32(append(slices.Clone(data[1:1+sizeBytes]), 0, 0)))
		if data = data[1+sizeBytes:]; size > len(data) {
			return nil, nil, errKDBX
		}
		fields[id], data = data[:size:size], data[size:]
		if id == kdbxEnd {
			return fields, data, nil
		}
	}
	return nil, nil, errKDBX
}

// kdbxKey derives the key from a password alone.
func (in *input) kdbxKey(ctx context.Context, password string, h kdbxHeader) ([]byte, error) {
	first := sha256.Sum256([]byte(password))
	composite := sha256.Sum256(first[:])
	if h.major == 3 {
		return in.aesKDF(ctx, composite, h.fields[kdbxTransformSeed], h.fields[kdbxRounds])
	}
	p, err := kdbxParams(h.fields[kdbxKDF])
	if err != nil {
		return nil, err
	}
	number := func(name string) int {
		return int(min(binary.LittleEndian.Uint64(append(slices.Clone(p[name]), make([]byte, 8)...)), 1<<40))
	}
	passes, memory, lanes := number("I"), number("M")>>10, number("P")
	switch kdf := string(p["$UUID"]); {
	case kdf == kdbxAESKDF || kdf == kdbxAESKDF4:
		return in.aesKDF(ctx, composite, p["S"], p["R"])
	case number("V") != 0x13:
		return nil, fmt.Errorf("%w: key derivation is none of AES, Argon2d and Argon2id, or too old", ErrDamaged)
	case kdf == kdbxArgon2d:
		return in.argon2d(ctx, composite[:], p["S"], p["K"], p["A"], passes, memory, lanes)
	case kdf == kdbxArgon2id && len(p["K"])+len(p["A"]) == 0:
		return in.argon2id(ctx, string(composite[:]), p["S"], passes, memory, lanes)
	}
	return nil, fmt.Errorf("%w: key derivation is none of AES, Argon2d and Argon2id", ErrDamaged)
}

// kdbxParams reads a VariantDictionary: type, size and name, size and value.
func kdbxParams(data []byte) (map[string][]byte, error) {
	p := map[string][]byte{}
	data = data[min(2, len(data)):]
	for len(data) > 0 && data[0] != 0 {
		data = data[1:]
		var parts [2][]byte
		for i := range parts {
			if len(data) < 4 || uint64(binary.LittleEndian.Uint32(data)) > uint64(len(data)-4) {
				return nil, errKDBX
			}
			n := binary.LittleEndian.Uint32(data)
			parts[i], data = data[4:4+n], data[4+n:]
		}
		p[string(parts[0])] = parts[1]
	}
	return p, nil
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
	return nil, fmt.Errorf("%w: the cipher is none of AES, ChaCha20 and Twofish", ErrDamaged)
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
	return nil, fmt.Errorf("%w: the stream of its protected values is not known", ErrDamaged)
}

// salsaStream is Salsa20 as a stream.
type salsaStream struct {
	key     [32]byte
	counter [16]byte // nonce and number of the block
	left    []byte   // of the block that was made last
}

func (s *salsaStream) XORKeyStream(dst, src []byte) {
	for i := range src {
		if len(s.left) == 0 {
			s.left = make([]byte, 64)
			salsa.XORKeyStream(s.left, s.left, &s.counter, &s.key)
			binary.LittleEndian.PutUint64(s.counter[8:], binary.LittleEndian.Uint64(s.counter[8:])+1)
		}
		dst[i] = src[i] ^ s.left[0]
		s.left = s.left[1:]
	}
}

// unprotect decrypts a protected value.
func unprotect(stream cipher.Stream, value string) (string, error) {
	b, err := base64.StdEncoding.DecodeString(value)
	if err != nil || stream == nil && len(b) > 0 {
		return "", fmt.Errorf("%w: a protected value is not base64", ErrDamaged)
	}
	if stream != nil {
		stream.XORKeyStream(b, b)
	}
	return string(b), nil
}

// aesKDF encrypts the halves of the key in place, as many times as the file asks.
func (in *input) aesKDF(ctx context.Context, key [32]byte, seed, count []byte) ([]byte, error) {
	if len(count) != 8 || len(seed) != 32 {
		return nil, errKDBX
	}
	rounds, limit := binary.LittleEndian.Uint64(count), uint64(in.options.MaxRounds)*aesKDFPerRound
	if rounds > limit {
		return nil, fmt.Errorf("%w: AES with %d rounds, more than %d", ErrTooCostly, rounds, limit)
	}
	block, err := aes.NewCipher(seed)
	if err != nil {
		return nil, err
	}
	return in.derive(ctx, fmt.Sprintf("AES, %d rounds", rounds), func() ([]byte, error) {
		for range rounds {
			block.Encrypt(key[:16], key[:16])
			block.Encrypt(key[16:], key[16:])
		}
		sum := sha256.Sum256(key[:])
		return sum[:], nil
	})
}

// aesKDFPerRound is how many rounds of AES take as long as one of PBKDF2.
const aesKDFPerRound = 10
