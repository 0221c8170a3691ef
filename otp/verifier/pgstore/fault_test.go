package pgstore_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/authctl/authctl/otp/verifier"
	"github.com/authctl/authctl/otp/verifier/pgstore"
	"github.com/authctl/authctl/otp/verifier/storetest/testserver"
)

// TestServerKilled ends the server while updates run, by SIGKILL and by an immediate
// shutdown in turn. What was confirmed is there afterwards, and what was refused is
// not; only of an unknown outcome nothing is said.
func TestServerKilled(t *testing.T) {
	server := testserver.StartPostgres(t)
	s := open(t, server.URL(), pgstore.Options{})
	const accounts = 8
	var least, most [accounts]uint64 // events that were kept
	for n := range kills() {
		started, stop := make(chan struct{}, accounts), make(chan struct{})
		var wg sync.WaitGroup
		for i := range accounts {
			wg.Go(func() { updateUntil(s, fmt.Sprint("a", i), started, stop, &least[i], &most[i]) })
		}
		for range accounts {
			<-started
		}
		if n%2 == 0 {
			server.Kill()
		} else {
			server.Quit()
		}
		close(stop)
		wg.Wait()
		server.Start()
		for i := range accounts {
			state := loadAfterStart(t, s, fmt.Sprint("a", i))
			if n := state.Events; n < least[i] || n > most[i] {
				t.Fatalf("account %d has %d events, want %d to %d", i, n, least[i], most[i])
			}
			least[i], most[i] = state.Events, state.Events
		}
	}
	total := uint64(0)
	for _, n := range least {
		total += n
	}
	t.Logf("%d ends of the server, %d updates kept, none that was confirmed is forgotten", kills(), total)
}

// updateUntil counts what must and what may have been kept, until stop.
func updateUntil(s *pgstore.Store, id string, started, stop chan struct{}, least, most *uint64) {
	for n := 0; ; n++ {
		err := s.Update(context.Background(), id, count)
		switch {
		case err == nil:
			*least++
			*most++
		case errors.Is(err, verifier.ErrUnknownOutcome):
			*most++
		}
		if n == 3 {
			started <- struct{}{}
		}
		select {
		case <-stop:
			return
		default:
		}
	}
}

// loadAfterStart reads an account. Connections of before the restart fail once each.
func loadAfterStart(t *testing.T, s *pgstore.Store, id string) verifier.State {
	t.Helper()
	var state verifier.State
	var err error
	for range 20 {
		if state, err = s.Load(t.Context(), id); err == nil {
			return state
		}
	}
	t.Fatal(err)
	return state
}

// TestConnectionCut cuts the connection before or after the server has the write.
func TestConnectionCut(t *testing.T) {
	proxy := testserver.StartProxy(t, strings.TrimSuffix(strings.TrimPrefix(database(t), "postgres://postgres@"), "/postgres"))
	o := named(t.Name())
	s := open(t, "postgres://postgres@"+proxy.Address+"/postgres?sslmode=disable&default_query_exec_mode=exec", o)
	for _, c := range []struct {
		name, id, mark string
		cut            testserver.Cut
		want           uint64
	}{
		{"the request of an update is lost", "a", `UPDATE "` + o.Prefix, testserver.CutRequest, 1},
		{"the reply to an update is lost", "a", `UPDATE "` + o.Prefix, testserver.CutReply, 2},
		{"the request of an insert is lost", "new", `INSERT INTO "` + o.Prefix, testserver.CutRequest, 0},
		{"the reply to an insert is lost", "new", `INSERT INTO "` + o.Prefix, testserver.CutReply, 1},
	} {
		if c.id == "a" && c.cut == testserver.CutRequest {
			update(t, s, c.id)
		}
		calls := 0
		err := s.Update(t.Context(), c.id, func(s *verifier.State) error {
			calls++
			proxy.CutAt(c.cut, c.mark)
			return count(s)
		})
		if !errors.Is(err, verifier.ErrUnknownOutcome) || calls != 1 {
			t.Errorf("%s: Update gave %v after %d calls, want ErrUnknownOutcome after one", c.name, err, calls)
		}
		wantEvents(t, s, c.id, c.want)
	}
	proxy.CutAt(testserver.CutReply, "SELECT id, tag")
	if err := s.Update(t.Context(), "a", count); err == nil || errors.Is(err, verifier.ErrUnknownOutcome) {
		t.Errorf("a lost answer to a read: %v, want a plain error", err)
	}
	wantEvents(t, s, "a", 2)
}

