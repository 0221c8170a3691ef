package vault_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/vault"
)

const (
	passphrase = "correct horse"
	theSecret  = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" // RFC 4226 appendix D
)

var (
	now     = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	options = vault.Options{Now: func() time.Time { return now }}
	equal   = cmp.Options{cmp.Comparer(otp.Secret.Equal)}
)

func secret(t testing.TB, text string) otp.Secret {
	t.Helper()
	s, err := otp.NewSecret([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func key(t testing.TB, uri string) otp.Key {
	t.Helper()
	k, _, err := otp.ParseURI(uri)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func totp(t testing.TB, issuer, account, base32 string) otp.Key {
	t.Helper()
	return key(t, fmt.Sprintf("otpauth://totp/%s:%s?issuer=%s&secret=%s", issuer, account, issuer, base32))
}

func hotp(t testing.TB, name string, counter int64) otp.Key {
	t.Helper()
	return key(t, fmt.Sprintf("otpauth://hotp/%s?secret=%s&counter=%d", name, theSecret, counter))
}

// quick are keys whose passphrase costs as little as is allowed.
func quick(t testing.TB, text string) vault.Keys {
	return vault.Keys{Passphrase: secret(t, text), WorkFactor: 14}
}

func create(t testing.TB) *vault.Vault {
	t.Helper()
	v, err := vault.Create(context.Background(), filepath.Join(t.TempDir(), "authctl", "vault.age"), quick(t, passphrase), options)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// identity opens v without its passphrase.
func identity(t testing.TB, v *vault.Vault) age.Identity {
	t.Helper()
	id, err := vault.ParseIdentity(v.Identity())
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func byPassphrase(t testing.TB, text string) age.Identity {
	t.Helper()
	id, err := vault.Passphrase(secret(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func open(t testing.TB, path string, id age.Identity) *vault.Vault {
	t.Helper()
	v, err := vault.Open(context.Background(), path, options, id)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func add(t testing.TB, v *vault.Vault, a vault.Account) vault.Account {
	t.Helper()
	err := v.Update(context.Background(), func(tx *vault.Tx) (err error) { a, err = tx.Add(a); return err })
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// full is an account with every field set.
func full(t testing.TB) vault.Account {
	return vault.Account{
		Key: hotp(t, "Bank:ann", 7), Name: "my bank", Note: "card in the drawer\nsecond line", Tags: []string{"money", "働"},
		Favorite: true, Created: now.Add(-time.Hour), LastUsed: now, Archived: now, Trashed: now,
		Older:    []vault.OlderKey{{Key: totp(t, "Bank", "ann", "MFRGGZDFMZTWQ2LK"), At: now, By: "enroll"}},
		Recovery: []vault.RecoveryCode{{Code: secret(t, "ABCD-1234"), Used: now}, {Code: secret(t, "EFGH-5678")}},
	}
}

func TestWhatIsKeptComesBack(t *testing.T) {
	v := create(t)
	want := add(t, v, full(t))
	for name, id := range map[string]age.Identity{"passphrase": byPassphrase(t, passphrase), "identity": identity(t, v)} {
		if diff := cmp.Diff([]vault.Account{want}, open(t, v.Path(), id).Accounts(), equal); diff != "" {
			t.Errorf("opened by %s (-kept +read):\n%s", name, diff)
		}
	}
}

func TestFileIsPrivateAndPreviousIsKept(t *testing.T) {
	v := create(t)
	add(t, v, vault.Account{Key: hotp(t, "a", 0)})
	add(t, v, vault.Account{Key: hotp(t, "b", 0)})
	for path, accounts := range map[string]int{v.Path(): 2, v.Path() + ".bak": 1} {
		if n := len(open(t, path, identity(t, v)).Accounts()); n != accounts {
			t.Errorf("%s has %d accounts, want %d", path, n, accounts)
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v (%v), want 0600", path, info.Mode(), err)
		}
	}
	if dir, err := os.Stat(filepath.Dir(v.Path())); err != nil || dir.Mode().Perm() != 0o700 {
		t.Errorf("the folder has mode %v (%v), want 0700", dir.Mode(), err)
	}
	if _, err := os.Stat(v.Path() + ".tmp"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a temporary file is left: %v", err)
	}
}

func TestFailedOrEmptyUpdateWritesNothing(t *testing.T) {
	v := create(t)
	add(t, v, vault.Account{Key: hotp(t, "a", 0)})
	before, _ := os.ReadFile(v.Path())
	refused := errors.New("refused")
	err := v.Update(context.Background(), func(tx *vault.Tx) error {
		if _, err := tx.Add(vault.Account{Key: hotp(t, "b", 0)}); err != nil {
			t.Fatal(err)
		}
		return refused
	})
	if !errors.Is(err, refused) {
		t.Errorf("Update = %v, want fn's error", err)
	}
	if err := v.Update(context.Background(), func(*vault.Tx) error { return nil }); err != nil {
		t.Error(err)
	}
	if after, _ := os.ReadFile(v.Path()); !bytes.Equal(before, after) {
		t.Error("the file was written")
	}
	if n := len(v.Accounts()); n != 1 {
		t.Errorf("the open vault shows %d accounts, want 1", n)
	}
}

func TestCreateReplacesNothing(t *testing.T) {
	v := create(t)
	if _, err := vault.Create(context.Background(), v.Path(), quick(t, "other"), options); !errors.Is(err, fs.ErrExist) {
		t.Errorf("Create = %v, want fs.ErrExist", err)
	}
	open(t, v.Path(), byPassphrase(t, passphrase))
}

func TestConcurrentUpdatesLoseNothing(t *testing.T) {
	v := create(t)
	const writers, each = 8, 10
	var wg sync.WaitGroup
	for w := range writers {
		own := open(t, v.Path(), identity(t, v))
		wg.Go(func() {
			for i := range each {
				add(t, own, vault.Account{Key: hotp(t, fmt.Sprintf("w%d-%d", w, i), 0)})
			}
		})
	}
	wg.Wait()
	if n := len(open(t, v.Path(), identity(t, v)).Accounts()); n != writers*each {
		t.Errorf("%d accounts, want %d", n, writers*each)
	}
}

func TestNextHOTPFollowsTheRFC(t *testing.T) {
	v := create(t)
	a := add(t, v, vault.Account{Key: hotp(t, "a", 0)})
	for counter, want := range []string{"755224", "287082", "359152", "969429", "338314"} { // RFC 4226 appendix D
		code, n, err := v.NextHOTP(context.Background(), a.ID)
		if err != nil || code != want || n != int64(counter) {
			t.Errorf("NextHOTP = %s, %d, %v; want %s, %d", code, n, err, want, counter)
		}
		if saved := open(t, v.Path(), identity(t, v)).Accounts()[0].Key.Counter; saved != int64(counter)+1 {
			t.Errorf("the file says next counter %d after code %d", saved, counter)
		}
	}
	b := add(t, v, vault.Account{Key: totp(t, "b", "b", theSecret)})
	if _, _, err := v.NextHOTP(context.Background(), b.ID); err == nil {
		t.Error("a TOTP key gave an HOTP code")
	}
	if _, _, err := v.NextHOTP(context.Background(), "none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("NextHOTP of an unknown id = %v, want fs.ErrNotExist", err)
	}
}

func TestUnsavedCounterShowsNoCode(t *testing.T) {
	v := create(t)
	a := add(t, v, vault.Account{Key: hotp(t, "a", 0)})
	if err := os.Remove(v.Path()); err != nil {
		t.Fatal(err)
	}
	if code, _, err := v.NextHOTP(context.Background(), a.ID); err == nil || code != "" {
		t.Errorf("NextHOTP = %q, %v without a file to save to", code, err)
	}
}

func TestUsedWritesOnceADay(t *testing.T) {
	at := now
	v, err := vault.Create(context.Background(), filepath.Join(t.TempDir(), "v"), quick(t, passphrase),
		vault.Options{Now: func() time.Time { return at }})
	if err != nil {
		t.Fatal(err)
	}
	a := add(t, v, vault.Account{Key: totp(t, "a", "a", theSecret)})
	for _, step := range []struct {
		after time.Duration
		want  time.Time
	}{{0, now}, {time.Hour, now}, {24 * time.Hour, now.Add(25 * time.Hour)}} {
		at = at.Add(step.after)
		if err := v.Used(context.Background(), a.ID); err != nil {
			t.Fatal(err)
		}
		if got := v.Accounts()[0].LastUsed; !got.Equal(step.want) {
			t.Errorf("at %v LastUsed is %v, want %v", at, got, step.want)
		}
	}
}

func TestRekey(t *testing.T) {
	v := create(t)
	a := add(t, v, vault.Account{Key: hotp(t, "a", 0)})
	add(t, v, vault.Account{Key: hotp(t, "b", 0)})
	oldIdentity, other := identity(t, v), open(t, v.Path(), identity(t, v))
	if err := v.Rekey(context.Background(), quick(t, "new words")); err != nil {
		t.Fatal(err)
	}
	for path, accounts := range map[string]int{v.Path(): 2, v.Path() + ".bak": 2} {
		for name, id := range map[string]age.Identity{"old passphrase": byPassphrase(t, passphrase), "old identity": oldIdentity} {
			if _, err := vault.Open(context.Background(), path, options, id); !errors.Is(err, vault.ErrIdentity) {
				t.Errorf("%s opens %s: %v", name, filepath.Base(path), err)
			}
		}
		if n := len(open(t, path, byPassphrase(t, "new words")).Accounts()); n != accounts {
			t.Errorf("%s has %d accounts, want %d", path, n, accounts)
		}
	}
	if _, _, err := v.NextHOTP(context.Background(), a.ID); err != nil {
		t.Errorf("the vault that was rekeyed: %v", err)
	}
	if _, _, err := other.NextHOTP(context.Background(), a.ID); !errors.Is(err, vault.ErrIdentity) {
		t.Errorf("a vault opened before = %v, want ErrIdentity", err)
	}
}

func TestBackup(t *testing.T) {
	v := create(t)
	want := add(t, v, full(t))
	path := filepath.Join(t.TempDir(), "copy.age")
	if err := v.Backup(context.Background(), path); err != nil {
		t.Fatal(err)
	}
	copied := open(t, path, byPassphrase(t, passphrase))
	if diff := cmp.Diff([]vault.Account{want}, copied.Accounts(), equal); diff != "" {
		t.Errorf("the backup (-vault +backup):\n%s", diff)
	}
	if !v.BackedUp().Equal(now) || !open(t, v.Path(), identity(t, v)).BackedUp().Equal(now) {
		t.Errorf("BackedUp = %v, want %v", v.BackedUp(), now)
	}
	if err := v.Backup(context.Background(), path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second backup over the first = %v, want fs.ErrExist", err)
	}
	other := filepath.Join(t.TempDir(), "other.age")
	if err := os.WriteFile(other+".tmp", []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := v.Backup(context.Background(), other); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a backup by way of somebody's file = %v, want fs.ErrExist", err)
	}
	if b, _ := os.ReadFile(other + ".tmp"); string(b) != "precious" {
		t.Errorf("somebody's file is now %q", b)
	}
}

func TestFailedBackupIsNotNoted(t *testing.T) {
	v := create(t)
	if err := v.Backup(context.Background(), filepath.Join(t.TempDir(), "none", "copy.age")); err == nil {
		t.Fatal("a backup into a folder that does not exist")
	}
	if at := open(t, v.Path(), identity(t, v)).BackedUp(); !at.IsZero() {
		t.Errorf("BackedUp = %v after a backup that failed", at)
	}
}

func TestDoneContextChangesNothing(t *testing.T) {
	v := create(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := v.Update(ctx, func(tx *vault.Tx) error { _, err := tx.Add(full(t)); return err })
	if !errors.Is(err, context.Canceled) || len(open(t, v.Path(), identity(t, v)).Accounts()) != 0 {
		t.Errorf("Update of a command that was interrupted = %v, want Canceled and no account", err)
	}
}

func TestNothingSecretIsPrinted(t *testing.T) {
	v := create(t)
	a := add(t, v, full(t))
	holder := struct {
		account vault.Account
		plan    vault.Plan
		vault   *vault.Vault
	}{a, v.Plan(nil), v}
	var out bytes.Buffer
	for _, value := range []any{a, &a, v, holder, a.Recovery, a.Older, v.Identity(), quick(t, passphrase), vault.Compare(v.Accounts(), a.Key)} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			fmt.Fprintf(&out, verb+"\n", value)
		}
		slog.New(slog.NewJSONHandler(&out, nil)).Info("value", "v", value)
		slog.New(slog.NewTextHandler(&out, nil)).Info("value", "v", value)
		b, _ := json.Marshal(value)
		out.Write(b)
	}
	for _, s := range []string{theSecret, "12345678901234567890", "MFRGGZDFMZTWQ2LK", "ABCD-1234", "EFGH-5678", "AGE-SECRET", passphrase,
		fmt.Sprintf("%x", "ABCD-1234"), fmt.Sprintf("%x", "12345678901234567890")} {
		if strings.Contains(out.String(), s) {
			t.Errorf("%q is printed", s)
		}
	}
}

func TestAccountsAreCopies(t *testing.T) {
	v := create(t)
	add(t, v, full(t))
	list := v.Accounts()
	list[0].Tags[0], list[0].Recovery[0].Used, list[0].Older[0].By = "changed", time.Time{}, "changed"
	if diff := cmp.Diff(v.Accounts(), open(t, v.Path(), identity(t, v)).Accounts(), equal); diff != "" {
		t.Errorf("a caller changed the vault:\n%s", diff)
	}
}

func TestTxRefuses(t *testing.T) {
	v := create(t)
	a := add(t, v, vault.Account{Key: hotp(t, "a", 0)})
	for name, fn := range map[string]func(*vault.Tx) error{
		"id taken":           func(tx *vault.Tx) error { _, err := tx.Add(a); return err },
		"no key":             func(tx *vault.Tx) error { _, err := tx.Add(vault.Account{}); return err },
		"control in name":    func(tx *vault.Tx) error { b := a; b.Name = "a\x1b[2J"; return tx.Put(b) },
		"line break in name": func(tx *vault.Tx) error { b := a; b.Name = "a\nb"; return tx.Put(b) },
		"empty tag":          func(tx *vault.Tx) error { b := a; b.Tags = []string{""}; return tx.Put(b) },
		"long note":          func(tx *vault.Tx) error { b := a; b.Note = strings.Repeat("n", 1<<20); return tx.Put(b) },
		"unknown id":         func(tx *vault.Tx) error { return tx.Put(vault.Account{ID: "zzzz", Key: a.Key}) },
		"remove unknown":     func(tx *vault.Tx) error { return tx.Remove("zzzz") },
		"key that reads as another": func(tx *vault.Tx) error {
			b := a
			b.Key = totp(t, "Acme", "a", theSecret)
			b.Key.Issuer, b.Key.Digits = "Steam", 5
			return tx.Put(b)
		},
	} {
		if err := v.Update(context.Background(), fn); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestSupersede(t *testing.T) {
	first, second := totp(t, "a", "a", theSecret), totp(t, "a", "a", "MFRGGZDFMZTWQ2LK")
	a := vault.Account{Key: first}
	a.Supersede(second, now, "enroll")
	want := vault.Account{Key: second, Older: []vault.OlderKey{{Key: first, At: now, By: "enroll"}}}
	if diff := cmp.Diff(want, a, equal); diff != "" {
		t.Errorf("after one (-want +got):\n%s", diff)
	}
	a.Supersede(first, now, "restore")
	want = vault.Account{Key: first, Older: []vault.OlderKey{{Key: second, At: now, By: "restore"}}}
	if diff := cmp.Diff(want, a, equal); diff != "" {
		t.Errorf("after going back (-want +got):\n%s", diff)
	}
}

func TestAddRecovery(t *testing.T) {
	var a vault.Account
	if err := a.AddRecovery([]string{" ABCD-1234 ", "EFGH-5678", "ABCD-1234"}, false); err != nil {
		t.Fatal(err)
	}
	a.Recovery[0].Used = now
	if a.RecoveryLeft() != 1 || len(a.Recovery) != 2 {
		t.Errorf("%d of %d left, want 1 of 2", a.RecoveryLeft(), len(a.Recovery))
	}
	if err := a.AddRecovery([]string{"NEW1-0000"}, true); err != nil || len(a.Recovery) != 1 {
		t.Errorf("a re-issued set was mixed with the old one: %d codes, %v", len(a.Recovery), err)
	}
	if err := a.AddRecovery([]string{"ok", " "}, false); err == nil || len(a.Recovery) != 1 {
		t.Errorf("an empty code: %v, %d codes", err, len(a.Recovery))
	}
}
