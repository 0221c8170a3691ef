package otp

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding"
	"encoding/binary"
	"fmt"
	"hash"
)

// steamAlphabet has the symbols of Steam Guard in the order of their values.
const steamAlphabet = "23456789BCDFGHJKMNPQRTVWXY"

// Generator makes and matches the codes of one key. It holds the key's HMAC
// states after the padded secret, so that a code costs two compressions of the
// hash and no allocation. It is immutable and safe for concurrent use, and it
// prints as "[redacted]": the states are as good as the secret.
type Generator struct {
	algorithm Algorithm
	digits    int
	base      uint64 // symbols in the alphabet: 10, or 26 for Steam
	modulus   uint64 // base to the power of digits
	hotp      bool
	states    hidden[states]
}

// states are the marshalled hash states after K xor ipad and K xor opad (RFC 2104
// §4).
type states struct{ inner, outer []byte }

// Prepare makes the Generator of a valid key.
func Prepare(k Key) (*Generator, error) {
	if err := k.Validate(); err != nil {
		return nil, fmt.Errorf("prepare %w", err)
	}
	g := &Generator{algorithm: k.Algorithm, digits: k.Digits, base: 10, modulus: 1, hotp: k.Type == HOTP}
	if k.Type == Steam {
		g.base = uint64(len(steamAlphabet))
	}
	for range k.Digits {
		g.modulus *= g.base
	}
	h := k.Algorithm.hash()
	block := make([]byte, h.BlockSize())
	if secret := k.Secret.raw(); len(secret) <= len(block) {
		copy(block, secret)
	} else {
		h.Write(secret)
		copy(block, h.Sum(nil))
	}
	g.states = hide(states{
		inner: padState(k.Algorithm.hash(), block, 0x36),
		outer: padState(k.Algorithm.hash(), block, 0x5c),
	})
	return g, nil
}

// Code is the code of a counter or step. A negative step, a time before T0, counts
// as the two's complement of its eight bytes.
func (g *Generator) Code(counter int64) string {
	return string(g.AppendCode(make([]byte, 0, MaxDigits), counter))
}

// AppendCode appends the code of a counter or step to dst.
func (g *Generator) AppendCode(dst []byte, counter int64) []byte {
	v := uint64(g.Truncated(counter)) % g.modulus
	if g.base != 10 { // Steam shows the least significant symbol first
		for range g.digits {
			dst = append(dst, steamAlphabet[v%g.base])
			v /= g.base
		}
		return dst
	}
	var symbols [MaxDigits]byte
	for i := g.digits - 1; i >= 0; i-- {
		symbols[i] = byte('0' + v%10)
		v /= 10
	}
	return append(dst, symbols[:g.digits]...)
}

// Truncated is the 31-bit number behind a code, before it is reduced to digits:
// Snum in RFC 4226 §5.3. Diagnosis compares it with codes of other lengths.
func (g *Generator) Truncated(counter int64) uint32 {
	var message [8]byte
	binary.BigEndian.PutUint64(message[:], uint64(counter))
	var buf [sha512.Size]byte
	states := g.states.get()
	mac := g.algorithm.resume(states.inner, message[:], buf[:0])
	mac = g.algorithm.resume(states.outer, mac, buf[:0])
	offset := mac[len(mac)-1] & 0xf
	return binary.BigEndian.Uint32(mac[offset:]) & 0x7fffffff
}

// Format prints "[redacted]" for every verb.
func (g *Generator) Format(f fmt.State, _ rune) { fmt.Fprint(f, redacted) }

// MarshalText writes "[redacted]".
func (g *Generator) MarshalText() ([]byte, error) { return []byte(redacted), nil }

func (a Algorithm) hash() hash.Hash {
	switch a {
	case SHA256:
		return sha256.New()
	case SHA512:
		return sha512.New()
	}
	return sha1.New()
}

// resume appends to dst the hash that continues from state with message. Each
// case names its constructor, although the lines are alike, because only so does
// the compiler know the type and keep the hash on the stack.
func (a Algorithm) resume(state, message, dst []byte) []byte {
	switch a {
	case SHA256:
		h := sha256.New()
		setState(h, state)
		h.Write(message)
		return h.Sum(dst)
	case SHA512:
		h := sha512.New()
		setState(h, state)
		h.Write(message)
		return h.Sum(dst)
	default:
		h := sha1.New()
		setState(h, state)
		h.Write(message)
		return h.Sum(dst)
	}
}

func setState(h hash.Hash, state []byte) {
	if h.(encoding.BinaryUnmarshaler).UnmarshalBinary(state) != nil {
		panic("otp: a hash refused its own state") // padState made it
	}
}

// padState is the state of h after one block of the padded secret xor pad.
func padState(h hash.Hash, block []byte, pad byte) []byte {
	padded := make([]byte, len(block))
	for i, b := range block {
		padded[i] = b ^ pad
	}
	h.Write(padded)
	state, err := h.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		panic("otp: a hash cannot save its state: " + err.Error())
	}
	return state
}
