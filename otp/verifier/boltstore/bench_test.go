package boltstore_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/verifier"
)

// BenchmarkDurable verifies fresh codes, every acceptance on the disk before it is
// told, beside a bare bbolt update of eight bytes in the same run. The numbers are
// goroutines.
func BenchmarkDurable(b *testing.B) {
	for _, n := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("verify/%d", n), func(b *testing.B) { benchVerify(b, n) })
		b.Run(fmt.Sprintf("bare update/%d", n), func(b *testing.B) { benchBare(b, n, (*bolt.DB).Update) })
		b.Run(fmt.Sprintf("bare batch/%d", n), func(b *testing.B) { benchBare(b, n, (*bolt.DB).Batch) })
	}
}

// spread runs b.N operations on n goroutines.
func spread(b *testing.B, n int, fn func(worker int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	for worker := range n {
		wg.Go(func() {
			for next.Add(1) <= int64(b.N) {
				fn(worker)
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ops/s")
}

func benchVerify(b *testing.B, n int) {
	s := open(b, filepath.Join(b.TempDir(), "accounts"))
	defer s.(interface{ Close() error }).Close()
	secret, err := otp.NewSecret([]byte("12345678901234567890"))
	if err != nil {
		b.Fatal(err)
	}
	master, err := otp.NewSecret(make([]byte, 32))
	if err != nil {
		b.Fatal(err)
	}
	ring, err := verifier.NewKeyring(verifier.MasterKey{Version: 1, Secret: master})
	if err != nil {
		b.Fatal(err)
	}
	key := otp.Key{Type: otp.TOTP, Issuer: "Example", Secret: secret, Algorithm: otp.SHA1, Digits: 6, Period: 30}
	codes, err := otp.Prepare(key)
	if err != nil {
		b.Fatal(err)
	}
	type worker struct {
		v    *verifier.Verifier
		id   string
		time time.Time
	}
	workers := make([]*worker, n)
	for i := range workers { // each has a clock of its own, so that every login is a fresh step
		w := &worker{id: fmt.Sprint("user", i), time: time.Unix(1_800_000_000, 0)}
		w.v, err = verifier.New(s, ring, verifier.Config{Now: func() time.Time { return w.time }})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := w.v.Adopt(b.Context(), w.id, key); err != nil {
			b.Fatal(err)
		}
		workers[i] = w
	}
	spread(b, n, func(i int) {
		w := workers[i]
		w.time = w.time.Add(30 * time.Second)
		r, err := w.v.Verify(context.Background(), w.id, verifier.Attempt{Code: codes.Code(key.Step(w.time))})
		if err != nil || !r.OK() {
			b.Error(r, err)
		}
	})
}

func benchBare(b *testing.B, n int, update func(*bolt.DB, func(*bolt.Tx) error) error) {
	db, err := bolt.Open(filepath.Join(b.TempDir(), "bare"), 0o600, &bolt.Options{NoFreelistSync: true, FreelistType: bolt.FreelistMapType})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	name := []byte("b")
	if err := db.Update(func(tx *bolt.Tx) error { _, err := tx.CreateBucket(name); return err }); err != nil {
		b.Fatal(err)
	}
	var value atomic.Uint64
	spread(b, n, func(i int) {
		err := update(db, func(tx *bolt.Tx) error {
			return tx.Bucket(name).Put(fmt.Append(nil, "user", i), binary.BigEndian.AppendUint64(nil, value.Add(1)))
		})
		if err != nil {
			b.Error(err)
		}
	})
}
