package boltstore_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/authctl/authctl/otp/verifier/boltstore"
	"github.com/authctl/authctl/otp/verifier/storetest"
)

// BenchmarkDurable verifies fresh codes, every acceptance on the disk before it is
// told, beside a bare bbolt update of eight bytes in the same run. The numbers are
// goroutines.
func BenchmarkDurable(b *testing.B) {
	for _, n := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("verify/%d", n), func(b *testing.B) {
			s := open(b, filepath.Join(b.TempDir(), "accounts")).(*boltstore.Store)
			defer s.Close()
			storetest.Verifications(b, s, n)
		})
		b.Run(fmt.Sprintf("bare update/%d", n), func(b *testing.B) { benchBare(b, n, (*bolt.DB).Update) })
		b.Run(fmt.Sprintf("bare batch/%d", n), func(b *testing.B) { benchBare(b, n, (*bolt.DB).Batch) })
	}
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
	storetest.Spread(b, n, func(i int) error {
		return update(db, func(tx *bolt.Tx) error {
			return tx.Bucket(name).Put(fmt.Append(nil, "user", i), binary.BigEndian.AppendUint64(nil, value.Add(1)))
		})
	})
}

// BenchmarkSize fills a store and reports what an account takes in its file.
func BenchmarkSize(b *testing.B) {
	path := filepath.Join(b.TempDir(), "accounts")
	s := open(b, path).(*boltstore.Store)
	defer s.Close()
	n := max(b.N, 20_000)
	storetest.Fill(b, s, n)
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size())/float64(n), "bytes/account")
}
