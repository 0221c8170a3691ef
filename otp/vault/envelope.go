package vault

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"filippo.io/age"
)

// stanzaType marks the stanzas of the age header that carry the vault's identity.
// Its arguments are what opens it ("passphrase" or "recipients") and a checksum;
// its body is an age file whose content is an age identity file. The age tool
// ignores stanzas that it does not know.
const stanzaType = "github.com/authctl/identity"

// checksum tells a damaged stanza from a wrong passphrase. It covers ciphertext,
// which it says nothing about.
func checksum(by string, body []byte) string {
	sum := sha256.Sum256(slices.Concat([]byte(by+" "), body))
	return base64.RawStdEncoding.EncodeToString(sum[:12])
}

// carried are stanzas that go into a header as they are.
type carried []*age.Stanza

func (c carried) Wrap([]byte) ([]*age.Stanza, error) { return c, nil }

// seal is the vault file with this content.
func seal(plain []byte, id *age.X25519Identity, wraps []*age.Stanza) ([]byte, error) {
	var b bytes.Buffer
	w, err := age.Encrypt(&b, carried(wraps), id.Recipient())
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	if _, err := w.Write(plain); err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	return b.Bytes(), nil
}

// sealed is a vault file with what is in it.
type sealed struct {
	file     []byte // as it is on the disk
	plain    []byte
	content  content
	identity *age.X25519Identity
	wraps    []*age.Stanza
}

func readSealed(path string, identities []age.Identity) (sealed, error) {
	file, err := readFile(path)
	if err != nil {
		return sealed{}, err
	}
	return unseal(file, identities)
}

func unseal(file []byte, identities []age.Identity) (sealed, error) {
	if !bytes.HasPrefix(file, []byte("age-encryption.org/v1\n")) {
		return sealed{}, fmt.Errorf("it does not begin as an age file does: %w", ErrDamaged)
	}
	o := opener{identities: identities}
	r, err := age.Decrypt(bytes.NewReader(file), &o)
	switch {
	case o.err != nil:
		return sealed{}, o.err
	case err != nil: // the header does not parse or its MAC is wrong
		return sealed{}, fmt.Errorf("read the header: %w", ErrDamaged)
	}
	plain, err := readAll(r, int64(len(file)))
	if err != nil {
		return sealed{}, fmt.Errorf("decrypt the content: %w", ErrDamaged)
	}
	c, err := decodeContent(plain)
	if err != nil {
		return sealed{}, err
	}
	return sealed{file, plain, c, o.identity, o.wraps}, nil
}

// opener is an age identity that first opens the stanza with the vault's identity
// and then the file with that. It remembers what it found.
type opener struct {
	identities []age.Identity
	identity   *age.X25519Identity // the vault's
	wraps      []*age.Stanza
	err        error // why Unwrap failed
}

func (o *opener) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	fileKey, err := o.unwrap(stanzas)
	o.err = err
	return fileKey, err
}

func (o *opener) unwrap(stanzas []*age.Stanza) ([]byte, error) {
	for _, s := range stanzas {
		if s.Type == stanzaType {
			o.wraps = append(o.wraps, s)
		}
	}
	if len(o.wraps) == 0 {
		return nil, fmt.Errorf("it is an age file, but carries no vault's identity: %w", ErrDamaged)
	}
	for _, s := range o.wraps {
		if len(s.Args) != 2 || s.Args[1] != checksum(s.Args[0], s.Body) {
			return nil, fmt.Errorf("read the header: %w", ErrDamaged)
		}
	}
	for _, id := range o.identities {
		x, ok := id.(*age.X25519Identity)
		if !ok {
			continue
		}
		if fileKey, err := x.Unwrap(stanzas); err == nil {
			o.identity = x
			return fileKey, nil
		}
	}
	id, err := o.openWraps()
	if err != nil {
		return nil, err
	}
	fileKey, err := id.Unwrap(stanzas)
	if err != nil { // the header's MAC has not been checked yet
		return nil, fmt.Errorf("read the header: %w", ErrDamaged)
	}
	o.identity = id
	return fileKey, nil
}

// openWraps gets the vault's identity with one of the identities given.
func (o *opener) openWraps() (*age.X25519Identity, error) {
	if len(o.identities) == 0 {
		return nil, fmt.Errorf("no identity is given: %w", ErrIdentity)
	}
	for _, s := range o.wraps {
		r, err := age.Decrypt(bytes.NewReader(s.Body), o.identities...)
		var mismatch *age.NoIdentityMatchError
		if errors.As(err, &mismatch) {
			continue
		}
		if err != nil { // a plugin that is missing, a work factor that is too large
			return nil, fmt.Errorf("open the vault's identity: %w", err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			return nil, fmt.Errorf("open the vault's identity: %w", ErrDamaged)
		}
		id, err := age.ParseX25519Identity(strings.TrimSpace(string(text)))
		if err != nil {
			return nil, fmt.Errorf("the vault's identity is not an X25519 identity of age: %w", ErrDamaged)
		}
		return id, nil
	}
	return nil, ErrIdentity
}
