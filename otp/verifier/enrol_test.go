package verifier_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/verifier"
)

func TestEnrolmentIsIncompleteUntilCodesAreKept(t *testing.T) {
	l := newLogin(t)
	p := l.begin("a", verifier.NewKey{})
	if required, err := l.Required(t.Context(), "a"); err != nil || required {
		t.Errorf("a pending key gates logins: %t, %v", required, err)
	}
	l.want("a", verifier.NotEnrolled, p.at(l.now))
	codes := l.confirm("a", p)
	if required, err := l.Required(t.Context(), "a"); err != nil || !required {
		t.Errorf("a confirmed key does not gate logins: %t, %v", required, err)
	}
	if len(codes) != 10 || len(codes[0]) != 9 || codes[0][4] != '-' {
		t.Errorf("recovery codes are %q, want ten of the form XXXX-XXXX", codes)
	}
	if r := l.verify("a", p.at(l.now)); !r.OK() || !r.Incomplete {
		t.Errorf("before they are acknowledged: %+v, want accepted and incomplete", r)
	}
	if todo := l.account("a").Todo; !slices.Equal(todo, []verifier.Task{verifier.KeepRecovery}) {
		t.Errorf("todo is %v", todo)
	}
	must(t, l.Acknowledge(t.Context(), "a"))
	l.now = l.now.Add(30 * time.Second)
	if r := l.verify("a", p.at(l.now)); !r.OK() || r.Incomplete {
		t.Errorf("after they are acknowledged: %+v, want complete", r)
	}
	if todo := l.account("a").Todo; len(todo) != 0 {
		t.Errorf("todo is %v", todo)
	}
}

func TestTheConfirmingCodeIsConsumed(t *testing.T) {
	l := newLogin(t)
	p := l.begin("a", verifier.NewKey{})
	code := p.at(l.now)
	if _, err := l.Confirm(t.Context(), "a", code); err != nil {
		t.Fatal(err)
	}
	l.want("a", verifier.Replayed, code)
}

func TestConfirmRefuses(t *testing.T) {
	l := newLogin(t)
	if _, err := l.Confirm(t.Context(), "a", "123456"); !errors.Is(err, verifier.ErrNoPending) {
		t.Errorf("without Begin: %v", err)
	}
	p := l.begin("a", verifier.NewKey{})
	old := p.g.Code(p.key.Step(l.now) - 100)
	for range 10 {
		if _, err := l.Confirm(t.Context(), "a", old); !errors.Is(err, verifier.ErrWrongCode) {
			t.Errorf("wrong code: %v", err)
		}
	}
	if _, err := l.Confirm(t.Context(), "a", p.at(l.now)); !errors.Is(err, verifier.ErrNoPending) {
		t.Errorf("after ten wrong codes: %v, want the pending key to be dropped", err)
	}
	p = l.begin("a", verifier.NewKey{})
	l.now = l.now.Add(15 * time.Minute)
	if _, err := l.Confirm(t.Context(), "a", p.at(l.now)); !errors.Is(err, verifier.ErrNoPending) {
		t.Errorf("after 15 minutes: %v", err)
	}
}

func TestReEnrolmentKillsTheOldKeyInTheSameCommit(t *testing.T) {
	l := newLogin(t)
	old, _ := l.enrol("a", verifier.NewKey{})
	p := l.begin("a", verifier.NewKey{})
	l.want("a", verifier.Accepted, old.at(l.now)) // lives until the new one is confirmed
	l.want("a", verifier.Invalid, p.at(l.now))
	if codes := l.confirm("a", p); codes != nil {
		t.Errorf("codes that are still good were replaced by %q", codes)
	}
	l.want("a", verifier.Invalid, old.at(l.now))
	l.want("a", verifier.Accepted, p.at(l.now))
	if e := l.last(verifier.KeySuperseded); e.Enrolment != 1 {
		t.Errorf("superseded key is %d, want 1", e.Enrolment)
	}
	state, err := l.store.Load(t.Context(), "a")
	must(t, err)
	want := []verifier.Tombstone{{Enrolment: 1, Status: verifier.Superseded, At: verifier.Instant(l.now.Add(-30 * time.Second).UnixMilli())}}
	if diff := cmp.Diff(want, state.Gone); diff != "" {
		t.Errorf("tombstones (-want +got):\n%s", diff)
	}
}

func TestRevokeOldAtBegin(t *testing.T) {
	l := newLogin(t, func(c *verifier.Config) { c.Policy.RevokeOldAtBegin = true })
	old, recovery := l.enrol("a", verifier.NewKey{})
	l.begin("a", verifier.NewKey{})
	l.want("a", verifier.NotEnrolled, old.at(l.now))
	if required, err := l.Required(t.Context(), "a"); err != nil || !required {
		t.Errorf("logins are open on the password alone: %t, %v", required, err)
	}
	l.want("a", verifier.Accepted, recovery[0])
}

