//go:build unix

package testserver

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// killServer ends a server and all its processes with SIGKILL. Each process leads a
// group of its own, so the first is stopped and starts no more while the others are
// killed.
func killServer(server *exec.Cmd) {
	_ = server.Process.Signal(syscall.SIGSTOP)
	children := childrenOf(server.Process.Pid)
	for _, pid := range children {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	_ = server.Process.Kill()
	_ = server.Wait()
	for _, pid := range children { // a server does not start while one of them lives
		for deadline := time.Now().Add(5 * time.Second); alive(pid) && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
	}
}

// childrenOf finds processes in /proc. Where there is none it finds nothing, and the
// children end by themselves when they miss their parent.
func childrenOf(parent int) (pids []int) {
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		if _, ppid := stat(file); ppid == parent {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			pids = append(pids, pid)
		}
	}
	return pids
}

func alive(pid int) bool {
	state, _ := stat(fmt.Sprintf("/proc/%d/stat", pid))
	return state != "" && state != "Z"
}

// stat reads state and parent of a process: "pid (name) state parent …".
func stat(file string) (state string, parent int) {
	content, _ := os.ReadFile(file)
	_, rest, _ := strings.Cut(string(content), ") ")
	_, _ = fmt.Sscan(rest, &state, &parent)
	return state, parent
}

func runAsPostgres(tb testing.TB, cmd *exec.Cmd) {
	tb.Helper()
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: postgresUser(tb)}
}

func giveToPostgres(tb testing.TB, path string) {
	tb.Helper()
	if who := postgresUser(tb); who != nil {
		if err := os.Chown(path, int(who.Uid), int(who.Gid)); err != nil {
			tb.Fatal(err)
		}
	}
}

// postgresUser is who runs the server where this process is root's: the server
// refuses to be. nil means this user.
func postgresUser(tb testing.TB) *syscall.Credential {
	tb.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	who, err := user.Lookup("postgres")
	if err != nil {
		who, err = user.Lookup("nobody")
	}
	if err != nil {
		tb.Fatal(err)
	}
	uid, _ := strconv.ParseUint(who.Uid, 10, 32)
	gid, _ := strconv.ParseUint(who.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}
