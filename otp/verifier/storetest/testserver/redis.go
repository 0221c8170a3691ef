package testserver

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Redis is a redis-server of a test. It syncs every write to the disk unless its
// arguments say otherwise.
type Redis struct {
	Address string // host:port
	tb      testing.TB
	args    []string
	cmd     *exec.Cmd
	log     string
}

// StartRedis starts redis-server with these arguments added to its command line.
func StartRedis(tb testing.TB, args ...string) *Redis {
	tb.Helper()
	port := FreePort(tb)
	dir := tb.TempDir()
	r := &Redis{Address: "127.0.0.1:" + port, tb: tb, log: filepath.Join(dir, "log")}
	r.args = append([]string{
		program(tb, "redis-server", "redis-server"), "--port", port, "--bind", "127.0.0.1", "--dir", dir, "--logfile", r.log,
		"--save", "", "--appendonly", "yes", "--appendfsync", "always",
	}, args...)
	r.Start()
	tb.Cleanup(r.Kill)
	return r
}

// URL is the address as clients take it.
func (r *Redis) URL() string { return "redis://" + r.Address }

// Start starts a server that was killed, with the data that it has, and waits until
// it answers.
func (r *Redis) Start() {
	r.tb.Helper()
	r.cmd = exec.Command(r.args[0], r.args[1:]...)
	if err := r.cmd.Start(); err != nil {
		r.tb.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if r.answers() {
			return
		}
	}
	log, _ := os.ReadFile(r.log)
	r.tb.Fatalf("redis-server does not answer:\n%s", log)
}

// answers reports whether the server has loaded its data. A server that wants a
// password says so only then.
func (r *Redis) answers() bool {
	c, err := net.DialTimeout("tcp", r.Address, time.Second)
	if err != nil {
		return false
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Second))
	if _, err := c.Write([]byte("PING\r\n")); err != nil {
		return false
	}
	line, err := bufio.NewReader(c).ReadString('\n')
	return err == nil && !strings.HasPrefix(line, "-LOADING")
}

// Kill ends the server with SIGKILL.
func (r *Redis) Kill() {
	if r.cmd != nil {
		_ = r.cmd.Process.Kill()
		_ = r.cmd.Wait()
		r.cmd = nil
	}
}
