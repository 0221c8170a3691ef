package pgstore_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"os"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/authctl/authctl/otp/verifier"
	"github.com/authctl/authctl/otp/verifier/pgstore"
	"github.com/authctl/authctl/otp/verifier/storetest/testserver"
)

// serverURL is where the processes of TestStore find the server.
const serverURL = "AUTHCTL_PGSTORE_TEST"

// shared is the server of all tests that neither stop nor configure it.
var shared *testserver.Postgres

func TestMain(m *testing.M) {
	code := m.Run()
	if shared != nil {
		shared.Kill()
		os.RemoveAll(shared.Dir)
	}
	os.Exit(code)
}

// outliving is a test that leaves what it has started to TestMain.
type outliving struct{ testing.TB }

func (outliving) Cleanup(func()) {}

// database is the URL of a server that tests share. Each makes tables of its own.
func database(tb testing.TB) string {
	tb.Helper()
	if url := os.Getenv(serverURL); url != "" {
		return url
	}
	if shared == nil {
		shared = testserver.StartPostgres(outliving{tb})
	}
	return shared.URL()
}

// named are options with a prefix that belongs to a name.
func named(name string) pgstore.Options {
	h := fnv.New64()
	h.Write([]byte(name))
	return pgstore.Options{Prefix: fmt.Sprintf("t%x_", h.Sum64())}
}

func open(tb testing.TB, url string, o pgstore.Options) *pgstore.Store {
	tb.Helper()
	s, err := pgstore.Open(context.Background(), url, o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

// session is a connection of somebody else.
func session(tb testing.TB, url string) *pgx.Conn {
	tb.Helper()
	c, err := pgx.Connect(context.Background(), url)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { c.Close(context.Background()) })
	return c
}

func exec(tb testing.TB, c *pgx.Conn, sql string) {
	tb.Helper()
	if _, err := c.Exec(context.Background(), sql); err != nil {
		tb.Fatalf("%s: %v", sql, err)
	}
}

func count(s *verifier.State) error { s.Events++; return nil }

func update(tb testing.TB, s *pgstore.Store, id string) {
	tb.Helper()
	if err := s.Update(context.Background(), id, count); err != nil {
		tb.Error(err)
	}
}

func wantEvents(tb testing.TB, s *pgstore.Store, id string, want uint64) {
	tb.Helper()
	state, err := s.Load(context.Background(), id)
	if err != nil || state.Events != want {
		tb.Errorf("%s has %d events (%v), want %d", id, state.Events, err, want)
	}
}

// kills is how often servers are killed: AUTHCTL_KILLS, else 4 times.
func kills() int {
	if n, err := strconv.Atoi(os.Getenv("AUTHCTL_KILLS")); err == nil && n > 0 {
		return n
	}
	return 4
}
