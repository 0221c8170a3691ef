package testserver

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// StartSentinel starts a Redis Sentinel that watches a primary under this name and
// promotes a replica when it is gone for half a second. It returns its address.
func StartSentinel(tb testing.TB, name string, primary *Redis) string {
	tb.Helper()
	port, dir := FreePort(tb), tb.TempDir()
	file := filepath.Join(dir, "sentinel.conf")
	settings := fmt.Sprintf(`port %s
bind 127.0.0.1
dir %s
logfile %s
sentinel monitor %s %s 1
sentinel down-after-milliseconds %[4]s 500
sentinel failover-timeout %[4]s 5000
`, port, dir, filepath.Join(dir, "log"), name, strings.Replace(primary.Address, ":", " ", 1))
	if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
		tb.Fatal(err)
	}
	cmd := exec.Command(program(tb, "redis-server", "redis-server"), file, "--sentinel")
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return "127.0.0.1:" + port
}
