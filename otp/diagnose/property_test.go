package diagnose_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/diagnose"
)

func drawKey(t *rapid.T, label string) otp.Key {
	secret, err := otp.NewSecret(rapid.SliceOfN(rapid.Byte(), 16, 32).Draw(t, label))
	if err != nil {
		t.Fatal(err)
	}
	return otp.Key{
		Type: otp.TOTP, Account: label, Secret: secret,
		Algorithm: rapid.SampledFrom([]otp.Algorithm{otp.SHA1, otp.SHA1, otp.SHA256, otp.SHA512}).Draw(t, label+" algorithm"),
		Digits:    rapid.SampledFrom([]int{6, 6, 7, 8}).Draw(t, label+" digits"),
		Period:    rapid.SampledFrom([]int{30, 30, 60}).Draw(t, label+" period"),
	}
}

func drawTime(t *rapid.T) time.Time {
	return time.UnixMilli(rapid.Int64Range(1.4e12, 2.2e12).Draw(t, "time")).UTC()
}

func code(t rapid.TB, k otp.Key, step int64) string {
	g, err := otp.Prepare(k)
	if err != nil {
		t.Fatal(err)
	}
	return g.Code(step)
}

// drawCase is a case with a code of the key itself, near or far, or any digits.
func drawCase(t *rapid.T) diagnose.Case {
	k, at := drawKey(t, "key"), drawTime(t)
	step := k.Step(at) + rapid.Int64Range(-300, 300).Draw(t, "delta")
	text := code(t, k, step)
	if rapid.IntRange(0, 3).Draw(t, "noise") == 0 {
		text = fmt.Sprintf("%0*d", k.Digits, rapid.Int64Range(0, pow10(k.Digits)-1).Draw(t, "code"))
	}
	c := diagnose.Case{Key: k, At: at, Inputs: []diagnose.Input{{Text: text}}}
	if rapid.Bool().Draw(t, "two codes") {
		c.Inputs = append(c.Inputs, diagnose.Input{Text: code(t, k, step+1)})
	}
	return c
}

func TestDeterministic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		if diff := cmp.Diff(diagnose.Explain(c), diagnose.Explain(c)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// Keys that have nothing to do with a code do not change what is said with
// confidence, and are not said with confidence to have made it, but for luck: one in
// 20,000 shows the code all the same.
func TestIrrelevantKeys(t *testing.T) {
	lucky := 0
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		before, sure := answer(diagnose.Explain(c))
		for i := range rapid.IntRange(1, 30).Draw(t, "others") {
			k := drawKey(t, fmt.Sprintf("other %d", i))
			c.Others = append(c.Others, diagnose.Named{Name: k.Account, Key: k, Archived: i%5 == 0})
		}
		r := diagnose.Explain(c)
		after, confidence := answer(r)
		if before == after || sure == diagnose.Possible && confidence == diagnose.Possible {
			return
		}
		if confidence == diagnose.Likely && r.Findings[0].Evidence.Entry != "" && r.Findings[0].Chance < 1e-4 {
			if lucky++; lucky == 1 {
				return
			}
		}
		t.Fatalf("%s (%s) became %s (%s)", before, sure, after, confidence)
	})
}

// The same codes a period later are one step older, and the clock that made them
// slower by a period.
func TestShiftedTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k, at := drawKey(t, "key"), drawTime(t)
		delta := rapid.Int64Range(3, 1400).Draw(t, "delta") * rapid.SampledFrom([]int64{-1, 1}).Draw(t, "sign")
		step := k.Step(at) + delta
		c := diagnose.Case{Key: k, At: at, Inputs: []diagnose.Input{{Text: code(t, k, step)}, {Text: code(t, k, step+1)}}}
		now := diagnose.Explain(c).Findings[0]
		period := time.Duration(k.Period) * time.Second
		c.At = at.Add(period)
		later := diagnose.Explain(c)
		if *now.Evidence.Delta != delta {
			t.Fatalf("delta is %d, not %d", *now.Evidence.Delta, delta)
		}
		if later.Outcome == diagnose.Accepted || len(later.Findings) == 0 || later.Findings[0].Evidence.Offset == nil {
			return // it came into the window
		}
		e := later.Findings[0].Evidence
		if *e.Delta != delta-1 || e.Offset.Lo != now.Evidence.Offset.Lo+period || e.Offset.Hi != now.Evidence.Offset.Hi+period {
			t.Fatalf("delta %d, offset %v; a period earlier %d, %v", *e.Delta, *e.Offset, delta, *now.Evidence.Offset)
		}
	})
}

