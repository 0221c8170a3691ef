package verifier

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/authctl/authctl/otp"
)

// ErrSealed means that a sealed secret does not open: it belongs to another
// account, enrolment or parameters, it was changed, or its master key is not in
// the ring. Access is denied, and it is not counted as a failure of the person.
var ErrSealed = errors.New("sealed secret does not open")

// MasterKey is a key of the ring: 32 random bytes from a secret manager. Versions
// are given by whoever makes the keys, from 1 upwards.
type MasterKey struct {
	Version uint32
	Secret  otp.Secret
}

// Keyring seals secrets with AES-256-GCM under its newest master key and opens
// them under any. To rotate, add a key with a higher version, run
// [Verifier.Reseal], then drop the old key.
//
// Nonces are random: a master key is good for some 2^32 seals (NIST SP 800-38D
// §8.3), one for each enrolment and each set of recovery codes.
type Keyring struct {
	newest uint32
	aeads  map[uint32]cipher.AEAD
}

// Sealed is an encrypted secret and the version of the master key that opens it.
type Sealed struct {
	Version uint32 `json:"k,omitempty"`
	Box     string `json:"box,omitempty"` // base64 of nonce and ciphertext
}

// NewKeyring makes a ring of one or more master keys. The highest version seals.
func NewKeyring(keys ...MasterKey) (*Keyring, error) {
	if len(keys) == 0 {
		return nil, fmt.Errorf("make key ring: it has no key")
	}
	r := &Keyring{aeads: map[uint32]cipher.AEAD{}}
	for _, k := range keys {
		if k.Version == 0 || r.aeads[k.Version] != nil {
			return nil, fmt.Errorf("make key ring: version %d is 0 or stands twice", k.Version)
		}
		if k.Secret.Len() != 32 {
			return nil, fmt.Errorf("make key ring: key %d has %d bytes, not 32", k.Version, k.Secret.Len())
		}
		// A derived key leaves the master key free for other uses of its owner.
		key, err := hkdf.Key(sha256.New, k.Secret.Bytes(), nil, "authctl verifier seal v1", 32)
		if err != nil {
			return nil, fmt.Errorf("make key ring: %w", err)
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, fmt.Errorf("make key ring: %w", err)
		}
		if r.aeads[k.Version], err = cipher.NewGCM(block); err != nil {
			return nil, fmt.Errorf("make key ring: %w", err)
		}
		r.newest = max(r.newest, k.Version)
	}
	return r, nil
}

// Format prints "[redacted]" for every verb.
func (r *Keyring) Format(f fmt.State, _ rune) { fmt.Fprint(f, redacted) }

func (r *Keyring) seal(random io.Reader, plain []byte, about label) (Sealed, error) {
	aead := r.aeads[r.newest]
	box := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	if _, err := io.ReadFull(random, box); err != nil {
		return Sealed{}, fmt.Errorf("seal secret: read random bytes: %w", err)
	}
	box = aead.Seal(box, box, plain, about.bytes(r.newest))
	return Sealed{r.newest, base64.RawStdEncoding.EncodeToString(box)}, nil
}

func (r *Keyring) open(s Sealed, about label) ([]byte, error) {
	aead := r.aeads[s.Version]
	if aead == nil {
		return nil, fmt.Errorf("%w: master key %d is not in the ring", ErrSealed, s.Version)
	}
	box, err := base64.RawStdEncoding.DecodeString(s.Box)
	if err != nil || len(box) < aead.NonceSize() {
		return nil, fmt.Errorf("%w: it is damaged", ErrSealed)
	}
	nonce, ciphertext := box[:aead.NonceSize()], box[aead.NonceSize():]
	plain, err := aead.Open(nil, nonce, ciphertext, about.bytes(s.Version))
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

// label is what a sealed secret belongs to. It is authenticated with the secret,
// so that a secret put into another row, or under other parameters, does not open.
type label struct {
	id     string
	use    string   // "key", or "recovery" and its salt
	number uint64   // of the enrolment
	form   [5]int64 // type, algorithm, digits, period, T0
}

// labelOf is the label of a key's secret.
func labelOf(id string, e *Enrolled) label {
	return label{id, "key", e.Enrolment,
		[5]int64{int64(e.Type), int64(e.Algorithm), int64(e.Digits), int64(e.Period), e.T0}}
}

// bytes has a length before each text, so that no two labels have the same bytes.
func (l label) bytes(version uint32) []byte {
	b := make([]byte, 0, 96+len(l.id)+len(l.use))
	b = binary.BigEndian.AppendUint32(b, version)
	for _, text := range []string{l.id, l.use} {
		b = binary.BigEndian.AppendUint64(b, uint64(len(text)))
		b = append(b, text...)
	}
	b = binary.BigEndian.AppendUint64(b, l.number)
	for _, n := range l.form {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	return b
}
