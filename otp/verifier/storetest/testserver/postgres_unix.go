//go:build unix

package testserver

import (
	"bytes"
	"context"
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

	"github.com/jackc/pgx/v5"
)

// Postgres is a PostgreSQL server of a test. Its superuser is "postgres", whom it
// asks for no password.
type Postgres struct {
	Address string // host:port
	Dir     string // of its data
	tb      testing.TB
	args    []string
	cmd     *exec.Cmd
	log     bytes.Buffer
}

// StartPostgres makes a database cluster and starts a server on it, with these
// settings (name=value) added. It syncs every commit unless they say otherwise.
func StartPostgres(tb testing.TB, settings ...string) *Postgres {
	tb.Helper()
	bin := postgresFolder(tb)
	address := freeAddress(tb)
	_, port, _ := strings.Cut(address, ":")
	// tb.TempDir lies in a folder that the server's user cannot enter.
	dir, err := os.MkdirTemp("", "authctl-postgres-")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { os.RemoveAll(dir) })
	p := &Postgres{Address: address, Dir: dir, tb: tb}
	p.own(p.Dir)
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", p.Dir, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale", "C", "-N", "--wal-segsize", "1")
	initdb.Dir = p.Dir
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: postgresUser(tb)}
	if out, err := initdb.CombinedOutput(); err != nil {
		tb.Fatalf("initdb: %v\n%s", err, out)
	}
	p.args = []string{filepath.Join(bin, "postgres"), "-D", p.Dir, "-p", port, "-h", "127.0.0.1", "-k", ""}
	for _, s := range settings {
		p.args = append(p.args, "-c", s)
	}
	tb.Cleanup(p.Kill)
	p.Start()
	return p
}

// URL is the address of the database "postgres" for the superuser.
func (p *Postgres) URL() string { return "postgres://postgres@" + p.Address + "/postgres" }

// WriteFile puts a file that the server can read, such as pg_hba.conf or a TLS key,
// into its folder and has it read its settings again.
func (p *Postgres) WriteFile(name, content string) {
	p.tb.Helper()
	path := filepath.Join(p.Dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		p.tb.Fatal(err)
	}
	p.own(path)
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		p.tb.Fatal(err)
	}
}

func (p *Postgres) own(path string) {
	if who := postgresUser(p.tb); who != nil {
		if err := os.Chown(path, int(who.Uid), int(who.Gid)); err != nil {
			p.tb.Fatal(err)
		}
	}
}

// Program is the path of a program of the same release, such as pg_dump.
func (p *Postgres) Program(name string) string { return filepath.Join(filepath.Dir(p.args[0]), name) }

// Exec runs SQL as the superuser.
func (p *Postgres) Exec(sql string) {
	p.tb.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, p.URL())
	if err != nil {
		p.tb.Fatal(err)
	}
	defer c.Close(ctx)
	if _, err := c.Exec(ctx, sql); err != nil {
		p.tb.Fatal(err)
	}
}

// Start starts a server that was killed, with the data that it has, and waits until
// it answers.
func (p *Postgres) Start() {
	p.tb.Helper()
	p.log.Reset()
	cmd := exec.Command(p.args[0], p.args[1:]...)
	cmd.Dir, cmd.Stderr = p.Dir, &p.log
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: postgresUser(p.tb)}
	if err := cmd.Start(); err != nil {
		p.tb.Fatal(err)
	}
	p.cmd = cmd
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		c, err := pgx.Connect(ctx, p.URL())
		if err == nil {
			err = c.Close(ctx)
		}
		cancel()
		if err == nil {
			return
		}
	}
	p.Kill() // and with it ends what writes the log
	p.tb.Fatalf("postgres does not answer:\n%s", p.log.String())
}

// Kill ends the server and all its processes with SIGKILL.
func (p *Postgres) Kill() {
	if p.cmd == nil {
		return
	}
	// Each process leads a group of its own. The first is stopped, so that it starts
	// no more while the others are killed.
	_ = p.cmd.Process.Signal(syscall.SIGSTOP)
	children := childrenOf(p.cmd.Process.Pid)
	for _, pid := range children {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
	p.cmd = nil
	for _, pid := range children { // a server does not start while one of them lives
		for deadline := time.Now().Add(5 * time.Second); alive(pid) && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
	}
}

// Quit ends the server as "pg_ctl stop -m immediate" does: at once and without a
// checkpoint, but with a word to its clients.
func (p *Postgres) Quit() {
	_ = p.cmd.Process.Signal(syscall.SIGQUIT)
	_ = p.cmd.Wait()
	p.cmd = nil
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

// postgresFolder is where the programs are: Debian keeps them out of PATH.
func postgresFolder(tb testing.TB) string {
	tb.Helper()
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb"); len(found) > 0 {
		return filepath.Dir(found[len(found)-1])
	}
	return filepath.Dir(program(tb, "initdb", "postgresql"))
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
