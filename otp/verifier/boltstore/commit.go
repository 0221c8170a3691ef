package boltstore

import (
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"github.com/authctl/authctl/otp/verifier"
)

// write is one account's new state on its way to the disk.
type write struct {
	id, state []byte
	result    chan error
}

// put hands a write in and waits until it is on the disk.
func (s *Store) put(id, state []byte) error {
	w := &write{id, state, make(chan error, 1)}
	err := s.writes.Put(context.Background(), w) // it takes milliseconds
	if err == nil {
		err = <-w.result
	}
	if err != nil {
		return fmt.Errorf("write %q to %s: %w", id, s.path, err)
	}
	return nil
}

// commit writes a batch in one transaction, and then tells all who wait for it.
func (s *Store) commit(batch []*write) {
	err := s.failed
	if err == nil {
		err = s.db.Update(func(tx *bolt.Tx) error {
			b := tx.Bucket(bucket)
			for _, w := range batch {
				if err := b.Put(w.id, w.state); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			// What reached the disk is not known, and after a failed sync what the
			// kernel shows may not be on it (so every later write fails too).
			s.failed = fmt.Errorf("an earlier write failed (%w): open the store anew", err)
			err = fmt.Errorf("%w: %w", verifier.ErrUnknownOutcome, err)
		}
	}
	for _, w := range batch {
		w.result <- err
	}
}
