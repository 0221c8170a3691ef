// Package boltstore keeps accounts in one file with go.etcd.io/bbolt: the store
// for a login side that runs as one process. Every Update is on the disk when it
// returns.
//
// The file belongs to one process at a time; a second Open fails within a second.
// bbolt alone syncs the disk once for each transaction. This store lets the
// updates of different accounts that arrive together share a transaction, so that
// 64 of them at once cost little more than one.
package boltstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/authctl/authctl/otp/verifier"
	"github.com/authctl/authctl/otp/verifier/internal/queue"
)

var bucket = []byte("accounts")

// ErrClosed is returned by a store that was closed.
var ErrClosed = queue.ErrClosed

// Store implements [verifier.Store]. It is safe for concurrent use.
type Store struct {
	db     *bolt.DB
	path   string
	ids    queue.Turns
	writes *queue.Batches[*write]
	failed error // why an earlier write failed; only commit has it
}

// Open opens the file at path and makes it if it is not there, with mode 0600. It
// refuses a symbolic link, whose target another user may choose, and a file that
// group or others can read or write. If another process has the file, the error
// comes within a second and names it.
func Open(path string) (*Store, error) {
	if err := checkFile(path); err != nil {
		return nil, fmt.Errorf("open account store: %w", err)
	}
	db, err := bolt.Open(path, 0o600, &bolt.Options{
		Timeout: 900 * time.Millisecond, NoFreelistSync: true, FreelistType: bolt.FreelistMapType, OpenFile: openFile,
	})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("open account store: another process has %s open", path)
	}
	if err != nil {
		return nil, fmt.Errorf("open account store %s: %w", path, err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(bucket)
		return err
	})
	if err == nil { // the name of a new file must survive a crash too
		err = syncFolder(filepath.Dir(path))
	}
	if err != nil {
		db.Close()
		return nil, fmt.Errorf("open account store %s: %w", path, err)
	}
	s := &Store{db: db, path: path}
	s.writes = queue.NewBatches(1, s.commit)
	return s, nil
}

// Close waits for updates that are under way and closes the file.
func (s *Store) Close() error {
	s.writes.Close()
	return s.db.Close()
}

// Load implements [verifier.Store].
func (s *Store) Load(ctx context.Context, id string) (verifier.State, error) {
	if err := ctx.Err(); err != nil {
		return verifier.State{}, err
	}
	state, _, err := s.read(id)
	return state, err
}

// read is the state of id and its encoding, nil if it was never written.
func (s *Store) read(id string) (state verifier.State, encoded []byte, err error) {
	if id == "" || len(id) > bolt.MaxKeySize {
		return state, nil, fmt.Errorf("account id has %d bytes, not 1 to %d", len(id), bolt.MaxKeySize)
	}
	err = s.db.View(func(tx *bolt.Tx) error {
		encoded = bytes.Clone(tx.Bucket(bucket).Get([]byte(id)))
		return nil
	})
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		err = ErrClosed
	}
	if err == nil && encoded != nil {
		err = state.UnmarshalBinary(encoded)
	}
	if err != nil {
		return verifier.State{}, nil, fmt.Errorf("read %q from %s: %w", id, s.path, err)
	}
	return state, encoded, nil
}

// Update implements [verifier.Store]. Updates of one account wait for each other;
// fn runs once, outside of any transaction. Once fn has run, the end of ctx does
// not stop the write, which takes milliseconds: its outcome is always known unless
// the disk fails.
func (s *Store) Update(ctx context.Context, id string, fn func(*verifier.State) error) error {
	done, err := s.ids.Take(ctx, id)
	if err != nil {
		return err
	}
	defer done()
	state, old, err := s.read(id)
	if err != nil {
		return err
	}
	if err := fn(&state); err != nil {
		return err
	}
	if old == nil && state.IsZero() {
		return nil
	}
	encoded, err := state.MarshalBinary()
	if err != nil {
		return fmt.Errorf("write %q to %s: %w", id, s.path, err)
	}
	if bytes.Equal(encoded, old) {
		return nil
	}
	return s.put([]byte(id), encoded)
}

// IDs implements [verifier.Store].
func (s *Store) IDs(ctx context.Context, after string, n int) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var ids []string
	err := s.db.View(func(tx *bolt.Tx) error {
		c := tx.Bucket(bucket).Cursor()
		k, _ := c.Seek([]byte(after))
		if k != nil && string(k) == after {
			k, _ = c.Next()
		}
		for ; k != nil && len(ids) < n; k, _ = c.Next() {
			ids = append(ids, string(k))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list accounts of %s: %w", s.path, err)
	}
	return ids, nil
}

// checkFile refuses a file that others could have put there or can read.
func checkFile(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode()&os.ModeSymlink != 0:
		return fmt.Errorf("%s is a symbolic link: give the path of the file itself", path)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a regular file", path)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("%s has mode %04o and others can get at it: chmod 600 %s", path, info.Mode().Perm(), path)
	}
	return nil
}