func TestServerGone(t *testing.T) {
	server := testserver.StartPostgres(t)
	s := open(t, server.URL(), pgstore.Options{})
	server.Kill()
	ran := false
	err := s.Update(t.Context(), "a", func(*verifier.State) error { ran = true; return nil })
	if err == nil || errors.Is(err, verifier.ErrUnknownOutcome) || ran {
		t.Errorf("without a server: %v, want a plain error and no run of fn", err)
	}
	server.Start()
	loadAfterStart(t, s, "a")
	update(t, s, "a")
	wantEvents(t, s, "a", 1)
}

// TestSerializable sets the strictest isolation as the default.
func TestSerializable(t *testing.T) {
	const stores, goroutines, each = 4, 4, 25
	url := database(t) + "?default_transaction_isolation=serializable"
	var wg sync.WaitGroup
	for range stores { // each with connections and turns of its own, like a process
		s := open(t, url, named(t.Name()))
		for g := range goroutines {
			wg.Go(func() {
				for range each {
					update(t, s, "shared")
					update(t, s, fmt.Sprint("own", g))
				}
			})
		}
	}
	wg.Wait()
	s := open(t, url, named(t.Name()))
	wantEvents(t, s, "shared", stores*goroutines*each)
	wantEvents(t, s, "own0", stores*each)
}

// TestRowHeld has another transaction hold an account: those of others go on, and
// the held one is refused in the end with nothing kept.
func TestRowHeld(t *testing.T) {
	o := named(t.Name())
	s := open(t, database(t), o)
	update(t, s, "held")
	other := session(t, database(t))
	exec(t, other, "BEGIN")
	exec(t, other, "SELECT FROM "+o.Prefix+"accounts WHERE id = 'held' FOR UPDATE")
	held := make(chan error)
	go func() { held <- s.Update(t.Context(), "held", count) }()
	for range 20 {
		update(t, s, "free")
	}
	if err := <-held; !errors.Is(err, pgstore.ErrContended) || errors.Is(err, verifier.ErrUnknownOutcome) {
		t.Errorf("the held account: %v, want ErrContended", err)
	}
	exec(t, other, "ROLLBACK")
	wantEvents(t, s, "held", 1)
	wantEvents(t, s, "free", 20)
}

// TestStatementTimeout has a statement wait for another's lock until the server ends
// it, and until the store gives up: the first is known, the second is not.
func TestStatementTimeout(t *testing.T) {
	o := named(t.Name())
	update(t, open(t, database(t), o), "a")
	other := session(t, database(t))
	lock := func(state *verifier.State) error {
		exec(t, other, "BEGIN")
		exec(t, other, "LOCK TABLE "+o.Prefix+"accounts IN EXCLUSIVE MODE")
		return count(state)
	}
	err := open(t, database(t)+"?statement_timeout=300", o).Update(t.Context(), "a", lock)
	if err == nil || errors.Is(err, verifier.ErrUnknownOutcome) || !strings.Contains(err.Error(), "statement timeout") {
		t.Errorf("the server's time-out: %v, want it with a known outcome", err)
	}
	exec(t, other, "ROLLBACK")
	o.Timeout = 300 * time.Millisecond
	impatient := open(t, database(t), o)
	if err := impatient.Update(t.Context(), "a", lock); !errors.Is(err, verifier.ErrUnknownOutcome) {
		t.Errorf("the store's time-out: %v, want ErrUnknownOutcome", err)
	}
	exec(t, other, "ROLLBACK")
}

// TestListTimeout has a list of accounts wait for somebody's lock of the table.
func TestListTimeout(t *testing.T) {
	o := named(t.Name())
	o.Timeout = 300 * time.Millisecond
	s := open(t, database(t), o)
	other := session(t, database(t))
	exec(t, other, "BEGIN; LOCK TABLE "+o.Prefix+"accounts")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := s.IDs(ctx, "", 1); !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
		t.Errorf("IDs gave %v, want the store's time-out", err)
	}
	exec(t, other, "ROLLBACK")
}

