// Package queue is what the stores share to serve many callers at once: one after
// the other where they want the same account, together where they do not.
package queue

import (
	"context"
	"sync"
)

// Turns gives callers who want the same account their turn, in the order in which
// they came. The zero value is ready.
type Turns struct {
	mu   sync.Mutex
	held map[string]*turn
}

type turn struct {
	token chan struct{} // full while somebody has the turn
	uses  int           // holders and waiters
}

// Take waits for the turn on id, or for the end of ctx. The caller ends its turn
// with done.
func (t *Turns) Take(ctx context.Context, id string) (done func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	t.mu.Lock()
	k := t.held[id]
	if k == nil {
		k = &turn{token: make(chan struct{}, 1)}
		if t.held == nil {
			t.held = map[string]*turn{}
		}
		t.held[id] = k
	}
	k.uses++
	t.mu.Unlock()
	select {
	case k.token <- struct{}{}:
		return func() {
			<-k.token
			t.release(id, k)
		}, nil
	case <-ctx.Done():
		t.release(id, k)
		return nil, ctx.Err()
	}
}

func (t *Turns) release(id string, k *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if k.uses--; k.uses == 0 {
		delete(t.held, id)
	}
}
