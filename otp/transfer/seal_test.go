package transfer_test

// The encrypting side of the formats, written from their descriptions and apart
// from the package, with the parameters that the apps use.

import (
	"archive/zip"
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/md5"
	"crypto/pbkdf2"
	hash1 "crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"hash/crc32"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20"
	"golang.org/x/crypto/poly1305" //lint:ignore SA1019 secretstream lays out its own AEAD
	"golang.org/x/crypto/scrypt"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// salt is n bytes that are not random: a fixture is the same each time.
func salt(n int, kind byte) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7) ^ kind
	}
	return b
}

func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func derive(h func() hash.Hash, salt []byte, rounds int) []byte {
	return must(pbkdf2.Key(h, password, salt, rounds, 32))
}

func gcm(key, nonce, plain, aad []byte) []byte {
	return must(cipher.NewGCM(must(aes.NewCipher(key)))).Seal(nil, nonce, plain, aad)
}

func cbc(key, iv, plain []byte) []byte {
	pad := aes.BlockSize - len(plain)%aes.BlockSize
	plain = append(append([]byte{}, plain...), bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(must(aes.NewCipher(key)), iv).CryptBlocks(plain, plain)
	return plain
}

func member(object, name string) string {
	var m map[string]json.RawMessage
	if err := json.Unmarshal([]byte(object), &m); err != nil {
		panic(err)
	}
	return string(m[name])
}

func sealAegis(plain string) string {
	master, saltA, nonce, nonceDB := salt(32, 1), salt(32, 2), salt(12, 3), salt(12, 4)
	key := gcm(must(scrypt.Key([]byte(password), saltA, 1<<15, 8, 1, 32)), nonce, master, nil)
	db := gcm(master, nonceDB, []byte(member(plain, "db")), nil)
	slot := func(key []byte, typ int) string {
		return fmt.Sprintf(`{"type":%d,"uuid":"s","key":"%x","key_params":{"nonce":"%x","tag":"%x"},"n":32768,"r":8,"p":1,"salt":"%x","repaired":true}`,
			typ, key[:32], nonce, key[32:], saltA)
	}
	other := gcm(salt(32, 9), nonce, master, nil) // the password of backups is another
	return fmt.Sprintf(`{"version":1,"header":{"slots":[%s,%s,%s],"params":{"nonce":"%x","tag":"%x"}},"db":"%s"}`,
		slot(other, 2), slot(other, 1), slot(key, 1), nonceDB, db[len(db)-16:], strings.ReplaceAll(b64(db[:len(db)-16]), "/", `\/`))
}

func sealTwofas(plain string) string {
	seal := func(text string, kind byte) string {
		s, iv := salt(256, kind), salt(12, kind)
		return b64(gcm(derive(sha256.New, s, 10_000), iv, []byte(text), nil)) + ":" + b64(s) + ":" + b64(iv)
	}
	return fmt.Sprintf(`{"services":[],"groups":%s,"schemaVersion":4,"servicesEncrypted":"%s","reference":"%s"}`,
		member(plain, "groups"), seal(member(plain, "services"), 1), seal("a known text", 2))
}

func sealAndotp(plain string) string {
	head := binary.BigEndian.AppendUint32(nil, 140_000)
	s, iv := salt(12, 1), salt(12, 2)
	return string(head) + string(s) + string(iv) + string(gcm(derive(hash1.New, s, 140_000), iv, []byte(plain), nil))
}

func sealFreeotp2(token string) string {
	numbers := func(b []byte) string {
		var list []string
		for _, c := range b {
			list = append(list, fmt.Sprint(int8(c)))
		}
		return "[" + strings.Join(list, ",") + "]"
	}
	sealed := func(key, plain []byte, aad string, kind byte) string {
		nonce := salt(12, kind)
		der := append(append([]byte{0x30, 0x11, 0x04, 12}, nonce...), 2, 1, 16)
		return fmt.Sprintf(`{"mCipher":"AES/GCM/NoPadding","mCipherText":%s,"mParameters":%s,"mToken":"%s"}`,
			numbers(gcm(key, nonce, plain, []byte(aad))), numbers(der), aad)
	}
	master, s := salt(32, 1), salt(32, 2)
	pairs := []string{
		"masterKey", fmt.Sprintf(`{"mAlgorithm":"PBKDF2withHmacSHA512","mEncryptedKey":%s,"mIterations":100000,"mSalt":%s}`,
			sealed(derive(sha512.New, s, 100_000), master, "AES", 3), numbers(s)),
		"u1", fmt.Sprintf(`{"key":%s}`, must(json.Marshal(sealed(master, totp.Secret.Bytes(), "HmacSHA256", 4)))),
		"u1-token", token,
		"u2-token", `{"issuerExt":"no secret","label":"for this"}`,
		"u3", `{"key":"{}"}`,
	}
	b := []byte("\xac\xed\x00\x05sr\x00\x11java.util.HashMap12345678\x03\x00\x02F\x00\x0aloadFactorI\x00\x09thresholdxp?@\x00\x00\x00\x00\x00\x18w\x08\x00\x00\x00\x20\x00\x00\x00\x03")
	for _, text := range pairs {
		b = append(binary.BigEndian.AppendUint16(append(b, 't'), uint16(len(text))), text...)
	}
	return string(append(b, 'x'))
}

func sealBitwarden(plain string) string {
	const rounds, text = 600_000, "c2FsdA=="
	return sealBitwardenWith(plain, derive(sha256.New, []byte(text), rounds),
		fmt.Sprintf(`"salt":"%s","kdfType":0,"kdfIterations":%d`, text, rounds))
}

func sealBitwardenWith(plain string, key []byte, kdf string) string {
	seal := func(text string, kind byte) string {
		iv := salt(16, kind)
		ct := cbc(must(hkdf.Expand(sha256.New, key, "enc", 32)), iv, []byte(text))
		mac := hmac.New(sha256.New, must(hkdf.Expand(sha256.New, key, "mac", 32)))
		mac.Write(iv)
		mac.Write(ct)
		return "2." + b64(iv) + "|" + b64(ct) + "|" + b64(mac.Sum(nil))
	}
	return fmt.Sprintf(`{"encrypted":true,"passwordProtected":true,%s,"encKeyValidation_DO_NOT_EDIT":"%s","data":"%s"}`,
		kdf, seal("8f6a-validation", 1), seal(plain, 2))
}

func sealBitwardenArgon2(plain string) string {
	s := sha256.Sum256([]byte("salt"))
	return sealBitwardenWith(plain, argon2.IDKey([]byte(password), s[:], 3, 64<<10, 4, 32),
		`"salt":"salt","kdfType":1,"kdfIterations":3,"kdfMemory":64,"kdfParallelism":4`)
}

func sealEnte(plain string) string { return sealEnteTagged(plain, 3) }

func sealEnteTagged(plain string, tag byte) string {
	s, header := salt(16, 1), salt(24, 2)
	key := argon2.IDKey([]byte(password), s, 2, 8<<10, 1, 32)
	return fmt.Sprintf(`{"version":1,"kdfParams":{"memLimit":%d,"opsLimit":2,"salt":"%s"},"encryptedData":"%s","encryptionNonce":"%s"}`,
		8<<20, b64(s), b64(secretStream(key, header, []byte(plain), tag)), b64(header))
}

// secretStream is crypto_secretstream_xchacha20poly1305_push of one message.
func secretStream(key, header, plain []byte, tag byte) []byte {
	c := must(chacha20.NewUnauthenticatedCipher(must(chacha20.HChaCha20(key, header[:16])), append([]byte{1, 0, 0, 0}, header[16:]...)))
	stream := make([]byte, 128+len(plain)) // the MAC key's block, the tag's block, the text
	stream[64] = tag
	copy(stream[128:], plain)
	c.XORKeyStream(stream, stream)
	var macKey [32]byte
	copy(macKey[:], stream)
	mac := append([]byte{}, stream[64:]...)
	mac = append(mac, make([]byte, (16-len(mac)%16)%16)...)
	if n := (0x10 - 64 + len(plain)) & 0xf; n != (16-len(plain)%16)%16 { // libsodium pads so, whatever the length
		mac = append(append([]byte{}, stream[64:]...), make([]byte, n)...)
	}
	mac = binary.LittleEndian.AppendUint64(mac, 0)
	mac = binary.LittleEndian.AppendUint64(mac, uint64(64+len(plain)))
	var sum [16]byte
	poly1305.Sum(&sum, mac, &macKey)
	return append(append([]byte{stream[64]}, stream[128:]...), sum[:]...)
}

func sealProton(plain string) string {
	s, nonce := salt(16, 1), salt(12, 2)
	key := argon2.IDKey([]byte(password), s, 2, 19<<10, 1, 32)
	content := append(nonce, gcm(key, nonce, []byte(plain), []byte("proton.authenticator.export.v1"))...)
	return fmt.Sprintf(`{"version":1,"salt":"%s","content":"%s"}`, b64(s), b64(content))
}

func sealStratum(plain string) string {
	s, iv := salt(16, 1), salt(12, 2)
	return "AUTHENTICATORPRO" + string(s) + string(iv) + string(gcm(argon2.IDKey([]byte(password), s, 3, 64<<10, 4, 32), iv, []byte(plain), nil))
}

func sealStratumLegacy(plain string) string {
	s, iv := salt(20, 1), salt(16, 2)
	return "AuthenticatorPro" + string(s) + string(iv) + string(cbc(derive(hash1.New, s, 64_000), iv, []byte(plain)))
}

func sealAuthy(plain string) string {
	sealed := b64(cbc(derive(hash1.New, []byte("salt text"), 1000), make([]byte, 16), []byte(secretA)))
	return strings.Replace(plain, "&quot;decryptedSecret&quot;:&quot;"+secretA, "&quot;salt&quot;:&quot;salt text&quot;,&quot;encryptedSecret&quot;:&quot;"+sealed, 1)
}

// sealAuthyServed has the IV that Authy has for each token by now.
func sealAuthyServed(plain string) string {
	plain = strings.Replace(plain, "decrypted_auth", "auth", 1)
	for i, secret := range []string{secretA, secretB} {
		iv := salt(16, byte(i))
		sealed := b64(cbc(derive(hash1.New, []byte("salt text"), 100_000), iv, []byte(secret)))
		plain = strings.Replace(plain, `"decrypted_seed":"`+secret+`"`,
			`"encrypted_seed":"`+sealed+`","salt":"salt text","key_derivation_iterations":100000,"unique_iv":"`+hex.EncodeToString(iv)+`"`, 1)
	}
	return plain
}

func sealTOTPAuthenticator(plain string) string {
	_, list, _ := strings.Cut(plain, `LIST">`)
	list, _, _ = strings.Cut(list, "</string>")
	key := sha256.Sum256([]byte(password))
	return b64(cbc(key[:], make([]byte, 16), must(json.Marshal(map[string]string{list: ""})))) + "\n"
}

func masked(text string) string {
	mask := must(hex.DecodeString("398e27fc50276a656065b0e525f4c06c04c61075286b8e7aeda59da9813b5dd6c80d2fb38068773f"))
	b := []byte(text)
	for i := range b {
		b[i] ^= mask[i]
	}
	return hex.EncodeToString(b)
}

func zipped(name string) func(string) string {
	return func(text string) string {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		must(must(w.Create("files/picture.bin")).Write([]byte("attachment")))
		must(must(w.Create(name)).Write([]byte(text)))
		if err := w.Close(); err != nil {
			panic(err)
		}
		return b.String()
	}
}

// zippedAES is a zip with WinZip's encryption AE-2, AES-256.
func zippedAES(name string) func(string) string {
	return func(text string) string {
		s := salt(16, 1)
		keys := must(pbkdf2.Key(hash1.New, password, s, 1000, 66))
		block := must(aes.NewCipher(keys[:32]))
		ct := []byte(text)
		for i := range ct {
			var counter, stream [16]byte
			binary.LittleEndian.PutUint32(counter[:], uint32(i/16+1))
			block.Encrypt(stream[:], counter[:])
			ct[i] ^= stream[i%16]
		}
		mac := hmac.New(hash1.New, keys[32:64])
		mac.Write(ct)
		data := bytes.Join([][]byte{s, keys[64:], ct, mac.Sum(nil)[:10]}, nil)

		var b bytes.Buffer
		w := zip.NewWriter(&b)
		m := must(w.CreateRaw(&zip.FileHeader{
			Name: name, Method: 99, Flags: 1, CompressedSize64: uint64(len(data)), UncompressedSize64: uint64(len(text)),
			Extra: []byte{0x01, 0x99, 7, 0, 2, 0, 'A', 'E', 3, 0, 0},
		}))
		must(m.Write(data))
		if err := w.Close(); err != nil {
			panic(err)
		}
		return b.String()
	}
}

// zippedCrypto is a zip with the traditional encryption.
func zippedCrypto(name, text string) string {
	keys := [3]uint32{0x12345678, 0x23456789, 0x34567890}
	update := func(c byte) {
		keys[0] = crc32.IEEETable[byte(keys[0])^c] ^ keys[0]>>8
		keys[1] = (keys[1]+uint32(byte(keys[0])))*134775813 + 1
		keys[2] = crc32.IEEETable[byte(keys[2])^byte(keys[1]>>24)] ^ keys[2]>>8
	}
	for _, c := range []byte(password) {
		update(c)
	}
	sum := crc32.ChecksumIEEE([]byte(text))
	data := append(append(salt(11, 1), byte(sum>>24)), text...)
	for i, c := range data {
		t := uint16(keys[2] | 2)
		data[i] = c ^ byte(t*(t^1)>>8)
		update(c)
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	m := must(w.CreateRaw(&zip.FileHeader{Name: name, Flags: 1, CRC32: sum, CompressedSize64: uint64(len(data)), UncompressedSize64: uint64(len(text))}))
	must(m.Write(data))
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.String()
}

// sealCryptoJS is CryptoJS.AES.encrypt with a passphrase.
func sealCryptoJS(passphrase, plain string) string {
	s := salt(8, 1)
	var key, last []byte
	for len(key) < 48 {
		sum := md5.Sum(bytes.Join([][]byte{last, []byte(passphrase), s}, nil))
		last = sum[:]
		key = append(key, last...)
	}
	return b64(bytes.Join([][]byte{[]byte("Salted__"), s, cbc(key[:32], key[32:], []byte(plain))}, nil))
}

// sealExtension is the third generation: each entry whole, under Argon2id.
func sealExtension(plain string) string {
	words := base64.RawStdEncoding.EncodeToString(argon2.IDKey([]byte(password), []byte("some salt"), 2, 19<<10, 1, 32))
	return eachEntry(plain, func(index int, entry []byte) any {
		return map[string]any{"dataType": "EncOTPStorage", "keyId": "k", "index": index, "data": sealCryptoJS(words, string(entry))}
	}, "k", map[string]any{"dataType": "Key", "id": "k", "salt": "some salt", "hash": "$argon2id$", "version": 3})
}

// sealExtensionOld is the second: only secrets, under a key that is encrypted itself.
func sealExtensionOld(plain string) string {
	return eachEntry(plain, func(_ int, entry []byte) any {
		var e map[string]any
		_ = json.Unmarshal(entry, &e)
		e["encrypted"], e["secret"] = true, sealCryptoJS(hex.EncodeToString([]byte("inner key")), e["secret"].(string))
		return e
	}, "key", map[string]any{"enc": sealCryptoJS(password, "inner key"), "hash": "x"})
}

func eachEntry(plain string, seal func(index int, entry []byte) any, id string, key any) string {
	var entries map[string]json.RawMessage
	_ = json.Unmarshal([]byte(plain), &entries)
	sealed := map[string]any{id: key}
	for name, entry := range entries {
		var e struct{ Index int }
		_ = json.Unmarshal(entry, &e)
		sealed[name] = seal(e.Index, entry)
	}
	return string(must(json.Marshal(sealed)))
}
