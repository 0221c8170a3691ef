package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/vault"
	"github.com/authctl/authctl/otp/vault/agent"
)

// vaultFlags say which vault, and what opens it.
type vaultFlags struct{ vault, passphraseFile, identityFile string }

func (f *vaultFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.vault, "vault", "", "the vault's `file` (else $AUTHCTL_VAULT, else the one in the data folder)")
	cmd.Flags().StringVar(&f.passphraseFile, "passphrase-file", "", "read the passphrase of the vault, or of an encrypted file, from this `file`")
	cmd.Flags().StringVar(&f.identityFile, "identity", "", "open the vault with the age, SSH or plugin identity in this `file`")
}

// vaultPath is the vault's file by flag, environment or the XDG base directories.
func (a *app) vaultPath(f vaultFlags) (string, error) {
	path := f.vault
	if path == "" {
		path = a.getenv("AUTHCTL_VAULT")
	}
	if path == "" {
		dir, err := a.dataFolder()
		if err != nil {
			return "", withHint(err, "--vault FILE names the vault")
		}
		path = filepath.Join(dir, "authctl", "vault.age")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("find the vault: %w", err)
	}
	return path, nil
}

// dataFolder is where programs keep a user's data.
func (a *app) dataFolder() (string, error) {
	if dir := a.getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return dir, nil
	}
	if dir := a.getenv("LocalAppData"); runtime.GOOS == "windows" && dir != "" {
		return dir, nil
	}
	home := a.getenv("HOME")
	if home == "" {
		return "", failf(exitFailure, "find the vault: there is no home folder")
	}
	return filepath.Join(home, ".local", "share"), nil
}

// openVault opens the vault with what the flags name, else with an agent or the
// keyring, else with the passphrase from the terminal.
func (a *app) openVault(ctx context.Context, f vaultFlags) (*vault.Vault, error) {
	path, err := a.vaultPath(f)
	if err != nil {
		return nil, err
	}
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) { // before anybody is asked for a passphrase
		return nil, withHint(failf(exitNotFound, "there is no vault at %s", path), "authctl init makes one")
	}
	if f.passphraseFile == "" && f.identityFile == "" {
		v, err := a.openUnlocked(ctx, path)
		if v != nil || err != nil {
			return v, openError(path, err)
		}
		if _, err := vault.Open(ctx, path, a.vaultOptions()); !errors.Is(err, vault.ErrIdentity) { // nor for a file that nothing opens
			return nil, openError(path, err)
		}
	}
	ids, err := a.identities(f, fmt.Sprintf("Passphrase of %s: ", path))
	if err != nil {
		return nil, err
	}
	v, err := vault.Open(ctx, path, a.vaultOptions(), ids...)
	if errors.Is(err, vault.ErrIdentity) {
		return nil, withHint(err, "%s", f.wrongHint())
	}
	return v, openError(path, err)
}

// openError adds to an error of opening the vault at path the next thing to do.
func openError(path string, err error) error {
	switch {
	case errors.Is(err, vault.ErrSymlink):
		if target, e := filepath.EvalSymlinks(path); e == nil {
			return withHint(err, "--vault %s", target)
		}
	case errors.Is(err, vault.ErrDamaged):
		if previous := path + ".bak"; exists(previous) {
			return withHint(err, "the version before it is kept: --vault %s", previous)
		}
	}
	return vaultError(err)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// wrongHint says what to look at where the vault does not open.
func (f *vaultFlags) wrongHint() string {
	switch {
	case f.identityFile != "":
		return "the vault opens with the identities of its recipients, and with its passphrase if it has one"
	case f.passphraseFile != "":
		return "the passphrase is the first line of the file; an older copy opens with the passphrase of then"
	}
	return "try again: is Caps Lock on, or another keyboard layout? An older copy opens with the passphrase of then"
}

// openUnlocked opens the vault with the identity that an agent or the keyring
// holds; nil if neither has one that fits.
func (a *app) openUnlocked(ctx context.Context, path string) (*vault.Vault, error) {
	for _, holder := range []func() (otp.Secret, error){
		func() (otp.Secret, error) {
			held, err := agent.Get(ctx, a.agentSocket(path))
			return held.Identity, err
		},
		func() (otp.Secret, error) { return keyringIdentity(path) },
	} {
		text, err := holder()
		if errors.Is(err, agent.ErrNotRunning) {
			continue
		}
		if err != nil {
			a.warn("%v", err)
			continue
		}
		id, err := vault.ParseIdentity(text)
		if err != nil {
			return nil, err
		}
		v, err := vault.Open(ctx, path, a.vaultOptions(), id)
		if errors.Is(err, vault.ErrIdentity) { // the passphrase was changed since
			continue
		}
		return v, err
	}
	return nil, nil
}

func (a *app) vaultOptions() vault.Options { return vault.Options{Now: a.now} }

// agentSocket is where the agent of the vault at path listens.
func (a *app) agentSocket(path string) string {
	dir := a.getenv("XDG_RUNTIME_DIR")
	name := "authctl"
	if dir == "" {
		dir, name = os.TempDir(), fmt.Sprintf("authctl-%d", os.Getuid())
	}
	sum := sha256.Sum256([]byte(path))
	return filepath.Join(dir, name, hex.EncodeToString(sum[:8])+".sock")
}

// vaultError adds the next thing to do to an error of package vault.
func vaultError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, vault.ErrDamaged):
		return withHint(err, "a backup of it opens with --vault FILE")
	case errors.Is(err, vault.ErrNewer):
		return withHint(err, "update authctl")
	}
	return err
}
