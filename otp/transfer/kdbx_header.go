package transfer

// The header of a KeePass database: its fields, and the key derivation that they ask
// for. Fields are id, size, value; what kdbxKDF holds is laid out once more, see
// kdbxParams.

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

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
		size := uint64(binary.LittleEndian.Uint32(append(slices.Clone(data[1:1+sizeBytes]), 0, 0)))
		if data = data[1+sizeBytes:]; size > uint64(len(data)) {
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
	case number("V") != 0x13: // Argon2 1.3
	case kdf == kdbxArgon2d:
		return in.argon2d(ctx, composite[:], p["S"], p["K"], p["A"], passes, memory, lanes)
	case kdf == kdbxArgon2id && len(p["K"])+len(p["A"]) == 0:
		return in.argon2id(ctx, string(composite[:]), p["S"], passes, memory, lanes)
	}
	return nil, errKDBXMethod
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
