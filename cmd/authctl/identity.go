package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/plugin"
	"github.com/zalando/go-keyring"
	"golang.org/x/crypto/ssh"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/vault"
	"github.com/authctl/authctl/otp/vault/agent"
)

// pluginUI lets a plugin talk to the person at the terminal.
func (a *app) pluginUI() *plugin.ClientUI {
	return &plugin.ClientUI{
		DisplayMessage: func(name, message string) error {
			_, err := fmt.Fprintf(a.stderr, "authctl: %s: %s\n", name, message)
			return err
		},
		RequestValue: func(name, message string, secret bool) (string, error) {
			return a.prompt(fmt.Sprintf("%s: %s: ", name, message))
		},
		Confirm: func(name, message, yes, no string) (bool, error) {
			answer, err := a.prompt(fmt.Sprintf("%s: %s (%s/%s): ", name, message, yes, no))
			return answer == yes, err
		},
		WaitTimer: func(name string) { fmt.Fprintf(a.stderr, "authctl: waiting for %s\n", name) },
	}
}

// recipients reads age, SSH and plugin recipients.
func (a *app) recipients(texts []string) ([]vault.Recipient, error) {
	var list []vault.Recipient
	for _, text := range texts {
		r, err := a.recipient(strings.TrimSpace(text))
		if err != nil {
			return nil, failf(exitUsage, "recipient %.30q: %w", text, err)
		}
		list = append(list, vault.Recipient{Text: text, Recipient: r})
	}
	return list, nil
}

func (a *app) recipient(text string) (age.Recipient, error) {
	switch {
	case strings.HasPrefix(text, "ssh-"):
		return agessh.ParseRecipient(text)
	case strings.HasPrefix(text, "age1") && strings.Count(text, "1") > 1:
		if r, err := age.ParseX25519Recipient(text); err == nil {
			return r, nil
		}
		return plugin.NewRecipient(text, a.pluginUI())
	case strings.HasPrefix(text, "age1"):
		return age.ParseX25519Recipient(text)
	}
	return nil, errors.New("it is neither age1… nor an SSH public key")
}

// identitiesOf reads a file of age identities, plugin identities among them, or an
// SSH private key.
func (a *app) identitiesOf(path string) ([]age.Identity, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read identity: %w", err)
	}
	if bytes.HasPrefix(data, []byte("-----BEGIN")) {
		return a.sshIdentity(path, data)
	}
	var ids []age.Identity
	lines := bufio.NewScanner(bytes.NewReader(data))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		var id age.Identity
		if strings.HasPrefix(line, "AGE-PLUGIN-") {
			id, err = plugin.NewIdentity(line, a.pluginUI())
		} else {
			id, err = age.ParseX25519Identity(line)
		}
		if err != nil { // age's error may quote the line
			return nil, fmt.Errorf("read identity %s: line %d is no identity of age", path, n)
		}
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		return nil, fmt.Errorf("read identity %s: there is none in it", path)
	}
	return ids, lines.Err()
}

// sshIdentity reads an SSH private key, asking for its passphrase if it has one.
func (a *app) sshIdentity(path string, data []byte) ([]age.Identity, error) {
	id, err := agessh.ParseIdentity(data)
	if err == nil {
		return []age.Identity{id}, nil
	}
	public, readErr := os.ReadFile(path + ".pub")
	if readErr != nil {
		return nil, fmt.Errorf("read identity %s: %w", path, err)
	}
	key, _, _, _, parseErr := ssh.ParseAuthorizedKey(public)
	if parseErr != nil {
		return nil, fmt.Errorf("read identity %s: %w", path, err)
	}
	encrypted, err := agessh.NewEncryptedSSHIdentity(key, data, func() ([]byte, error) {
		text, err := a.prompt(fmt.Sprintf("Passphrase of %s: ", path))
		return []byte(text), err
	})
	if err != nil {
		return nil, fmt.Errorf("read identity %s: %w", path, err)
	}
	return []age.Identity{encrypted}, nil
}

// keyringService is under what name the system's keyring keeps identities.
const keyringService = "authctl"

// A file beside the vault says that its holder chose the keyring, so that others
// do not wait for one.
const keyringMark = ".keyring"

// keyringIdentity is the identity that the keyring holds for the vault at path;
// the error is agent.ErrNotRunning if none was put there.
func keyringIdentity(path string) (otp.Secret, error) {
	if _, err := os.Lstat(path + keyringMark); err != nil {
		return otp.Secret{}, agent.ErrNotRunning
	}
	text, err := keyring.Get(keyringService, path)
	if err != nil {
		return otp.Secret{}, fmt.Errorf("read the keyring: %w", err)
	}
	return otp.NewSecret([]byte(text))
}

func keyringStore(path string, identity otp.Secret) error {
	if err := keyring.Set(keyringService, path, string(identity.Bytes())); err != nil {
		return fmt.Errorf("write the keyring: %w", err)
	}
	return os.WriteFile(path+keyringMark, nil, 0o600)
}

func keyringForget(path string) error {
	if _, err := os.Lstat(path + keyringMark); err != nil {
		return agent.ErrNotRunning
	}
	if err := keyring.Delete(keyringService, path); err != nil && !errors.Is(err, keyring.ErrNotFound) {
		return fmt.Errorf("clear the keyring: %w", err)
	}
	return os.Remove(path + keyringMark)
}
