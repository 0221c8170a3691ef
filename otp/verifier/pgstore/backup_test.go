package pgstore_test

import (
	"bytes"
	"context"
	osexec "os/exec"
	"strings"
	"testing"
	"time"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/verifier"
	"github.com/authctl/authctl/otp/verifier/pgstore"
	"github.com/authctl/authctl/otp/verifier/storetest/testserver"
)

// TestBackup restores a dump that is older than the last login. With Config.Epoch
// the code of that login stays dead, and an HOTP key asks for a resync.
func TestBackup(t *testing.T) {
	server := testserver.StartPostgres(t)
	exec(t, session(t, server.URL()), "CREATE DATABASE restored")
	copied := strings.TrimSuffix(server.URL(), "postgres") + "restored"

	now := time.Unix(1_800_000_000, 0)
	s := open(t, server.URL(), pgstore.Options{})
	v := verifierOn(t, s, &now, time.Time{})
	totp, hotp := adopt(t, v, "totp", otp.TOTP), adopt(t, v, "hotp", otp.HOTP)

	dump, err := osexec.Command(server.Program("pg_dump"), server.URL()).Output()
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Minute)
	used := code(t, totp, totp.Step(now))
	wantOutcome(t, v, "totp", used, verifier.Accepted)
	wantOutcome(t, v, "hotp", code(t, hotp, 0), verifier.Accepted)

	restore := osexec.Command(server.Program("psql"), "-v", "ON_ERROR_STOP=1", "-q", copied)
	restore.Stdin = bytes.NewReader(dump)
	if out, err := restore.CombinedOutput(); err != nil {
		t.Fatalf("psql: %v\n%s", err, out)
	}
	after := verifierOn(t, open(t, copied, pgstore.Options{}), &now, now)
	wantOutcome(t, after, "totp", used, verifier.Replayed)
	wantOutcome(t, after, "hotp", code(t, hotp, 0), verifier.NeedsResync)
	now = now.Add(time.Minute)
	wantOutcome(t, after, "totp", code(t, totp, totp.Step(now)), verifier.Accepted)
}

func verifierOn(t *testing.T, s verifier.Store, now *time.Time, epoch time.Time) *verifier.Verifier {
	t.Helper()
	secret, err := otp.NewSecret([]byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	ring, err := verifier.NewKeyring(verifier.MasterKey{Version: 1, Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	v, err := verifier.New(s, ring, verifier.Config{Now: func() time.Time { return *now }, Epoch: epoch})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func adopt(t *testing.T, v *verifier.Verifier, id string, kind otp.Type) otp.Key {
	t.Helper()
	key, err := otp.New(kind, "Example", id, otp.NewOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Adopt(t.Context(), id, key); err != nil {
		t.Fatal(err)
	}
	return key
}

func code(t *testing.T, key otp.Key, counter int64) string {
	t.Helper()
	g, err := otp.Prepare(key)
	if err != nil {
		t.Fatal(err)
	}
	return g.Code(counter)
}

func wantOutcome(t *testing.T, v *verifier.Verifier, id, code string, want verifier.Outcome) {
	t.Helper()
	r, err := v.Verify(context.Background(), id, verifier.Attempt{Code: code})
	if err != nil || r.Outcome != want {
		t.Errorf("a code of %s is %s (%v), want %s", id, r.Outcome, err, want)
	}
}
