package pgstore

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

//go:embed migrations/*.sql
var embedded embed.FS

// migrations are the files migrations/0001.sql and on. Each leads from the version
// before its number to that number, and is never changed once it was released.
var migrations fs.FS = embedded

// ErrSchema says that the tables are of a version that this package cannot use.
var ErrSchema = errors.New("the tables have another version")

// Migrate makes the tables or brings them to the version that this package writes.
// [Open] and [New] do so by themselves unless told not to; it is for a deployment
// that has a role of its own for changes of tables. Several may run it at once. All
// is done in one transaction or nothing.
func Migrate(ctx context.Context, pool *pgxpool.Pool, o Options) error {
	t, err := tablesOf(o)
	if err == nil {
		err = t.migrate(ctx, pool)
	}
	if err != nil {
		return fmt.Errorf("migrate account store: %w", err)
	}
	return nil
}

// migrationLock is the number of the advisory lock that keeps two from migrating at
// once: "authctl".
const migrationLock = 0x617574_6863746c

func (t tables) migrate(ctx context.Context, pool *pgxpool.Pool) error {
	// What another has committed while this one waited for the lock must be seen.
	options := pgx.TxOptions{IsoLevel: pgx.ReadCommitted}
	return pgx.BeginTxFunc(ctx, pool, options, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", migrationLock); err != nil {
			return fmt.Errorf("wait for others who migrate: %w", err)
		}
		version, err := t.version(ctx, tx)
		if err != nil {
			return err
		}
		latest, err := newest()
		if err != nil {
			return err
		}
		if err := compare(version, latest); version >= latest {
			return err
		}
		return t.upgrade(ctx, tx, version, latest)
	})
}

// logged is an error if the server writes the accounts to no log, and so empties the
// table after a crash.
func (t tables) logged(ctx context.Context, q querier) error {
	var persistence string
	err := q.QueryRow(ctx, "SELECT relpersistence::text FROM pg_class WHERE oid = $1::regclass", t.name("accounts")).Scan(&persistence)
	if err != nil {
		return fmt.Errorf("ask how the accounts are kept: %w", err)
	}
	if persistence != "p" {
		return fmt.Errorf("%w: the table %s is unlogged or temporary", ErrForgets, t.name("accounts"))
	}
	return nil
}

// upgrade runs the migrations after version and notes what was reached.
func (t tables) upgrade(ctx context.Context, tx pgx.Tx, version, latest int) error {
	for n := version + 1; n <= latest; n++ {
		sql, err := fs.ReadFile(migrations, fmt.Sprintf("migrations/%04d.sql", n))
		if err == nil {
			_, err = tx.Exec(ctx, t.fill(string(sql)))
		}
		if err != nil {
			return fmt.Errorf("from version %d to %d: %w", n-1, n, err)
		}
	}
	for _, sql := range []string{
		"CREATE TABLE IF NOT EXISTS {{schema}} (version int NOT NULL)",
		"DELETE FROM {{schema}}",
		fmt.Sprintf("INSERT INTO {{schema}} VALUES (%d)", latest),
	} {
		if _, err := tx.Exec(ctx, t.fill(sql)); err != nil {
			return fmt.Errorf("note version %d: %w", latest, err)
		}
	}
	return nil
}

// current is an error unless the tables have the version that this package writes.
func (t tables) current(ctx context.Context, pool *pgxpool.Pool) error {
	version, err := t.version(ctx, pool)
	if err != nil {
		return err
	}
	latest, err := newest()
	if err != nil {
		return err
	}
	return compare(version, latest)
}

func compare(version, latest int) error {
	switch {
	case version > latest:
		return fmt.Errorf("%w: they have %d and this program knows up to %d: use a newer program", ErrSchema, version, latest)
	case version < latest:
		return fmt.Errorf("%w: they have %d (0: there are none) and this program needs %d: run Migrate as a role that may change tables", ErrSchema, version, latest)
	}
	return nil
}

// newest is the version that this package writes: the number of its migrations.
func newest() (int, error) {
	list, err := fs.ReadDir(migrations, "migrations")
	return len(list), err
}

type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// version is the version of the tables, 0 if there are none.
func (t tables) version(ctx context.Context, q querier) (version int, err error) {
	var exists bool
	// Not to_regclass: it would answer from a cache that waiting for an advisory lock
	// does not refresh.
	err = q.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relname = $1 AND CASE WHEN $2 = '' THEN pg_table_is_visible(c.oid) ELSE n.nspname = $2 END)`,
		t.prefix+"schema", t.schema).Scan(&exists)
	if err == nil && exists {
		err = q.QueryRow(ctx, t.fill("SELECT version FROM {{schema}}")).Scan(&version)
	}
	if err != nil {
		return 0, fmt.Errorf("read the version of the tables: %w", err)
	}
	return version, nil
}
