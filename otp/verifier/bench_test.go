package verifier_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/verifier"
)

// benchLogin is a verifier with n accounts under one secret, and that secret's
// generator. The clock is moved by hand, so that each verification is a success of
// a fresh step.
type benchLogin struct {
	*verifier.Verifier
	key   otp.Key
	codes *otp.Generator
	ids   []string
}

func newBenchLogin(b *testing.B, s verifier.Store, n int, now func() time.Time) *benchLogin {
	b.Helper()
	secret, err := otp.NewSecret([]byte("12345678901234567890"))
	must(b, err)
	master, err := otp.NewSecret(make([]byte, 32))
	must(b, err)
	ring, err := verifier.NewKeyring(verifier.MasterKey{Version: 1, Secret: master})
	must(b, err)
	v, err := verifier.New(s, ring, verifier.Config{Now: now})
	must(b, err)
	l := &benchLogin{Verifier: v, key: otp.Key{Type: otp.TOTP, Issuer: "Example", Secret: secret, Algorithm: otp.SHA1, Digits: 6, Period: 30}}
	l.codes, err = otp.Prepare(l.key)
	must(b, err)
	for i := range n {
		id := fmt.Sprint("user", i)
		_, err := v.Adopt(b.Context(), id, l.key)
		must(b, err)
		l.ids = append(l.ids, id)
	}
	return l
}

// BenchmarkMemory verifies a fresh code each time, three candidates each, on all
// processors, over a thousand accounts.
func BenchmarkMemory(b *testing.B) {
	b.Run("parallel", func(b *testing.B) {
		var at atomic.Int64 // the clock stands while all accounts sign in once
		l := newBenchLogin(b, verifier.NewMemory(), 1024, func() time.Time { return start.Add(time.Duration(at.Load()) * 30 * time.Second) })
		codes := make([]string, 1<<16)
		for i := range codes {
			codes[i] = l.codes.Code(l.key.Step(start) + int64(i))
		}
		var next, refused atomic.Int64
		b.ReportAllocs()
		b.ResetTimer()
		b.RunParallel(func(pb *testing.PB) {
			const block = 64 // numbers that a goroutine takes at once, so that counting is not what is measured
			for n := int64(0); pb.Next(); n++ {
				if n%block == 0 {
					n = next.Add(block) - block
				}
				step := n / int64(len(l.ids)) % int64(len(codes))
				if at.Load() != step {
					at.Store(step)
				}
				r, err := l.Verify(context.Background(), l.ids[n%int64(len(l.ids))], verifier.Attempt{Code: codes[step]})
				if err != nil {
					b.Error(err)
				}
				if !r.OK() { // the step turned under another goroutine
					refused.Add(1)
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "verifications/s")
		b.ReportMetric(100*float64(refused.Load())/float64(b.N), "%refused")
	})
	b.Run("wrong code", func(b *testing.B) { // three candidates and a count, then locked: the load of an attack
		l := newBenchLogin(b, verifier.NewMemory(), 1024, func() time.Time { return start })
		var next atomic.Int64
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				n := next.Add(1)
				if r, err := l.Verify(context.Background(), l.ids[n%1024], verifier.Attempt{Code: "000000"}); err != nil || r.OK() {
					b.Error(r, err)
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "verifications/s")
	})
}

// nowhere is a store that keeps one state in place: what is left is the cost of
// policy and sealing.
type nowhere struct{ state verifier.State }

func (n *nowhere) Load(context.Context, string) (verifier.State, error) { return n.state, nil }
func (n *nowhere) Update(_ context.Context, _ string, fn func(*verifier.State) error) error {
	return fn(&n.state)
}
func (n *nowhere) IDs(context.Context, string, int) ([]string, error) { return nil, nil }

// BenchmarkPolicy is one Update without a store: settle, normalise, compare three
// candidates, consume. cold opens the sealed secret each time; codes is the part of
// it that is three HMACs.
func BenchmarkPolicy(b *testing.B) {
	now := start
	s := &nowhere{}
	l := newBenchLogin(b, s, 1, func() time.Time { return now })
	verify := func(b *testing.B, prepare func()) {
		b.ReportAllocs()
		for b.Loop() {
			now = now.Add(30 * time.Second)
			code := l.codes.Code(l.key.Step(now))
			prepare()
			r, err := l.Verify(b.Context(), "user0", verifier.Attempt{Code: code})
			if err != nil || !r.OK() && r.Outcome != verifier.Replayed { // one in 500,000 is a code of the step before too
				b.Fatal(r, err)
			}
		}
	}
	b.Run("prepared", func(b *testing.B) { verify(b, func() {}) })
	b.Run("cold", func(b *testing.B) {
		// A cache entry counts only for the very sealed secret it was made from, so
		// two that hold the same make every one cold.
		one := s.state.Keys[0].Secret
		other := &nowhere{}
		twin := newBenchLogin(b, other, 1, func() time.Time { return now })
		_ = twin
		sealed := []verifier.Sealed{one, other.state.Keys[0].Secret}
		n := 0
		verify(b, func() { n++; s.state.Keys[0].Secret = sealed[n%2] })
	})
	b.Run("three HMACs", func(b *testing.B) {
		for b.Loop() {
			l.codes.Match("123456", 60_000_000, otp.Window{Behind: 1, Ahead: 1})
		}
	})
	b.Run("pquerna Validate", func(b *testing.B) { // keeps no state and accepts a code twice
		text := l.key.Secret.Base32()
		for b.Loop() {
			_, err := totp.ValidateCustom("123456", text, start, totp.ValidateOpts{Period: 30, Skew: 1, Digits: 6})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}
