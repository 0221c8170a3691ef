package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/verifier"
)

// contractTests check the words of [verifier.Store] one by one.
var contractTests = []test{
	{"contract/unknown id", testUnknownID},
	{"contract/round trip", testRoundTrip},
	{"contract/error keeps nothing", testErrorKeepsNothing},
	{"contract/atomic", testAtomic},
	{"contract/context", testContext},
	{"contract/context while waiting", testContextWaiting},
	{"contract/ids", testIDs},
	{"contract/panic", testPanic},
}

func nothing(*verifier.State) error { return nil }

func testUnknownID(t *testing.T, k *kit) {
	s := k.store(t)
	if err := s.Update(t.Context(), "nobody", nothing); err != nil {
		t.Fatal(err)
	}
	state, err := s.Load(t.Context(), "nobody")
	if err != nil || !state.IsZero() {
		t.Errorf("an account that was never written is %v, %v; want the zero State", state, err)
	}
	if ids, err := s.IDs(t.Context(), "", 10); err != nil || len(ids) != 0 {
		t.Errorf("ids are %q, %v: an unchanged Update created an account", ids, err)
	}
}

// fullState has something in every field.
func fullState() verifier.State {
	return verifier.State{
		Enforced: true, Enrolment: 1 << 60,
		Keys: []verifier.Enrolled{{
			Enrolment: 7, Status: verifier.Confirmed, Since: 1_800_000_000_123, For: 5, Overlap: 6, Wrong: 1,
			Type: otp.TOTP, Issuer: "Example «Ü»", Account: "a<b>&c", Algorithm: otp.SHA512, Digits: 8, Period: 60, T0: -5,
			Secret: verifier.Sealed{Version: 3, Box: "AAAA"}, Next: 1 << 61, Drift: -2, Agree: 1, Resync: true, Weak: true, Alone: true,
		}},
		Gone:   []verifier.Tombstone{{Enrolment: 6, Status: verifier.Superseded, At: 9}},
		Codes:  verifier.Guard{Run: 1, At: 2, LockedAt: 3, LockFor: 4},
		Failed: []verifier.DayFails{{Day: 20833, N: 4}}, Shut: true,
		Rescue:   verifier.Guard{Run: 5},
		Recovery: verifier.RecoverySet{Made: 1, Salt: "c2FsdA", Cost: verifier.HashCost{Time: 1, Memory: 2, Threads: 3}, Hashes: verifier.Sealed{Version: 3, Box: "BBBB"}, Codes: 10, Used: 5, Kept: true},
		Link:     verifier.Link{Hash: "abcd", Made: 8},
		Request: verifier.Request{
			Number: 2, Status: verifier.RequestApproved, Since: 10, Made: 9, By: "reviewer", Text: "why",
			Documents: []verifier.Document{{Ref: "r", Type: "image/png", Size: 5}}, Link: verifier.Link{Hash: "ef", Made: 10},
		},
		Epoch: 1, Events: 2,
		Outbox: []verifier.Event{{Account: "a", Number: 2, At: start.UTC(), Kind: verifier.LoginAccepted, Source: "192.0.2.1"}},
		Ext:    map[string][]byte{"send": {0, 1, 0xff}},
	}
}

