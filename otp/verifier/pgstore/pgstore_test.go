package pgstore_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/authctl/authctl/otp/verifier"
	"github.com/authctl/authctl/otp/verifier/pgstore"
	"github.com/authctl/authctl/otp/verifier/storetest"
)

func TestStore(t *testing.T) {
	t.Setenv(serverURL, database(t))
	storetest.Run(t, storetest.Caps{Durable: true, Processes: true}, func(tb testing.TB, place string) verifier.Store {
		return open(tb, database(tb), named(place))
	})
}

func TestIDsOfAnyBytes(t *testing.T) {
	s := open(t, database(t), named(t.Name()))
	ids := []string{"\x00", "\x00a", "a\xff", "\xff\xfe"} // in their order
	for _, id := range ids {
		update(t, s, id)
		wantEvents(t, s, id, 1)
	}
	if got, err := s.IDs(t.Context(), "", 10); err != nil || fmt.Sprintf("%q", got) != fmt.Sprintf("%q", ids) {
		t.Errorf("IDs gave %q (%v), want %q", got, err, ids)
	}
	for _, id := range []string{"", strings.Repeat("x", 1025)} {
		if err := s.Update(t.Context(), id, count); err == nil {
			t.Errorf("an id of %d bytes is taken", len(id))
		}
	}
}

func TestClosedStore(t *testing.T) {
	s := open(t, database(t), named(t.Name()))
	var wg sync.WaitGroup
	kept := make([]bool, 32)
	for i := range kept { // updates that race with Close are kept or refused, never lost
		wg.Go(func() {
			err := s.Update(context.Background(), fmt.Sprint(i), count)
			if err != nil && !errors.Is(err, pgstore.ErrClosed) {
				t.Error(err)
			}
			kept[i] = err == nil
		})
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	wg.Wait()
	if _, err := s.Load(t.Context(), "0"); !errors.Is(err, pgstore.ErrClosed) {
		t.Errorf("Load after Close: %v, want ErrClosed", err)
	}
	again := open(t, database(t), named(t.Name()))
	for i, kept := range kept {
		state, err := again.Load(t.Context(), fmt.Sprint(i))
		if err != nil || (state.Events == 1) != kept {
			t.Errorf("update %d was confirmed: %t; there are %d events (%v)", i, kept, state.Events, err)
		}
	}
}

// TestNewLeavesThePoolOpen also has two stores in one database, which do not meet.
func TestNewLeavesThePoolOpen(t *testing.T) {
	pool, err := pgxpool.New(t.Context(), database(t))
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	one, err := pgstore.New(t.Context(), pool, named(t.Name()+"1"))
	if err != nil {
		t.Fatal(err)
	}
	exec(t, session(t, database(t)), `CREATE SCHEMA "Log in; --"`)
	o := named(t.Name() + "1")
	o.Schema = "Log in; --"
	two, err := pgstore.New(t.Context(), pool, o)
	if err != nil {
		t.Fatal(err)
	}
	update(t, one, "a")
	wantEvents(t, two, "a", 0)
	two.Close()
	update(t, one, "a")
	wantEvents(t, one, "a", 2)
	one.Close()
	if err := pool.Ping(t.Context()); err != nil {
		t.Errorf("the caller's pool after Close: %v", err)
	}
}
