package queue

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// ErrClosed is returned once the batches were closed.
var ErrClosed = errors.New("the store is closed")

const (
	maxBatch = 256                  // jobs that share a batch at most
	patience = 64                   // turns that a batch waits for jobs that are about to arrive
	longest  = 2 * time.Millisecond // that it waits for batches of those before it
)

// Batches hands jobs to a function, those that arrive together in one call: a disk
// that is synced, or a server that is asked, once for many costs little more than
// for one.
type Batches[T any] struct {
	mu     sync.RWMutex // held for reading while a job is handed in
	closed bool
	jobs   chan T
	idle   sync.WaitGroup
	flying atomic.Int32  // batches that are with the function
	landed chan struct{} // told of one that came back

	before *Batches[T] // whose jobs lead to jobs of these, or nil
	coming func() bool // whether somebody is on that way
}

// NewBatches starts the given number of workers, each of which calls do with one
// batch at a time.
func NewBatches[T any](workers int, do func(batch []T)) *Batches[T] {
	return start(&Batches[T]{}, workers, do)
}

// NewFollowing starts one worker for jobs that follow from those of before, as a
// write follows from a read. Where somebody is on the way from one to the other, as
// coming tells, a batch waits for them, two milliseconds at the longest: those who
// miss it would wait for the next one.
func NewFollowing[T any](before *Batches[T], coming func() bool, do func(batch []T)) *Batches[T] {
	return start(&Batches[T]{before: before, coming: coming}, 1, do)
}

func start[T any](b *Batches[T], workers int, do func([]T)) *Batches[T] {
	b.jobs, b.landed = make(chan T, maxBatch), make(chan struct{}, 1)
	for range workers {
		b.idle.Go(func() { b.work(do) })
	}
	return b
}

// Put hands a job in. The function tells its result in a way of its own. If ctx ends
// while there is no room for the job, it is not handed in.
func (b *Batches[T]) Put(ctx context.Context, job T) error {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if b.closed {
		return ErrClosed
	}
	select {
	case b.jobs <- job:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
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
		b.flying.Add(1)
		do(batch)
		b.flying.Add(-1)
		select {
		case b.landed <- struct{}{}:
		default:
		}
	}
}

// gather adds to the batch what is there, and gives what is about to arrive a
// moment. A lone job never waits.
func (b *Batches[T]) gather(batch []T, last int) []T {
	for idle, waits := 0, 0; len(batch) < maxBatch; {
		select {
		case job, ok := <-b.jobs:
			if !ok {
				return batch
			}
			batch = append(batch, job)
			idle = 0
			continue
		default:
		}
		switch {
		case !b.expects(len(batch), last):
			return batch
		case idle < patience:
			idle++
			runtime.Gosched()
		case waits < 2 && b.before != nil && b.before.land():
			idle, waits = 0, waits+1
		default:
			return batch
		}
	}
	return batch
}

// expects reports whether more jobs are about to arrive. Where nobody can tell, those
// who waited for the last batch come back at about the same time, so there are as
// many.
func (b *Batches[T]) expects(n, last int) bool {
	if b.coming != nil {
		return b.coming()
	}
	return n < last
}

// land waits until no batch is under way. It reports whether there was one, and it
// has come back in time.
func (b *Batches[T]) land() bool {
	if b.flying.Load() == 0 {
		return false
	}
	timer := time.NewTimer(longest / 2)
	defer timer.Stop()
	for b.flying.Load() > 0 {
		select {
		case <-b.landed:
		case <-timer.C:
			return false
		}
	}
	return true
}
