package drift_test

import (
	"context"
	"crypto/x509"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/authctl/authctl/drift"
	"github.com/authctl/authctl/drift/drifttest"
)

// Against a real chronyd whose clock is off, as the only server named.
func TestChronydOffset(t *testing.T) {
	for _, c := range []struct {
		faketime string
		offset   time.Duration
		verdict  drift.Verdict
	}{
		{"", 0, drift.OK},
		{"-30s", -30 * s, drift.Unknown}, // just at L/2: the interval straddles ok and warn, see below
		{"-29s", -29 * s, drift.OK},
		{"+59s", 59 * s, drift.Warn},
		{"-61s", -61 * s, drift.Bad},
		{"+61s", 61 * s, drift.Bad},
		{"+90s", 90 * s, drift.Bad},
		{"-10d", -240 * time.Hour, drift.Bad},
		{"+12y", 12 * 365 * 24 * time.Hour, drift.Bad},
	} {
		t.Run(c.faketime, func(t *testing.T) {
			server := drifttest.StartChronyd(t, c.faketime)
			r := measure(t, drift.Options{Servers: []string{server.Addr}, Timeout: 5 * s})
			if c.faketime == "-30s" {
				// At exactly half the limit both are true; never bad, never unknown.
				if r.Verdict != drift.OK && r.Verdict != drift.Warn {
					t.Errorf("%s: %s", r.Verdict, r.Reason)
				}
			} else if r.Verdict != c.verdict {
				t.Errorf("%s, want %s: %s", r.Verdict, c.verdict, r.Reason)
			}
			// chronyd shifts its receive stamp from the kernel by its own reading,
			// which costs it some accuracy.
			if !r.Offset.Widen(20 * ms).Contains(c.offset) {
				t.Errorf("offset %v..%v, want %v", r.Offset.Lo, r.Offset.Hi, c.offset)
			}
		})
	}
}

func TestChronydIn1970(t *testing.T) {
	server := drifttest.StartChronyd(t, fmt.Sprintf("-%dd", time.Now().Unix()/86400-4))
	r := measure(t, drift.Options{Servers: []string{server.Addr}, Timeout: 5 * s})
	if r.Verdict != drift.Unknown || !strings.Contains(r.Reason, "tells of 1970") {
		t.Errorf("%s: %s", r.Verdict, r.Reason)
	}
}

// The server's clock is stepped while a Watch runs: the next measurement tells.
func TestChronydLiveStep(t *testing.T) {
	server := drifttest.StartChronyd(t, "+2s")
	stepped := false
	for x, err := range drift.Watch(t.Context(), drift.WatchOptions{
		Options: drift.Options{Servers: []string{server.Addr}, Timeout: 5 * s}, Every: 100 * ms,
	}) {
		if err != nil {
			t.Fatal(err)
		}
		if !stepped {
			if x.Report.Verdict != drift.OK {
				t.Fatalf("before the step: %s", x.Report.Reason)
			}
			server.Set("+90s")
			stepped = true
		}
		if x.Report.Verdict == drift.Bad {
			if x.Event != "" {
				t.Errorf("event %q, but it was not this clock that was set", x.Event)
			}
			return
		}
	}
}

func TestChronydGroups(t *testing.T) {
	right := func() string { return drifttest.StartChronyd(t, "").Addr }
	wrong := func() string { return drifttest.StartChronyd(t, "+90s").Addr }
	servers := []string{right(), right(), right(), wrong()}
	r := measure(t, drift.Options{Servers: servers, Timeout: 5 * s})
	if r.Verdict != drift.OK || r.Used() != 3 || !r.Confirmed {
		t.Errorf("three and a liar: %s, %s", r.Verdict, r.Reason)
	}
	r = measure(t, drift.Options{Servers: servers, Timeout: 5 * s, Clock: off(73 * s)})
	if r.Verdict != drift.Bad || !r.Offset.Contains(73*s) {
		t.Errorf("three and a liar, clock slow: %s, %s", r.Verdict, r.Reason)
	}
	r = measure(t, drift.Options{Servers: []string{servers[0], servers[1], servers[3], wrong()}})
	if r.Verdict != drift.Unknown || !strings.Contains(r.Reason, "none has a majority") {
		t.Errorf("two against two: %s, %s", r.Verdict, r.Reason)
	}
}

// Servers of the wrong era in HTTPS do not outvote chronyd.
func TestChronydWithWrongEraCertificate(t *testing.T) {
	roots, past := x509.NewCertPool(), time.Date(2011, 1, 1, 0, 0, 0, 0, time.UTC)
	old := drifttest.Web{NotBefore: past, NotAfter: past.Add(time.Hour)}
	r := measure(t, drift.Options{
		Servers: []string{drifttest.StartChronyd(t, "").Addr, drifttest.StartChronyd(t, "").Addr},
		HTTPS:   []string{serveWeb(t, roots, old), serveWeb(t, roots, old)},
		RootCAs: roots, Timeout: 5 * s, Clock: off(90 * s),
	})
	if r.Verdict != drift.Bad || r.Used() != 2 || !strings.Contains(r.Sources[3].Rejected, "expired") {
		t.Errorf("%s: %s, %q", r.Verdict, r.Reason, r.Sources[3].Rejected)
	}
}

func TestChronydAllDead(t *testing.T) {
	a, b := drifttest.StartChronyd(t, ""), drifttest.StartChronyd(t, "")
	a.Stop()
	b.Stop()
	r := measure(t, drift.Options{Servers: []string{a.Addr, b.Addr}})
	if r.Verdict != drift.Unknown || r.Confirmed || !strings.Contains(r.Reason, "nothing listens there") {
		t.Errorf("%s: %s", r.Verdict, r.Reason)
	}
}

func TestSynchronization(t *testing.T) {
	sync := drift.Synchronization(context.Background())
	if !sync.Known && (sync.Synchronized || sync.String() != "not known") {
		t.Errorf("%+v is %q", sync, sync)
	}
	t.Logf("this machine: %+v: %s", sync, sync)
}
