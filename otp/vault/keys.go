package vault

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"

	"github.com/authctl/authctl/otp"
)

// DefaultWorkFactor is the scrypt work factor (log2 of N; r is 8, p is 1) of new
// passphrases: 64 MiB and about 0.3 s in a process that has just begun. Age's own
// 18 costs 1.3 s. See doc/vault.md.
const DefaultWorkFactor = 16

// A work factor below minWorkFactor protects too little; maxWorkFactor bounds what
// opening a file can cost: 1 GiB.
const (
	minWorkFactor = 14
	maxWorkFactor = 20
)

// Keys say who can open a vault. One of Passphrase and Recipients must be given.
type Keys struct {
	Passphrase otp.Secret  // empty: none
	WorkFactor int         // scrypt, log2 of N, 14 to 20; 0: DefaultWorkFactor
	Recipients []Recipient // also open it: age, SSH or plugin recipients
}

// Recipient is an age recipient and its text, which [Vault.Recipients] returns.
type Recipient struct {
	Text string
	age.Recipient
}

// Passphrase is the identity behind a passphrase, for [Open].
func Passphrase(text otp.Secret) (age.Identity, error) {
	id, err := age.NewScryptIdentity(string(text.Bytes()))
	if err != nil {
		return nil, fmt.Errorf("the passphrase is empty: %w", ErrIdentity)
	}
	id.SetMaxWorkFactor(maxWorkFactor)
	return id, nil
}

// ParseIdentity reads what [Vault.Identity] returned.
func ParseIdentity(text otp.Secret) (age.Identity, error) {
	id, err := age.ParseX25519Identity(strings.TrimSpace(string(text.Bytes())))
	if err != nil { // its text could quote the identity
		return nil, fmt.Errorf("read identity: it is not an X25519 identity of age")
	}
	return id, nil
}

// CheckWorkFactor refuses a WorkFactor that is out of range.
func (k Keys) CheckWorkFactor() error {
	if k.WorkFactor != 0 && (k.WorkFactor < minWorkFactor || k.WorkFactor > maxWorkFactor) {
		return fmt.Errorf("the work factor is %d, not %d to %d", k.WorkFactor, minWorkFactor, maxWorkFactor)
	}
	return nil
}

func (k Keys) texts() []string {
	var texts []string
	for _, r := range k.Recipients {
		texts = append(texts, r.Text)
	}
	return texts
}

// wrap makes an identity and the stanzas from which k gets it back.
func (k Keys) wrap() (*age.X25519Identity, []*age.Stanza, error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, nil, fmt.Errorf("make an identity: %w", err)
	}
	var wraps []*age.Stanza
	if k.Passphrase.Len() > 0 {
		r, err := age.NewScryptRecipient(string(k.Passphrase.Bytes()))
		if err != nil {
			return nil, nil, err
		}
		if err := k.CheckWorkFactor(); err != nil {
			return nil, nil, err
		}
		r.SetWorkFactor(cmp.Or(k.WorkFactor, DefaultWorkFactor))
		s, err := wrapIdentity(id, "passphrase", r)
		if err != nil {
			return nil, nil, err
		}
		wraps = append(wraps, s)
	}
	if len(k.Recipients) > 0 {
		var recipients []age.Recipient
		for _, r := range k.Recipients {
			recipients = append(recipients, r.Recipient)
		}
		s, err := wrapIdentity(id, "recipients", recipients...)
		if err != nil {
			return nil, nil, err
		}
		wraps = append(wraps, s)
	}
	if len(wraps) == 0 {
		return nil, nil, errors.New("neither a passphrase nor a recipient is given")
	}
	return id, wraps, nil
}

func wrapIdentity(id *age.X25519Identity, by string, to ...age.Recipient) (*age.Stanza, error) {
	var b bytes.Buffer
	w, err := age.Encrypt(&b, to...)
	if err != nil {
		return nil, fmt.Errorf("encrypt the identity: %w", err)
	}
	text := id.String() + "\n"
	const tag = 16 // what the one chunk of the content adds (age-encryption.org/v1, "Payload")
	for (b.Len()+len(text)+tag)%3 != 0 {
		text += "\n" // so that the stanza's base64 needs no padding and base64 -d takes it
	}
	if _, err := io.WriteString(w, text); err != nil {
		return nil, fmt.Errorf("encrypt the identity: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("encrypt the identity: %w", err)
	}
	return &age.Stanza{Type: stanzaType, Args: []string{by, checksum(by, b.Bytes())}, Body: b.Bytes()}, nil
}
