package vault

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"sync"
	"time"

	"filippo.io/age"

	"github.com/authctl/authctl/otp"
)

// What a caller may want to tell apart. Every error also says which file it is
// about. A missing vault is [fs.ErrNotExist], one in the way of [Create]
// [fs.ErrExist], a folder that may not be written [fs.ErrPermission] or the
// system's error for a read-only file system, a full disk the system's ENOSPC.
var (
	ErrIdentity = errors.New("wrong passphrase or key")
	ErrDamaged  = errors.New("the file is damaged")
	ErrNewer    = errors.New("the file was written by a newer version of authctl")
	ErrSymlink  = errors.New("the path is a symbolic link, which a save would replace: name the file that it points to")
)

// Options are the choices of [Create] and [Open]. The zero value is right.
type Options struct {
	Now  func() time.Time // nil: time.Now
	Rand io.Reader        // for the ids of accounts; nil: crypto/rand
}

// Vault is an open vault. It is safe for concurrent use, and it prints as its
// path. It holds what the file held when it was opened or last updated through
// this Vault; other processes may have written since, see [Vault.Update].
type Vault struct {
	path    string
	options Options
	hook    func(step string) // tests stop a write here; nil elsewhere

	mu   sync.Mutex // guards what follows
	last sealed     // the file as it was last read or written
}

// Create makes an empty vault that k opens, and the folder it is in. It replaces
// nothing: a file that is there already is [fs.ErrExist].
func Create(ctx context.Context, path string, k Keys, o Options) (*Vault, error) {
	v := newVault(path, o)
	if err := makeFolder(filepath.Dir(v.path)); err != nil {
		return nil, fmt.Errorf("create vault %s: %w", v.path, err)
	}
	unlock, err := lockFile(ctx, v.path)
	if err != nil {
		return nil, fmt.Errorf("create vault %s: %w", v.path, err)
	}
	defer unlock()
	if err := v.create(k); err != nil {
		return nil, fmt.Errorf("create vault %s: %w", v.path, err)
	}
	return v, nil
}

func (v *Vault) create(k Keys) error {
	if err := checkAbsent(v.path); err != nil {
		return err
	}
	identity, wraps, err := k.wrap()
	if err != nil {
		return err
	}
	return v.save(sealed{
		content: content{created: v.now(), recipients: k.texts()}, identity: identity, wraps: wraps,
	})
}

// Open reads the vault with the first of the identities that opens it: what
// [Passphrase] or [ParseIdentity] gave, an SSH key or a plugin's.
func Open(ctx context.Context, path string, o Options, identities ...age.Identity) (*Vault, error) {
	v := newVault(path, o)
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("open vault %s: %w", v.path, err)
	}
	f, err := readSealed(v.path, identities)
	if err != nil {
		return nil, fmt.Errorf("open vault %s: %w", v.path, err)
	}
	v.last = f
	return v, nil
}

func newVault(path string, o Options) *Vault {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	return &Vault{path: filepath.Clean(path), options: o}
}

// Path is the file of the vault.
func (v *Vault) Path() string { return v.path }

// Identity is the identity that opens the vault without its passphrase, in age's
// text form, for a keyring or an agent; [ParseIdentity] reads it. [Vault.Rekey]
// makes it void.
func (v *Vault) Identity() otp.Secret {
	v.mu.Lock()
	defer v.mu.Unlock()
	s, _ := otp.NewSecret([]byte(v.last.identity.String())) // never empty, never long
	return s
}

// Recipients are the age recipients, as they were written, that can open the
// vault beside its passphrase.
func (v *Vault) Recipients() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]string(nil), v.last.content.recipients...)
}

// BackedUp is when [Vault.Backup] last succeeded; zero: never.
func (v *Vault) BackedUp() time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.last.content.backedUp
}

// Accounts are all accounts, also archived and trashed ones, in the order in
// which they came. The caller may change them; only [Tx.Put] keeps changes.
func (v *Vault) Accounts() []Account {
	v.mu.Lock()
	defer v.mu.Unlock()
	return cloneAccounts(v.last.content.accounts)
}

// Update runs fn on what the file holds now and keeps all that fn did, durably,
// or nothing: if fn or the save fails the file stays as it was. Updates by any
// process wait for each other. When fn changes nothing, nothing is written. fn
// must not call methods of v that write.
func (v *Vault) Update(ctx context.Context, fn func(*Tx) error) error {
	unlock, err := lockFile(ctx, v.path)
	if err != nil {
		return fmt.Errorf("save vault %s: %w", v.path, err)
	}
	defer unlock()
	f, err := v.reread()
	if err != nil {
		return err
	}
	tx := &Tx{content: f.content.clone(), now: v.now(), rand: v.options.Rand}
	if err := fn(tx); err != nil {
		return err
	}
	f.content = tx.content
	if err := v.save(f); err != nil {
		return fmt.Errorf("save vault %s: %w", v.path, err)
	}
	return nil
}

// reread reads the file as it is now with the identity from when it was opened.
func (v *Vault) reread() (sealed, error) {
	v.mu.Lock()
	last := v.last
	v.mu.Unlock()
	file, err := readFile(v.path)
	if err != nil {
		return sealed{}, fmt.Errorf("read vault %s: %w", v.path, err)
	}
	if bytes.Equal(file, last.file) { // nobody else wrote: no need to decrypt it again
		return last, nil
	}
	f, err := unseal(file, []age.Identity{last.identity})
	if errors.Is(err, ErrIdentity) {
		return sealed{}, fmt.Errorf("read vault %s: its passphrase was changed since it was opened: %w", v.path, err)
	}
	if err != nil {
		return sealed{}, fmt.Errorf("read vault %s: %w", v.path, err)
	}
	return f, nil
}

// save makes f.content, sealed for f.identity and with f.wraps, the file, unless
// it is what f.plain has already.
func (v *Vault) save(f sealed) error {
	plain, err := f.content.encode()
	if err != nil {
		return err
	}
	if !bytes.Equal(plain, f.plain) {
		f.plain = plain
		if f.file, err = seal(plain, f.identity, f.wraps); err != nil {
			return err
		}
		if err := replaceFile(v.path, f.file, v.hook); err != nil {
			return err
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.last = f
	return nil
}

func (v *Vault) now() time.Time { return v.options.Now().UTC().Truncate(time.Second) }

// Format prints the path for every verb.
func (v *Vault) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "vault %s", v.path) }

// notExist says of an account that it is not there.
func notExist(id string) error {
	return fmt.Errorf("no account has the id %.20q: %w", id, fs.ErrNotExist)
}
