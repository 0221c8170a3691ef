package redisstore_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/authctl/authctl/otp/verifier"
	"github.com/authctl/authctl/otp/verifier/redisstore"
	"github.com/authctl/authctl/otp/verifier/storetest"
	"github.com/authctl/authctl/otp/verifier/storetest/testserver"
)

// serverURL is where the processes of TestStore find the server.
const serverURL = "AUTHCTL_REDISSTORE_TEST"

func TestStore(t *testing.T) {
	if os.Getenv(serverURL) == "" {
		t.Setenv(serverURL, testserver.StartRedis(t).URL())
	}
	storetest.Run(t, storetest.Caps{Durable: true, Processes: true}, func(tb testing.TB, place string) verifier.Store {
		return open(tb, os.Getenv(serverURL), redisstore.Options{Prefix: "{" + place + "}:"})
	})
}

func open(tb testing.TB, url string, o redisstore.Options) *redisstore.Store {
	tb.Helper()
	s, err := redisstore.Open(context.Background(), url, o)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func count(s *verifier.State) error { s.Events++; return nil }

func TestOpenRefusesServersThatForget(t *testing.T) {
	for want, args := range map[string][]string{
		"appendonly is no":                {"--appendonly", "no"},
		"appendfsync is everysec":         {"--appendfsync", "everysec"},
		"no-appendfsync-on-rewrite is ye": {"--no-appendfsync-on-rewrite", "yes"},
		"maxmemory-policy is allkeys-lru": {"--maxmemory-policy", "allkeys-lru"},
		"CONFIG GET appendonly":           {"--rename-command", "CONFIG", ""},
	} {
		t.Run(want, func(t *testing.T) {
			url := testserver.StartRedis(t, args...).URL()
			_, err := redisstore.Open(t.Context(), url, redisstore.Options{})
			if !errors.Is(err, redisstore.ErrForgets) || !strings.Contains(err.Error(), want) {
				t.Errorf("Open gave %v, want ErrForgets with %q", err, want)
			}
			s := open(t, url, redisstore.Options{AllowLoss: true})
			defer s.Close()
			if err := s.Update(t.Context(), "a", count); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestOpenSaysWhatIsWrongAndNoPassword(t *testing.T) {
	server := testserver.StartRedis(t, "--requirepass", "right-horse")
	for url, want := range map[string]string{
		"redis://:wrong-horse@" + server.Address: "WRONGPASS",
		"redis://" + server.Address:              "NOAUTH",
		"redis://:wrong-horse@127.0.0.1:1":       "connection refused",
		"http://:wrong-horse@example.com":        "redis://host:port/0",
		"redis://:wrong-horse@[::1":              "redis://host:port/0",
	} {
		_, err := redisstore.Open(t.Context(), url, redisstore.Options{})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "wrong-horse") {
			t.Errorf("Open gave %v, want %q and no password", err, want)
		}
	}
	open(t, "redis://:right-horse@"+server.Address, redisstore.Options{}).Close()
}

// TestTLSAndLeastRights signs in over TLS as a user who may do no more than
// doc/verifier.md grants.
func TestTLSAndLeastRights(t *testing.T) {
	doc, err := os.ReadFile("../../../doc/verifier.md")
	if err != nil {
		t.Fatal(err)
	}
	grant := regexp.MustCompile(`(?m)^    ACL SETUSER (.*)$`).FindSubmatch(doc)
	if grant == nil {
		t.Fatal("doc/verifier.md grants nothing")
	}
	certificate, key := testserver.Certificate(t)
	dir := t.TempDir()
	for name, content := range map[string][]byte{"crt": certificate, "key": key, "acl": append([]byte("user "), grant[1]...)} {
		if err := os.WriteFile(filepath.Join(dir, name), append(content, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	port := testserver.FreePort(t)
	testserver.StartRedis(t, "--tls-port", port, "--tls-auth-clients", "no", "--aclfile", filepath.Join(dir, "acl"),
		"--tls-cert-file", filepath.Join(dir, "crt"), "--tls-key-file", filepath.Join(dir, "key"))
	url := "rediss://login:right-horse@127.0.0.1:" + port

	if _, err := redisstore.Open(t.Context(), url, redisstore.Options{}); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("Open of a server whose certificate nobody knows: %v", err)
	}
	settings, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	settings.MaxRetries = -1
	settings.TLSConfig.RootCAs = x509.NewCertPool()
	settings.TLSConfig.RootCAs.AppendCertsFromPEM(certificate)
	client := redis.NewClient(settings)
	defer client.Close()
	s, err := redisstore.New(t.Context(), client, redisstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for range 2 {
		if err := s.Update(t.Context(), "a", count); err != nil {
			t.Fatal(err)
		}
	}
	ids, err := s.IDs(t.Context(), "", 10)
	if state, load := s.Load(t.Context(), "a"); load != nil || state.Events != 2 || err != nil || len(ids) != 1 {
		t.Errorf("a has %d events (%v); the ids are %q (%v)", state.Events, load, ids, err)
	}
	if err := client.Get(t.Context(), "other").Err(); !redis.HasErrorPrefix(err, "NOPERM") {
		t.Errorf("a key of others: %v, want NOPERM", err)
	}
}

func TestNewRefusesAClientThatRetries(t *testing.T) {
	client := redis.NewClient(&redis.Options{Addr: testserver.StartRedis(t).Address})
	defer client.Close()
	if _, err := redisstore.New(t.Context(), client, redisstore.Options{}); err == nil || !strings.Contains(err.Error(), "MaxRetries") {
		t.Errorf("New gave %v, want a refusal that names MaxRetries", err)
	}
}

// TestServerKilled kills the server between updates and while they run. What was
// confirmed is there afterwards, and what was refused is not; only of an unknown
// outcome nothing is said.
func TestServerKilled(t *testing.T) {
	server := testserver.StartRedis(t)
	s := open(t, server.URL(), redisstore.Options{})
	defer s.Close()
	kills := kills()
	const accounts = 8
	var least, most [accounts]uint64 // of events that were kept
	for range kills {
		var wg sync.WaitGroup
		started := make(chan struct{}, accounts)
		stop := make(chan struct{})
		for i := range accounts {
			wg.Go(func() {
				for n := 0; ; n++ {
					err := s.Update(context.Background(), fmt.Sprint("a", i), count)
					switch {
					case err == nil:
						least[i]++
						most[i]++
					case errors.Is(err, verifier.ErrUnknownOutcome):
						most[i]++
					}
					if n == 3 {
						started <- struct{}{}
					}
					select {
					case <-stop:
						return
					default:
					}
				}
			})
		}
		for range accounts {
			<-started
		}
		server.Kill()
		close(stop)
		wg.Wait()
		server.Start()
		for i := range accounts {
			state := eventually(t, s, fmt.Sprint("a", i))
			if state.Events < least[i] || state.Events > most[i] {
				t.Fatalf("account %d has %d events, want %d to %d", i, state.Events, least[i], most[i])
			}
			least[i], most[i] = state.Events, state.Events
		}
	}
	t.Logf("%d kills of the server, %d updates confirmed, none forgotten", kills, least[0]*accounts)
}

// eventually loads an account from a server that has just come back: the client
// notices within a second or so.
func eventually(t *testing.T, s *redisstore.Store, id string) verifier.State {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		state, err := s.Load(t.Context(), id)
		if err == nil {
			return state
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// TestConnectionCut cuts the connection before or after the server has the write.
func TestConnectionCut(t *testing.T) {
	server := testserver.StartRedis(t)
	proxy := testserver.StartProxy(t, server.Address)
	s := open(t, "redis://"+proxy.Address+"?read_timeout=2s", redisstore.Options{})
	defer s.Close()
	if err := s.Update(t.Context(), "a", count); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		cut  testserver.Cut
		want uint64
	}{
		{"the request is lost", testserver.CutRequest, 1},
		{"the reply is lost", testserver.CutReply, 2},
	} {
		calls := 0
		err := s.Update(t.Context(), "a", func(s *verifier.State) error {
			calls++
			proxy.CutAt(c.cut, "evalsha")
			return count(s)
		})
		if !errors.Is(err, verifier.ErrUnknownOutcome) || calls != 1 {
			t.Errorf("%s: Update gave %v after %d calls, want ErrUnknownOutcome after one", c.name, err, calls)
		}
		if state, err := s.Load(t.Context(), "a"); err != nil || state.Events != c.want {
			t.Errorf("%s: %d events (%v), want %d", c.name, state.Events, err, c.want)
		}
	}
}

func TestServerGone(t *testing.T) {
	server := testserver.StartRedis(t)
	s := open(t, server.URL(), redisstore.Options{})
	defer s.Close()
	ran := false
	server.Kill()
	err := s.Update(t.Context(), "a", func(*verifier.State) error { ran = true; return nil })
	if err == nil || errors.Is(err, verifier.ErrUnknownOutcome) || ran {
		t.Errorf("without a server: %v, want a plain error and no run of fn", err)
	}
	server.Start()
	err = s.Update(t.Context(), "a", func(s *verifier.State) error {
		server.Kill()
		return count(s)
	})
	if err == nil {
		t.Error("a write to a killed server is confirmed")
	}
	server.Start()
	if state := eventually(t, s, "a"); state.Events != 0 {
		t.Errorf("%d events, want none", state.Events)
	}
}

func TestScriptsFlushed(t *testing.T) {
	server := testserver.StartRedis(t)
	s := open(t, server.URL(), redisstore.Options{})
	defer s.Close()
	client := redis.NewClient(&redis.Options{Addr: server.Address})
	defer client.Close()
	for range 3 {
		if err := client.ScriptFlush(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		if err := s.Update(t.Context(), "a", count); err != nil {
			t.Fatal(err)
		}
	}
	if state, err := s.Load(t.Context(), "a"); err != nil || state.Events != 3 {
		t.Errorf("%d events (%v), want 3", state.Events, err)
	}
}

func TestOneConnectionForAll(t *testing.T) {
	server := testserver.StartRedis(t)
	s := open(t, server.URL()+"?pool_size=1&pool_timeout=30s", redisstore.Options{})
	defer s.Close()
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for range 5 {
				if err := s.Update(context.Background(), "a", count); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if state, err := s.Load(t.Context(), "a"); err != nil || state.Events != 64*5 {
		t.Errorf("%d events (%v), want %d", state.Events, err, 64*5)
	}
}

// TestFailOver promotes a replica while the primary is lost. With Replicas: 1 what
// was confirmed is on it.
func TestFailOver(t *testing.T) {
	primary := testserver.StartRedis(t)
	host, port, _ := strings.Cut(primary.Address, ":")
	replica := testserver.StartRedis(t, "--replicaof", host+" "+port)
	if _, err := redisstore.Open(t.Context(), replica.URL(), redisstore.Options{}); err == nil || !strings.Contains(err.Error(), "connect to the primary") {
		t.Errorf("Open of a replica gave %v", err)
	}
	s := open(t, primary.URL(), redisstore.Options{Replicas: 1, ReplicaTimeout: 10 * time.Second})
	defer s.Close()
	confirmed := uint64(0)
	for confirmed < 200 {
		if err := s.Update(t.Context(), "a", count); err != nil {
			t.Fatal(err)
		}
		confirmed++
	}
	primary.Kill()
	client := redis.NewClient(&redis.Options{Addr: replica.Address})
	defer client.Close()
	if err := client.Do(t.Context(), "replicaof", "no", "one").Err(); err != nil {
		t.Fatal(err)
	}
	after := open(t, replica.URL(), redisstore.Options{})
	defer after.Close()
	if state, err := after.Load(t.Context(), "a"); err != nil || state.Events != confirmed {
		t.Errorf("after the fail-over %d of %d updates are there (%v)", state.Events, confirmed, err)
	}
	// Alone it has no replica that could confirm.
	alone := open(t, replica.URL(), redisstore.Options{Replicas: 1, ReplicaTimeout: 10 * time.Millisecond})
	defer alone.Close()
	if err := alone.Update(t.Context(), "a", count); !errors.Is(err, verifier.ErrUnknownOutcome) {
		t.Errorf("without replicas Update gave %v, want ErrUnknownOutcome", err)
	}
}
