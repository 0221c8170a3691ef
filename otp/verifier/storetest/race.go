package storetest

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/verifier"
)

// What races: processes, each with some accounts at once.
const (
	racers       = 3
	raceAccounts = 4
)

// raceSteps is how many codes of each account are raced for.
func raceSteps() int64 {
	return int64((fromEnv("AUTHCTL_ATTEMPTS", 2_400) + racers*raceAccounts - 1) / (racers * raceAccounts))
}

// childRace tries every step of every account once, as its brothers do.
func (k *kit) childRace(t *testing.T, place string, first int64) {
	s := k.open(t, place)
	defer closeStore(t, s)
	var wg sync.WaitGroup
	for i := range raceAccounts {
		wg.Go(func() {
			b := newBench(t, s, func(p *verifier.Policy) { p.Failures = 100 })
			id := fmt.Sprint("a", i)
			h := b.holder(id, sharedKey(t, otp.TOTP))
			for step := first; step < first+raceSteps(); step++ {
				b.clock.t = at(step)
				o := h.try(h.code(0))
				for o == verifier.Locked { // a replay is a failure, and most attempts are one
					if err := b.Unlock(t.Context(), id, "the test"); err != nil {
						t.Error(err)
						return
					}
					o = h.try(h.code(0))
				}
				if o == verifier.Accepted {
					say("%s %d", id, step)
				}
			}
		})
	}
	wg.Wait()
}

// testProcesses lets three processes use the same codes.
func testProcesses(t *testing.T, k *kit) {
	if !k.caps.Processes {
		t.Skip("the store belongs to one process at a time")
	}
	place := k.place(t)
	s := k.open(t, place)
	defer closeStore(t, s)
	b := newBench(t, s)
	for i := range raceAccounts {
		if _, err := b.Adopt(t.Context(), fmt.Sprint("a", i), sharedKey(t, otp.TOTP)); err != nil {
			t.Fatal(err)
		}
	}
	accepted := map[string]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range racers {
		cmd, lines := k.spawn(t, "race", place, firstStep+10)
		wg.Go(func() {
			for line := range lines {
				mu.Lock()
				accepted[line]++
				mu.Unlock()
			}
			if err := cmd.Wait(); err != nil {
				t.Errorf("child: %v", err)
			}
		})
	}
	wg.Wait()
	if want := int(raceSteps() * raceAccounts); len(accepted) != want {
		t.Errorf("%d of %d steps were accepted", len(accepted), want)
	}
	for step, n := range accepted {
		if n != 1 {
			t.Errorf("step %s was accepted %d times", step, n)
		}
	}
	t.Logf("%d attempts by %d processes on %d codes, each accepted once", raceSteps()*raceAccounts*racers, racers, len(accepted))
}

// testFair opens a store several times, as processes do, and has all update one
// account without a pause. None fails, and none has to try for ever while others
// are faster.
func testFair(t *testing.T, k *kit) {
	if !k.caps.Processes {
		t.Skip("the store belongs to one process at a time")
	}
	const openings, updates, patience = 3, 500, 80
	place := k.place(t)
	most := make([]int, openings)
	var wg sync.WaitGroup
	for i := range openings {
		s := k.open(t, place)
		defer closeStore(t, s)
		wg.Go(func() {
			for range updates {
				runs := 0
				err := s.Update(t.Context(), "a", func(s *verifier.State) error { runs++; s.Events++; return nil })
				if err != nil {
					t.Error(err)
					return
				}
				most[i] = max(most[i], runs)
			}
		})
	}
	wg.Wait()
	s := k.open(t, place)
	defer closeStore(t, s)
	if state, err := s.Load(t.Context(), "a"); err != nil || state.Events != openings*updates {
		t.Errorf("%d updates were kept (%v), want %d", state.Events, err, openings*updates)
	}
	if slices.Max(most) > patience {
		t.Errorf("an Update had to run %d times, want %d at most", slices.Max(most), patience)
	}
	t.Logf("%d updates of one account by %d openings at once; the unluckiest ran %d times", openings*updates, openings, slices.Max(most))
}