func testRoundTrip(t *testing.T, k *kit) {
	s := k.store(t)
	want := fullState()
	if err := s.Update(t.Context(), "a", func(s *verifier.State) error { *s = fullState(); return nil }); err != nil {
		t.Fatal(err)
	}
	got, err := s.Load(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Load after Update (-want +got):\n%s", diff)
	}
	err = s.Update(t.Context(), "a", func(s *verifier.State) error {
		if diff := cmp.Diff(want, *s); diff != "" {
			t.Errorf("Update after Update (-want +got):\n%s", diff)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func testErrorKeepsNothing(t *testing.T, k *kit) {
	s := k.store(t)
	failure := errors.New("refused by the caller")
	for _, exists := range []bool{false, true} {
		want, err := s.Load(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		err = s.Update(t.Context(), "a", func(s *verifier.State) error {
			*s = fullState()
			s.Events = 99
			return failure
		})
		if !errors.Is(err, failure) {
			t.Errorf("Update gave %v, want the error of fn", err)
		}
		if got, err := s.Load(t.Context(), "a"); err != nil || !cmp.Equal(got, want) {
			t.Errorf("exists %t: a failed Update left something behind (%v)", exists, err)
		}
		// What fn changes in place, in slices and maps, must not stay either.
		if err := s.Update(t.Context(), "a", func(s *verifier.State) error { *s = fullState(); return nil }); err != nil {
			t.Fatal(err)
		}
		_ = s.Update(t.Context(), "a", func(s *verifier.State) error {
			s.Keys[0].Next, s.Failed[0].N, s.Ext["send"][0], s.Outbox[0].Lost = 1, 77, 7, 7
			return failure
		})
		if got, err := s.Load(t.Context(), "a"); err != nil || !cmp.Equal(got, fullState()) {
			t.Errorf("a failed Update changed slices or maps of the kept state (%v)", err)
		}
	}
}

func testAtomic(t *testing.T, k *kit) {
	s := k.store(t)
	const goroutines, each = 64, 20
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			for range each {
				for _, id := range []string{"shared", fmt.Sprintf("own-%d", g)} {
					if err := s.Update(context.Background(), id, func(s *verifier.State) error { s.Events++; return nil }); err != nil {
						t.Errorf("update %s: %v", id, err)
					}
				}
			}
		})
	}
	wg.Wait()
	for id, want := range map[string]uint64{"shared": goroutines * each, "own-0": each, "own-63": each} {
		if got, err := s.Load(t.Context(), id); err != nil || got.Events != want {
			t.Errorf("%s: %d increments are left of %d (%v)", id, got.Events, want, err)
		}
	}
}

func testContext(t *testing.T, k *kit) {
	s := k.store(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := s.Update(ctx, "a", func(s *verifier.State) error { s.Events++; return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Update under an ended context gave %v, want context.Canceled", err)
	}
	if got, err := s.Load(t.Context(), "a"); err != nil || !got.IsZero() {
		t.Errorf("it kept its change all the same (%v)", err)
	}
	if _, err := s.Load(ctx, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("Load under an ended context gave %v, want context.Canceled", err)
	}
	if _, err := s.IDs(ctx, "", 1); !errors.Is(err, context.Canceled) {
		t.Errorf("IDs under an ended context gave %v, want context.Canceled", err)
	}
}

// testContextWaiting ends the context of an Update while another has the account.
func testContextWaiting(t *testing.T, k *kit) {
	s := k.store(t)
	ctx, cancel := context.WithCancel(t.Context())
	held, release, first := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	var once sync.Once
	go func() {
		first <- s.Update(t.Context(), "a", func(s *verifier.State) error {
			once.Do(func() { close(held); <-release })
			s.Events++
			return nil
		})
	}()
	<-held
	second := make(chan error, 1)
	go func() {
		second <- s.Update(ctx, "a", func(s *verifier.State) error {
			if ctx.Err() == nil { // an optimistic store may have run fn before the end
				s.Events += 100
				<-ctx.Done()
				return nil
			}
			s.Events += 100
			return nil
		})
	}()
	cancel()
	close(release)
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	err := <-second
	got, loadErr := s.Load(t.Context(), "a")
	if loadErr != nil {
		t.Fatal(loadErr)
	}
	if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, verifier.ErrUnknownOutcome) {
		t.Errorf("the waiting Update gave %v, want context.Canceled", err)
	}
	if kept := got.Events == 101; !errors.Is(err, verifier.ErrUnknownOutcome) && kept != (err == nil) {
		t.Errorf("the waiting Update said %v and its change is kept: %t", err, kept)
	}
}

func testIDs(t *testing.T, k *kit) {
	s := k.store(t)
	var want []string
	for i := range 120 {
		want = append(want, fmt.Sprintf("user-%d", i*37%120))
	}
	want = append(want, "日本", "a b", "A", "a/b", "~", "user-1#", "%00", "'; drop", "é")
	for _, id := range want {
		if err := s.Update(t.Context(), id, func(s *verifier.State) error { s.Events = 1; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(want)
	for _, page := range []int{1, 7, 1000} {
		var got []string
		for after := ""; ; after = got[len(got)-1] {
			ids, err := s.IDs(t.Context(), after, page)
			if err != nil {
				t.Fatal(err)
			}
			if len(ids) > page {
				t.Fatalf("a page of %d has %d ids", page, len(ids))
			}
			if len(ids) == 0 {
				break
			}
			got = append(got, ids...)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pages of %d (-want +got):\n%s", page, diff)
		}
	}
	if ids, err := s.IDs(t.Context(), "", 0); err != nil || len(ids) != 0 {
		t.Errorf("IDs up to none: %q, %v", ids, err)
	}
	if ids, err := s.IDs(t.Context(), "user-5~", 1); err != nil || len(ids) != 1 || ids[0] != "user-6" {
		t.Errorf("after an id that does not exist come %q, %v; want user-6", ids, err)
	}
}

// testPanic checks that a panic of fn, which net/http recovers from, does not leave
// the account locked or changed.
func testPanic(t *testing.T, k *kit) {
	s := k.store(t)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("Update swallowed a panic")
			}
		}()
		_ = s.Update(t.Context(), "a", func(s *verifier.State) error { s.Events = 5; panic("fn") })
	}()
	if err := s.Update(t.Context(), "a", func(s *verifier.State) error { s.Events++; return nil }); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Load(t.Context(), "a"); err != nil || got.Events != 1 {
		t.Errorf("after a panic the account has %d events, %v; want 1", got.Events, err)
	}
}
