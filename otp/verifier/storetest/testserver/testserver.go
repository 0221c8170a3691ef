// Package testserver starts the servers that stores are tested against: those of
// Debian's packages redis-server and postgresql, each in a folder of its own and on
// a free port, and stops them when the test ends.
package testserver

import (
	"net"
	"os"
	"os/exec"
	"testing"
)

// program is the path of a program. Without it the test is skipped, or fails where
// AUTHCTL_REQUIRE is set.
func program(tb testing.TB, name, debian string, others ...string) string {
	tb.Helper()
	for _, n := range append([]string{name}, others...) {
		if path, err := exec.LookPath(n); err == nil {
			return path
		}
	}
	if os.Getenv("AUTHCTL_REQUIRE") != "" {
		tb.Fatalf("%s is not installed (Debian's package %s)", name, debian)
	}
	tb.Skipf("%s is not installed (Debian's package %s)", name, debian)
	return ""
}

// FreePort is a TCP port on this machine where nobody listens.
func FreePort(tb testing.TB) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}
