package drift_test

import (
	"math"
	"testing"
	"time"

	"github.com/authctl/authctl/drift"
	"pgregory.net/rapid"
)

const (
	ms     = time.Millisecond
	s      = time.Second
	lowest = time.Duration(math.MinInt64)
	most   = time.Duration(math.MaxInt64)
)

func between(lo, hi time.Duration) drift.Interval { return drift.Interval{Lo: lo, Hi: hi} }

func around(mid, half time.Duration) drift.Interval { return between(mid-half, mid+half) }

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		offset drift.Interval
		want   drift.Verdict
	}{
		{between(0, 0), drift.OK},
		{between(-30*s, 30*s), drift.OK},
		{between(29*s, 31*s), drift.Warn},
		{between(-60*s, 60*s), drift.Warn},
		{between(59*s, 61*s), drift.Unknown},
		{between(-61*s, -59*s), drift.Unknown},
		{between(60*s, 90*s), drift.Unknown}, // exactly at the limit is not beyond it
		{between(60*s+1, 90*s), drift.Bad},
		{between(-90*s, -60*s-1), drift.Bad},
		{between(-90*s, 90*s), drift.Unknown},
		{between(lowest, lowest), drift.Bad},
		{between(most, most), drift.Bad},
		{drift.Everything, drift.Unknown},
		{between(2*s, 1*s), drift.Unknown},
	} {
		if got := drift.Judge(c.offset, 60*s); got != c.want {
			t.Errorf("Judge(%v..%v) = %s, want %s", c.offset.Lo, c.offset.Hi, got, c.want)
		}
	}
}

// Whatever the numbers, an interval keeps its order and its arithmetic never
// wraps round to the other side.
func TestIntervalSaturates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := time.Duration(rapid.Int64().Draw(t, "a")), time.Duration(rapid.Int64().Draw(t, "b"))
		i := between(min(a, b), max(a, b))
		wide := i.Widen(time.Duration(rapid.Int64Min(0).Draw(t, "by")))
		if wide.Lo > i.Lo || wide.Hi < i.Hi {
			t.Fatalf("%v widened is %v", i, wide)
		}
		if !i.Contains(i.Mid()) {
			t.Fatalf("%d..%d does not contain its middle %d", i.Lo, i.Hi, i.Mid())
		}
		if i.Half() >= 0 && (i.Mid()-i.Half() > i.Lo && i.Lo > lowest/2 && i.Hi < most/2) {
			t.Fatalf("%d..%d is not within %d ± %d", i.Lo, i.Hi, i.Mid(), i.Half())
		}
	})
}

func TestExchangeAcrossCenturies(t *testing.T) {
	truth := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		year int
		slow bool
	}{{1970, true}, {1, true}, {2100, false}, {2200, false}, {2300, false}, {2400, false}, {9999, false}} {
		local := time.Date(c.year, 1, 1, 0, 0, 0, 0, time.UTC)
		i, err := drift.Exchange{T1: local, T2: truth.Add(ms), T3: truth.Add(2 * ms), T4: local.Add(3 * ms)}.Offset()
		if err != nil {
			t.Errorf("year %d: %v", c.year, err)
			continue
		}
		if drift.Judge(i, 60*s) != drift.Bad || (i.Lo > 0) != c.slow {
			t.Errorf("year %d: offset %v..%v is %s", c.year, i.Lo, i.Hi, drift.Judge(i, 60*s))
		}
	}
}

// A reply delayed by 200 ms, asymmetrically, with the server 0.7 ms uncertain.
func TestExchangeAssumesNoSymmetry(t *testing.T) {
	t1 := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	i, err := drift.Exchange{T1: t1, T2: t1, T3: t1, T4: t1.Add(200 * ms), Error: 0}.Offset()
	if err != nil {
		t.Fatal(err)
	}
	// 500 ppm of the 200 ms that passed.
	if want := between(-200*ms-100*time.Microsecond, 100*time.Microsecond); i != want {
		t.Errorf("offset %v..%v, want %v..%v", i.Lo, i.Hi, want.Lo, want.Hi)
	}
}

