package boltstore

import (
	"context"
	"sync"
)

// locks is a lock for each account that is being updated.
type locks struct {
	mu   sync.Mutex
	held map[string]*lock
}

type lock struct {
	turn chan struct{} // holds a token while somebody has the lock
	uses int           // holders and waiters
}

// lock waits for its turn on id, or for the end of ctx.
func (l *locks) lock(ctx context.Context, id string) (unlock func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.mu.Lock()
	k := l.held[id]
	if k == nil {
		k = &lock{turn: make(chan struct{}, 1)}
		l.held[id] = k
	}
	k.uses++
	l.mu.Unlock()
	select {
	case k.turn <- struct{}{}:
		return func() {
			<-k.turn
			l.release(id, k)
		}, nil
	case <-ctx.Done():
		l.release(id, k)
		return nil, ctx.Err()
	}
}

func (l *locks) release(id string, k *lock) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if k.uses--; k.uses == 0 {
		delete(l.held, id)
	}
}
