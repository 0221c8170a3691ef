package verifier_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/diagnose"
	"github.com/authctl/authctl/otp/verifier"
)

func TestAlertsOutliveAHandlerThatFails(t *testing.T) {
	l := newLogin(t)
	p, _ := l.enrol("a", verifier.NewKey{})
	l.events, l.fails = nil, true
	l.want("a", verifier.Accepted, p.at(l.now)) // the login is not the mail server's business
	if n, err := l.Deliver(t.Context()); err != nil || n != 0 {
		t.Errorf("Deliver took %d events that are a moment old (%v)", n, err)
	}
	l.now = l.now.Add(2 * time.Minute)
	if n, err := l.Deliver(t.Context()); err == nil || n != 0 {
		t.Errorf("Deliver with a failing handler: %d, %v", n, err)
	}
	l.fails = false
	l.restart(masterKey(t, 1)) // another process
	if n, err := l.Deliver(t.Context()); err != nil || n != 1 || l.last(verifier.LoginAccepted).ID() == "" {
		t.Errorf("Deliver: %d, %v; want the login alert", n, err)
	}
	if n, err := l.Deliver(t.Context()); err != nil || n != 0 {
		t.Errorf("Deliver again: %d, %v; want nothing left", n, err)
	}
}

func TestAlertsOutliveACrashBeforeTheHandler(t *testing.T) {
	l := newLogin(t)
	p, _ := l.enrol("a", verifier.NewKey{})
	crashing := l.config
	crashing.Handle = func(context.Context, verifier.Event) error { panic("power cut") }
	ring, err := verifier.NewKeyring(masterKey(t, 1))
	must(t, err)
	v, err := verifier.New(l.store, ring, crashing)
	must(t, err)
	func() {
		defer func() { _ = recover() }()
		_, _ = v.Verify(t.Context(), "a", verifier.Attempt{Code: p.at(l.now)})
	}()
	l.now = l.now.Add(2 * time.Minute)
	if n, err := l.Deliver(t.Context()); err != nil || n != 1 || l.last(verifier.LoginAccepted).Account != "a" {
		t.Errorf("Deliver: %d, %v; want the login alert", n, err)
	}
}

func TestAFullOutboxKeepsAlertsAndSaysWhatItLost(t *testing.T) {
	l := newLogin(t, func(c *verifier.Config) { c.Policy.KeepLimit = 4 })
	p, _ := l.enrol("a", verifier.NewKey{})
	l.fails = true
	for range 4 {
		l.want("a", verifier.Invalid, p.far(l))
	}
	for range 3 {
		l.want("a", verifier.Accepted, p.at(l.now))
		l.now = l.now.Add(time.Minute)
	}
	l.fails, l.events = false, nil
	l.now = l.now.Add(time.Hour)
	if n, err := l.Deliver(t.Context()); err != nil || n != 4 {
		t.Fatalf("Deliver: %d, %v", n, err)
	}
	lost, logins := 0, 0
	for _, e := range l.events {
		lost += e.Lost
		if e.Kind == verifier.LoginAccepted {
			logins++
		}
	}
	if lost != 3 || logins != 3 {
		t.Errorf("%d events are said to be lost and %d logins are kept, want 3 and 3", lost, logins)
	}
}

func TestLockedAttemptsCostNoWrites(t *testing.T) {
	l := newLogin(t)
	p, _ := l.enrol("a", verifier.NewKey{})
	for range 5 {
		l.want("a", verifier.Invalid, p.far(l))
	}
	before, err := l.store.Load(t.Context(), "a")
	must(t, err)
	l.want("a", verifier.Locked, p.far(l), p.at(l.now))
	after, err := l.store.Load(t.Context(), "a")
	must(t, err)
	x, _ := before.MarshalBinary()
	y, _ := after.MarshalBinary()
	if !bytes.Equal(x, y) {
		t.Errorf("a refused attempt changed the state:\n%s\n%s", x, y)
	}
	if e := l.last(verifier.LoginRefused); e.Outcome != verifier.Locked || e.ID() != "" {
		t.Errorf("event is %+v, want locked and not kept", e)
	}
	l.want("nobody", verifier.NotEnrolled, "123456")
	if ids, err := l.store.IDs(t.Context(), "", 10); err != nil || len(ids) != 1 {
		t.Errorf("ids are %q (%v), want only a", ids, err)
	}
}

func TestEventLog(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&out, nil))
	log.Info("event", "e", verifier.Event{Account: "a", At: start, Kind: verifier.CodesLocked, Lock: 15 * time.Minute, Failures: 5})
	var got struct{ E map[string]any }
	must(t, json.Unmarshal(out.Bytes(), &got))
	want := map[string]any{"account": "a", "at": "2027-01-15T08:00:00Z", "kind": "codes-locked", "lock": 15.0 * 60e9, "failures": 5.0}
	if fmt.Sprint(got.E) != fmt.Sprint(want) {
		t.Errorf("logged as %v, want %v", got.E, want)
	}
}

func TestExplain(t *testing.T) {
	for name, c := range map[string]struct {
		key  verifier.NewKey
		code func(*login, *phone) string
		want diagnose.Cause
	}{
		"replayed": {verifier.NewKey{}, func(l *login, p *phone) string {
			l.want("a", verifier.Accepted, p.at(l.now))
			return p.at(l.now)
		}, diagnose.Replayed},
		"locked": {verifier.NewKey{}, func(l *login, p *phone) string {
			for range 5 {
				l.want("a", verifier.Invalid, p.far(l))
			}
			return p.at(l.now)
		}, diagnose.Locked},
		"behind": {verifier.NewKey{Options: otp.NewOptions{Digits: 8}}, func(l *login, p *phone) string {
			p.off = -10 * time.Minute
			return p.at(l.now.Add(time.Hour).Add(-time.Hour))
		}, diagnose.ClockBehind},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLogin(t)
			p, _ := l.enrol("a", c.key)
			l.now = l.now.Add(time.Hour)
			l.verify("a", c.code(l, p))
			e := l.last(verifier.LoginRefused)
			if e.Explain == nil {
				t.Fatal("the refusal has no diagnosis")
			}
			report, err := e.Explain()
			must(t, err)
			if len(report.Findings) == 0 || report.Findings[0].Cause != c.want {
				t.Errorf("findings are %+v, want %s first", report.Findings, c.want)
			}
		})
	}
}

