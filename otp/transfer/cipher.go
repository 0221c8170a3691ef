package transfer

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"io"

	"golang.org/x/crypto/salsa20/salsa" //lint:ignore SA1019 its parent cannot go on where a value ended
)

const gcmNonce, gcmTag = 12, 16

// openGCM opens AES-GCM, with the tag at the end of sealed. A tag that does not
// fit means a wrong password or a damaged file.
func openGCM(key, nonce, sealed, aad []byte) ([]byte, error) {
	if len(nonce) != gcmNonce || len(sealed) < gcmTag {
		return nil, fmt.Errorf("%w: its encrypted part is %d bytes with a nonce of %d", ErrDamaged, len(sealed), len(nonce))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("%w: a key of %d bytes", ErrDamaged, len(key))
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, nonce, sealed, aad)
	if err != nil {
		return nil, errPasswordOrDamage
	}
	return plain, nil
}

// sealGCM is the inverse of openGCM with a random nonce.
func sealGCM(random io.Reader, key, plain []byte) (nonce, sealed []byte, err error) {
	nonce = make([]byte, gcmNonce)
	if _, err := io.ReadFull(random, nonce); err != nil {
		return nil, nil, fmt.Errorf("read random bytes: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, nil, err
	}
	return nonce, aead.Seal(nil, nonce, plain, nil), nil
}

// openCBC opens AES-CBC with the padding of PKCS #7 (RFC 5652 §6.3). It has no
// authentication: a wrong password shows, most of the time, in the padding.
func openCBC(key, iv, sealed []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("%w: a key of %d bytes", ErrDamaged, len(key))
	}
	return openBlocks(block, iv, sealed)
}

// openBlocks is openCBC with another cipher of the same block size.
func openBlocks(block cipher.Block, iv, sealed []byte) ([]byte, error) {
	if len(iv) != aes.BlockSize || len(sealed) == 0 || len(sealed)%aes.BlockSize != 0 {
		return nil, fmt.Errorf("%w: its encrypted part of %d bytes is not in whole blocks", ErrDamaged, len(sealed))
	}
	plain := make([]byte, len(sealed))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, sealed)
	n := int(plain[len(plain)-1])
	if n < 1 || n > aes.BlockSize {
		return nil, errPasswordOrDamage
	}
	for _, pad := range plain[len(plain)-n:] {
		if subtle.ConstantTimeByteEq(pad, byte(n)) == 0 {
			return nil, errPasswordOrDamage
		}
	}
	return plain[:len(plain)-n], nil
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
