package verifier_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/verifier"
	"github.com/authctl/authctl/otp/verifier/boltstore"
)

// form is a form that fits.
var form = verifier.RequestForm{
	Contact: "ann@example.com", Registered: "ann@example.com",
	Documents: []verifier.Document{{Ref: "front", Type: "image/jpeg", Size: 1 << 20}},
}

// enrolled is a login with an account that has a confirmed key and recovery codes.
func enrolled(t testing.TB, change ...func(*verifier.Config)) (l *login, key otp.Key, recovery []string) {
	t.Helper()
	l = newLogin(t, change...)
	key, err := l.Begin(t.Context(), "ann", verifier.NewKey{Issuer: "Example"})
	if err != nil {
		t.Fatal(err)
	}
	if recovery, err = l.Confirm(t.Context(), "ann", codeOf(t, key, l.now)); err != nil {
		t.Fatal(err)
	}
	l.now = l.now.Add(time.Minute)
	return l, key, recovery
}

func codeOf(t testing.TB, k otp.Key, at time.Time) string {
	t.Helper()
	g, err := otp.Prepare(k)
	if err != nil {
		t.Fatal(err)
	}
	return g.Code(k.Step(at))
}

func (l *login) status() verifier.RequestStatus {
	l.t.Helper()
	r, err := l.Request(context.Background(), "ann")
	if err != nil {
		l.t.Fatal(err)
	}
	return r.Status
}

// approved brings a request to its link.
func (l *login) approved() (token string) {
	l.t.Helper()
	ctx := context.Background()
	if err := errors.Join(l.SubmitRequest(ctx, "ann", form), l.ReviewRequest(ctx, "ann", "rita")); err != nil {
		l.t.Fatal(err)
	}
	l.now = l.now.Add(24 * time.Hour)
	token, err := l.ApproveRequest(ctx, "ann", "rita")
	if err != nil {
		l.t.Fatal(err)
	}
	return token
}