// Nobody whose clock was measured right is told that it is wrong, or to measure it.
func TestSynchronisedClockIsNotAccused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		width := time.Duration(rapid.IntRange(1, 400).Draw(t, "ms")) * time.Millisecond
		c.Clock = &diagnose.Interval{Lo: -width, Hi: width}
		for _, f := range diagnose.Explain(c).Findings {
			if f.Evidence.Whose == diagnose.Checker || f.Evidence.Whose == diagnose.Either {
				t.Fatalf("%s accuses %s", f.Cause, f.Evidence.Whose)
			}
			if strings.Contains(f.Fix, "this machine") && f.Cause != diagnose.Unknown {
				t.Fatalf("%s: %s", f.Cause, f.Fix)
			}
		}
	})
}

// A bound holds the offset that the codes were made with.
func TestBoundHoldsTheTruth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k, at := drawKey(t, "key"), drawTime(t)
		offset := time.Duration(rapid.Int64Range(-80_000_000, 80_000_000).Draw(t, "offset")) * time.Millisecond
		var in []diagnose.Input
		for range rapid.IntRange(1, 4).Draw(t, "codes") {
			in = append(in, diagnose.Input{Text: code(t, k, k.Step(at.Add(-offset))), At: at})
			at = at.Add(time.Duration(rapid.Int64Range(1, 90_000).Draw(t, "pause")) * time.Millisecond)
		}
		got, err := diagnose.Bound(k, in)
		if err != nil {
			if strings.Contains(err.Error(), "offsets fit") {
				return
			}
			t.Fatal(err)
		}
		if offset < got.Lo || offset > got.Hi || got.Hi-got.Lo > time.Duration(k.Period)*time.Second {
			t.Fatalf("offset %v is not in %v", offset, got)
		}
	})
}

// No report holds the secret; none for a log holds a code or a match to come.
func TestReportsKeepSecrets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		c.Written = c.Key.Secret.Base32()
		r := diagnose.Explain(c)
		if text := toJSON(t, r); strings.Contains(text, c.Written) {
			t.Fatalf("secret in %s", text)
		}
		audit := r.Audit()
		for _, f := range audit.Findings {
			if f.Evidence.Delta != nil && *f.Evidence.Delta > 0 {
				t.Fatalf("a match to come: %+v", f.Evidence)
			}
		}
		for _, in := range c.Inputs {
			if text := toJSON(t, audit); strings.Contains(text, `"`+in.Text+`"`) {
				t.Fatalf("a code in %s", text)
			}
		}
	})
}

func toJSON(t rapid.TB, v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// FuzzExplain holds that an input is accepted if and only if the window has it,
// that a refusal always has a cause and a fix, and that the causes are known ones.
func FuzzExplain(f *testing.F) {
	for _, text := range []string{"081804", "081 804", "０８１８０４", "12345", "O81804", "ABCD-EFGH", "+81 80 1234 5678", "2B3C4", "081804081804", "", "\xff"} {
		f.Add(text, int64(1111111109), int64(0))
	}
	key := exampleKey()
	g, err := otp.Prepare(key)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string, at, clock int64) {
		offset := time.Duration(clock%1e6) * time.Second
		c := diagnose.Case{Key: key, At: time.Unix(at, 0), Clock: &diagnose.Interval{Lo: offset, Hi: offset}, Inputs: []diagnose.Input{{Text: text}}}
		r := diagnose.Explain(c)
		code, _, err := key.Normalize(text)
		_, ok := g.Match(code, key.Step(c.At.Add(offset)), key.Window())
		if want := err == nil && ok; want != (r.Outcome == diagnose.Accepted) || want != (len(r.Findings) == 0) {
			t.Fatalf("%q: %s with %d findings", text, r.Outcome, len(r.Findings))
		}
		for _, f := range r.Findings {
			if !slices.Contains(causes, f.Cause) || f.Fix == "" || f.Evidence.Text == "" {
				t.Fatalf("%q: %+v", text, f)
			}
		}
	})
}

var causes = []diagnose.Cause{
	"clock-behind", "clock-ahead", "timezone", "replayed", "expired", "stale-secret", "other-entry", "key-not-confirmed", "wrong-digits",
	"wrong-algorithm", "wrong-period", "wrong-type", "counter-behind", "counter-ahead", "mistyped", "truncated", "other-field", "secret-misread",
	"secret-encoding", "malformed-input", "locked", "unknown",
}
