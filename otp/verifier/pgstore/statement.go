package pgstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/authctl/authctl/otp/verifier"
)

// flights is how many statements that read, and that write, are under way at the
// same time.
const flights = 3

// statements are the statements of a store. Each is a transaction of its own.
type statements struct{ read, update, insert, ids string }

func statementsFor(t tables) statements {
	s := statements{
		read: `SELECT id, tag, state FROM {{accounts}} WHERE id = ANY ($1::bytea[])`,

		// A row that another transaction has locked is passed over and counts as
		// changed. So nobody waits here, for a row or in a circle.
		update: `
WITH new AS (SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::bytea[], $4::bytea[]) AS new (id, old, tag, state)),
     own AS (SELECT a.id FROM {{accounts}} a JOIN new ON a.id = new.id AND a.tag = new.old FOR UPDATE OF a SKIP LOCKED)
UPDATE {{accounts}} a SET tag = new.tag, state = new.state FROM new, own WHERE a.id = own.id AND new.id = own.id
RETURNING a.id`,

		insert: `
INSERT INTO {{accounts}} (id, tag, state) SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::bytea[])
ON CONFLICT DO NOTHING RETURNING id`,

		ids: `SELECT id FROM {{accounts}} WHERE id > $1 ORDER BY id LIMIT $2`,
	}
	for _, sql := range []*string{&s.read, &s.update, &s.insert, &s.ids} {
		*sql = t.fill(*sql)
	}
	return s
}

// job is one question to the server: to read an account or to write it.
type job struct {
	id     []byte
	old    []byte // of a write: the tag that was read, nil for a new account
	row    row    // of a write: the new row
	answer chan answer
}

type answer struct {
	row     row
	written bool
	err     error
}

func (s *Store) read(ctx context.Context, id string) (row, error) {
	if id == "" || len(id) > maxID {
		return row{}, fmt.Errorf("account id has %d bytes, not 1 to %d", len(id), maxID)
	}
	if err := ctx.Err(); err != nil {
		return row{}, err
	}
	j := &job{id: []byte(id), answer: make(chan answer, 1)}
	err := s.reads.Put(ctx, j)
	if err == nil {
		select {
		case <-ctx.Done():
			return row{}, ctx.Err()
		case a := <-j.answer:
			if a.err == nil {
				return a.row, nil
			}
			err = a.err
		}
	}
	return row{}, fmt.Errorf("read %q from PostgreSQL: %w", id, err)
}

// write puts a row in the place of the one with the old tag. It reports whether it
// did, which it does not if another was faster.
func (s *Store) write(ctx context.Context, id string, old []byte, r row) (written bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	j := &job{id: []byte(id), old: old, row: r, answer: make(chan answer, 1)}
	err = s.writes.Put(ctx, j)
	if err == nil {
		a := <-j.answer
		written, err = a.written, a.err
	}
	if err != nil {
		return false, fmt.Errorf("write %q to PostgreSQL: %w", id, err)
	}
	return written, nil
}

// fetch answers a batch of reads with one statement.
func (s *Store) fetch(batch []*job) {
	ids := make([][]byte, len(batch))
	for i, j := range batch {
		ids[i] = j.id
	}
	found := map[string]row{}
	_, err := s.query(func(rows pgx.Rows) error {
		var id []byte
		var r row
		err := rows.Scan(&id, &r.tag, &r.state)
		found[string(id)] = r
		return err
	}, s.sql.read, ids)
	for _, j := range batch {
		j.answer <- answer{row: found[string(j.id)], err: err}
	}
}

// keep writes a batch: what is there already with one statement, what is new with
// another.
func (s *Store) keep(batch []*job) {
	// One order for all, so that those who insert the same accounts do not wait in a
	// circle.
	slices.SortFunc(batch, func(a, b *job) int { return bytes.Compare(a.id, b.id) })
	var known, fresh []*job
	for _, j := range batch {
		if j.old == nil {
			fresh = append(fresh, j)
		} else {
			known = append(known, j)
		}
	}
	s.put(known, s.sql.update, (*job).idColumn, (*job).oldColumn, (*job).tagColumn, (*job).stateColumn)
	s.put(fresh, s.sql.insert, (*job).idColumn, (*job).tagColumn, (*job).stateColumn)
}

