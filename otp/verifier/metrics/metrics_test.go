package metrics_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/verifier"
	"github.com/authctl/authctl/otp/verifier/metrics"
	"github.com/authctl/authctl/otp/verifier/storetest"
)

// TestStore checks that a measured store is still one.
func TestStore(t *testing.T) {
	storetest.Run(t, storetest.Caps{}, func(tb testing.TB, _ string) verifier.Store {
		m, err := metrics.New(prometheus.NewRegistry())
		if err != nil {
			tb.Fatal(err)
		}
		return m.Store(verifier.NewMemory())
	})
}

// scene is a verifier with metrics, on which somebody signs in.
type scene struct {
	registry *prometheus.Registry
	handled  error // what the handler answers
}

func newScene(t *testing.T) *scene {
	s := &scene{registry: prometheus.NewRegistry()}
	m, err := metrics.New(s.registry)
	if err != nil {
		t.Fatal(err)
	}
	master, err := otp.NewSecret(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	ring, err := verifier.NewKeyring(verifier.MasterKey{Version: 1, Secret: master})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_800_000_000, 0)
	v, err := verifier.New(m.Store(verifier.NewMemory()), ring, verifier.Config{
		Now:    func() time.Time { return now },
		Handle: m.Handle(func(context.Context, verifier.Event) error { return s.handled }),
	})
	if err != nil {
		t.Fatal(err)
	}
	key, _, err := otp.ParseURI("otpauth://totp/Secretive:alice@example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Secretive")
	if err != nil {
		t.Fatal(err)
	}
	codes, err := otp.Prepare(key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Adopt(t.Context(), "account-17", key); err != nil {
		t.Fatal(err)
	}
	old := codes.Code(key.Step(now) - 1)
	for _, code := range []string{old, old, "12"} {
		if _, err := v.Verify(t.Context(), "account-17", verifier.Attempt{Code: code, Source: "192.0.2.7"}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestWhatIsCounted(t *testing.T) {
	s := newScene(t)
	err := testutil.GatherAndCompare(s.registry, strings.NewReader(`
# HELP authctl_logins_total Attempts to sign in, by method and outcome.
# TYPE authctl_logins_total counter
authctl_logins_total{method="",outcome="malformed"} 1
authctl_logins_total{method="totp",outcome="accepted"} 1
authctl_logins_total{method="totp",outcome="replayed"} 1
# HELP authctl_code_delta_steps Step of an accepted TOTP code minus the expected one; negative: the code was old.
# TYPE authctl_code_delta_steps histogram
authctl_code_delta_steps_bucket{le="-3"} 0
authctl_code_delta_steps_bucket{le="-2"} 0
authctl_code_delta_steps_bucket{le="-1"} 1
authctl_code_delta_steps_bucket{le="0"} 1
authctl_code_delta_steps_bucket{le="1"} 1
authctl_code_delta_steps_bucket{le="2"} 1
authctl_code_delta_steps_bucket{le="3"} 1
authctl_code_delta_steps_bucket{le="+Inf"} 1
authctl_code_delta_steps_sum -1
authctl_code_delta_steps_count 1
`), "authctl_logins_total", "authctl_code_delta_steps")
	if err != nil {
		t.Error(err)
	}
	if problems, err := testutil.GatherAndLint(s.registry); err != nil || len(problems) > 0 {
		t.Errorf("%v %v", problems, err)
	}
}

// TestLabelsTellNoPerson looks for what was typed and who typed it.
func TestLabelsTellNoPerson(t *testing.T) {
	s := newScene(t)
	families, err := s.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	if len(families) < 4 {
		t.Fatalf("only %d metrics were gathered", len(families))
	}
	text := fmt.Sprint(families)
	for _, private := range []string{"account-17", "alice", "Secretive", "192.0.2.7", "GEZDGNB"} {
		if strings.Contains(text, private) {
			t.Errorf("the metrics hold %q", private)
		}
	}
}

func TestUnknownValuesShareALabel(t *testing.T) {
	registry := prometheus.NewRegistry()
	m, err := metrics.New(registry)
	if err != nil {
		t.Fatal(err)
	}
	handle := m.Handle(nil)
	for i := range 100 {
		e := verifier.Event{Kind: verifier.LoginRefused, Method: verifier.Method(fmt.Sprint("m", i)), Outcome: verifier.Outcome(fmt.Sprint("o", i))}
		if err := handle(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		if err := handle(t.Context(), verifier.Event{Kind: verifier.Kind(fmt.Sprint("k", i))}); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := testutil.GatherAndCount(registry, "authctl_logins_total", "authctl_events_total"); err != nil || n != 3 {
		t.Errorf("%d series (%v), want 3", n, err)
	}
}

// TestEveryValueHasItsLabel reads package verifier for the kinds, methods and outcomes
// that there are.
func TestEveryValueHasItsLabel(t *testing.T) {
	registry := prometheus.NewRegistry()
	m, err := metrics.New(registry)
	if err != nil {
		t.Fatal(err)
	}
	handle, values := m.Handle(nil), 0
	for _, file := range []string{"../event.go", "../result.go"} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range regexp.MustCompile(`(?m)^\t\w+ +(Kind|Method|Outcome) += "(.*?)"`).FindAllStringSubmatch(string(source), -1) {
			values++
			e := verifier.Event{Kind: verifier.LoginRefused, Outcome: verifier.Invalid}
			switch value := found[2]; found[1] {
			case "Kind":
				e.Kind = verifier.Kind(value)
			case "Method":
				e.Method = verifier.Method(value)
			case "Outcome":
				e.Outcome = verifier.Outcome(value)
			}
			if err := handle(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprint(families); values < 40 || strings.Contains(text, `"other"`) {
		t.Errorf("of %d values some have no label of their own", values)
	}
}

// TestAnEventCountsOnce has the handler fail: the event comes again.
func TestAnEventCountsOnce(t *testing.T) {
	registry := prometheus.NewRegistry()
	m, err := metrics.New(registry)
	if err != nil {
		t.Fatal(err)
	}
	down := errors.New("the mail server is down")
	handle := m.Handle(func(context.Context, verifier.Event) error { return down })
	e := verifier.Event{Kind: verifier.CodesLocked, Lost: 2}
	for range 3 {
		if err := handle(t.Context(), e); !errors.Is(err, down) {
			t.Errorf("the handler's error became %v", err)
		}
	}
	down = nil
	if err := handle(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	err = testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP authctl_event_failures_total Events whose handler failed; they are handed over again.
# TYPE authctl_event_failures_total counter
authctl_event_failures_total 3
# HELP authctl_events_lost_total Events that a full outbox dropped.
# TYPE authctl_events_lost_total counter
authctl_events_lost_total 2
# HELP authctl_events_total Events that were handled, by kind.
# TYPE authctl_events_total counter
authctl_events_total{kind="codes-locked"} 1
`), "authctl_events_total", "authctl_event_failures_total", "authctl_events_lost_total")
	if err != nil {
		t.Error(err)
	}
}

// failing answers every Update with an error, after running fn twice.
type failing struct {
	verifier.Store
	err error
}

func (f failing) Update(_ context.Context, _ string, fn func(*verifier.State) error) error {
	_ = fn(&verifier.State{})
	if err := fn(&verifier.State{}); err != nil {
		return fmt.Errorf("update: %w", err)
	}
	return f.err
}

func TestStoreResults(t *testing.T) {
	refusal := errors.New("no")
	for want, c := range map[string]struct{ store, fn error }{
		"ok":       {nil, nil},
		"refused":  {nil, refusal},
		"unknown":  {fmt.Errorf("cut: %w", verifier.ErrUnknownOutcome), nil},
		"canceled": {context.Canceled, nil},
		"error":    {errors.New("disk"), nil},
	} {
		registry := prometheus.NewRegistry()
		m, err := metrics.New(registry)
		if err != nil {
			t.Fatal(err)
		}
		_ = m.Store(failing{verifier.NewMemory(), c.store}).Update(t.Context(), "a", func(*verifier.State) error { return c.fn })
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		if text := fmt.Sprint(families); !strings.Contains(text, `value:"`+want+`"`) || !strings.Contains(text, "authctl_store_conflicts_total") {
			t.Errorf("%v is not counted as %q: %s", c, want, text)
		}
	}
}

// TestDashboard checks that every metric of doc/grafana.json is one of ours, and that
// each of ours has its place there.
func TestDashboard(t *testing.T) {
	data, err := os.ReadFile("../../../doc/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Title  string
		UID    string
		Panels []struct {
			Title, Type string
			GridPos     struct{ H, W, X, Y int }
			Targets     []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(data, &dashboard); err != nil {
		t.Fatal(err)
	}
	families, err := newScene(t).registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var ours, shown []string
	for _, f := range families {
		ours = append(ours, f.GetName())
	}
	for _, p := range dashboard.Panels {
		if p.Title == "" || p.Type == "" || p.GridPos.W == 0 || p.GridPos.H == 0 || len(p.Targets) == 0 {
			t.Errorf("panel %q lacks its type, place or query", p.Title)
		}
		for _, target := range p.Targets {
			for _, name := range regexp.MustCompile(`authctl_\w+`).FindAllString(target.Expr, -1) {
				name = regexp.MustCompile(`_(bucket|sum|count)$`).ReplaceAllString(name, "")
				shown = append(shown, name)
				if !slices.Contains(ours, name) {
					t.Errorf("panel %q asks for %s, which there is not", p.Title, name)
				}
			}
		}
	}
	for _, name := range ours {
		if !slices.Contains(shown, name) {
			t.Errorf("no panel shows %s", name)
		}
	}
}
