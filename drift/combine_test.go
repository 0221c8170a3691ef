package drift_test

import (
	"strings"
	"testing"
	"time"

	"github.com/authctl/authctl/drift"
	"github.com/google/go-cmp/cmp"
)

func vote(name string, kind drift.Kind, offset, half time.Duration) drift.Sample {
	return drift.Sample{Name: name, Address: name + ":123", Kind: kind, Offset: around(offset, half)}
}

func silent(name string) drift.Sample {
	return drift.Sample{Name: name, Kind: drift.NTP, Rejected: "no answer in time"}
}

func TestCombine(t *testing.T) {
	type samples []drift.Sample
	ntp, nts, https := drift.NTP, drift.NTS, drift.HTTPS
	for name, c := range map[string]struct {
		samples   samples
		policy    drift.Policy
		verdict   drift.Verdict
		confirmed bool
		offset    drift.Interval
		used      string
		says      string
	}{
		"three agree": {
			samples: samples{vote("a", ntp, 0, ms), vote("b", ntp, ms, ms), vote("c", ntp, 0, 2*ms)},
			verdict: drift.OK, confirmed: true, offset: between(-ms, 2*ms), used: "abc", says: "right to within 2.0 ms; 3 of 3 sources agree",
		},
		"one liar of three": {
			samples: samples{vote("a", ntp, 73*s, ms), vote("b", ntp, 0, ms), vote("c", ntp, 73*s, ms)},
			verdict: drift.Bad, confirmed: true, offset: around(73*s, ms), used: "ac", says: "73 s slow ± 1.0 ms; 2 of 3 sources agree",
		},
		"a liar that overlaps trims nothing": {
			samples: samples{vote("a", ntp, 0, 10*ms), vote("b", ntp, 0, 10*ms), vote("liar", ntp, 9*ms, 2*ms)},
			verdict: drift.OK, confirmed: true, offset: between(-10*ms, 10*ms), used: "abliar", says: "3 of 3",
		},
		"one against one": {
			samples: samples{vote("a", ntp, 0, ms), vote("b", ntp, 90*s, ms)},
			verdict: drift.Unknown, offset: drift.Everything, says: "none has a majority",
		},
		"two against two": {
			samples: samples{vote("a", ntp, 0, ms), vote("b", ntp, 0, ms), vote("c", ntp, 90*s, ms), vote("d", ntp, 90*s, ms)},
			verdict: drift.Unknown, offset: drift.Everything, says: "none has a majority",
		},
		"a lying majority is believed": {
			samples: samples{vote("a", ntp, 90*s, ms), vote("b", ntp, 90*s, ms), vote("c", ntp, 0, ms)},
			verdict: drift.Bad, confirmed: true, offset: around(90*s, ms), used: "ab",
		},
		"unless an authenticated source contradicts": {
			samples: samples{vote("a", ntp, 90*s, ms), vote("b", ntp, 90*s, ms), vote("c", nts, 0, ms)},
			verdict: drift.Unknown, confirmed: true, offset: between(-ms, 90*s+ms), used: "abc", says: "tampering",
		},
		"or two HTTPS hosts": {
			samples: samples{vote("a", ntp, 90*s, ms), vote("b", ntp, 90*s, ms), vote("c", https, 0, s), vote("d", https, 0, s)},
			verdict: drift.Unknown, confirmed: true, offset: between(-3*s, 90*s+ms), used: "abcd", says: "tampering",
		},
		"one HTTPS host does not contradict": {
			samples: samples{vote("a", ntp, 90*s, ms), vote("b", ntp, 90*s, ms), vote("c", https, 0, s)},
			verdict: drift.Bad, confirmed: true, offset: around(90*s, ms), used: "ab",
		},
		"a contradiction that changes nothing": {
			samples: samples{vote("a", ntp, 100*s, ms), vote("b", ntp, 100*s, ms), vote("c", nts, 90*s, ms)},
			verdict: drift.Bad, confirmed: true, offset: between(90*s-ms, 100*s+ms), used: "abc",
		},
		"two HTTPS hosts are enough": {
			samples: samples{silent("a"), silent("b"), vote("c", https, 73*s, s), vote("d", https, 73*s, s)},
			verdict: drift.Bad, confirmed: true, offset: around(73*s, 3*s), used: "cd", says: "2 of 4",
		},
		"one NTS server is enough": {
			samples: samples{vote("a", nts, 0, ms)},
			verdict: drift.OK, confirmed: true, offset: around(0, ms), used: "a", says: "a says so, authenticated",
		},
		"NTS against one liar": {
			samples: samples{vote("a", nts, 0, ms), vote("b", ntp, 90*s, ms)},
			verdict: drift.OK, confirmed: true, offset: around(0, ms), used: "a",
		},
		"a lone server among several is not enough": {
			samples: samples{vote("a", ntp, 0, ms), silent("b"), silent("c")},
			verdict: drift.Unknown, offset: drift.Everything, says: "Only one of 3 sources",
		},
		"a lone server by default is not enough": {
			samples: samples{vote("a", ntp, 0, ms)},
			verdict: drift.Unknown, offset: drift.Everything, says: "not enough",
		},
		"the only one named is judged, unconfirmed": {
			samples: samples{vote("a", ntp, 90*s, ms)}, policy: drift.Policy{Sole: true},
			verdict: drift.Bad, offset: around(90*s, ms), used: "a", says: "which nothing confirms",
		},
		"all silent": {
			samples: samples{silent("a"), silent("b")},
			verdict: drift.Unknown, offset: drift.Everything, says: "None of 2 sources gave a usable answer: for each of them, no answer in time.",
		},
		"all silent, but the clock reads 1970": {
			samples: samples{silent("a"), silent("b")}, policy: drift.Policy{SlowBy: 20000 * time.Hour},
			verdict: drift.Bad, offset: between(20000*time.Hour, most), says: "before this program was written, so it is at least 2.3 years slow",
		},
		"nobody asked": {verdict: drift.Unknown, offset: drift.Everything, says: "No source was asked"},
		"straddling the limit": {
			samples: samples{vote("a", ntp, 60*s, s), vote("b", ntp, 60*s, s)},
			verdict: drift.Unknown, confirmed: true, offset: around(60*s, s), used: "ab", says: "too close to the limit of 60 s",
		},
		"two names of one server are one vote": {
			samples: samples{vote("a", ntp, 0, ms), {Name: "b", Address: "a:123", Kind: ntp, Offset: around(0, ms)}},
			verdict: drift.Unknown, offset: drift.Everything, says: "Only one of 2",
		},
		"two answers of one name are one vote": {
			samples: samples{vote("a", ntp, 0, 2*ms), vote("a", ntp, ms, 2*ms)}, policy: drift.Policy{Sole: true},
			verdict: drift.OK, offset: between(-ms, 2*ms), used: "a",
		},
		"and must not contradict each other": {
			samples: samples{vote("a", ntp, 0, ms), vote("a", ntp, 90*s, ms)}, policy: drift.Policy{Sole: true},
			verdict: drift.Unknown, offset: drift.Everything, says: "contradict each other",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := drift.Combine(c.samples, c.policy)
			used := ""
			for _, v := range r.Sources {
				if v.Used {
					used += v.Name
				}
			}
			if r.Verdict != c.verdict || r.Confirmed != c.confirmed || r.Offset != c.offset || used != c.used {
				t.Errorf("%s, confirmed %t, offset %d..%d, used %q; want %s, %t, %d..%d, %q", r.Verdict, r.Confirmed,
					r.Offset.Lo, r.Offset.Hi, used, c.verdict, c.confirmed, c.offset.Lo, c.offset.Hi, c.used)
			}
			if !strings.Contains(r.Reason, c.says) {
				t.Errorf("reason %q does not say %q", r.Reason, c.says)
			}
			t.Log(r.Reason)
		})
	}
}

// A sample that is a minute old bounds the offset less well than when it came.
func TestCombineAges(t *testing.T) {
	came := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	sample := vote("a", drift.NTP, 0, ms)
	sample.At = came
	r := drift.Combine([]drift.Sample{sample}, drift.Policy{Sole: true, At: came.Add(60 * s)})
	if want := around(0, 31*ms); r.Offset != want { // 500 ppm of a minute is 30 ms
		t.Errorf("offset %v..%v, want ±31 ms", r.Offset.Lo, r.Offset.Hi)
	}
}

// The order in which answers arrive does not matter.
func TestCombineIgnoresOrder(t *testing.T) {
	a := []drift.Sample{vote("a", drift.NTP, 0, ms), vote("b", drift.NTP, 90*s, ms), vote("c", drift.NTP, ms, ms)}
	b := []drift.Sample{a[2], a[0], a[1]}
	x, y := drift.Combine(a, drift.Policy{}), drift.Combine(b, drift.Policy{})
	if diff := cmp.Diff(x.Offset, y.Offset); diff != "" || x.Verdict != y.Verdict || x.Reason != y.Reason {
		t.Errorf("%v and %v", x, y)
	}
}