func TestMigrationKeepsBothKeysUntilTheDate(t *testing.T) {
	for name, m := range map[string]struct{ from, to verifier.NewKey }{
		"6 to 8 digits":  {verifier.NewKey{}, verifier.NewKey{Options: otp.NewOptions{Digits: 8}}},
		"totp to hotp":   {verifier.NewKey{}, verifier.NewKey{Type: otp.HOTP}},
		"sha1 to sha256": {verifier.NewKey{}, verifier.NewKey{Options: otp.NewOptions{Algorithm: otp.SHA256}}},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLogin(t, func(c *verifier.Config) {
				c.Policy.Want = verifier.Form{Type: m.to.Type, Algorithm: m.to.Options.Algorithm, Digits: m.to.Options.Digits}
			})
			old, _ := l.enrol("a", m.from)
			if todo := l.account("a").Todo; !slices.Contains(todo, verifier.MigrateKey) {
				t.Errorf("todo is %v, want migrate-key", todo)
			}
			m.to.Overlap = 7 * 24 * time.Hour
			p := l.begin("a", m.to)
			l.confirm("a", p)
			code := func() string {
				if p.key.Type == otp.HOTP {
					return p.press()
				}
				return p.at(l.now)
			}
			for range 3 { // side by side, each with its own last step
				l.want("a", verifier.Accepted, old.at(l.now), code())
				l.want("a", verifier.Replayed, old.at(l.now))
				l.now = l.now.Add(time.Minute)
			}
			if a := l.account("a"); slices.Contains(a.Todo, verifier.MigrateKey) || len(a.Keys) != 2 {
				t.Errorf("migrated account is %+v", a)
			}
			l.now = l.now.Add(7 * 24 * time.Hour)
			if r := l.verify("a", old.at(l.now)); r.OK() {
				t.Error("the old key opens after its date")
			}
			l.want("a", verifier.Accepted, code())
		})
	}
}

func TestAdopt(t *testing.T) {
	l := newLogin(t)
	k, err := otp.New(otp.TOTP, "Example", "a", otp.NewOptions{})
	must(t, err)
	if w, err := l.Adopt(t.Context(), "a", k); err != nil || len(w) != 0 {
		t.Errorf("a good key: %v, %v", w, err)
	}
	if _, err := l.Adopt(t.Context(), "a", k); !errors.Is(err, verifier.ErrEnrolled) {
		t.Errorf("a second time: %v, want ErrEnrolled", err)
	}
	p := newPhone(t, k)
	l.want("a", verifier.Accepted, p.at(l.now))
	l.want("a", verifier.Replayed, p.at(l.now))

	k.Secret = secret(t, make([]byte, 10))
	if w, err := l.Adopt(t.Context(), "b", k); err != nil || len(w) != 1 || w[0].Code != otp.SecretShort {
		t.Errorf("80 bits: %v, %v; want a warning", w, err)
	}
	if todo := l.account("b").Todo; !slices.Contains(todo, verifier.ReplaceWeakKey) {
		t.Errorf("todo is %v, want replace-weak-key", todo)
	}
	k.Secret = secret(t, make([]byte, 9))
	if _, err := l.Adopt(t.Context(), "c", k); err == nil {
		t.Error("72 bits are adopted")
	}
	k.Type, k.Period, k.Secret, k.Counter = otp.HOTP, 0, secret(t, make([]byte, 20)), 1<<63-1
	if _, err := l.Adopt(t.Context(), "c", k); err == nil {
		t.Error("a counter that would wrap around is adopted")
	}
}

// Class 12 of doc/security.md: a weak secret.
func TestWeakSecretIsRefused(t *testing.T) {
	l := newLogin(t)
	for name, n := range map[string]verifier.NewKey{
		"short reader":   {Options: otp.NewOptions{Rand: bytes.NewReader(make([]byte, 7))}},
		"failing reader": {Options: otp.NewOptions{Rand: io.LimitReader(strings.NewReader(""), 0)}},
		"15 bytes":       {Options: otp.NewOptions{SecretSize: 15}},
		"long period":    {Options: otp.NewOptions{Period: 121}},
		"five digits":    {Options: otp.NewOptions{Digits: 5}},
		"long overlap":   {Overlap: 366 * 24 * time.Hour},
	} {
		n.Issuer = "Example"
		if _, err := l.Begin(t.Context(), "a", n); err == nil {
			t.Errorf("%s: a key was made", name)
		}
	}
	if ids, err := l.store.IDs(t.Context(), "", 1); err != nil || len(ids) != 0 {
		t.Errorf("refusals created %q (%v)", ids, err)
	}
}