func TestExchangeRefusesTheImpossible(t *testing.T) {
	t1 := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for name, e := range map[string]drift.Exchange{
		"held longer than we waited": {T1: t1, T2: t1.Add(s), T3: t1.Add(121 * s), T4: t1.Add(ms)},
		"sent before it was asked":   {T1: t1, T2: t1.Add(s), T3: t1, T4: t1.Add(5 * s)},
		"answered before we asked":   {T1: t1, T2: t1, T3: t1, T4: t1.Add(-ms)},
	} {
		if i, err := e.Offset(); err == nil {
			t.Errorf("%s: offset %v, want an error", name, i)
		}
	}
}

func TestWindow(t *testing.T) {
	for _, c := range []struct {
		offset drift.Interval
		skew   int
		want   string
	}{
		{around(0, ms), 1, "accepted"},
		{around(-30*s, 0), 1, "accepted"},
		{around(48*s, 0), 1, "accepted 4 times in 10"},
		{around(-48*s, 0), 1, "accepted 4 times in 10"},
		{between(45*s, 51*s), 1, "accepted 3 to 5 times in 10"},
		{around(57*s, 0), 1, "accepted once in 10 times"},
		{around(59*s, 0), 1, "accepted less than once in 20 times"},
		{between(30*s, 31*s), 1, "accepted nearly always"},
		{around(60*s, 0), 1, "refused"},
		{around(15*s, 0), 0, "accepted 5 times in 10"},
		{around(-80*s, 0), 2, "accepted 3 times in 10"},
		{between(most, most), 1, "refused"},
		{between(lowest, lowest), 1, "refused"},
		{drift.Everything, 1, "accepted or refused, which is not known"},
	} {
		if got := c.offset.Window(30*s, c.skew).String(); got != c.want {
			t.Errorf("%v, skew %d: %s, want %s", c.offset, c.skew, got, c.want)
		}
	}
}

// The closed form of Window against what it stands for: draw the moment within
// the step, and see whether the step the clock computes lies in the window.
func TestWindowIsTheShareOfMoments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		offset := time.Duration(rapid.Int64Range(-100e9, 100e9).Draw(t, "offset"))
		skew := rapid.IntRange(0, 3).Draw(t, "skew")
		const moments, base = 3000, 1000 * 30 * s
		accepted := 0
		for n := range moments {
			truth := base + 30*s*time.Duration(n)/moments
			delta := (truth-offset)/(30*s) - truth/(30*s)
			if delta >= -time.Duration(skew) && delta <= time.Duration(skew) {
				accepted++
			}
		}
		got := float64(accepted) / moments
		want := around(offset, 0).Window(30*s, skew)
		if math.Abs(got-want.Lo) > 0.001 || want.Lo != want.Hi {
			t.Fatalf("offset %v, skew %d: Window says %v, the moments %v", offset, skew, want, got)
		}
	})
}

func TestIntervalString(t *testing.T) {
	for _, c := range []struct {
		offset drift.Interval
		want   string
	}{
		{around(73200*ms, 20*ms), "73.2 s slow ± 20 ms"},
		{around(-73200*ms, 20*ms), "73.2 s fast ± 20 ms"},
		{around(2*ms, 10*ms), "right to within 12.0 ms"},
		{between(-3*s, 20*s), "between 3 s fast and 20 s slow"},
		{around(240*time.Hour, s), "10.0 days slow ± 1 s"},
		{between(lowest, lowest), "at least 292.3 years fast"},
		{between(56*365*24*time.Hour, most), "at least 56.0 years slow"},
		{drift.Everything, "unknown"},
	} {
		if got := c.offset.String(); got != c.want {
			t.Errorf("%d..%d: %q, want %q", c.offset.Lo, c.offset.Hi, got, c.want)
		}
	}
}
