package drift_test

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authctl/authctl/drift"
	"github.com/authctl/authctl/drift/drifttest"
)

// serve starts a server that ends with the test and gives its address.
func serve(t testing.TB, lies ...drifttest.Lie) string {
	t.Helper()
	s := drifttest.NewServer(lies...)
	t.Cleanup(s.Close)
	return s.Addr
}

func serveWeb(t testing.TB, roots *x509.CertPool, w drifttest.Web) string {
	t.Helper()
	h := drifttest.NewHTTPS(w)
	t.Cleanup(h.Close)
	h.AddTo(roots)
	return h.URL
}

func measure(t testing.TB, o drift.Options) drift.Report {
	t.Helper()
	if o.Timeout == 0 {
		o.Timeout = s
	}
	r, err := drift.Measure(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// off is this machine's clock, wrong by an offset.
func off(offset time.Duration) drift.Clock { return drift.Clock(drift.Machine).Plus(-offset) }

// inYear is this machine's clock as it would be in another year.
func inYear(y int) drift.Clock {
	began := time.Now()
	return func() drift.Reading {
		r := drift.Machine()
		r.Wall = time.Date(y, 6, 1, 0, 0, 0, 0, time.UTC).Add(time.Since(began))
		return r
	}
}

// Faults of one server. Each is the only one named, so that what it says decides.
// doc/faults.md lists them.
func TestFault(t *testing.T) {
	for name, c := range map[string]struct {
		lies     []drifttest.Lie
		offset   time.Duration // of the clock under test
		verdict  drift.Verdict
		rejected string
		kiss     string
	}{
		"honest":                     {verdict: drift.OK},
		"honest, clock slow":         {offset: 90 * s, verdict: drift.Bad},
		"offset":                     {lies: []drifttest.Lie{drifttest.Offset(90 * s)}, verdict: drift.Bad},
		"wrong origin":               {lies: []drifttest.Lie{drifttest.WrongOrigin()}, rejected: "datagrams dropped, 1 as not an answer to our question"},
		"wrong origin first":         {lies: []drifttest.Lie{drifttest.After(drifttest.Forged)}, verdict: drift.OK},
		"short":                      {lies: []drifttest.Lie{drifttest.After(drifttest.Short), drifttest.Silent()}, rejected: "1 as too short"},
		"short first":                {lies: []drifttest.Lie{drifttest.After(drifttest.Short)}, verdict: drift.OK},
		"wrong mode":                 {lies: []drifttest.Lie{drifttest.Mode(3)}, rejected: "1 as of mode 3"},
		"version 7":                  {lies: []drifttest.Lie{drifttest.Version(7)}, rejected: "1 as of version 7"},
		"duplicate":                  {lies: []drifttest.Lie{drifttest.Duplicate(3)}, verdict: drift.OK},
		"kiss RATE":                  {lies: []drifttest.Lie{drifttest.Kiss("RATE")}, rejected: "less often", kiss: "RATE"},
		"kiss DENY":                  {lies: []drifttest.Lie{drifttest.Kiss("DENY")}, rejected: "refuses to serve", kiss: "DENY"},
		"kiss RSTR, transmit zero":   {lies: []drifttest.Lie{drifttest.Kiss("RSTR"), drifttest.ZeroTransmit()}, rejected: "refuses to serve", kiss: "RSTR"},
		"kiss with a wrong origin":   {lies: []drifttest.Lie{drifttest.Kiss("DENY"), drifttest.WrongOrigin()}, rejected: "not an answer to our question"},
		"leap 3":                     {lies: []drifttest.Lie{drifttest.Leap(3)}, rejected: "leap 3"},
		"stratum 0":                  {lies: []drifttest.Lie{drifttest.Stratum(0)}, rejected: "stratum 0"},
		"stratum 16":                 {lies: []drifttest.Lie{drifttest.Stratum(16)}, rejected: "stratum 16"},
		"receive time zero":          {lies: []drifttest.Lie{drifttest.ZeroReceive()}, rejected: "receive time is zero"},
		"transmit time zero":         {lies: []drifttest.Lie{drifttest.ZeroTransmit()}, rejected: "transmit time is zero"},
		"transmit before receive":    {lies: []drifttest.Lie{drifttest.Backwards(s)}, rejected: "run backwards"},
		"held longer than we waited": {lies: []drifttest.Lie{drifttest.Held(120 * s)}, rejected: "longer than we waited"},
		"reference time zero":        {lies: []drifttest.Lie{drifttest.ZeroReference()}, rejected: "never set"},
		"reference time in future":   {lies: []drifttest.Lie{drifttest.Reference(time.Hour)}, rejected: "set in the future"},
		"reference time stale":       {lies: []drifttest.Lie{drifttest.Reference(-48 * time.Hour)}, rejected: "last set 2.0 days ago"},
		"root distance huge":         {lies: []drifttest.Lie{drifttest.Root(20*s, 20*s)}, rejected: "root distance 30 s"},
		"root distance large":        {lies: []drifttest.Lie{drifttest.Root(0, 15*s)}, offset: 50 * s, verdict: drift.Unknown},
		"precision absurd":           {lies: []drifttest.Lie{drifttest.Precision(100)}, rejected: "precision"},
		"a leap second near":         {lies: []drifttest.Lie{drifttest.Leap(1)}, offset: 59500 * ms, verdict: drift.Unknown},
		"era 2036 straddled":         {lies: []drifttest.Lie{drifttest.Era2036()}, verdict: drift.Bad},
		"server in 1970":             {lies: []drifttest.Lie{drifttest.Year(1970)}, rejected: "tells of 1970, before this program was written"},
		"server in 2101":             {lies: []drifttest.Lie{drifttest.Year(2101)}, rejected: "tells of 2101"},
		"asymmetric reply":           {lies: []drifttest.Lie{drifttest.Slow(0, 200*ms)}, verdict: drift.OK},
		"silent":                     {lies: []drifttest.Lie{drifttest.Silent()}, rejected: "no answer in time"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := measure(t, drift.Options{Servers: []string{serve(t, c.lies...)}, Clock: off(c.offset)})
			v := r.Sources[0]
			if c.rejected != "" {
				if r.Verdict != drift.Unknown || r.Offset != drift.Everything || !strings.Contains(v.Rejected, c.rejected) || v.Kiss != c.kiss {
					t.Errorf("%s, offset %v, rejected %q, kiss %q; want unknown, rejected as %q, kiss %q", r.Verdict, r.Offset, v.Rejected, v.Kiss, c.rejected, c.kiss)
				}
				if !strings.Contains(r.Reason, v.Rejected) {
					t.Errorf("the reason %q does not name the cause", r.Reason)
				}
				return
			}
			if r.Verdict != c.verdict || !v.Used || r.Confirmed {
				t.Errorf("%s: %s used %t confirmed %t, want %s, used, not confirmed", r.Verdict, r.Reason, v.Used, r.Confirmed, c.verdict)
			}
		})
	}
}

// A kiss is obeyed: the server is not asked again in this run.
func TestFaultKissIsNotRetried(t *testing.T) {
	server := drifttest.NewServer(drifttest.Kiss("RATE"))
	defer server.Close()
	measure(t, drift.Options{Servers: []string{server.Addr}, Timeout: 1200 * ms})
	if n := server.Requests(); n != 1 {
		t.Errorf("asked %d times after a kiss, want once", n)
	}
}

func TestFaultLostDatagramIsAskedAgain(t *testing.T) {
	r := measure(t, drift.Options{Servers: []string{serve(t, drifttest.Lose(1))}, Timeout: 3 * s})
	if r.Verdict != drift.OK {
		t.Errorf("%s: %s", r.Verdict, r.Reason)
	}
}

// A reply that takes 200 ms longer than the request shifts a midpoint by 100 ms.
// The interval keeps the truth, and is no narrower than what is known.
func TestFaultAsymmetricDelay(t *testing.T) {
	r := measure(t, drift.Options{Servers: []string{serve(t, drifttest.Slow(0, 200*ms))}})
	if !r.Offset.Contains(0) || r.Offset.Lo > -200*ms || r.Offset.Hi > 50*ms {
		t.Errorf("offset %v..%v, want about [−200 ms, 0] with 0 inside", r.Offset.Lo, r.Offset.Hi)
	}
}

func TestFaultLocalYear(t *testing.T) {
	servers := []string{serve(t), serve(t), serve(t)}
	for _, c := range []struct {
		year int
		slow bool
	}{{1970, true}, {2019, true}, {2100, false}, {2200, false}, {2300, false}, {2400, false}, {9999, false}} {
		r := measure(t, drift.Options{Servers: servers, Clock: inYear(c.year)})
		if r.Verdict != drift.Bad || (r.Offset.Lo > 0) != c.slow || !r.Confirmed {
			t.Errorf("local year %d: %s, %s", c.year, r.Verdict, r.Reason)
		}
	}
}

// A clock before the program's own writing is slow, whoever answers.
func TestFaultLocalYearWithoutNetwork(t *testing.T) {
	r := measure(t, drift.Options{Servers: []string{serve(t, drifttest.Silent())}, Clock: inYear(1970)})
	if r.Verdict != drift.Bad || r.Offset.Lo < 55*365*24*time.Hour || !strings.Contains(r.Reason, "slow") {
		t.Errorf("%s, %v: %s", r.Verdict, r.Offset, r.Reason)
	}
}

// stepping is a clock that is set, or sleeps, once after some readings.
func stepping(after int64, wall, boot time.Duration) drift.Clock {
	var reads atomic.Int64
	return func() drift.Reading {
		r := drift.Machine()
		if reads.Add(1) > after {
			r.Wall = r.Wall.Add(wall)
			r.Boot += boot
		}
		return r
	}
}

// The wall is set back 90 s between request and reply: the measurement is made
// again and tells how the clock is now.
func TestFaultWallStep(t *testing.T) {
	r := measure(t, drift.Options{Servers: []string{serve(t)}, Clock: stepping(3, -90*s, 0)})
	if r.Verdict != drift.Bad || !r.Offset.Contains(90*s) || r.Offset.Half() > s {
		t.Errorf("%s, %v: %s", r.Verdict, r.Offset, r.Reason)
	}
}

// One that is set over and over cannot be measured.
func TestFaultWallStepsOn(t *testing.T) {
	var reads atomic.Int64
	clock := func() drift.Reading {
		r := drift.Machine()
		r.Wall = r.Wall.Add(time.Duration(reads.Add(1)) * 10 * s)
		return r
	}
	r := measure(t, drift.Options{Servers: []string{serve(t)}, Clock: clock})
	if r.Verdict != drift.Unknown || r.Confirmed || !strings.Contains(r.Reason, "set") {
		t.Errorf("%s: %s", r.Verdict, r.Reason)
	}
}

// The machine sleeps for an hour during the exchange: the wall goes on, the
// monotonic clock does not.
func TestFaultSuspend(t *testing.T) {
	r := measure(t, drift.Options{Servers: []string{serve(t)}, Clock: stepping(3, time.Hour, time.Hour)})
	if r.Verdict != drift.Bad || !r.Offset.Contains(-time.Hour) {
		t.Errorf("%s, %v: %s", r.Verdict, r.Offset, r.Reason)
	}
}

func TestFaultLiars(t *testing.T) {
	wrong := drifttest.Offset(90 * s)
	for name, c := range map[string]struct {
		servers []string
		verdict drift.Verdict
		used    int
	}{
		"one liar of three":     {[]string{serve(t), serve(t, wrong), serve(t)}, drift.OK, 2},
		"one against one":       {[]string{serve(t), serve(t, wrong)}, drift.Unknown, 0},
		"two against two":       {[]string{serve(t), serve(t), serve(t, wrong), serve(t, wrong)}, drift.Unknown, 0},
		"a lying majority":      {[]string{serve(t), serve(t, wrong), serve(t, wrong)}, drift.Bad, 2},
		"a liar and the silent": {[]string{serve(t, wrong), serve(t, drifttest.Silent()), serve(t, drifttest.Silent())}, drift.Unknown, 0},
	} {
		r := measure(t, drift.Options{Servers: c.servers})
		if r.Verdict != c.verdict || r.Used() != c.used {
			t.Errorf("%s: %s, %d used: %s", name, r.Verdict, r.Used(), r.Reason)
		}
	}
}

func TestFaultLyingMajorityContradicted(t *testing.T) {
	roots, wrong := x509.NewCertPool(), drifttest.Offset(90*s)
	r := measure(t, drift.Options{
		Servers: []string{serve(t, wrong), serve(t, wrong), serve(t, wrong)},
		HTTPS:   []string{serveWeb(t, roots, drifttest.Web{}), serveWeb(t, roots, drifttest.Web{})},
		RootCAs: roots, Timeout: 2 * s,
	})
	if r.Verdict != drift.Unknown || !strings.Contains(r.Reason, "tampering") {
		t.Errorf("%s: %s", r.Verdict, r.Reason)
	}
}

// names is a resolver made of a map; a name that is not in it hangs for ever,
// and takes no notice of the context.
type names map[string][]netip.Addr

func (n names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	ips, ok := n[host]
	if !ok {
		select {}
	}
	if ips == nil {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	return ips, nil
}

func TestFaultBoundedExit(t *testing.T) {
	dead := serve(t, drifttest.Silent())
	for name, c := range map[string]struct {
		servers []string
		says    string
	}{
		"all silent":             {[]string{dead, serve(t, drifttest.Silent())}, "None of 2 sources gave a usable answer: for each of them, no answer in time"},
		"DNS hangs":              {[]string{"a.example", "b.example"}, "None of 2 sources gave a usable answer: for each of them, no answer in time"},
		"NXDOMAIN":               {[]string{"gone.example", "gone.example:124"}, "its name does not exist"},
		"port closed, DNS hangs": {[]string{"127.0.0.1:9", "a.example", "b.example"}, "for 2 of them, no answer in time"},
		"a name without address": {[]string{"empty.example"}, "its name has no address"},
		"nobody listens":         {[]string{"127.0.0.1:9"}, "nothing listens there"},
	} {
		resolver := names{"gone.example": nil, "empty.example": {}}
		r := measure(t, drift.Options{Servers: c.servers, Resolver: resolver, Timeout: 300 * ms})
		if r.Verdict != drift.Unknown || !strings.Contains(r.Reason, c.says) {
			t.Errorf("%s: %s: %s", name, r.Verdict, r.Reason)
		}
		// What is asserted is that it ends; how fast it does is in the benchmarks.
		if r.Elapsed > 5*s {
			t.Errorf("%s: took %v with a timeout of 0.3 s", name, r.Elapsed)
		}
	}
}

func TestFaultIPv6Only(t *testing.T) {
	server := drifttest.NewServer6()
	defer server.Close()
	_, port, _ := net.SplitHostPort(server.Addr)
	resolver := names{"six.example": {netip.IPv6Loopback()}}
	for _, name := range []string{server.Addr, "six.example:" + port} {
		r := measure(t, drift.Options{Servers: []string{name}, Resolver: resolver})
		if r.Verdict != drift.OK || r.Sources[0].Address != server.Addr {
			t.Errorf("%s: %s: %s", name, r.Verdict, r.Reason)
		}
	}
}

// One address of a name is dead; the other answers.
func TestFaultDeadFamily(t *testing.T) {
	address := serve(t)
	_, port, _ := net.SplitHostPort(address)
	resolver := names{"both.example": {netip.IPv6Loopback(), netip.MustParseAddr("127.0.0.1")}}
	r := measure(t, drift.Options{Servers: []string{"both.example:" + port}, Resolver: resolver})
	if r.Verdict != drift.OK || r.Sources[0].Address != address {
		t.Errorf("%s from %s: %s", r.Verdict, r.Sources[0].Address, r.Reason)
	}
}

func TestFaultHTTPS(t *testing.T) {
	now := time.Now()
	for name, c := range map[string]struct {
		web       drifttest.Web
		clock     time.Duration
		untrusted bool
		verdict   drift.Verdict
		rejected  string
	}{
		"honest":            {verdict: drift.OK},
		"clock off 10 days": {clock: 240 * time.Hour, verdict: drift.Bad},
		"Age":               {web: drifttest.Web{Header: http.Header{"Age": {"7"}}}, rejected: "cache"},
		"redirect":          {web: drifttest.Web{Status: 302, Header: http.Header{"Location": {"https://portal.example/"}}}, rejected: "redirects (status 302)"},
		"captive portal":    {web: drifttest.Web{Status: 511}, rejected: "captive portal"},
		"portal's own name": {web: drifttest.Web{Name: "portal.example"}, rejected: "another name"},
		"unknown authority": {untrusted: true, rejected: "unknown authority"},
		"no Date":           {web: drifttest.Web{NoDate: true}, rejected: "no valid Date"},
		"status 404":        {web: drifttest.Web{Status: 404}, verdict: drift.OK},
		"expired":           {web: drifttest.Web{NotBefore: now.Add(-48 * time.Hour), NotAfter: now.Add(-24 * time.Hour)}, rejected: "has expired"},
		"not yet valid":     {web: drifttest.Web{NotBefore: now.Add(24 * time.Hour), NotAfter: now.Add(48 * time.Hour)}, rejected: "not yet valid"},
		"server in 1970":    {web: drifttest.Web{Offset: -time.Since(time.Unix(1e6, 0))}, rejected: "tells of 1970"},
		// The local clock finds this certificate long expired; at the time it tells it is good.
		"clock in another era": {clock: -50 * 365 * 24 * time.Hour, verdict: drift.Bad},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			roots := x509.NewCertPool()
			url := serveWeb(t, roots, c.web)
			if c.untrusted {
				roots = x509.NewCertPool()
			}
			r := measure(t, drift.Options{HTTPS: []string{url}, RootCAs: roots, Clock: off(c.clock), Timeout: 3 * s})
			v := r.Sources[0]
			if c.rejected != "" && (r.Verdict != drift.Unknown || !strings.Contains(v.Rejected, c.rejected)) {
				t.Errorf("%s, rejected %q, want %q", r.Verdict, v.Rejected, c.rejected)
			}
			if c.rejected == "" && (r.Verdict != c.verdict || !r.Offset.Contains(c.clock)) {
				t.Errorf("%s: %s", r.Verdict, r.Reason)
			}
		})
	}
}