func (j *job) idColumn() []byte    { return j.id }
func (j *job) oldColumn() []byte   { return j.old }
func (j *job) tagColumn() []byte   { return j.row.tag }
func (j *job) stateColumn() []byte { return j.row.state }

// put writes a batch with a statement that takes these columns and returns the ids
// of what it wrote.
func (s *Store) put(batch []*job, sql string, columns ...func(*job) []byte) {
	if len(batch) == 0 {
		return
	}
	args := make([]any, len(columns))
	for i, value := range columns {
		column := make([][]byte, len(batch))
		for k, j := range batch {
			column[k] = value(j)
		}
		args[i] = column
	}
	written := map[string]bool{}
	sent, err := s.query(func(rows pgx.Rows) error {
		var id []byte
		err := rows.Scan(&id)
		written[string(id)] = true
		return err
	}, sql, args...)
	switch {
	case err == nil:
	case conflict(err): // nothing was kept: all count as changed
		written, err = nil, nil
	case ofOneRow(err) && len(batch) > 1: // nothing was kept, and the others are not to blame
		for i := range batch {
			s.put(batch[i:i+1], sql, columns...)
		}
		return
	case sent && !neverRan(err):
		err = fmt.Errorf("%w: %w", verifier.ErrUnknownOutcome, err)
	}
	for _, j := range batch {
		j.answer <- answer{written: written[string(j.id)], err: err}
	}
}

// query runs one statement in a transaction of its own and hands each of its rows to
// scan. It reports whether the statement may have been sent.
//
// BEGIN and COMMIT travel with the statement, in one round trip. They make it READ
// COMMITTED whatever the default of the role is: compare-and-set needs no more, and
// what is stricter fails where nothing is wrong.
func (s *Store) query(scan func(pgx.Rows) error, sql string, args ...any) (sent bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), s.timeout) // of no single caller
	defer cancel()
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return false, fmt.Errorf("get a connection: %w", err)
	}
	defer conn.Release() // which closes it if the transaction is still open
	var b pgx.Batch
	b.Queue("BEGIN ISOLATION LEVEL READ COMMITTED")
	b.Queue(sql, args...)
	b.Queue("COMMIT")
	r := conn.SendBatch(ctx, &b)
	defer r.Close() // its error is not the first one
	if _, err := r.Exec(); err != nil {
		return true, err
	}
	rows, _ := r.Query() // rows have its error
	for rows.Next() {
		if err := scan(rows); err != nil {
			return true, err
		}
	}
	if err := rows.Err(); err != nil {
		return true, err
	}
	_, err = r.Exec()
	return true, err
}

// conflict reports whether a statement was undone because of others: a
// serialization failure or a deadlock (PostgreSQL, appendix A, class 40).
func conflict(err error) bool {
	var said *pgconn.PgError
	return errors.As(err, &said) && (said.Code == "40001" || said.Code == "40P01")
}

// ofOneRow reports whether a statement failed because of what is in a row: its data,
// a constraint, a trigger, a limit (classes 22, 23, P0, 54).
func ofOneRow(err error) bool {
	var said *pgconn.PgError
	return errors.As(err, &said) && len(said.Code) == 5 && slices.Contains([]string{"22", "23", "P0", "54"}, said.Code[:2])
}

// neverRan reports whether the server said that it did not commit, and goes on. One
// that ends the connection may have committed before; one that speaks of the
// connection (class 08) is a pooler that has lost its server, and 40003 says that it
// does not know. What the driver thinks
// (pgconn.SafeToRetry) is no proof: it says so too of the second error of a
// connection whose first one was the loss of a reply.
func neverRan(err error) bool {
	var said *pgconn.PgError
	return errors.As(err, &said) && said.SeverityUnlocalized == "ERROR" && !strings.HasPrefix(said.Code, "08") && said.Code != "40003"
}
