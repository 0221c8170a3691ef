package transfer

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"crypto/aes"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// zipAES is the compression method that stands for WinZip's AES encryption.
const zipAES = 99

// unpackEncrypted reads an encrypted member: PKWARE's traditional encryption
// (APPNOTE §6.1) or WinZip's AES (AE-1, AE-2).
func unpackEncrypted(file *zip.File, password string, limit int64) ([]byte, error) {
	r, err := file.OpenRaw()
	if err != nil {
		return nil, fmt.Errorf("%w: a file of the zip archive cannot be read", ErrDamaged)
	}
	sealed, err := readLimited(r, limit)
	if err != nil {
		return nil, err
	}
	method := file.Method
	var plain []byte
	if method == zipAES {
		plain, method, err = openZipAES(file.Extra, sealed, password)
	} else {
		plain, err = openZipCrypto(file, sealed, password)
	}
	if err != nil {
		return nil, err
	}
	var data []byte
	switch method {
	case zip.Store:
		data = plain
	case zip.Deflate:
		data, err = readLimited(flate.NewReader(bytes.NewReader(plain)), limit)
	default:
		err = fmt.Errorf("%w: compression method %d", ErrDamaged, method)
	}
	if file.Method != zipAES && (err != nil || crc32.ChecksumIEEE(data) != file.CRC32) {
		return nil, errPasswordOrDamage // the check byte lets 1 wrong password in 256 pass
	}
	return data, err
}

// openZipCrypto decrypts the traditional encryption, which is a toy.
func openZipCrypto(file *zip.File, sealed []byte, password string) ([]byte, error) {
	const header, dataDescriptor = 12, 1 << 3
	if len(sealed) < header {
		return nil, fmt.Errorf("%w: a file of the zip archive breaks off", ErrDamaged)
	}
	k := zipKeys{0x12345678, 0x23456789, 0x34567890}
	for i := range len(password) {
		k.update(password[i])
	}
	plain := make([]byte, len(sealed))
	for i, c := range sealed {
		t := uint32(uint16(k[2] | 2))
		plain[i] = c ^ byte(t*(t^1)>>8)
		k.update(plain[i])
	}
	check := byte(file.CRC32 >> 24)
	if file.Flags&dataDescriptor != 0 { // the CRC was not known yet
		check = byte(file.ModifiedTime >> 8)
	}
	if plain[header-1] != check {
		return nil, ErrWrongPassword
	}
	return plain[header:], nil
}

// zipKeys is the state of the traditional encryption.
type zipKeys [3]uint32

func (k *zipKeys) update(c byte) {
	crc := func(crc uint32, c byte) uint32 { return crc>>8 ^ crc32.IEEETable[byte(crc)^c] }
	k[0] = crc(k[0], c)
	k[1] = (k[1]+k[0]&0xff)*134775813 + 1
	k[2] = crc(k[2], byte(k[1]>>24))
}

// openZipAES decrypts salt | 2 bytes to check the password | data | 10 bytes of
// HMAC-SHA1, and gives the method by which the data is compressed.
func openZipAES(extra, sealed []byte, password string) ([]byte, uint16, error) {
	const check, mac, rounds = 2, 10, 1000
	strength, method := zipAESExtra(extra)
	keySize := 8 + 8*strength
	saltSize := keySize / 2
	if strength < 1 || strength > 3 || len(sealed) < saltSize+check+mac {
		return nil, 0, fmt.Errorf("%w: a file of the zip archive is not encrypted as WinZip does", ErrDamaged)
	}
	keys, err := pbkdf2.Key(sha1.New, password, sealed[:saltSize], rounds, 2*keySize+check)
	if err != nil {
		return nil, 0, err
	}
	if !bytes.Equal(keys[2*keySize:], sealed[saltSize:saltSize+check]) {
		return nil, 0, ErrWrongPassword
	}
	data, tag := sealed[saltSize+check:len(sealed)-mac], sealed[len(sealed)-mac:]
	h := hmac.New(sha1.New, keys[keySize:2*keySize])
	h.Write(data)
	if !hmac.Equal(h.Sum(nil)[:mac], tag) {
		return nil, 0, errPasswordOrDamage // the check lets 1 wrong password in 65,536 pass
	}
	block, err := aes.NewCipher(keys[:keySize])
	if err != nil {
		return nil, 0, err
	}
	plain := make([]byte, len(data))
	var counter, stream [aes.BlockSize]byte
	for i := range data {
		if i%aes.BlockSize == 0 { // little-endian and from 1, unlike cipher.NewCTR
			binary.LittleEndian.PutUint64(counter[:], uint64(i/aes.BlockSize+1))
			block.Encrypt(stream[:], counter[:])
		}
		plain[i] = data[i] ^ stream[i%aes.BlockSize]
	}
	return plain, method, nil
}

// zipAESExtra finds the strength (1 to 3) and the compression method in the extra
// field 0x9901.
func zipAESExtra(extra []byte) (strength int, method uint16) {
	for len(extra) >= 4 {
		id, size := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		extra = extra[4:]
		if size > len(extra) {
			break
		}
		if id == 0x9901 && size >= 7 {
			return int(extra[4]), binary.LittleEndian.Uint16(extra[5:])
		}
		extra = extra[size:]
	}
	return 0, 0
}