// TestConnectionEnded has an operator end the store's connections in mid-update.
func TestConnectionEnded(t *testing.T) {
	o := named(t.Name())
	s := open(t, database(t)+"?application_name="+o.Prefix, o)
	update(t, s, "a")
	other := session(t, database(t))
	err := s.Update(t.Context(), "a", func(state *verifier.State) error {
		exec(t, other, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = '"+o.Prefix+"'")
		return count(state)
	})
	state := loadAfterStart(t, s, "a")
	switch {
	case err == nil && state.Events != 2:
		t.Errorf("Update confirmed, and there are %d events", state.Events)
	case err != nil && !errors.Is(err, verifier.ErrUnknownOutcome) && state.Events != 1:
		t.Errorf("Update gave %v, and there are %d events", err, state.Events)
	}
}

// TestErrorAtCommit has the server refuse after it has answered the statement.
func TestErrorAtCommit(t *testing.T) {
	o := named(t.Name())
	s := open(t, database(t), o)
	update(t, s, "a")
	other := session(t, database(t))
	exec(t, other, `CREATE FUNCTION `+o.Prefix+`no() RETURNS trigger LANGUAGE plpgsql AS
		$$ BEGIN IF NEW.id = 'a' THEN RAISE 'not this one'; END IF; RETURN NULL; END $$`)
	exec(t, other, `CREATE CONSTRAINT TRIGGER no AFTER UPDATE ON `+o.Prefix+`accounts
		DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION `+o.Prefix+`no()`)
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() { // they share statements with the one that fails
			for range 5 {
				update(t, s, fmt.Sprint("other", i))
			}
		})
	}
	for range 5 {
		err := s.Update(t.Context(), "a", count)
		if err == nil || errors.Is(err, verifier.ErrUnknownOutcome) || !strings.Contains(err.Error(), "not this one") {
			t.Errorf("Update gave %v, want the server's error with a known outcome", err)
		}
	}
	wg.Wait()
	wantEvents(t, s, "a", 1)
	wantEvents(t, s, "other0", 5)
}

// TestServerDoesNotKnow has the server say that it does not know what became of a
// commit, as distributed ones that speak its protocol do.
func TestServerDoesNotKnow(t *testing.T) {
	o := named(t.Name())
	s := open(t, database(t), o)
	exec(t, session(t, database(t)), `CREATE FUNCTION `+o.Prefix+`no() RETURNS trigger LANGUAGE plpgsql AS
		$$ BEGIN RAISE 'result is ambiguous' USING ERRCODE = '40003'; END $$;
		CREATE TRIGGER no BEFORE INSERT ON `+o.Prefix+`accounts FOR EACH ROW EXECUTE FUNCTION `+o.Prefix+`no()`)
	if err := s.Update(t.Context(), "a", count); !errors.Is(err, verifier.ErrUnknownOutcome) {
		t.Errorf("Update gave %v, want ErrUnknownOutcome", err)
	}
}

func TestOneConnectionForAll(t *testing.T) {
	o := named(t.Name())
	o.Timeout = time.Minute
	s := open(t, database(t)+"?pool_max_conns=1", o)
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			for range 3 {
				update(t, s, fmt.Sprint("a", i%4))
			}
		})
	}
	wg.Wait()
	wantEvents(t, s, "a0", 16*3)
}

// TestNoConnectionLeft has the application use the pool up while fn runs.
func TestNoConnectionLeft(t *testing.T) {
	pool, err := pgxpool.New(t.Context(), database(t)+"?pool_max_conns=1")
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	o := named(t.Name())
	o.Timeout = 2 * time.Second
	s, err := pgstore.New(t.Context(), pool, o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var taken *pgxpool.Conn
	err = s.Update(t.Context(), "a", func(state *verifier.State) error {
		if taken, err = pool.Acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		return count(state)
	})
	taken.Release()
	if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, verifier.ErrUnknownOutcome) || !strings.Contains(err.Error(), "get a connection") {
		t.Errorf("Update gave %v, want that there was no connection, with a known outcome", err)
	}
	wantEvents(t, s, "a", 0)
}
