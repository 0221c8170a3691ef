package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/authctl/authctl/otp/verifier"
	"github.com/authctl/authctl/otp/verifier/redisstore"
	"github.com/authctl/authctl/otp/verifier/storetest/testserver"
)

// TestSentinel has one store go on while its primary is killed and a Sentinel promotes
// a replica. What was confirmed is there afterwards, what was refused is not.
func TestSentinel(t *testing.T) {
	primary := testserver.StartRedis(t)
	replicaOf := []string{"--replicaof", strings.Replace(primary.Address, ":", " ", 1)}
	for range 2 {
		testserver.StartRedis(t, replicaOf...)
	}
	sentinel := testserver.StartSentinel(t, "login", primary)
	asks := redis.NewSentinelClient(&redis.Options{Addr: sentinel})
	defer asks.Close()
	within(t, "the Sentinel knows both replicas", func() bool {
		list, err := asks.Replicas(t.Context(), "login").Result()
		return err == nil && len(list) == 2
	})
	client := redis.NewFailoverClient(&redis.FailoverOptions{MasterName: "login", SentinelAddrs: []string{sentinel}, MaxRetries: -1})
	defer client.Close()
	s, err := redisstore.New(t.Context(), client, redisstore.Options{Replicas: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()

	const accounts = 4
	var least, most [accounts]atomic.Uint64 // events that were kept
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for i := range accounts {
		wg.Go(func() {
			for {
				switch err := s.Update(context.Background(), fmt.Sprint("a", i), count); {
				case err == nil:
					least[i].Add(1)
					most[i].Add(1)
				case errors.Is(err, verifier.ErrUnknownOutcome):
					most[i].Add(1)
				}
				select {
				case <-stop:
					return
				case <-time.After(time.Millisecond):
				}
			}
		})
	}
	confirmed := func(n uint64) func() bool {
		return func() bool {
			for i := range least {
				if least[i].Load() < n {
					return false
				}
			}
			return true
		}
	}
	within(t, "updates are confirmed", confirmed(20))
	primary.Kill()
	most0 := most[0].Load()
	within(t, "updates are confirmed by the new primary", confirmed(most0+20))
	close(stop)
	wg.Wait()
	for i := range accounts {
		state, err := s.Load(t.Context(), fmt.Sprint("a", i))
		if n := state.Events; err != nil || n < least[i].Load() || n > most[i].Load() {
			t.Errorf("account %d has %d events (%v), want %d to %d", i, n, err, least[i].Load(), most[i].Load())
		}
	}
}

func within(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("a minute passed before %s", what)
		}
	}
}