// TestExplainNamesNoFutureMatch is class 18 of doc/security.md: whoever reads the
// audit log must not learn which code will be right.
func TestExplainNamesNoFutureMatch(t *testing.T) {
	l := newLogin(t)
	p, _ := l.enrol("a", verifier.NewKey{Options: otp.NewOptions{Digits: 8}})
	p.off = 10 * time.Minute
	l.want("a", verifier.Invalid, p.at(l.now))
	report, err := l.last(verifier.LoginRefused).Explain()
	must(t, err)
	for _, f := range report.Findings {
		if e := f.Evidence; e.Delta != nil && *e.Delta > 0 || e.Counter != nil && *e.Counter > p.key.Step(l.now) {
			t.Errorf("finding %s tells where the code will match: %+v", f.Cause, e)
		}
	}
	text, err := json.Marshal(report)
	must(t, err)
	if bytes.Contains(text, []byte(p.at(l.now))) {
		t.Errorf("the code stands in the report: %s", text)
	}
}

func TestOperatorActions(t *testing.T) {
	l := newLogin(t)
	p, recovery := l.enrol("a", verifier.NewKey{})
	for range 5 {
		l.want("a", verifier.Invalid, p.far(l))
	}
	must(t, l.Unlock(t.Context(), "a", "ops"))
	if e := l.last(verifier.AccountUnlocked); e.By != "ops" {
		t.Errorf("event is %+v", e)
	}
	l.want("a", verifier.Accepted, p.at(l.now))
	must(t, l.Revoke(t.Context(), "a", 1, "ops"))
	l.want("a", verifier.NotEnrolled, p.at(l.now))
	if a := l.account("a"); !a.Required || len(a.Methods) != 1 || a.Methods[0] != verifier.ByRecovery {
		t.Errorf("after the key was revoked: %+v, want recovery codes only", a)
	}
	l.want("a", verifier.Accepted, recovery[0])
	must(t, l.Reset(t.Context(), "a", "ops"))
	if required, err := l.Required(t.Context(), "a"); err != nil || required {
		t.Errorf("after Reset a second factor is required: %t, %v", required, err)
	}
	l.want("a", verifier.NotEnrolled, recovery[1])
	l.begin("a", verifier.NewKey{})
	if k := l.account("a").Keys; len(k) != 1 || k[0].Enrolment != 2 {
		t.Errorf("keys are %+v: an enrolment number must never come again", k)
	}
	for name, err := range map[string]error{
		"unlock": l.Unlock(t.Context(), "nobody", "ops"), "reset": l.Reset(t.Context(), "nobody", "ops"),
		"revoke": l.Revoke(t.Context(), "a", 99, "ops"),
	} {
		if !errors.Is(err, verifier.ErrNotEnrolled) {
			t.Errorf("%s: %v, want ErrNotEnrolled", name, err)
		}
	}
}

func TestEpochAfterARestore(t *testing.T) {
	l := newLogin(t)
	totp, recovery := l.enrol("totp", verifier.NewKey{})
	hotp, _ := l.enrol("hotp", verifier.NewKey{Type: otp.HOTP})
	token, err := l.NewLink(t.Context(), "totp", l.now)
	must(t, err)
	used := totp.at(l.now)
	l.config.Epoch = l.now // the backup was put back; used may have been used
	l.restart(masterKey(t, 1))

	l.want("totp", verifier.Replayed, used)
	if r := l.verify("totp", recovery[0]); r.OK() {
		t.Error("a recovery code from before the restore is accepted")
	}
	if r, err := l.UseLink(t.Context(), "totp", verifier.Attempt{Code: token}); err != nil || r.OK() {
		t.Errorf("a link from before the restore: %v, %v", r.Outcome, err)
	}
	l.now = l.now.Add(time.Minute)
	if r := l.verify("totp", totp.at(l.now)); !r.OK() || !r.Incomplete {
		t.Errorf("a minute later: %+v, want accepted and incomplete", r)
	}
	l.want("hotp", verifier.NeedsResync, hotp.press())
	if r, err := l.Resync(t.Context(), "hotp", verifier.Resync{Codes: []string{hotp.press(), hotp.press()}}); err != nil || r.Outcome != verifier.Resynced {
		t.Errorf("resync: %v, %v", r.Outcome, err)
	}
	l.want("hotp", verifier.Accepted, hotp.press())
	fresh, _ := l.enrol("fresh", verifier.NewKey{Type: otp.HOTP}) // enrolled after the restore: nothing was missed
	l.want("fresh", verifier.Accepted, fresh.press())
}

func TestDropLink(t *testing.T) {
	l := newLogin(t)
	l.enrol("a", verifier.NewKey{})
	token, err := l.NewLink(t.Context(), "a", l.now)
	must(t, err)
	must(t, l.DropLink(t.Context(), "a"))
	if ok, err := l.CheckLink(t.Context(), "a", token); err != nil || ok {
		t.Errorf("after the password changed the link is alive: %t, %v", ok, err)
	}
}
