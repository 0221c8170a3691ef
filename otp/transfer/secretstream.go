package transfer

import (
	"crypto/subtle"
	"encoding/binary"
	"fmt"

	"golang.org/x/crypto/chacha20"
	"golang.org/x/crypto/poly1305" //lint:ignore SA1019 secretstream lays out its own AEAD
)

const (
	secretStreamHeader = 24
	secretStreamBlock  = 64
	secretStreamExtra  = 1 + poly1305.TagSize // the tag byte and the MAC
)

// secretStream is one message of libsodium's crypto_secretstream_xchacha20poly1305,
// the first of its stream.
type secretStream struct {
	cipher *chacha20.Cipher // past the block of the MAC key
	macKey [32]byte
}

// newSecretStream derives the key of the message (HChaCha20 over the first 16
// bytes of the header) and its MAC key (the first block of the stream, whose nonce
// is a counter that begins at 1, and the rest of the header).
func newSecretStream(key, header []byte) (*secretStream, error) {
	if len(header) != secretStreamHeader {
		return nil, fmt.Errorf("%w: a nonce of %d bytes, not %d", ErrDamaged, len(header), secretStreamHeader)
	}
	subkey, err := chacha20.HChaCha20(key, header[:16])
	if err != nil {
		return nil, err
	}
	nonce := binary.LittleEndian.AppendUint32(nil, 1)
	s := &secretStream{}
	if s.cipher, err = chacha20.NewUnauthenticatedCipher(subkey, append(nonce, header[16:]...)); err != nil {
		return nil, err
	}
	s.cipher.XORKeyStream(s.macKey[:], s.macKey[:])
	s.cipher.SetCounter(1)
	return s, nil
}

// mac is over the encrypted block of the tag byte, the ciphertext, padding as
// libsodium does it, and both lengths.
func (s *secretStream) mac(block, sealed []byte) [poly1305.TagSize]byte {
	m := append(append([]byte{}, block...), sealed...)
	m = append(m, make([]byte, (0x10-secretStreamBlock+len(sealed))&0xf)...)
	m = binary.LittleEndian.AppendUint64(m, 0) // no additional data
	m = binary.LittleEndian.AppendUint64(m, uint64(secretStreamBlock+len(sealed)))
	var tag [poly1305.TagSize]byte
	poly1305.Sum(&tag, m, &s.macKey)
	return tag
}

func openSecretStream(key, header, message []byte) ([]byte, error) {
	s, err := newSecretStream(key, header)
	if err != nil {
		return nil, err
	}
	if len(message) < secretStreamExtra {
		return nil, fmt.Errorf("%w: its encrypted part has %d bytes", ErrDamaged, len(message))
	}
	sealed, mac := message[1:len(message)-poly1305.TagSize], message[len(message)-poly1305.TagSize:]

	block := make([]byte, secretStreamBlock)
	s.cipher.XORKeyStream(block, block)
	keystream := block[0]
	block[0] = message[0]
	want := s.mac(block, sealed)
	if subtle.ConstantTimeCompare(want[:], mac) == 0 {
		return nil, errPasswordOrDamage
	}
	if tag := message[0] ^ keystream; tag != 0 && tag != 3 { // message or final; both are in use
		return nil, fmt.Errorf("%w: it is in several pieces (tag %d)", ErrDamaged, tag)
	}
	plain := make([]byte, len(sealed))
	s.cipher.XORKeyStream(plain, sealed)
	return plain, nil
}
