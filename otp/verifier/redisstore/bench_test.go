package redisstore_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/authctl/authctl/otp/verifier/redisstore"
	"github.com/authctl/authctl/otp/verifier/storetest"
	"github.com/authctl/authctl/otp/verifier/storetest/testserver"
)

// BenchmarkDurable verifies fresh codes with appendfsync always, beside a bare
// atomic increment of one key by the same client in the same run. The numbers are
// goroutines.
func BenchmarkDurable(b *testing.B) {
	server := testserver.StartRedis(b)
	run := 0
	for _, n := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("verify/%d", n), func(b *testing.B) {
			run++
			s := open(b, server.URL(), redisstore.Options{Prefix: fmt.Sprintf("{run%d}:", run)})
			defer s.Close()
			storetest.Verifications(b, s, n)
		})
		b.Run(fmt.Sprintf("bare update/%d", n), func(b *testing.B) {
			client := redis.NewClient(&redis.Options{Addr: server.Address, PoolSize: n})
			defer client.Close()
			storetest.Spread(b, n, func(i int) error {
				return client.Incr(context.Background(), fmt.Sprint("bare", i)).Err()
			})
		})
	}
}

// BenchmarkSize fills a store and reports what an account takes in the server's
// memory.
func BenchmarkSize(b *testing.B) {
	server := testserver.StartRedis(b)
	client := redis.NewClient(&redis.Options{Addr: server.Address})
	defer client.Close()
	used := func() (n float64) {
		text, err := client.Info(b.Context(), "memory").Result()
		if err != nil {
			b.Fatal(err)
		}
		_, rest, _ := strings.Cut(text, "used_memory:")
		fmt.Sscan(rest, &n)
		return n
	}
	before := used()
	s := open(b, server.URL(), redisstore.Options{})
	defer s.Close()
	n := max(b.N, 20_000)
	storetest.Fill(b, s, n)
	b.ReportMetric((used()-before)/float64(n), "bytes/account")
}
