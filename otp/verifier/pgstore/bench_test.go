package pgstore_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/authctl/authctl/otp/verifier/pgstore"
	"github.com/authctl/authctl/otp/verifier/storetest"
	"github.com/authctl/authctl/otp/verifier/storetest/testserver"
)

// BenchmarkDurable verifies fresh codes with synchronous_commit on, beside a bare
// update of one row for each worker on the same pool in the same run. The numbers
// are goroutines.
func BenchmarkDurable(b *testing.B) {
	server := testserver.StartPostgres(b)
	exec(b, session(b, server.URL()), `CREATE TABLE bare (id int PRIMARY KEY, n bigint NOT NULL) WITH (fillfactor = 60);
		INSERT INTO bare SELECT i, 0 FROM generate_series(0, 63) i`)
	pool, err := pgxpool.New(b.Context(), server.URL()+"?pool_max_conns=64")
	if err != nil {
		b.Fatal(err)
	}
	defer pool.Close()
	all := make([]*pgxpool.Conn, pool.Config().MaxConns) // connected before time is taken
	for i := range all {
		if all[i], err = pool.Acquire(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	for _, c := range all {
		c.Release()
	}
	run := 0
	for _, n := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("verify/%d", n), func(b *testing.B) {
			run++
			s, err := pgstore.New(b.Context(), pool, named(fmt.Sprint(b.Name(), run)))
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			storetest.Verifications(b, s, n)
		})
		b.Run(fmt.Sprintf("bare update/%d", n), func(b *testing.B) {
			storetest.Spread(b, n, func(i int) error {
				_, err := pool.Exec(context.Background(), "UPDATE bare SET n = n + 1 WHERE id = $1", i)
				return err
			})
		})
	}
}

// BenchmarkSize fills a store and reports what an account takes of the disk, index
// included.
func BenchmarkSize(b *testing.B) {
	server := testserver.StartPostgres(b)
	s := open(b, server.URL(), pgstore.Options{})
	n := max(b.N, 20_000)
	storetest.Fill(b, s, n)
	var table, total float64
	err := session(b, server.URL()).QueryRow(b.Context(),
		"SELECT pg_relation_size('authctl_accounts'), pg_total_relation_size('authctl_accounts')").Scan(&table, &total)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(table/float64(n), "table-bytes/account")
	b.ReportMetric(total/float64(n), "bytes/account")
}
