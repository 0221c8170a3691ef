package otp_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/authctl/authctl/otp"
)

// rfcKey has the secret of the RFCs' vectors.
func rfcKey(t testing.TB) otp.Key {
	return otp.Key{
		Type: otp.TOTP, Issuer: "Example", Account: "alice@example.com",
		Secret: secret(t, "12345678901234567890"), Algorithm: otp.SHA1, Digits: 6, Period: 30,
	}
}

func TestMatchWindow(t *testing.T) {
	k := rfcKey(t)
	g := prepare(t, k)
	at := k.Step(time.Unix(1234567890, 0))
	tests := []struct {
		name   string
		step   int64
		window otp.Window
		want   bool
	}{
		{"now", at, otp.Window{}, true},
		{"one back is outside the zero window", at - 1, otp.Window{}, false},
		{"one back", at - 1, k.Window(), true},
		{"one ahead", at + 1, k.Window(), true},
		{"two back", at - 2, k.Window(), false},
		{"two ahead", at + 2, k.Window(), false},
		{"past only: one back", at - 1, otp.Window{Behind: 1}, true},
		{"past only: one ahead", at + 1, otp.Window{Behind: 1}, false},
		{"negative sides are zero", at, otp.Window{Behind: -5, Ahead: -5}, true},
		{"sides are capped", at + otp.MaxWindow + 1, otp.Window{Ahead: math.MaxInt64}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := g.Match(g.Code(tt.step), at, tt.window)
			if ok != tt.want {
				t.Fatalf("matched %v, want %v", ok, tt.want)
			}
			if want := (otp.Match{Counter: tt.step, Latest: tt.step, Delta: tt.step - at}); ok && got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

// TestMatchSameDigits holds a real pair of steps, two apart, that show the same
// digits. Consuming only the nearest would let them pass a second time.
func TestMatchSameDigits(t *testing.T) {
	g := prepare(t, rfcKey(t))
	early, late := sameDigits(t, g, 2)
	code := g.Code(early)
	around := otp.Window{Behind: 1, Ahead: 1}
	tests := []struct {
		name string
		at   int64
		want otp.Match
	}{
		{"equally near: the older", early + 1, otp.Match{Counter: early, Latest: late, Delta: -1}},
		{"only the earlier is live", early, otp.Match{Counter: early, Latest: early, Delta: 0}},
		{"only the later is live", late, otp.Match{Counter: late, Latest: late, Delta: 0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := g.Match(code, tt.at, around)
			if diff := cmp.Diff(tt.want, got); !ok || diff != "" {
				t.Errorf("matched %v (-want +got):\n%s", ok, diff)
			}
		})
	}
	wide := otp.Window{Behind: 1, Ahead: 3}
	if got, _ := g.Match(code, late, otp.Window{Behind: 3, Ahead: 1}); got != (otp.Match{Counter: late, Latest: late}) {
		t.Errorf("around the later: %+v", got)
	}
	if got, _ := g.Match(code, early, wide); got != (otp.Match{Counter: early, Latest: late}) {
		t.Errorf("around the earlier: %+v", got)
	}
}

// sameDigits finds the first two steps, distance apart, with equal codes.
func sameDigits(t *testing.T, g *otp.Generator, distance int64) (early, late int64) {
	t.Helper()
	for step := range int64(20_000_000) {
		if g.Code(step) == g.Code(step+distance) {
			return step, step + distance
		}
	}
	t.Fatal("no two steps show the same digits")
	return 0, 0
}

func TestMatchRefusesOtherShapes(t *testing.T) {
	k := rfcKey(t)
	g := prepare(t, k)
	// Step 5 of the key is 868254676: the code of six digits is 254676.
	for _, code := range []string{"", "25467", "0254676", "68254676", "25467６", "-54676", "+54676", " 54676", "254676\x00"} {
		if m, ok := g.Match(code, 5, otp.Window{}); ok {
			t.Errorf("%q matched: %+v", code, m)
		}
	}
	k.Type, k.Digits = otp.Steam, 5
	steam := prepare(t, k)
	code := steam.Code(5)
	if _, ok := steam.Match(code, 5, otp.Window{}); !ok {
		t.Errorf("the Steam code %q does not match", code)
	}
	if _, ok := steam.Match("A"+code[1:], 5, otp.Window{}); ok { // A is not in the alphabet
		t.Error("a symbol outside the alphabet matched")
	}
}

// TestLeadingZeros: a code is text. Step 37037036 of the RFC's key is 07081804.
func TestLeadingZeros(t *testing.T) {
	k := rfcKey(t)
	k.Digits = 8
	g := prepare(t, k)
	if _, ok := g.Match("07081804", 37037036, otp.Window{}); !ok {
		t.Error("07081804 does not match")
	}
	if _, ok := g.Match("7081804", 37037036, otp.Window{}); ok {
		t.Error("7081804 matches without its zero")
	}
}

func TestHOTPLooksAheadOnly(t *testing.T) {
	k := otp.Key{Type: otp.HOTP, Secret: secret(t, "12345678901234567890"), Algorithm: otp.SHA1, Digits: 6, Counter: 3}
	g := prepare(t, k)
	for counter, want := range []bool{false, false, false, true, true, true, true, true, true, false} {
		if _, ok := g.Match(g.Code(int64(counter)), k.Step(time.Time{}), k.Window()); ok != want {
			t.Errorf("counter %d with 3 expected: matched %v", counter, ok)
		}
	}
	if m, ok := g.Match(g.Code(-1), 0, otp.Window{Behind: 1}); ok {
		t.Errorf("counter -1 exists: %+v", m)
	}
	for _, at := range []int64{math.MinInt64, -1000, -2} {
		if m, ok := g.Match(g.Code(0), at, otp.Window{Ahead: 1}); ok {
			t.Errorf("counter 0 is in the window of one after %d: %+v", at, m)
		}
	}
	if m, ok := g.Match(g.Code(0), -1, otp.Window{Ahead: 1}); !ok || m != (otp.Match{Delta: 1}) {
		t.Errorf("counter 0 one after -1: %+v, %v", m, ok)
	}
}

func TestExtremes(t *testing.T) {
	k := rfcKey(t)
	g := prepare(t, k)
	for _, at := range []int64{math.MinInt64, math.MinInt64 + 1, -1, 0, 1, math.MaxInt64 - 1, math.MaxInt64} {
		if m, ok := g.Match(g.Code(at), at, otp.Window{Behind: 2, Ahead: 2}); !ok || m.Counter != at {
			t.Errorf("step %d: %+v, %v", at, m, ok)
		}
		if got := slices.Collect(g.Search(g.Code(at), at, at)); len(got) != 1 || got[0] != at {
			t.Errorf("search at step %d: %v", at, got)
		}
	}
	hotp := otp.Key{Type: otp.HOTP, Secret: k.Secret, Algorithm: otp.SHA512, Digits: 8, Counter: math.MaxInt64}
	if _, ok := prepare(t, hotp).Match(prepare(t, hotp).Code(math.MaxInt64), hotp.Counter, hotp.Window()); !ok {
		t.Error("the last HOTP counter does not match")
	}
	for _, unix := range []int64{math.MinInt64, -62135596800, -1, 0, 1 << 32, 1 << 61, math.MaxInt64} {
		for _, t0 := range []int64{-1 << 40, 0, 1 << 40} {
			k.T0 = t0
			step := k.Step(time.Unix(unix, 0))
			if g.Code(step) == "" || -1<<61 <= unix && unix <= 1<<61 && k.Start(step).After(time.Unix(unix, 0)) {
				t.Errorf("time %d with T0 %d: step %d begins at %v", unix, t0, step, k.Start(step))
			}
		}
	}
}

// TestStepFloors: steps before 1970 round down, not towards zero.
func TestStepFloors(t *testing.T) {
	k := rfcKey(t)
	for unix, want := range map[int64]int64{-31: -2, -30: -1, -1: -1, 0: 0, 29: 0, 30: 1, 4294967296: 143165576} {
		if got := k.Step(time.Unix(unix, 999_999_999)); got != want {
			t.Errorf("Step(%d.99) = %d, want %d", unix, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		k := k
		k.Period = rapid.IntRange(1, otp.MaxPeriod).Draw(t, "period")
		k.T0 = rapid.Int64Range(-1<<33, 1<<33).Draw(t, "t0")
		at := time.Unix(rapid.Int64Range(-1<<40, 1<<40).Draw(t, "unix"), 0)
		step := k.Step(at)
		if at.Before(k.Start(step)) || !at.Before(k.Start(step+1)) {
			t.Fatalf("step %d is [%v, %v), without %v", step, k.Start(step), k.Start(step+1), at)
		}
	})
}

// TestSearchFindsEveryStep compares with making every code.
func TestSearchFindsEveryStep(t *testing.T) {
	k := rfcKey(t)
	k.Digits = 5 // so that codes repeat in a short range
	g := prepare(t, k)
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.Int64Range(-1000, 1000).Draw(t, "from")
		to := from + rapid.Int64Range(-1, 300).Draw(t, "length")
		code := g.Code(rapid.Int64Range(from, max(from, to)).Draw(t, "step"))
		var want []int64
		for c := from; c <= to; c++ {
			if g.Code(c) == code {
				want = append(want, c)
			}
		}
		if diff := cmp.Diff(want, slices.Collect(g.Search(code, from, to))); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
	for range g.Search(g.Code(7), 0, math.MaxInt64) {
		break // a caller may stop
	}
}
