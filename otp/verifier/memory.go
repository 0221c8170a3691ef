package verifier

import (
	"context"
	"hash/maphash"
	"slices"
	"sort"
	"sync"
)

// Memory is a Store that forgets everything when the process ends, and with it
// which codes were used. It is for tests and for trying things out.
type Memory struct {
	seed   maphash.Seed
	shards [64]memoryShard

	mu     sync.Mutex
	sorted []string // all ids as of the last call of IDs; ids are never taken away
}

type memoryShard struct {
	mu      sync.Mutex
	states  map[string]*State
	scratch State // what fn works on: kept so that an Update need not allocate it
}

// NewMemory makes an empty Memory.
func NewMemory() *Memory {
	m := &Memory{seed: maphash.MakeSeed()}
	for i := range m.shards {
		m.shards[i].states = map[string]*State{}
	}
	return m
}

func (m *Memory) shard(id string) *memoryShard {
	return &m.shards[maphash.String(m.seed, id)%uint64(len(m.shards))]
}

// Load implements [Store].
func (m *Memory) Load(ctx context.Context, id string) (State, error) {
	if err := ctx.Err(); err != nil {
		return State{}, err
	}
	sh := m.shard(id)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if s := sh.states[id]; s != nil {
		return s.Clone(), nil
	}
	return State{}, nil
}

// Update implements [Store].
func (m *Memory) Update(ctx context.Context, id string, fn func(*State) error) error {
	sh := m.shard(id)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if err := ctx.Err(); err != nil { // it may have ended while others had the lock
		return err
	}
	old, s := sh.states[id], &sh.scratch
	if old == nil {
		old = &State{}
	}
	*s = *old
	s.unshare()
	if err := fn(s); err != nil {
		return err
	}
	if sh.states[id] == nil {
		if s.IsZero() {
			return nil
		}
		sh.states[id] = old
	}
	*old = *s
	return nil
}

// IDs implements [Store].
func (m *Memory) IDs(ctx context.Context, after string, n int) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	count := 0
	for i := range m.shards {
		m.shards[i].mu.Lock()
		count += len(m.shards[i].states)
		m.shards[i].mu.Unlock()
	}
	if count != len(m.sorted) {
		m.sort()
	}
	from := sort.SearchStrings(m.sorted, after)
	if from < len(m.sorted) && m.sorted[from] == after {
		from++
	}
	return slices.Clone(m.sorted[from:min(from+max(n, 0), len(m.sorted))]), nil
}

func (m *Memory) sort() {
	m.sorted = m.sorted[:0]
	for i := range m.shards {
		m.shards[i].mu.Lock()
		for id := range m.shards[i].states {
			m.sorted = append(m.sorted, id)
		}
		m.shards[i].mu.Unlock()
	}
	slices.Sort(m.sorted)
}
