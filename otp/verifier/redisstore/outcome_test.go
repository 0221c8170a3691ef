package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"net"
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

// TestIdsOfAnotherKind has something else under the name of the list of ids, so that
// the script fails at its second step: what is refused is not kept.
func TestIdsOfAnotherKind(t *testing.T) {
	server := testserver.StartRedis(t)
	s := open(t, server.URL(), redisstore.Options{})
	defer s.Close()
	client := redis.NewClient(&redis.Options{Addr: server.Address})
	defer client.Close()
	if err := s.Update(t.Context(), "known", count); err != nil {
		t.Fatal(err)
	}
	if err := client.Set(t.Context(), redisstore.DefaultPrefix+"ids", "a string", 0).Err(); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 20 { // they share commands with those that fail
		wg.Go(func() {
			if err := s.Update(context.Background(), "known", count); err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() {
			err := s.Update(context.Background(), "new", count)
			if err == nil || errors.Is(err, verifier.ErrUnknownOutcome) || !strings.Contains(err.Error(), "WRONGTYPE") {
				t.Errorf("Update gave %v, want the server's error with a known outcome", err)
			}
		})
	}
	wg.Wait()
	for id, want := range map[string]uint64{"known": 21, "new": 0} {
		if state, err := s.Load(t.Context(), id); err != nil || state.Events != want {
			t.Errorf("%s has %d events (%v), want %d", id, state.Events, err, want)
		}
	}
}

// TestServerSaysNo has the server refuse to write, in ways that say so.
func TestServerSaysNo(t *testing.T) {
	server := testserver.StartRedis(t)
	s := open(t, server.URL(), redisstore.Options{})
	defer s.Close()
	client := redis.NewClient(&redis.Options{Addr: server.Address})
	defer client.Close()
	if err := s.Update(t.Context(), "a", count); err != nil {
		t.Fatal(err)
	}
	for want, settings := range map[string][2]string{
		"OOM":        {"maxmemory", "1"},
		"NOREPLICAS": {"min-replicas-to-write", "1"},
	} {
		err := s.Update(t.Context(), "a", func(state *verifier.State) error {
			if err := client.ConfigSet(t.Context(), settings[0], settings[1]).Err(); err != nil {
				t.Fatal(err)
			}
			return count(state)
		})
		if err == nil || errors.Is(err, verifier.ErrUnknownOutcome) || !strings.Contains(err.Error(), want) {
			t.Errorf("Update gave %v, want %s with a known outcome", err, want)
		}
		if err := client.ConfigSet(t.Context(), settings[0], "0").Err(); err != nil {
			t.Fatal(err)
		}
	}
	if state, err := s.Load(t.Context(), "a"); err != nil || state.Events != 1 {
		t.Errorf("%d events (%v), want 1", state.Events, err)
	}
}

// TestProxyLosesItsServer has a proxy answer in the place of a server that may have
// run the command.
func TestProxyLosesItsServer(t *testing.T) {
	server := testserver.StartRedis(t)
	s := open(t, "redis://"+loser(t, server.Address)+"?protocol=2", redisstore.Options{})
	defer s.Close()
	err := s.Update(t.Context(), "a", count)
	if !errors.Is(err, verifier.ErrUnknownOutcome) || !strings.Contains(err.Error(), "upstream failure") {
		t.Errorf("Update gave %v, want ErrUnknownOutcome", err)
	}
	if state, err := s.Load(t.Context(), "a"); err != nil || state.Events != 1 {
		t.Errorf("%d events (%v), want 1", state.Events, err)
	}
}

// loser is a proxy before a server: of a write it keeps the answer back and says that
// it has lost the server. What the store writes is in one packet.
func loser(t *testing.T, address string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer client.Close()
				server, err := net.Dial("tcp", address)
				if err != nil {
					return
				}
				defer server.Close()
				var lose atomic.Bool // the next answer is that to a write
				go func() {
					answer := make([]byte, 64<<10)
					for {
						n, err := server.Read(answer)
						if err != nil {
							return
						}
						reply := answer[:n]
						if lose.Swap(false) && reply[0] != '-' {
							reply = []byte("-ERR upstream failure\r\n")
						}
						if _, err := client.Write(reply); err != nil {
							return
						}
					}
				}()
				request := make([]byte, 64<<10)
				for {
					n, err := client.Read(request)
					if err != nil {
						return
					}
					lose.Store(strings.Contains(string(request[:n]), "evalsha"))
					if _, err := server.Write(request[:n]); err != nil {
						return
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}

// TestContended has another client write the account between each read and write:
// the update ends, with nothing of it kept.
func TestContended(t *testing.T) {
	server := testserver.StartRedis(t)
	s, other := open(t, server.URL(), redisstore.Options{}), open(t, server.URL(), redisstore.Options{})
	defer s.Close()
	defer other.Close()
	runs := 0
	err := s.Update(t.Context(), "a", func(state *verifier.State) error {
		runs++
		if err := other.Update(t.Context(), "a", count); err != nil {
			t.Fatal(err)
		}
		state.Events = 1_000_000
		return nil
	})
	if !errors.Is(err, redisstore.ErrContended) || errors.Is(err, verifier.ErrUnknownOutcome) || runs != 200 {
		t.Errorf("Update gave %v after %d runs, want ErrContended after 200", err, runs)
	}
	if state, err := s.Load(t.Context(), "a"); err != nil || state.Events != 200 {
		t.Errorf("%d events (%v), want 200", state.Events, err)
	}
}

// TestNoConnectionLeft has others use the client's pool up while fn runs.
func TestNoConnectionLeft(t *testing.T) {
	server := testserver.StartRedis(t)
	client := redis.NewClient(&redis.Options{Addr: server.Address, PoolSize: 1, PoolTimeout: 200 * time.Millisecond, MaxRetries: -1})
	defer client.Close()
	s, err := redisstore.New(t.Context(), client, redisstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	taken := client.Conn()
	defer taken.Close()
	err = s.Update(t.Context(), "a", func(state *verifier.State) error {
		if err := taken.Ping(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		return count(state)
	})
	if !errors.Is(err, redis.ErrPoolTimeout) || errors.Is(err, verifier.ErrUnknownOutcome) {
		t.Errorf("Update gave %v, want that there was no connection, with a known outcome", err)
	}
	taken.Close()
	if state, err := s.Load(t.Context(), "a"); err != nil || state.Events != 0 {
		t.Errorf("%d events (%v), want none", state.Events, err)
	}
}

// TestShortReplicaTimeout asks for a replica that there is not, for less than the
// millisecond that WAIT counts in; its 0 would be for ever.
func TestShortReplicaTimeout(t *testing.T) {
	server := testserver.StartRedis(t)
	s := open(t, server.URL()+"?read_timeout=20s", redisstore.Options{Replicas: 1, ReplicaTimeout: time.Microsecond})
	defer s.Close()
	begin := time.Now()
	if err := s.Update(t.Context(), "a", count); !errors.Is(err, verifier.ErrUnknownOutcome) {
		t.Errorf("without replicas Update gave %v, want ErrUnknownOutcome", err)
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}

// TestSilentServer has more callers than the queues hold wait for a server that
// accepts and says nothing: each goes when its context ends.
func TestSilentServer(t *testing.T) {
	server := testserver.StartRedis(t)
	s := open(t, server.URL()+"?read_timeout=10s", redisstore.Options{})
	client := redis.NewClient(&redis.Options{Addr: server.Address})
	defer client.Close()
	if err := client.ClientPause(t.Context(), 4*time.Second).Err(); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	var wg sync.WaitGroup
	for i := range 2000 {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
			defer cancel()
			if err := s.Update(ctx, fmt.Sprint(i), count); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, verifier.ErrUnknownOutcome) {
				t.Errorf("Update gave %v, want the end of its context", err)
			}
		})
	}
	wg.Wait()
	if took := time.Since(begin); took > 3*time.Second {
		t.Errorf("they waited %v", took)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
