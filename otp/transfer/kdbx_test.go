package transfer_test

import (
	"bytes"
	"compress/gzip"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/transfer"
	"golang.org/x/crypto/chacha20"
	"golang.org/x/crypto/salsa20"
)

// RFC 9106 §5.1.
func TestArgon2d(t *testing.T) {
	of := func(b byte, n int) []byte { return bytes.Repeat([]byte{b}, n) }
	tag := hex.EncodeToString(transfer.Argon2d(of(1, 32), of(2, 16), of(3, 8), of(4, 12), 3, 32, 4))
	if want := "512b391b6f1162975371d30919734294f868e3be3984f3c1a13a4db9fabe4acb"; tag != want {
		t.Errorf("tag %s, want %s", tag, want)
	}
}

func uuid(s string) []byte { return must(hex.DecodeString(s)) }

// field is one of a header, with a size of n bytes.
func field(n int, id byte, value []byte) []byte {
	size := binary.LittleEndian.AppendUint32(nil, uint32(len(value)))
	return append(append([]byte{id}, size[:n]...), value...)
}

// protect encrypts the protected values of the XML, all under one stream.
func protect(plain string, xor func(text []byte) []byte) []byte {
	const begin, end = `<Value Protected="True">`, "</Value>"
	return regexp.MustCompile(begin+`[^<]+`+end).ReplaceAllFunc([]byte(plain), func(value []byte) []byte {
		text := strings.TrimSuffix(strings.TrimPrefix(string(value), begin), end)
		return []byte(begin + b64(xor([]byte(text))) + end)
	})
}

func gzipped(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(data)
	_ = w.Close()
	return b.Bytes()
}

func composite() []byte {
	first := sha256.Sum256([]byte(password))
	second := sha256.Sum256(first[:])
	return second[:]
}

// sealKDBX is version 4.1: Argon2d, ChaCha20 inside and out, in two blocks.
func sealKDBX(plain string) string { return sealKDBXContent(kdbxContent(plain)) }

// kdbxContent is the inner header and the XML.
func kdbxContent(plain string) []byte {
	streamKey := salt(64, 4)
	inner := sha512.Sum512(streamKey)
	stream := must(chacha20.NewUnauthenticatedCipher(inner[:32], inner[32:44]))
	return bytes.Join([][]byte{
		field(4, 1, []byte{3, 0, 0, 0}), field(4, 2, streamKey), field(4, 3, []byte("binary")), field(4, 0, nil),
		protect(plain, func(text []byte) []byte { stream.XORKeyStream(text, text); return text }),
	}, nil)
}

func sealKDBXContent(content []byte) string {
	seed, saltA, iv := salt(32, 1), salt(32, 2), salt(12, 3)
	variant := func(kind byte, name string, value []byte) []byte {
		n := binary.LittleEndian.AppendUint32([]byte{kind}, uint32(len(name)))
		return append(binary.LittleEndian.AppendUint32(append(n, name...), uint32(len(value))), value...)
	}
	number := func(n uint64, size int) []byte { return binary.LittleEndian.AppendUint64(nil, n)[:size] }
	kdf := bytes.Join([][]byte{
		{0, 1}, variant(0x42, "$UUID", uuid("ef636ddf8c29444b91f7a9a403e30a0c")), variant(0x42, "S", saltA), variant(4, "V", number(0x13, 4)),
		variant(5, "M", number(64<<10, 8)), variant(5, "I", number(2, 8)), variant(4, "P", number(2, 4)), {0},
	}, nil)
	header := bytes.Join([][]byte{
		[]byte("\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5\x01\x00\x04\x00"), field(4, 2, uuid("d6038a2b8b6f4cb5a524339a31dbb59a")), field(4, 3, []byte{1, 0, 0, 0}),
		field(4, 4, seed), field(4, 7, iv), field(4, 11, kdf), field(4, 0, []byte("\r\n\r\n")),
	}, nil)
	key := transfer.Argon2d(composite(), saltA, nil, nil, 2, 64, 2)
	master := sha256.Sum256(append(append([]byte{}, seed...), key...))
	sealed := gzipped(content)
	must(chacha20.NewUnauthenticatedCipher(master[:], iv)).XORKeyStream(sealed, sealed)

	base := sha512.Sum512(bytes.Join([][]byte{seed, key, {1}}, nil))
	mac := func(block uint64, data ...[]byte) []byte {
		k := sha512.Sum512(append(number(block, 8), base[:]...))
		m := hmac.New(sha256.New, k[:])
		m.Write(bytes.Join(data, nil))
		return m.Sum(nil)
	}
	hash := sha256.Sum256(header)
	file := bytes.Join([][]byte{header, hash[:], mac(1<<64-1, header)}, nil)
	half := len(sealed) / 2
	for i, block := range [][]byte{sealed[:half], sealed[half:], nil} {
		size := number(uint64(len(block)), 4)
		file = bytes.Join([][]byte{file, mac(uint64(i), number(uint64(i), 8), size, block), size, block}, nil)
	}
	return string(file)
}

