package drifttest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A Chronyd is a real chronyd(8) serving on loopback. It never touches the
// system clock; libfaketime gives it another one.
type Chronyd struct {
	// Addr is its host:port.
	Addr string
	// Dir has its files.
	Dir string

	cmd *exec.Cmd
	t   testing.TB
}

// Preload is where Debian and its kin keep the library that fakes time.
const preload = "/usr/lib/*/faketime/libfaketimeMT.so.1"

// StartChronyd starts one for the length of a test. Its clock is off from true
// time by faketime: "" for not at all, else in the words of faketime(1), such as
// "+90s" or "-10d". (Offsets below 1.5 s do not work:
// chronyd keeps half of its stamps from the kernel.) Config has further lines
// for chrony.conf(5).
//
// Where chronyd or libfaketime is not installed the test is skipped; with
// AUTHCTL_REQUIRE set it fails instead.
func StartChronyd(t testing.TB, faketime string, config ...string) *Chronyd {
	t.Helper()
	program := Program(t, "chronyd", "/usr/sbin/chronyd", "/usr/local/sbin/chronyd", "/usr/bin/chronyd")
	c := &Chronyd{Addr: freeUDP(t), Dir: t.TempDir(), t: t}
	_, port, _ := net.SplitHostPort(c.Addr)
	lines := append([]string{
		"port " + port, "bindaddress 127.0.0.1", "allow 127.0.0.0/8", "local stratum 3",
		"pidfile " + filepath.Join(c.Dir, "pid"), "cmdport 0", "bindcmdaddress /",
	}, config...)
	conf := filepath.Join(c.Dir, "chrony.conf")
	if err := os.WriteFile(conf, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-x", "-d", "-U", "-u", me.Username, "-f", conf)
	cmd.Env = os.Environ()
	if faketime != "" {
		library := Program(t, "libfaketime", preload)
		c.Set(faketime)
		cmd.Env = append(cmd.Env, "LD_PRELOAD="+library, "FAKETIME_TIMESTAMP_FILE="+c.timeFile(),
			"FAKETIME_CACHE_DURATION=1", "FAKETIME_DONT_FAKE_MONOTONIC=1")
	}
	log, err := os.Create(filepath.Join(c.Dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c.cmd = cmd
	t.Cleanup(func() { c.Stop(); log.Close() })
	c.wait()
	return c
}

// Stop ends it; the port is closed then.
func (c *Chronyd) Stop() {
	c.cmd.Process.Kill()
	c.cmd.Wait()
}

// Set changes the faked time of a running chronyd that was started with one. It
// notices within a second or so.
func (c *Chronyd) Set(faketime string) {
	if err := os.WriteFile(c.timeFile(), []byte(faketime+"\n"), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

func (c *Chronyd) timeFile() string { return filepath.Join(c.Dir, "faketime") }

// wait asks until chronyd answers.
func (c *Chronyd) wait() {
	conn, err := net.Dial("udp", c.Addr)
	if err != nil {
		c.t.Fatal(err)
	}
	defer conn.Close()
	question := make([]byte, 48)
	question[0] = 4<<3 | 3
	for range 200 {
		conn.SetDeadline(time.Now().Add(50 * time.Millisecond))
		conn.Write(question)
		if _, err := conn.Read(make([]byte, 48)); err == nil {
			return
		}
		time.Sleep(10 * time.Millisecond) // while the port is closed, Read fails at once
	}
	log, _ := os.ReadFile(filepath.Join(c.Dir, "log"))
	c.t.Fatalf("chronyd does not answer at %s; it says:\n%s", c.Addr, log)
}

// Program finds an installed program or library by name or by pattern. Where it
// is missing the test is skipped, or fails if AUTHCTL_REQUIRE is set.
func Program(t testing.TB, name string, patterns ...string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	for _, p := range patterns {
		if found, _ := filepath.Glob(p); len(found) > 0 {
			return found[0]
		}
	}
	message := fmt.Sprintf("%s is not installed", name)
	if os.Getenv("AUTHCTL_REQUIRE") != "" {
		t.Fatal(message + ", and AUTHCTL_REQUIRE is set")
	}
	t.Skip(message)
	return ""
}

// freeUDP finds a port that nobody uses, for a program that cannot choose one.
func freeUDP(t testing.TB) string {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.LocalAddr().String()
}