func TestRequestLeadsToANewKey(t *testing.T) {
	l, old, recovery := enrolled(t)
	token := l.approved()
	for range 10 { // what scanners do
		if ok, err := l.CheckRequestLink(t.Context(), "ann", token); !ok || err != nil {
			t.Fatal(ok, err)
		}
	}
	key, err := l.UseRequestLink(t.Context(), "ann", token, verifier.NewKey{Issuer: "Example"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.UseRequestLink(t.Context(), "ann", token, verifier.NewKey{Issuer: "Example"}); !errors.Is(err, verifier.ErrLink) {
		t.Errorf("the link a second time: %v", err)
	}
	// Until the new key is confirmed nothing has changed.
	if r, err := l.Verify(t.Context(), "ann", verifier.Attempt{Code: codeOf(t, old, l.now)}); err != nil || !r.OK() {
		t.Errorf("the old key before Confirm: %v, %v", r.Outcome, err)
	}
	fresh, err := l.Confirm(t.Context(), "ann", codeOf(t, key, l.now))
	if err != nil || len(fresh) != 10 {
		t.Fatalf("%d recovery codes, %v", len(fresh), err)
	}
	l.now = l.now.Add(time.Minute)
	for what, code := range map[string]string{"the old key": codeOf(t, old, l.now), "an old recovery code": recovery[0]} {
		if r, err := l.Verify(t.Context(), "ann", verifier.Attempt{Code: code}); err != nil || r.OK() {
			t.Errorf("%s still opens (%v)", what, err)
		}
	}
	if r, err := l.Verify(t.Context(), "ann", verifier.Attempt{Code: codeOf(t, key, l.now)}); err != nil || !r.OK() {
		t.Errorf("the new key: %v, %v", r.Outcome, err)
	}
	if l.status() != verifier.RequestUsed {
		t.Errorf("the request is %s", l.status())
	}
	var moves []string
	for _, e := range l.events {
		if e.Kind == verifier.RequestMade || e.Kind == verifier.RequestMoved {
			moves = append(moves, strings.TrimSpace(e.Reason+" "+e.By))
		}
	}
	if got := strings.Join(moves, ", "); got != ", in-review rita, approved rita, used" {
		t.Errorf("the events are %q", got)
	}
}

func TestRequestClearsALock(t *testing.T) {
	l, _, _ := enrolled(t)
	token := l.approved()
	key, err := l.UseRequestLink(t.Context(), "ann", token, verifier.NewKey{Issuer: "Example"})
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if _, err := l.Verify(t.Context(), "ann", verifier.Attempt{Code: "000000"}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := l.Confirm(t.Context(), "ann", codeOf(t, key, l.now)); err != nil {
		t.Fatal(err)
	}
	l.now = l.now.Add(time.Minute)
	if r, err := l.Verify(t.Context(), "ann", verifier.Attempt{Code: codeOf(t, key, l.now)}); err != nil || !r.OK() {
		t.Errorf("after the new key is confirmed: %v, %v", r.Outcome, err)
	}
}

// TestSubmitIsNoOracle checks that a stranger learns nothing from the answer.
func TestSubmitIsNoOracle(t *testing.T) {
	l, _, _ := enrolled(t)
	other := form
	other.Contact = "eve@example.com"
	unregistered := form
	unregistered.Registered, unregistered.Contact = "", ""
	for _, c := range []struct {
		id     string
		form   verifier.RequestForm
		reason string
	}{
		{"nobody", form, "the account has no second factor"},
		{"ann", other, "the contact is not the registered one"},
		{"ann", unregistered, "the contact is not the registered one"},
		{"ann", form, ""},
		{"ann", form, "a request is open already"},
	} {
		if err := l.SubmitRequest(t.Context(), c.id, c.form); err != nil {
			t.Errorf("%s: %v", c.reason, err)
		}
		if c.reason != "" && l.last(verifier.RequestDropped).Reason != c.reason {
			t.Errorf("the event says %q, want %q", l.last(verifier.RequestDropped).Reason, c.reason)
		}
	}
	if s, err := l.store.Load(t.Context(), "nobody"); err != nil || !s.IsZero() {
		t.Errorf("a form made an account (%v)", err)
	}
	for _, d := range []verifier.Document{
		{Ref: "", Type: "image/png", Size: 1}, {Ref: "a\nb", Type: "image/png", Size: 1}, {Ref: "a", Type: "text/html", Size: 1},
		{Ref: "a", Type: "image/png", Size: 10_000_001}, {Ref: "a", Type: "image/png"},
		{Ref: "a", Type: "image/svg+xml", Size: 1}, {Ref: "a", Type: "image/png\r\nX-A: b", Size: 1},
	} {
		if err := l.SubmitRequest(t.Context(), "ann", verifier.RequestForm{Documents: []verifier.Document{d}}); err == nil {
			t.Errorf("%+v is taken", d)
		}
	}
}

func TestRequestTimes(t *testing.T) {
	l, _, _ := enrolled(t)
	if err := errors.Join(l.SubmitRequest(t.Context(), "ann", form), l.ReviewRequest(t.Context(), "ann", "rita")); err != nil {
		t.Fatal(err)
	}
	if _, err := l.ApproveRequest(t.Context(), "ann", "rita"); !errors.Is(err, verifier.ErrEarly) {
		t.Errorf("approval at once: %v, want ErrEarly", err)
	}
	if err := l.AskRequest(t.Context(), "ann", "rita", "Please send the back too."); err != nil {
		t.Fatal(err)
	}
	l.now = l.now.Add(48*time.Hour - time.Millisecond)
	if err := l.AnswerRequest(t.Context(), "ann", form.Documents); err != nil {
		t.Errorf("an answer in time: %v", err)
	}
	if r, err := l.Request(t.Context(), "ann"); err != nil || len(r.Documents) != 2 || r.Status != verifier.RequestInReview {
		t.Errorf("after the answer: %+v, %v", r, err)
	}
	if err := l.AskRequest(t.Context(), "ann", "rita", ""); err != nil {
		t.Fatal(err)
	}
	l.now = l.now.Add(48 * time.Hour)
	if err := l.AnswerRequest(t.Context(), "ann", nil); !errors.Is(err, verifier.ErrNoRequest) || l.status() != verifier.RequestClosed {
		t.Errorf("an answer after 48 hours: %v, the request is %s", err, l.status())
	}
	token := l.approved() // a new one may follow
	l.now = l.now.Add(24 * time.Hour)
	if _, err := l.UseRequestLink(t.Context(), "ann", token, verifier.NewKey{Issuer: "Example"}); !errors.Is(err, verifier.ErrLink) || l.status() != verifier.RequestClosed {
		t.Errorf("the link after its time: %v, the request is %s", err, l.status())
	}
}

// TestDeliverClosesRequests has nobody touch an account after 48 hours but Deliver.
func TestDeliverClosesRequests(t *testing.T) {
	l, _, _ := enrolled(t)
	ctx := t.Context()
	if err := errors.Join(l.SubmitRequest(ctx, "ann", form), l.ReviewRequest(ctx, "ann", "rita"), l.AskRequest(ctx, "ann", "rita", "")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		wait time.Duration
		want int
	}{{48*time.Hour - time.Millisecond, 0}, {time.Millisecond, 1}, {time.Hour, 0}} {
		l.now = l.now.Add(c.wait)
		if n, err := l.Deliver(ctx); n != c.want || err != nil {
			t.Errorf("Deliver handed %d events over (%v), want %d", n, err, c.want)
		}
	}
	if e := l.last(verifier.RequestMoved); e.Reason != string(verifier.RequestClosed) {
		t.Errorf("the last event says %q, want closed", e.Reason)
	}
}

// TestResetClosesARequest takes the second factor away while somebody asks for it.
func TestResetClosesARequest(t *testing.T) {
	l, _, _ := enrolled(t)
	token := l.approved()
	if err := l.Reset(t.Context(), "ann", "rita"); err != nil {
		t.Fatal(err)
	}
	if e := l.last(verifier.RequestMoved); e.Reason != string(verifier.RequestClosed) || l.status() != verifier.RequestClosed {
		t.Errorf("the last event says %q, the request is %s; want closed", e.Reason, l.status())
	}
	if _, err := l.UseRequestLink(t.Context(), "ann", token, verifier.NewKey{Issuer: "Example"}); !errors.Is(err, verifier.ErrLink) {
		t.Errorf("the link after a reset: %v, want ErrLink", err)
	}
}

// TestHolderObjects lets the holder and the link race: one of them wins, and only one.
func TestHolderObjects(t *testing.T) {
	for range 50 {
		l, _, _ := enrolled(t)
		token := l.approved()
		var canceled, used error
		var wg sync.WaitGroup
		wg.Go(func() { canceled = l.CancelRequest(context.Background(), "ann") })
		wg.Go(func() {
			_, used = l.UseRequestLink(context.Background(), "ann", token, verifier.NewKey{Issuer: "Example"})
		})
		wg.Wait()
		if (canceled == nil) == (used == nil) {
			t.Fatalf("canceled: %v, used: %v", canceled, used)
		}
	}
}

func TestRestoreKillsAnApprovedLink(t *testing.T) {
	l, _, _ := enrolled(t)
	token := l.approved()
	l.config.Epoch = l.now.Add(time.Second)
	l.restart(masterKey(t, 1))
	if _, err := l.UseRequestLink(t.Context(), "ann", token, verifier.NewKey{Issuer: "Example"}); !errors.Is(err, verifier.ErrLink) {
		t.Errorf("after a restore: %v, want ErrLink", err)
	}
}

// TestRequestModel takes random steps at random times on both stores and compares
// with a table of what leads where.
func TestRequestModel(t *testing.T) {
	for name, open := range map[string]func() verifier.Store{
		"memory": func() verifier.Store { return verifier.NewMemory() },
		"bbolt": func() verifier.Store {
			s, err := boltstore.Open(filepath.Join(t.TempDir(), "accounts"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			return s
		},
	} {
		t.Run(name, func(t *testing.T) {
			store, n := open(), 0
			rapid.Check(t, func(r *rapid.T) {
				n++
				modelRequest(r, masterKey(t, 1), store, fmt.Sprint("ann", n))
			})
		})
	}
}

func modelRequest(r *rapid.T, master verifier.MasterKey, store verifier.Store, id string) {
	now, ctx := start, context.Background()
	ring, err := verifier.NewKeyring(master)
	if err != nil {
		r.Fatal(err)
	}
	v, err := verifier.New(store, ring, verifier.Config{Policy: cheapPolicy(), Now: func() time.Time { return now }})
	if err != nil {
		r.Fatal(err)
	}
	secret, err := otp.NewSecret([]byte("12345678901234567890"))
	if err != nil {
		r.Fatal(err)
	}
	key := otp.Key{Type: otp.TOTP, Account: "ann", Secret: secret, Algorithm: otp.SHA1, Digits: 6, Period: 30}
	if _, err := v.Adopt(ctx, id, key); err != nil {
		r.Fatal(err)
	}
	var token string
	steps := map[string]struct {
		from []verifier.RequestStatus
		to   verifier.RequestStatus
		do   func() error
	}{
		"review": {[]verifier.RequestStatus{"submitted"}, "in-review", func() error { return v.ReviewRequest(ctx, id, "rita") }},
		"ask":    {[]verifier.RequestStatus{"in-review"}, "asked", func() error { return v.AskRequest(ctx, id, "rita", "more?") }},
		"answer": {[]verifier.RequestStatus{"asked"}, "in-review", func() error { return v.AnswerRequest(ctx, id, nil) }},
		"refuse": {[]verifier.RequestStatus{"in-review", "asked"}, "refused", func() error { return v.RefuseRequest(ctx, id, "rita", "no") }},
		"cancel": {[]verifier.RequestStatus{"submitted", "in-review", "asked", "approved"}, "canceled", func() error { return v.CancelRequest(ctx, id) }},
		"approve": {[]verifier.RequestStatus{"in-review"}, "approved", func() (err error) {
			made, err := v.ApproveRequest(ctx, id, "rita")
			if err == nil {
				token = made
			}
			return err
		}},
		"use": {[]verifier.RequestStatus{"approved"}, "used", func() error {
			_, err := v.UseRequestLink(ctx, id, token, verifier.NewKey{Issuer: "Example"})
			return err
		}},
	}
	names := []string{"submit", "wait", "review", "ask", "answer", "refuse", "cancel", "approve", "use"}
	status, since, made := verifier.RequestStatus(""), now, now
	r.Repeat(map[string]func(*rapid.T){"step": func(r *rapid.T) {
		name := rapid.SampledFrom(names).Draw(r, "step")
		if name == "wait" {
			now = now.Add(time.Duration(rapid.Int64Range(1, int64(60*time.Hour)).Draw(r, "for")))
		}
		age := now.Truncate(time.Millisecond).Sub(since.Truncate(time.Millisecond))
		if status == "asked" && age >= 48*time.Hour || status == "approved" && age >= 24*time.Hour {
			status = "closed"
		}
		switch name {
		case "wait":
		case "submit":
			if err := v.SubmitRequest(ctx, id, form); err != nil {
				r.Fatal(err)
			}
			if !slices.Contains([]verifier.RequestStatus{"submitted", "in-review", "asked", "approved"}, status) {
				status, since, made = "submitted", now, now
			}
		default:
			step := steps[name]
			allowed := slices.Contains(step.from, status) && (name != "approve" || now.Truncate(time.Millisecond).Sub(made.Truncate(time.Millisecond)) >= 24*time.Hour)
			if err := step.do(); (err == nil) != allowed {
				r.Fatalf("%s on a request that is %q: %v", name, status, err)
			}
			if allowed {
				status, since = step.to, now
			}
		}
		got, err := v.Request(ctx, id)
		if err != nil || got.Status != status {
			r.Fatalf("after %s the request is %q (%v), want %q", name, got.Status, err, status)
		}
	}})
}