// Four Date headers placed at the turn of a second narrow the offset, here so
// that a clock at the edge of the limit can be judged.
func TestHTTPSNarrows(t *testing.T) {
	roots := x509.NewCertPool()
	url := serveWeb(t, roots, drifttest.Web{})
	// Between 57.5 s and 62.5 s whatever the moment: unknown, so all four are asked.
	r := measure(t, drift.Options{HTTPS: []string{url}, RootCAs: roots, Clock: off(60 * s), Timeout: 10 * s})
	if half := r.Offset.Half(); half > 2*s+300*ms || !r.Offset.Contains(60*s) {
		t.Errorf("offset %v..%v, want 60 s ± 2.1 s", r.Offset.Lo, r.Offset.Hi)
	}
}

func TestMeasureOptions(t *testing.T) {
	for name, o := range map[string]drift.Options{
		"empty name":    {Servers: []string{""}},
		"port zero":     {Servers: []string{"a.example:0"}},
		"port word":     {Servers: []string{"a.example:ntp"}},
		"a url":         {Servers: []string{"https://a.example"}},
		"http":          {HTTPS: []string{"http://a.example"}},
		"no host":       {HTTPS: []string{"https:///x"}},
		"limit below":   {Servers: []string{"a.example"}, Limit: -s},
		"timeout below": {Servers: []string{"a.example"}, Timeout: -s},
	} {
		if _, err := drift.Measure(t.Context(), o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestMeasureCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := drift.Measure(ctx, drift.Options{Servers: []string{serve(t, drifttest.Silent())}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

// A silent server does not hold up three that agree.
func TestMeasureEndsEarly(t *testing.T) {
	servers := []string{serve(t), serve(t, drifttest.Silent()), serve(t), serve(t), serve(t, drifttest.Offset(90*s))}
	r := measure(t, drift.Options{Servers: servers, Timeout: 60 * s})
	if r.Verdict != drift.OK || r.Used() != 3 || r.Elapsed > 30*s {
		t.Errorf("%s after %v: %s", r.Verdict, r.Elapsed, r.Reason)
	}
	if got := r.Sources[1].Rejected; !strings.Contains(got, "not waited for") {
		t.Errorf("the silent server is %q", got)
	}
}

func TestSplitServer(t *testing.T) {
	for _, c := range []struct {
		in, host string
		port     uint16
	}{
		{"a.example", "a.example", 123}, {"a.example:1123", "a.example", 1123},
		{"192.0.2.1", "192.0.2.1", 123}, {"192.0.2.1:5", "192.0.2.1", 5},
		{"2001:db8::1", "2001:db8::1", 123}, {"[2001:db8::1]", "2001:db8::1", 123}, {"[2001:db8::1]:5", "2001:db8::1", 5},
	} {
		if host, port, err := drift.SplitServer(c.in, 123); host != c.host || port != c.port || err != nil {
			t.Errorf("%s: %s %d %v", c.in, host, port, err)
		}
	}
}
