package vault

import (
	"context"
	"fmt"

	"filippo.io/age"
)

// Rekey lets k, and nothing else, open the vault: a new passphrase, other
// recipients. The vault gets a new identity, so that neither the old passphrase
// with an old copy of the file nor an identity in a keyring opens what is written
// from now on; the version kept as .bak is replaced by one that k opens. Copies
// elsewhere still open as before.
func (v *Vault) Rekey(ctx context.Context, k Keys) error {
	identity, wraps, err := k.wrap() // slow: before the lock
	if err != nil {
		return fmt.Errorf("change the keys of vault %s: %w", v.path, err)
	}
	unlock, err := lockFile(ctx, v.path)
	if err != nil {
		return fmt.Errorf("change the keys of vault %s: %w", v.path, err)
	}
	defer unlock()
	f, err := v.reread()
	if err != nil {
		return err
	}
	before := f.plain
	f.content.recipients = k.texts()
	f.plain, f.identity, f.wraps = nil, identity, wraps
	if err := v.save(f); err != nil {
		return fmt.Errorf("change the keys of vault %s: %w", v.path, err)
	}
	if err := v.replacePrevious(before, identity, wraps); err != nil {
		return fmt.Errorf("the keys of vault %s are changed, but %s still opens with the old ones: %w",
			v.path, v.path+previousSuffix, err)
	}
	return nil
}

// replacePrevious writes the version before, sealed anew, in place of .bak.
func (v *Vault) replacePrevious(plain []byte, identity *age.X25519Identity, wraps []*age.Stanza) error {
	file, err := seal(plain, identity, wraps)
	if err != nil {
		return err
	}
	return writeWhole(v.path+previousSuffix, file)
}
