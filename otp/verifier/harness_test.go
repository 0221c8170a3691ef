package verifier_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/verifier"
)

var start = time.Unix(1_800_000_000, 0).UTC()

// login is a verifier with a clock that stands still and a list of its events.
type login struct {
	*verifier.Verifier
	t      testing.TB
	store  verifier.Store
	now    time.Time
	config verifier.Config

	mu     sync.Mutex
	events []verifier.Event
	fails  bool // the handler
}

func cheapPolicy() *verifier.Policy {
	p := verifier.DefaultPolicy()
	p.RecoveryHash = verifier.HashCost{Time: 1, Memory: 64, Threads: 1}
	return p
}

func newLogin(t testing.TB, change ...func(*verifier.Config)) *login {
	l := &login{t: t, store: verifier.NewMemory(), now: start}
	l.config = verifier.Config{Policy: cheapPolicy(), Now: func() time.Time { return l.now }, Handle: l.handle}
	for _, fn := range change {
		fn(&l.config)
	}
	l.restart(masterKey(t, 1))
	return l
}

// restart makes the verifier anew over the same store.
func (l *login) restart(keys ...verifier.MasterKey) {
	l.t.Helper()
	ring, err := verifier.NewKeyring(keys...)
	if err != nil {
		l.t.Fatal(err)
	}
	if l.Verifier, err = verifier.New(l.store, ring, l.config); err != nil {
		l.t.Fatal(err)
	}
}

func (l *login) handle(_ context.Context, e verifier.Event) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fails {
		return errors.New("the mail server does not answer")
	}
	l.events = append(l.events, e)
	return nil
}

// last is the newest event of a kind.
func (l *login) last(kind verifier.Kind) verifier.Event {
	l.t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := len(l.events) - 1; i >= 0; i-- {
		if l.events[i].Kind == kind {
			return l.events[i]
		}
	}
	l.t.Fatalf("no event %s", kind)
	return verifier.Event{}
}

func masterKey(t testing.TB, version uint32) verifier.MasterKey {
	t.Helper()
	b := make([]byte, 32)
	b[0] = byte(version)
	return verifier.MasterKey{Version: version, Secret: secret(t, b)}
}

func secret(t testing.TB, b []byte) otp.Secret {
	t.Helper()
	s, err := otp.NewSecret(b)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// phone is an authenticator for one key. Its clock may be off.
type phone struct {
	key otp.Key
	g   *otp.Generator
	off time.Duration // added to the true time
}

func newPhone(t testing.TB, k otp.Key) *phone {
	t.Helper()
	g, err := otp.Prepare(k)
	if err != nil {
		t.Fatal(err)
	}
	return &phone{key: k, g: g}
}

func (p *phone) at(now time.Time) string { return p.g.Code(p.key.Step(now.Add(p.off))) }

// press is the next code of an HOTP key.
func (p *phone) press() string {
	code := p.g.Code(p.key.Counter)
	p.key.Counter++
	return code
}

func (l *login) begin(id string, n verifier.NewKey) *phone {
	l.t.Helper()
	n.Issuer, n.Account = "Example", id
	k, err := l.Begin(l.t.Context(), id, n)
	if err != nil {
		l.t.Fatal(err)
	}
	return newPhone(l.t, k)
}

func (l *login) confirm(id string, p *phone) []string {
	l.t.Helper()
	code := p.at(l.now)
	if p.key.Type == otp.HOTP {
		code = p.press()
	}
	codes, err := l.Confirm(l.t.Context(), id, code)
	if err != nil {
		l.t.Fatal(err)
	}
	l.now = l.now.Add(30 * time.Second)
	return codes
}

func (l *login) enrol(id string, n verifier.NewKey) (*phone, []string) {
	l.t.Helper()
	p := l.begin(id, n)
	return p, l.confirm(id, p)
}

func (l *login) verify(id, code string) verifier.Result {
	l.t.Helper()
	r, err := l.Verify(l.t.Context(), id, verifier.Attempt{Code: code})
	if err != nil {
		l.t.Fatal(err)
	}
	return r
}

func (l *login) want(id string, want verifier.Outcome, codes ...string) {
	l.t.Helper()
	for i, code := range codes {
		if got := l.verify(id, code).Outcome; got != want {
			l.t.Fatalf("code %d: %s, want %s", i+1, got, want)
		}
	}
}

func (l *login) account(id string) verifier.Account {
	l.t.Helper()
	a, err := l.Account(l.t.Context(), id)
	if err != nil {
		l.t.Fatal(err)
	}
	return a
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
