// Package redisstore keeps accounts in Redis: a store for a login side of many
// processes and machines.
//
// An account is one key, written by compare-and-set, so that no two machines can
// use one code. Redis keeps its promise to remember only if it syncs every write
// (appendfsync always), so that is what this store asks for: [Open] refuses a server
// that would forget, unless the caller says [Options].AllowLoss. A replica that
// takes over may lack the last writes, whatever the primary synced; see
// [Options].Replicas and doc/verifier.md.
package redisstore

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	crypto "crypto/rand"

	"github.com/redis/go-redis/v9"

	"github.com/authctl/authctl/otp/verifier"
	"github.com/authctl/authctl/otp/verifier/internal/queue"
)

// DefaultPrefix begins the names of all keys. Its braces keep the accounts of one
// prefix together in a cluster.
const DefaultPrefix = "{authctl}:"

var (
	// ErrClosed is returned by a store that was closed.
	ErrClosed = queue.ErrClosed

	// ErrContended is returned by an Update that lost against others too often.
	// Nothing was kept.
	ErrContended = errors.New("others changed the account each time")

	// ErrForgets is why Open refuses a server that may forget what it confirmed.
	ErrForgets = errors.New("this server may forget logins that it has confirmed")
)

// Options are what a store can be told. The zero value is the safe choice.
type Options struct {
	Prefix string // of all keys; "" is DefaultPrefix

	// AllowLoss takes a server that may forget what it has confirmed, or that does
	// not say. A code can then be used again after the server failed.
	AllowLoss bool

	// Replicas is how many replicas must have a write before Update returns (WAIT).
	// With fewer, Update fails with verifier.ErrUnknownOutcome. 0 asks for none.
	Replicas int

	// ReplicaTimeout is how long to wait for them; 0 is a second.
	ReplicaTimeout time.Duration
}

// Store implements [verifier.Store]. It is safe for concurrent use.
type Store struct {
	client *redis.Client
	own    bool // the client was made here
	o      Options
	turns  queue.Turns
	reads  *queue.Batches[*job]
	writes *queue.Batches[*job]
	toward atomic.Int64 // updates on their way to a write
}

// Open connects to the server that the URL names: redis://user:password@host:port/0,
// or rediss:// for TLS. Further settings stand in its query as go-redis reads them.
// Errors never hold the password.
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	settings, err := redis.ParseURL(url)
	if err != nil {
		return nil, fmt.Errorf("open account store: the URL is not redis://host:port/0 or rediss://host:port/0") // err may quote it
	}
	settings.MaxRetries = -1
	client := redis.NewClient(settings)
	s, err := New(ctx, client, o)
	if err != nil {
		client.Close()
		return nil, err
	}
	s.own = true
	return s, nil
}

// New makes a store of a client, which may be one that follows a Sentinel. The
// client must not retry by itself (MaxRetries -1): a write whose reply was lost
// would be sent twice. It stays the caller's to close.
func New(ctx context.Context, client *redis.Client, o Options) (*Store, error) {
	if o.Prefix == "" {
		o.Prefix = DefaultPrefix
	}
	if o.ReplicaTimeout == 0 {
		o.ReplicaTimeout = time.Second
	}
	if client.Options().MaxRetries > 0 {
		return nil, fmt.Errorf("open account store: the client retries by itself: set MaxRetries to -1")
	}
	s := &Store{client: client, o: o}
	if err := s.check(ctx); err != nil {
		return nil, fmt.Errorf("open account store at %s: %w", client.Options().Addr, err)
	}
	s.reads = queue.NewBatches(flights, s.fetch)
	s.writes = queue.NewFollowing(s.reads, func() bool { return s.toward.Load() > 0 }, s.keep)
	return s, nil
}

// Close waits for updates that are under way.
func (s *Store) Close() error {
	s.reads.Close()
	s.writes.Close()
	if s.own {
		return s.client.Close()
	}
	return nil
}

func (s *Store) account(id string) string { return s.o.Prefix + "account:" + id }
func (s *Store) ids() string              { return s.o.Prefix + "ids" }

// maxID is the longest id, in bytes.
const maxID = 1024

func checkID(id string) error {
	if id == "" || len(id) > maxID {
		return fmt.Errorf("account id has %d bytes, not 1 to %d", len(id), maxID)
	}
	return nil
}

// Load implements [verifier.Store].
func (s *Store) Load(ctx context.Context, id string) (verifier.State, error) {
	value, err := s.read(ctx, id)
	if err != nil {
		return verifier.State{}, err
	}
	return s.decode(id, value)
}

// A stored value is a tag, which every write chooses anew at random, and the state.
// The tag is what is compared: two writes never leave the same one.
const tagSize = 16

func newTag() string {
	var tag [tagSize * 3 / 4]byte
	crypto.Read(tag[:])
	return base64.RawURLEncoding.EncodeToString(tag[:])
}

func (s *Store) decode(id, value string) (state verifier.State, err error) {
	if value == "" {
		return state, nil
	}
	if len(value) < tagSize {
		err = errors.New("it is not an account")
	} else {
		err = state.UnmarshalBinary([]byte(value[tagSize:]))
	}
	if err != nil {
		return verifier.State{}, fmt.Errorf("read %q from Redis: %w", id, err)
	}
	return state, nil
}

// maxTries is how often an Update tries again after another process was faster. It
// does so at once, with what it was told is there now: the other one has to read
// that first, so those who lost are the next to win.
const maxTries = 200

// Update implements [verifier.Store]. Updates of one account by this process wait
// for each other. Against other processes fn runs on what was read, and again if
// another was faster; after 200 times the error is [ErrContended]. Once the write
// has its place in a batch the end of ctx does not stop it; the client's time-outs
// bound it.
func (s *Store) Update(ctx context.Context, id string, fn func(*verifier.State) error) error {
	done, err := s.turns.Take(ctx, id)
	if err != nil {
		return err
	}
	defer done()
	s.toward.Add(1)
	arrived := sync.OnceFunc(func() { s.toward.Add(-1) })
	defer arrived()
	old, err := s.read(ctx, id)
	if err != nil {
		return err
	}
	for range maxTries {
		state, err := s.decode(id, old)
		if err != nil {
			return err
		}
		if err := fn(&state); err != nil {
			return err
		}
		if old == "" && state.IsZero() {
			return nil
		}
		encoded, err := state.MarshalBinary()
		if err != nil {
			return fmt.Errorf("write %q to Redis: %w", id, err)
		}
		if old != "" && string(encoded) == old[tagSize:] {
			return nil
		}
		arrived()
		now, err := s.write(ctx, id, old, newTag()+string(encoded))
		if err != nil {
			return err
		}
		if now == "" { // written
			return nil
		}
		old = now
	}
	return fmt.Errorf("write %q to Redis: %w", id, ErrContended)
}

// IDs implements [verifier.Store].
func (s *Store) IDs(ctx context.Context, after string, n int) ([]string, error) {
	if n < 1 { // which to Redis is no limit
		return nil, ctx.Err()
	}
	from := "-"
	if after != "" {
		from = "(" + after
	}
	ids, err := s.client.ZRangeArgs(ctx, redis.ZRangeArgs{Key: s.ids(), ByLex: true, Start: from, Stop: "+", Count: int64(n)}).Result()
	if err != nil {
		return nil, fmt.Errorf("list accounts of Redis: %w", failure(ctx, err))
	}
	return ids, nil
}
