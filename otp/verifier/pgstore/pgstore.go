// Package pgstore keeps accounts in PostgreSQL: a store for a login side of many
// processes and machines, beside the data that a service has there already.
//
// An account is one row, written by compare-and-set in a statement of its own, so
// that no two machines can use one code and no transaction stays open while a code
// is checked. [Open] makes and migrates the tables, and refuses a server that may
// forget what it has committed. doc/verifier.md tells what a fail-over can lose.
package pgstore

import (
	"bytes"
	"context"
	crypto "crypto/rand"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/authctl/authctl/otp/verifier"
	"github.com/authctl/authctl/otp/verifier/internal/queue"
)

var (
	// ErrClosed is returned by a store that was closed.
	ErrClosed = queue.ErrClosed

	// ErrContended is returned by an Update that lost against others too often, or
	// whose row somebody keeps locked. Nothing was kept.
	ErrContended = errors.New("others changed or held the account each time")
)

// Options are what a store can be told. The zero value is the safe choice.
type Options struct {
	// Schema of the tables, which must be there. "" leaves it to the search_path of
	// the connection.
	Schema string

	// Prefix of the tables: up to 40 lower-case letters, digits and _. "" is
	// DefaultPrefix.
	Prefix string

	// NoMigrate leaves the tables as they are, for a role that may not change them.
	// If they are not of the version that is needed, the error is ErrSchema.
	NoMigrate bool

	// AllowLoss takes a server that may forget what it has committed. A code can
	// then be used again after the server failed.
	AllowLoss bool

	// Timeout bounds one statement, with the wait for a connection; 0 is 5 seconds.
	Timeout time.Duration
}

// Store implements [verifier.Store]. It is safe for concurrent use.
type Store struct {
	pool    *pgxpool.Pool
	own     bool // the pool was made here
	timeout time.Duration
	sql     statements
	turns   queue.Turns
	reads   *queue.Batches[*job]
	writes  *queue.Batches[*job]
}

// Open connects to the database that the URL (or key=value string) names, as libpq
// reads it: postgres://user@host/database?sslmode=verify-full, with the password in
// ~/.pgpass or PGPASSWORD. A list of hosts with target_session_attrs=read-write
// finds the primary. Further settings of the pool are those of pgxpool, such as
// pool_max_conns. Errors never hold the password.
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	pool, err := pgxpool.New(ctx, url)
	if err != nil { // pgx leaves the password out
		return nil, fmt.Errorf("open account store: %w", err)
	}
	s, err := New(ctx, pool, o)
	if err != nil {
		pool.Close()
		return nil, err
	}
	s.own = true
	return s, nil
}

// New makes a store of a pool, which stays the caller's to close. It uses up to six
// of its connections at a time for logins, and one to list accounts.
//
// Every statement stands in a transaction of its own that is sent in one go, so a
// pooler such as PgBouncer may give each to another connection. One that does not
// keep prepared statements needs default_query_exec_mode=exec in the pool's URL.
func New(ctx context.Context, pool *pgxpool.Pool, o Options) (*Store, error) {
	if o.Timeout == 0 {
		o.Timeout = 5 * time.Second
	}
	t, err := tablesOf(o)
	if err == nil {
		err = check(ctx, pool, o.AllowLoss)
	}
	if err == nil {
		err = t.current(ctx, pool)
	}
	if errors.Is(err, ErrSchema) && !o.NoMigrate {
		err = t.migrate(ctx, pool)
	}
	if err == nil && !o.AllowLoss {
		err = t.logged(ctx, pool)
	}
	if err != nil {
		c := pool.Config().ConnConfig
		return nil, fmt.Errorf("open account store at %s:%d: %w", c.Host, c.Port, err)
	}
	s := &Store{pool: pool, timeout: o.Timeout, sql: statementsFor(t)}
	s.reads, s.writes = queue.NewBatches(flights, s.fetch), queue.NewBatches(flights, s.keep)
	return s, nil
}

// Close waits for updates that are under way.
func (s *Store) Close() error {
	s.reads.Close()
	s.writes.Close()
	if s.own {
		s.pool.Close()
	}
	return nil
}

// row is what the table has of an account.
type row struct{ tag, state []byte }

func newTag() []byte {
	tag := make([]byte, 12)
	crypto.Read(tag)
	return tag
}

func (r row) decode(id string) (state verifier.State, err error) {
	if r.tag == nil {
		return state, nil
	}
	if err := state.UnmarshalBinary(r.state); err != nil {
		return verifier.State{}, fmt.Errorf("read %q from PostgreSQL: %w", id, err)
	}
	return state, nil
}

// maxID is the longest id, in bytes.
const maxID = 1024

// Load implements [verifier.Store].
func (s *Store) Load(ctx context.Context, id string) (verifier.State, error) {
	r, err := s.read(ctx, id)
	if err != nil {
		return verifier.State{}, err
	}
	return r.decode(id)
}

// How often an Update tries again after another process was faster, and how often it
// looks whether one that holds the row has written it.
const (
	maxTries = 200
	maxLooks = 8
)

// Update implements [verifier.Store]. Updates of one account by this process wait
// for each other. Against other processes fn runs on what was read, and again at
// once if another was faster; after 200 times the error is [ErrContended]. Once the
// write has its place in a batch the end of ctx does not stop it; Options.Timeout
// bounds it.
func (s *Store) Update(ctx context.Context, id string, fn func(*verifier.State) error) error {
	done, err := s.turns.Take(ctx, id)
	if err != nil {
		return err
	}
	defer done()
	var lost []byte // the tag that a write of here has missed
	for range maxTries {
		old, err := s.readPast(ctx, id, lost)
		if err != nil {
			return err
		}
		state, err := old.decode(id)
		if err != nil {
			return err
		}
		if err := fn(&state); err != nil {
			return err
		}
		if old.tag == nil && state.IsZero() {
			return nil
		}
		encoded, err := state.MarshalBinary()
		if err != nil {
			return fmt.Errorf("write %q to PostgreSQL: %w", id, err)
		}
		if old.tag != nil && bytes.Equal(encoded, old.state) {
			return nil
		}
		written, err := s.write(ctx, id, old.tag, row{newTag(), encoded})
		if written || err != nil {
			return err
		}
		lost = old.tag
	}
	return fmt.Errorf("write %q to PostgreSQL: %w", id, ErrContended)
}

// readPast reads an account that a write has missed when it had the tag lost, nil for
// none. Where it still has it, somebody holds the row, and what they write is worth a
// wait: a write on what is there now would miss again.
func (s *Store) readPast(ctx context.Context, id string, lost []byte) (row, error) {
	for look := range maxLooks {
		r, err := s.read(ctx, id)
		if err != nil || lost == nil || !bytes.Equal(r.tag, lost) {
			return r, err
		}
		if err := pause(ctx, 200*time.Microsecond<<look); err != nil {
			return row{}, err
		}
	}
	return s.read(ctx, id) // they may have given it up
}

// pause waits a random time up to longest.
func pause(ctx context.Context, longest time.Duration) error {
	timer := time.NewTimer(rand.N(longest))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// IDs implements [verifier.Store].
func (s *Store) IDs(ctx context.Context, after string, n int) (ids []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	rows, err := s.pool.Query(ctx, s.sql.ids, []byte(after), n)
	if err != nil {
		return nil, fmt.Errorf("list accounts of PostgreSQL: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id []byte
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("list accounts of PostgreSQL: %w", err)
		}
		ids = append(ids, string(id))
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list accounts of PostgreSQL: %w", err)
	}
	return ids, nil
}
