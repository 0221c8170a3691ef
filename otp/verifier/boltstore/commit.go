package boltstore

import (
	"fmt"
	"runtime"

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
	s.mu.RLock()
	if s.closed {
		s.mu.RUnlock()
		return fmt.Errorf("write %q to %s: %w", id, s.path, ErrClosed)
	}
	s.writes <- w
	s.mu.RUnlock()
	if err := <-w.result; err != nil {
		return fmt.Errorf("write %q to %s: %w", id, s.path, err)
	}
	return nil
}

const (
	maxBatch = 256 // writes that share a transaction at most
	patience = 64  // turns that a batch waits for writers that are about to arrive
)

// commit writes what has arrived since it last looked in one transaction, and
// then tells all who wait for it.
func (s *Store) commit() {
	defer close(s.done)
	batch := make([]*write, 0, maxBatch)
	var failed error
	for w := range s.writes {
		batch = s.gather(append(batch[:0], w), len(batch))
		err := failed
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
				failed = fmt.Errorf("an earlier write failed (%w): open the store anew", err)
				err = fmt.Errorf("%w: %w", verifier.ErrUnknownOutcome, err)
			}
		}
		for _, w := range batch {
			w.result <- err
		}
	}
}

// gather adds to the batch what is there. Those who waited for the last batch come
// back at about the same time, so it gives them a moment before it settles for
// less than last time; a lone writer never waits.
func (s *Store) gather(batch []*write, last int) []*write {
	for idle := 0; len(batch) < maxBatch; {
		select {
		case w, ok := <-s.writes:
			if !ok {
				return batch
			}
			batch = append(batch, w)
			idle = 0
		default:
			if idle++; idle > patience || len(batch) >= last {
				return batch
			}
			runtime.Gosched()
		}
	}
	return batch
}
