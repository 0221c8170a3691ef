package pgstore_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/authctl/authctl/otp/verifier/pgstore"
	"github.com/authctl/authctl/otp/verifier/storetest/testserver"
)

func TestOpenRefusesServersThatForget(t *testing.T) {
	for want, settings := range map[string][]string{
		"fsync is off":              {"fsync=off"},
		"full_page_writes off":      {"full_page_writes=off"},
		"synchronous_commit is off": {"synchronous_commit=off"},
	} {
		t.Run(want, func(t *testing.T) {
			url := testserver.StartPostgres(t, settings...).URL()
			_, err := pgstore.Open(t.Context(), url, pgstore.Options{})
			if !errors.Is(err, pgstore.ErrForgets) || !strings.Contains(err.Error(), want) {
				t.Errorf("Open gave %v, want ErrForgets with %q", err, want)
			}
			update(t, open(t, url, pgstore.Options{AllowLoss: true}), "a")
		})
	}
}

func TestOpenRefusesATableThatIsNotLogged(t *testing.T) {
	o := named(t.Name())
	open(t, database(t), o).Close()
	exec(t, session(t, database(t)), "ALTER TABLE "+o.Prefix+"accounts SET UNLOGGED")
	if _, err := pgstore.Open(t.Context(), database(t), o); !errors.Is(err, pgstore.ErrForgets) || !strings.Contains(err.Error(), "unlogged") {
		t.Errorf("Open gave %v, want ErrForgets", err)
	}
	o.AllowLoss = true
	update(t, open(t, database(t), o), "a")
}

func TestOpenRefusesReadOnly(t *testing.T) {
	_, err := pgstore.Open(t.Context(), database(t)+"?default_transaction_read_only=on", named(t.Name()))
	if err == nil || !strings.Contains(err.Error(), "default_transaction_read_only") {
		t.Errorf("Open gave %v, want that it takes no writes", err)
	}
}

// TestOpenSaysWhatIsWrongAndNoPassword also signs in over TLS with a password.
func TestOpenSaysWhatIsWrongAndNoPassword(t *testing.T) {
	server := testserver.StartPostgres(t)
	certificate, key := testserver.Certificate(t)
	root := filepath.Join(t.TempDir(), "root.crt")
	if err := os.WriteFile(root, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	admin := session(t, server.URL())
	exec(t, admin, `CREATE ROLE app LOGIN PASSWORD 'right-horse'`)
	exec(t, admin, `GRANT CREATE ON SCHEMA public TO app`)
	exec(t, admin, `ALTER SYSTEM SET ssl = on`)
	server.WriteFile("server.key", string(key))
	server.WriteFile("server.crt", string(certificate))
	server.WriteFile("pg_hba.conf", "host all postgres 127.0.0.1/32 trust\nhostssl all app 127.0.0.1/32 scram-sha-256\n")
	at, tls := server.Address, "?sslmode=verify-full&sslrootcert="+root
	open(t, server.URL()+tls, pgstore.Options{}) // waits for the settings, in effect
	for url, want := range map[string]string{
		"postgres://app:wrong-horse@" + at + "/postgres" + tls:                   "password authentication failed",
		"postgres://app:right-horse@" + at + "/nowhere" + tls:                    `"nowhere" does not exist`,
		"postgres://app:right-horse@" + at + "/postgres?sslmode=disable":         "pg_hba.conf",
		"postgres://app:right-horse@" + at + "/postgres?sslmode=verify-full":     "certificate",
		"postgres://app:wrong-horse@127.0.0.1:1/postgres":                        "connection refused",
		"postgres://app:wrong-horse@host:port/":                                  "open account store",
		"postgres://app:wrong-horse@[::1/":                                       "open account store",
		"host=127.0.0.1 user=app password=wrong-horse sslmode=nonsense":          "sslmode",
		"host=127.0.0.1 user=app password='wrong-horse":                          "open account store",
		"postgres://app:wrong-horse@" + at + "/postgres?pool_max_conns=nonsense": "pool_max_conns",
	} {
		_, err := pgstore.Open(t.Context(), url, pgstore.Options{})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "-horse") {
			t.Errorf("Open gave %v, want %q and no password", err, want)
		}
	}
	s := open(t, "postgres://app:right-horse@"+at+"/postgres"+tls, pgstore.Options{Prefix: "app_"})
	update(t, s, "a")
	wantEvents(t, s, "a", 1)
}
