package drift_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authctl/authctl/drift"
	"github.com/authctl/authctl/drift/drifttest"
)

// mixed is three honest servers, one liar and one that is silent, all of which
// ask nobody's leave: real chronyd where it is installed.
func mixed(b *testing.B) []string {
	return []string{
		drifttest.StartChronyd(b, "").Addr, drifttest.StartChronyd(b, "").Addr, drifttest.StartChronyd(b, "").Addr,
		drifttest.StartChronyd(b, "+90s").Addr, serve(b, drifttest.Silent()),
	}
}

// BenchmarkMixed measures the same five servers with this package and with
// chronyd -Q: the time from question to verdict, the program's start included
// for chronyd.
//
//	go test ./drift -run '^$' -bench Mixed -benchtime 30x
func BenchmarkMixed(b *testing.B) {
	servers := mixed(b)
	b.Run("drift", func(b *testing.B) {
		report(b, func() {
			r, err := drift.Measure(b.Context(), drift.Options{Servers: servers, Clock: off(73 * s)})
			if err != nil || r.Verdict != drift.Bad || !r.Offset.Contains(73*s) {
				b.Fatalf("%s, %v: %s", r.Verdict, err, r.Reason)
			}
		})
	})
	b.Run("chronyd-Q", func(b *testing.B) {
		args := []string{"-Q", "-U", "-t", "30", "-f", "/dev/null"}
		for _, server := range servers {
			host, port, _ := strings.Cut(server, ":")
			args = append(args, "server "+host+" port "+port+" iburst")
		}
		program := drifttest.Program(b, "chronyd", "/usr/sbin/chronyd")
		report(b, func() {
			out, err := exec.Command(program, args...).CombinedOutput()
			right := strings.Contains(string(out), "wrong by 0.00") || strings.Contains(string(out), "wrong by -0.00")
			if err != nil || !right {
				b.Fatalf("%v: %s", err, out)
			}
		})
	})
}

// BenchmarkDead is how long it takes to give up, with a timeout of 300 ms, when
// no server answers and no name can be looked up.
func BenchmarkDead(b *testing.B) {
	servers := []string{serve(b, drifttest.Silent()), serve(b, drifttest.Silent()), "hangs.example", "hangs-too.example"}
	report(b, func() {
		r, err := drift.Measure(b.Context(), drift.Options{Servers: servers, Resolver: names{}, Timeout: 300 * ms})
		if err != nil || r.Verdict != drift.Unknown {
			b.Fatalf("%s, %v", r.Verdict, err)
		}
	})
}

func BenchmarkCombine(b *testing.B) {
	var samples []drift.Sample
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		samples = append(samples, vote(name, drift.NTP, 0, ms))
	}
	for b.Loop() {
		drift.Combine(samples, drift.Policy{})
	}
}

// report times each round and gives the median and the longest.
func report(b *testing.B, round func()) {
	var times []time.Duration
	for b.Loop() {
		begun := time.Now()
		round()
		times = append(times, time.Since(begun))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2])/1e6, "median-ms")
	b.ReportMetric(float64(times[len(times)-1])/1e6, "max-ms")
}