// sealKDBX3 is version 3.1: AES, with Salsa20 inside.
func sealKDBX3(plain string) string {
	seed, transform, iv, streamKey, start := salt(32, 1), salt(32, 2), salt(16, 3), salt(32, 4), salt(32, 5)
	streamHash := sha256.Sum256(streamKey)
	stream := make([]byte, len(plain))
	salsa20.XORKeyStream(stream, stream, uuid("e830094b97205d2a"), &streamHash)
	content := gzipped(protect(plain, func(text []byte) []byte {
		for i := range text {
			text[i] ^= stream[i]
		}
		stream = stream[len(text):]
		return text
	}))

	key := composite()
	for range 1000 {
		ecb(must(aes.NewCipher(transform)), key)
	}
	keyHash := sha256.Sum256(key)
	master := sha256.Sum256(append(append([]byte{}, seed...), keyHash[:]...))
	hash := sha256.Sum256(content)
	size := binary.LittleEndian.AppendUint32(nil, uint32(len(content)))
	blocks := bytes.Join([][]byte{start, make([]byte, 4), hash[:], size, content, {1, 0, 0, 0}, make([]byte, 36)}, nil)
	return string(bytes.Join([][]byte{
		[]byte("\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5\x01\x00\x03\x00"), field(2, 2, uuid("31c1f2e6bf714350be5805216afc5aff")), field(2, 3, []byte{1, 0, 0, 0}),
		field(2, 4, seed), field(2, 5, transform), field(2, 6, binary.LittleEndian.AppendUint64(nil, 1000)), field(2, 7, iv), field(2, 8, streamKey),
		field(2, 9, start), field(2, 10, []byte{2, 0, 0, 0}), field(2, 0, []byte("\r\n\r\n")), cbc(master[:], iv, blocks),
	}, nil))
}

func ecb(block cipher.Block, key []byte) {
	block.Encrypt(key[:16], key[:16])
	block.Encrypt(key[16:], key[16:])
}

// What a hostile database can ask for is bounded before it is done.
func TestCostlyDatabasesAreRefused(t *testing.T) {
	file := sealKDBX("<KeePassFile></KeePassFile>")
	for name, change := range map[string][2]string{
		"memory": {"M\x08\x00\x00\x00\x00\x00\x01", "M\x08\x00\x00\x00\x00\x00\x00\x00\x00\x01"},
		"passes": {"I\x08\x00\x00\x00\x02\x00\x00\x00", "I\x08\x00\x00\x00\xff\xff\xff\xff"},
	} {
		data := []byte(file)
		at := strings.Index(file, change[0])
		copy(data[at:], change[1])
		if _, err := transfer.Read(t.Context(), data, transfer.ReadOptions{Password: say(password)}); at < 0 || !errors.Is(err, transfer.ErrTooCostly) {
			t.Errorf("%s: %v", name, err)
		}
	}
	old := []byte(sealKDBX3("<KeePassFile></KeePassFile>"))
	copy(old[bytes.Index(old, []byte{6, 8, 0})+3:], "\xff\xff\xff\xff\xff")
	if _, err := transfer.Read(t.Context(), old, transfer.ReadOptions{Password: say(password)}); !errors.Is(err, transfer.ErrTooCostly) {
		t.Errorf("rounds: %v", err)
	}
	for cut := 0; cut < len(file); cut += 13 {
		if f, err := transfer.Read(t.Context(), []byte(file[:cut]), transfer.ReadOptions{Password: say(password)}); err == nil || len(f.Entries) > 0 {
			t.Errorf("cut at %d: %d entries", cut, len(f.Entries))
		}
	}
}

// What the file asks for and is not known here is no damage.
func TestDatabasesOfOtherMethods(t *testing.T) {
	file := sealKDBX("<KeePassFile></KeePassFile>")
	for name, change := range map[string][2]string{
		"version":        {"\x01\x00\x04\x00", "\x00\x00\x05\x00"},
		"key derivation": {"\xef\x63\x6d\xdf", "\xef\x63\x6d\xde"},
		"old Argon2":     {"V\x04\x00\x00\x00\x13", "V\x04\x00\x00\x00\x10"},
	} {
		data := strings.Replace(file, change[0], change[1], 1)
		_, err := transfer.Read(t.Context(), []byte(data), transfer.ReadOptions{Password: say(password)})
		if !errors.Is(err, otp.ErrUnsupported) || !strings.Contains(err.Error(), "as XML") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
