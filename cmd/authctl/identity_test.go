package main

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/zalando/go-keyring"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/vault/agent"
)

// The keyring is asked only for a vault whose holder put the identity there.
func TestKeyringHoldsOnlyWhatWasPutThere(t *testing.T) {
	keyring.MockInit()
	path := filepath.Join(t.TempDir(), "vault.age")
	identity, err := otp.NewSecret([]byte("AGE-SECRET-KEY-1EXAMPLE"))
	if err != nil {
		t.Fatal(err)
	}
	if err := keyring.Set(keyringService, path, "left by somebody else"); err != nil {
		t.Fatal(err)
	}
	if _, err := keyringIdentity(path); !errors.Is(err, agent.ErrNotRunning) {
		t.Errorf("a keyring that was not chosen is read: %v", err)
	}
	if err := keyringStore(path, identity); err != nil {
		t.Fatal(err)
	}
	if got, err := keyringIdentity(path); err != nil || !got.Equal(identity) {
		t.Errorf("what was stored does not come back: %v", err)
	}
	if _, err := keyringIdentity(path + "2"); !errors.Is(err, agent.ErrNotRunning) {
		t.Errorf("another vault's identity is given: %v", err)
	}
	if err := keyringForget(path); err != nil {
		t.Fatal(err)
	}
	if _, err := keyring.Get(keyringService, path); !errors.Is(err, keyring.ErrNotFound) {
		t.Errorf("the keyring still holds the identity: %v", err)
	}
	if err := keyringForget(path); !errors.Is(err, agent.ErrNotRunning) {
		t.Errorf("forgetting twice: %v", err)
	}
	keyring.MockInitWithError(errors.New("no keyring here"))
	if err := keyringStore(path, identity); err == nil {
		t.Error("a keyring that refuses was said to hold the identity")
	}
	if _, err := keyringIdentity(path); !errors.Is(err, agent.ErrNotRunning) {
		t.Errorf("after a store that failed: %v", err)
	}
}
