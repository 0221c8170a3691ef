package queue_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authctl/authctl/otp/verifier/internal/queue"
)

// TestFollowingWaits has a write wait for one that a read is about to lead to, and
// not for a read that takes long.
func TestFollowingWaits(t *testing.T) {
	for _, c := range []struct {
		read time.Duration
		want int
	}{{200 * time.Microsecond, 2}, {200 * time.Millisecond, 1}} {
		synctest.Test(t, func(t *testing.T) {
			var coming atomic.Bool
			coming.Store(true)
			sizes := make(chan int, 2)
			var reads, writes *queue.Batches[int]
			begun := make(chan struct{})
			reads = queue.NewBatches(1, func([]int) {
				close(begun)
				time.Sleep(c.read)
				if err := writes.Put(context.Background(), 2); err != nil {
					t.Error(err)
				}
				coming.Store(false)
			})
			writes = queue.NewFollowing(reads, coming.Load, func(batch []int) { sizes <- len(batch) })
			if err := reads.Put(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
			<-begun
			if err := writes.Put(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
			if n := <-sizes; n != c.want {
				t.Errorf("beside a read of %v the first batch has %d jobs, want %d", c.read, n, c.want)
			}
			reads.Close()
			writes.Close()
		})
	}
}

func TestPutEndsWithItsContext(t *testing.T) {
	hold := make(chan struct{})
	b := queue.NewBatches(1, func([]int) { <-hold })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	var err error
	for n := 0; err == nil && n < 10_000; n++ {
		err = b.Put(ctx, n)
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a full queue gave %v, want the end of the context", err)
	}
	close(hold)
	b.Close()
	if err := b.Put(t.Context(), 1); !errors.Is(err, queue.ErrClosed) {
		t.Errorf("a closed queue gave %v, want ErrClosed", err)
	}
}
