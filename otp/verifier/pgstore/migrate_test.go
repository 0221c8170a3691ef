package pgstore_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/authctl/authctl/otp/verifier/pgstore"
)

// TestMigrateAtOnce starts many instances at the same time, as when a service is
// rolled out.
func TestMigrateAtOnce(t *testing.T) {
	o := named(t.Name())
	_, err := pgstore.Open(t.Context(), database(t), pgstore.Options{Prefix: o.Prefix, NoMigrate: true})
	if !errors.Is(err, pgstore.ErrSchema) || !strings.Contains(err.Error(), "they have 0") || !strings.Contains(err.Error(), "needs 1") {
		t.Errorf("without tables: %v, want ErrSchema with both versions", err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			s, err := pgstore.Open(context.Background(), database(t), o)
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			update(t, s, "a")
		})
	}
	wg.Wait()
	wantEvents(t, open(t, database(t), o), "a", 8)
}

// TestMigrateKeepsAccounts brings tables with accounts to a version of the future,
// which this program then refuses.
func TestMigrateKeepsAccounts(t *testing.T) {
	o := named(t.Name())
	s := open(t, database(t), o)
	update(t, s, "a")
	s.Close()
	pool, err := pgxpool.New(t.Context(), database(t))
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	first, err := os.ReadFile("migrations/0001.sql")
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{
		"migrations/0001.sql": {Data: first},
		"migrations/0002.sql": {Data: []byte("ALTER TABLE {{accounts}} ADD seen timestamptz; UPDATE {{accounts}} SET seen = 'epoch'")},
		"migrations/0003.sql": {Data: []byte("ALTER TABLE {{accounts}} DROP nothing")},
	}
	undo := pgstore.UseMigrations(files)
	defer undo()
	if err := pgstore.Migrate(t.Context(), pool, o); err == nil || !strings.Contains(err.Error(), "from version 2 to 3") {
		t.Errorf("a migration that fails gave %v", err)
	}
	delete(files, "migrations/0003.sql")
	for range 2 {
		if err := pgstore.Migrate(t.Context(), pool, o); err != nil {
			t.Fatal(err)
		}
	}
	s = open(t, database(t), o)
	wantEvents(t, s, "a", 1)
	update(t, s, "a")
	update(t, s, "new")
	s.Close()
	undo()
	_, err = pgstore.Open(t.Context(), database(t), o)
	if !errors.Is(err, pgstore.ErrSchema) || !strings.Contains(err.Error(), "they have 2 and this program knows up to 1") {
		t.Errorf("newer tables: %v, want ErrSchema with both versions", err)
	}
	if err := pgstore.Migrate(t.Context(), pool, o); !errors.Is(err, pgstore.ErrSchema) {
		t.Errorf("Migrate of newer tables: %v, want ErrSchema", err)
	}
}

// TestRoleThatMayNotChangeTables has the rights that doc/verifier.md names.
func TestRoleThatMayNotChangeTables(t *testing.T) {
	admin := session(t, database(t))
	exec(t, admin, `CREATE ROLE app LOGIN; CREATE SCHEMA login; GRANT USAGE ON SCHEMA login TO app`)
	url := strings.Replace(database(t), "postgres@", "app@", 1)
	o := pgstore.Options{Schema: "login"}
	if _, err := pgstore.Open(t.Context(), url, o); err == nil || !strings.Contains(err.Error(), "permission denied for schema login") {
		t.Errorf("Open gave %v, want that it may not make tables", err)
	}
	pool, err := pgxpool.New(t.Context(), database(t))
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if err := pgstore.Migrate(t.Context(), pool, o); err != nil {
		t.Fatal(err)
	}
	exec(t, admin, `GRANT SELECT, INSERT, UPDATE ON login.authctl_accounts TO app; GRANT SELECT ON login.authctl_schema TO app`)
	for _, noMigrate := range []bool{false, true} {
		o.NoMigrate = noMigrate
		s := open(t, url, o)
		update(t, s, "a")
		s.Close()
	}
	wantEvents(t, open(t, url, o), "a", 2)
}

func TestHostileNames(t *testing.T) {
	for _, o := range []pgstore.Options{
		{Prefix: `x"; DROP TABLE y; --`}, {Prefix: "Upper_"}, {Prefix: strings.Repeat("x", 41)}, {Schema: strings.Repeat("x", 64)}, {Schema: "a\x00b"},
	} {
		if _, err := pgstore.Open(t.Context(), database(t), o); err == nil || !strings.Contains(err.Error(), "open account store") {
			t.Errorf("%+v: %v, want a refusal", o, err)
		}
	}
}
