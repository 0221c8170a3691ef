package queue

import (
	"errors"
	"runtime"
	"sync"
)

// ErrClosed is returned once the batches were closed.
var ErrClosed = errors.New("the store is closed")

const (
	maxBatch = 256 // jobs that share a batch at most
	patience = 64  // turns that a batch waits for jobs that are about to arrive
)

// Batches hands jobs to a function, those that arrive together in one call: a disk
// that is synced, or a server that is asked, once for many costs little more than
// for one.
type Batches[T any] struct {
	mu     sync.RWMutex // held for reading while a job is handed in
	closed bool
	jobs   chan T
	idle   sync.WaitGroup
}

// NewBatches starts the given number of workers, each of which calls do with one
// batch at a time.
func NewBatches[T any](workers int, do func(batch []T)) *Batches[T] {
	b := &Batches[T]{jobs: make(chan T, maxBatch)}
	for range workers {
		b.idle.Go(func() { b.work(do) })
	}
	return b
}

// Put hands a job in. The function tells its result in a way of its own.
func (b *Batches[T]) Put(job T) error {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if b.closed {
		return ErrClosed
	}
	b.jobs <- job
	return nil
}

// Close waits for the jobs that were handed in. It may be called again.
func (b *Batches[T]) Close() {
	b.mu.Lock()
	if !b.closed {
		b.closed = true
		close(b.jobs)
	}
	b.mu.Unlock()
	b.idle.Wait()
}

func (b *Batches[T]) work(do func([]T)) {
	batch := make([]T, 0, maxBatch)
	for job := range b.jobs {
		batch = b.gather(append(batch[:0], job), len(batch))
		do(batch)
	}
}

// gather adds to the batch what is there. Those who waited for the last batch come
// back at about the same time, so it gives them a moment before it settles for
// less than last time; a lone job never waits.
func (b *Batches[T]) gather(batch []T, last int) []T {
	for idle := 0; len(batch) < maxBatch; {
		select {
		case job, ok := <-b.jobs:
			if !ok {
				return batch
			}
			batch = append(batch, job)
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
