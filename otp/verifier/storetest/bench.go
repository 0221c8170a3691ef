package storetest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/verifier"
)

// Verifications measures logins on a store: fresh codes, each compared with three
// candidates and kept as the store keeps it, by a number of goroutines with an
// account each.
func Verifications(b *testing.B, s verifier.Store, goroutines int) {
	key := sharedKey(b, otp.TOTP)
	codes, err := otp.Prepare(key)
	if err != nil {
		b.Fatal(err)
	}
	type worker struct {
		v    *verifier.Verifier
		id   string
		time time.Time
	}
	workers := make([]*worker, goroutines)
	for i := range workers { // each has a clock of its own, so that every login is a fresh step
		w := &worker{id: fmt.Sprint("user", i), time: start}
		w.v, err = verifier.New(s, ring(b), verifier.Config{Now: func() time.Time { return w.time }})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := w.v.Adopt(b.Context(), w.id, key); err != nil {
			b.Fatal(err)
		}
		workers[i] = w
	}
	Spread(b, goroutines, func(i int) error {
		w := workers[i]
		w.time = w.time.Add(30 * time.Second)
		r, err := w.v.Verify(context.Background(), w.id, verifier.Attempt{Code: codes.Code(key.Step(w.time))})
		if err == nil && !r.OK() && r.Outcome != verifier.Replayed { // one in 500,000 is a code of the step before too
			err = fmt.Errorf("a fresh code is %s", r.Outcome)
		}
		return err
	})
}

// Spread measures b.N runs of fn by a number of goroutines, each of which is told
// its number. It is for a store's own ceiling: one bare atomic write.
func Spread(b *testing.B, goroutines int, fn func(worker int) error) {
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	for worker := range goroutines {
		wg.Go(func() {
			for next.Add(1) <= int64(b.N) {
				if err := fn(worker); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ops/s")
}

// Fill writes n accounts as they typically are: a TOTP key and ten recovery codes.
// It is for measuring what an account takes.
func Fill(tb testing.TB, s verifier.Store, n int) {
	tb.Helper()
	b := newBench(tb, s)
	b.enrol("first", verifier.NewKey{})
	state, err := s.Load(tb.Context(), "first")
	if err != nil {
		tb.Fatal(err)
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for i := next.Add(1); i < int64(n); i = next.Add(1) {
				err := s.Update(tb.Context(), fmt.Sprintf("user-%09d", i), func(to *verifier.State) error { *to = state.Clone(); return nil })
				if err != nil {
					tb.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}
