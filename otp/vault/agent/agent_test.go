//go:build unix

package agent_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/vault/agent"
)

const text = "AGE-SECRET-KEY-1EXAMPLE"

func held(t *testing.T, until time.Time) agent.Held {
	t.Helper()
	s, err := otp.NewSecret([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return agent.Held{Identity: s, Until: until}
}

// serve runs an agent; done gets what Serve returns.
func serve(t *testing.T, ctx context.Context, h agent.Held, now func() time.Time) (path string, done chan error) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "run", "agent.sock")
	l, err := agent.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	done = make(chan error, 1)
	go func() { done <- agent.Serve(ctx, l, h, now) }()
	t.Cleanup(func() { l.Close() })
	return path, done
}

func TestGetAndLock(t *testing.T) {
	until := time.Now().Add(time.Hour).Round(0)
	path, done := serve(t, context.Background(), held(t, until), nil)
	for range 3 {
		h, err := agent.Get(context.Background(), path)
		if err != nil || string(h.Identity.Bytes()) != text || !h.Until.Equal(until) {
			t.Fatalf("Get = %v, %v", h, err)
		}
	}
	if err := agent.Lock(context.Background(), path); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Errorf("Serve = %v after a lock", err)
	}
	if _, err := agent.Get(context.Background(), path); !errors.Is(err, agent.ErrNotRunning) {
		t.Errorf("Get after Lock = %v, want ErrNotRunning", err)
	}
	if err := agent.Lock(context.Background(), path); !errors.Is(err, agent.ErrNotRunning) {
		t.Errorf("a second Lock = %v, want ErrNotRunning", err)
	}
}

// An agent that ends leaves unanswered who had just connected.
func TestEndsWithAQueue(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run", "agent.sock")
	l, err := agent.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan error, 1)
	go func() {
		_, err := agent.Get(context.Background(), path)
		got <- err
	}()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	l.Close()
	if err := <-got; !errors.Is(err, agent.ErrNotRunning) {
		t.Errorf("Get = %v, want ErrNotRunning", err)
	}
}

func TestTimeEnds(t *testing.T) {
	path, done := serve(t, context.Background(), held(t, time.Now().Add(10*time.Millisecond)), nil)
	if err := <-done; err != nil {
		t.Errorf("Serve = %v at its end", err)
	}
	if _, err := agent.Get(context.Background(), path); !errors.Is(err, agent.ErrNotRunning) {
		t.Errorf("Get after the end = %v", err)
	}
}

// A machine that slept past the end gives nothing away, although no timer ran.
func TestClockOnTheWallCounts(t *testing.T) {
	start := time.Now()
	var slept atomic.Bool
	path, done := serve(t, context.Background(), held(t, start.Add(time.Hour)), func() time.Time {
		if slept.Load() {
			return start.Add(2 * time.Hour)
		}
		return start
	})
	if _, err := agent.Get(context.Background(), path); err != nil {
		t.Fatal(err)
	}
	slept.Store(true)
	if h, err := agent.Get(context.Background(), path); !errors.Is(err, agent.ErrNotRunning) {
		t.Errorf("Get after the end = %v, %v", h, err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestContextEndsServe(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	_, done := serve(t, ctx, held(t, time.Now().Add(time.Hour)), nil)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestSocketIsPrivate(t *testing.T) {
	path, _ := serve(t, context.Background(), held(t, time.Now().Add(time.Hour)), nil)
	for p, want := range map[string]fs.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(p); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v; want %v", p, info.Mode(), err, want)
		}
	}
	if _, err := agent.Listen(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second agent on the socket: %v", err)
	}
	if err := os.Chmod(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := agent.Get(context.Background(), path); err == nil || errors.Is(err, agent.ErrNotRunning) {
		t.Errorf("a folder that others can enter is used: %v", err)
	}
}

func TestStaleSocketIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run", "agent.sock")
	l, err := agent.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false) // as after a kill
	l.Close()
	if _, err := agent.Get(context.Background(), path); !errors.Is(err, agent.ErrNotRunning) {
		t.Errorf("Get = %v", err)
	}
	l, err = agent.Listen(path)
	if err != nil {
		t.Fatalf("a socket that nobody listens on: %v", err)
	}
	l.Close()
}

func TestRequestsThatAreNone(t *testing.T) {
	path, _ := serve(t, context.Background(), held(t, time.Now().Add(time.Hour)), nil)
	for _, request := range []string{"", "\n", "GET\n", strings.Repeat("x", 1<<20), "get"} {
		conn, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, request) // the agent may hang up before its end
		conn.(*net.UnixConn).CloseWrite()
		b, _ := io.ReadAll(conn)
		conn.Close()
		if strings.Contains(string(b), text) != (request == "get") {
			t.Errorf("request %.10q is answered %q", request, b)
		}
	}
	if _, err := agent.Get(context.Background(), path); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// TestMain lets the test binary be another user's client.
func TestMain(m *testing.M) {
	if path := os.Getenv("AGENT_TEST_DIAL"); path != "" {
		conn, err := net.Dial("unix", path)
		if err == nil {
			io.WriteString(conn, "get\n")
			io.Copy(os.Stdout, conn)
		}
		fmt.Println("end", err)
		return
	}
	os.Exit(m.Run())
}

// Another user who somehow reaches the socket is refused by the kernel's word.
func TestAnotherUserGetsNothing(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can run a client as another user")
	}
	dir, err := os.MkdirTemp("", "agent")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "agent.sock")
	l, err := agent.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	go agent.Serve(context.Background(), l, held(t, time.Now().Add(time.Hour)), nil)
	t.Cleanup(func() { l.Close() })
	program := filepath.Join(dir, "client")
	copyFile(t, os.Args[0], program)
	for p, mode := range map[string]fs.FileMode{dir: 0o755, path: 0o666, program: 0o755} {
		if err := os.Chmod(p, mode); err != nil {
			t.Fatal(err)
		}
	}
	client := exec.Command(program)
	client.Env = []string{"AGENT_TEST_DIAL=" + path}
	client.Dir = "/"
	client.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := client.CombinedOutput()
	if err != nil {
		t.Skipf("no client as another user: %v", err)
	}
	if !strings.Contains(string(out), "end <nil>") || strings.Contains(string(out), text) {
		t.Errorf("another user's client got %q", out)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b, 0o755); err != nil {
		t.Fatal(err)
	}
}
