package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/verifier"
)

var kinds = map[string]verifier.NewKey{
	"totp":  {},
	"hotp":  {Type: otp.HOTP},
	"steam": {Type: otp.Steam},
}

func testReplay(t *testing.T, k *kit) {
	for name, n := range kinds {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, k.store(t))
			h := b.enrol("a", n)
			code := h.code(0)
			h.want(verifier.Accepted, code)
			h.want(verifier.Replayed, code, code)
		})
	}
}

func testReplayWindow(t *testing.T, k *kit) {
	b := newBench(t, k.store(t))
	h := b.enrol("a", verifier.NewKey{})
	first := h.code(0)
	h.want(verifier.Accepted, first)
	b.clock.add(30 * time.Second)
	second := h.code(0)
	h.want(verifier.Accepted, second)
	h.want(verifier.Replayed, first, second)

	b.clock.add(time.Minute)
	late := h.code(0)
	b.clock.add(time.Second)
	h.want(verifier.Accepted, late)
	b.clock.add(45 * time.Second) // its step is the one before the present now
	h.want(verifier.Replayed, late)
}

func testReplayResync(t *testing.T, k *kit) {
	for name, n := range map[string]verifier.NewKey{"totp": {}, "hotp": {Type: otp.HOTP}} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, k.store(t))
			h := b.enrol("a", n)
			codes := []string{h.code(12), h.code(13)}
			r, err := b.Resync(t.Context(), "a", verifier.Resync{Codes: codes})
			if err != nil || r.Outcome != verifier.Resynced || r.OK() {
				t.Fatalf("resync: %+v, %v; want resynced, which is not OK", r, err)
			}
			h.want(verifier.Replayed, codes...)
			if r, err := b.Resync(t.Context(), "a", verifier.Resync{Codes: codes}); err != nil || r.Outcome != verifier.Invalid {
				t.Errorf("the same resync again: %v, %v; want invalid", r.Outcome, err)
			}
			h.want(verifier.Accepted, h.code(14))
		})
	}
}

func testReplaySpelling(t *testing.T, k *kit) {
	b := newBench(t, k.store(t))
	h := b.enrol("a", verifier.NewKey{})
	code := h.code(0)
	wide := strings.Map(func(r rune) rune { return r - '0' + '０' }, code)
	accepted := 0
	for _, spelling := range []string{" " + code, code, code[:3] + " " + code[3:], wide} {
		if h.try(spelling) == verifier.Accepted {
			accepted++
		}
	}
	if accepted != 1 {
		t.Errorf("four spellings of one code were accepted %d times, want once", accepted)
	}
}

func testConcurrent(t *testing.T, k *kit) {
	b := newBench(t, k.store(t))
	total := fromEnv("AUTHCTL_ATTEMPTS", 20_000)
	if k.caps.Durable {
		total = fromEnv("AUTHCTL_ATTEMPTS", 2_000) // each waits for the disk
	}
	const goroutines, accounts = 64, 4
	var holders []*holder
	for i := range accounts {
		n := verifier.NewKey{}
		if i%2 == 1 {
			n.Type = otp.HOTP
		}
		holders = append(holders, b.enrol(fmt.Sprint("a", i), n))
	}
	for done := 0; done < total; done += goroutines {
		var codes [accounts]string
		for i, h := range holders {
			codes[i] = h.code(0)
		}
		got := race(t, goroutines, func(i int) (verifier.Result, error) {
			h := holders[i%accounts]
			return b.Verify(context.Background(), h.id, verifier.Attempt{Code: codes[i%accounts]})
		})
		if got[verifier.Accepted] != accounts {
			t.Fatalf("after %d attempts: %d codes were accepted %d times (%v)", done, accounts, got[verifier.Accepted], got)
		}
		for _, h := range holders {
			h.key.Counter++
		}
		b.clock.add(15 * time.Minute) // replays count towards the short lock
		b.mu.Lock()
		b.events = b.events[:0]
		b.mu.Unlock()
	}
}
