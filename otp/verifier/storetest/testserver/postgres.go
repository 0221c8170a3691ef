package testserver

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
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
	port := FreePort(tb)
	// tb.TempDir lies in a folder that the server's user cannot enter.
	dir, err := os.MkdirTemp("", "authctl-postgres-")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { os.RemoveAll(dir) })
	p := &Postgres{Address: "127.0.0.1:" + port, Dir: dir, tb: tb}
	giveToPostgres(tb, p.Dir)
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", p.Dir, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale", "C", "-N", "--wal-segsize", "1")
	initdb.Dir = p.Dir
	runAsPostgres(tb, initdb)
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
	giveToPostgres(p.tb, path)
	p.Exec("SELECT pg_reload_conf()")
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
	runAsPostgres(p.tb, cmd)
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

// Kill ends the server and all its processes, at once and without a word.
func (p *Postgres) Kill() {
	if p.cmd != nil {
		killServer(p.cmd)
		p.cmd = nil
	}
}

// Quit ends the server as "pg_ctl stop -m immediate" does: at once and without a
// checkpoint, but with a word to its clients.
func (p *Postgres) Quit() {
	stop := exec.Command(p.Program("pg_ctl"), "stop", "-D", p.Dir, "-m", "immediate")
	runAsPostgres(p.tb, stop)
	if out, err := stop.CombinedOutput(); err != nil {
		p.tb.Errorf("pg_ctl stop: %v\n%s", err, out)
	}
	_ = p.cmd.Wait()
	p.cmd = nil
}

// postgresFolder is where the programs are: Debian keeps them out of PATH.
func postgresFolder(tb testing.TB) string {
	tb.Helper()
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb"); len(found) > 0 {
		return filepath.Dir(found[len(found)-1])
	}
	return filepath.Dir(program(tb, "initdb", "postgresql"))
}
