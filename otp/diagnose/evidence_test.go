package diagnose_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/diagnose"
)

var now = time.Unix(1767225610, 0) // ten seconds into a step

func explainSteps(t *testing.T, k otp.Key, deltas ...int64) diagnose.Report {
	t.Helper()
	c := diagnose.Case{Key: k, At: now}
	for _, d := range deltas {
		c.Inputs = append(c.Inputs, diagnose.Input{Text: code(t, k, k.Step(now)+d)})
	}
	return diagnose.Explain(c)
}

// luck is 1-(1-p)^n, by multiplication.
func luck(n int, p float64) float64 {
	none := 1.0
	for range n {
		none *= 1 - p
	}
	return 1 - none
}

// The chance of a finding is that of doc/diagnosis.md: one in a million for each of
// the steps tried; with a second code, a millionth of that for each of the three
// places where it could follow.
func TestChance(t *testing.T) {
	k := exampleKey()
	k8 := k
	k8.Digits = 8
	for _, test := range []struct {
		name       string
		key        otp.Key
		deltas     []int64
		candidates int // steps of the hypothesis
		p          float64
	}{
		{"near, outside the window", k, []int64{11}, 19, 1e-6},
		{"within a day", k, []int64{777}, 2860, 1e-6},
		{"eight digits", k8, []int64{777}, 2860, 1e-8},
		{"two codes", k, []int64{777, 778}, 2860, 3e-12},
	} {
		f := explainSteps(t, test.key, test.deltas...).Findings[0]
		if want := luck(test.candidates, test.p); f.Evidence.Candidates != test.candidates || math.Abs(f.Chance-want) > 0.001*want+1e-13 {
			t.Errorf("%s: %d candidates, chance %g; want %d, %g", test.name, f.Evidence.Candidates, f.Chance, test.candidates, want)
		}
	}
}

// A code two steps old is late or of a slow clock, and luck plays no part: the odds
// are those of the priors in doc/diagnosis.md.
func TestPosterior(t *testing.T) {
	findings := explainSteps(t, exampleKey(), -2).Findings
	if len(findings) != 2 || findings[0].Cause != diagnose.Expired || findings[1].Cause != diagnose.ClockBehind {
		t.Fatalf("findings are %+v", findings)
	}
	h20 := 0.0
	for i := 1.0; i <= 20; i++ {
		h20 += 1 / i
	}
	late, slow := 0.08*0.80, 0.14/(2*h20)
	if got, want := findings[0].Evidence.Posterior, late/(late+slow); math.Abs(got-want) > 0.002 {
		t.Errorf("posterior of a late code is %.4f, not %.4f", got, want)
	}
	if findings[0].Confidence != diagnose.Possible || !findings[0].NeedsAnotherCode {
		t.Errorf("a late code and a slow clock are told apart by one code: %+v", findings[0])
	}
}

// One clock is one finding, also where it is off by hours and by a time that is
// possible for any clock.
func TestOneClockIsSaidOnce(t *testing.T) {
	for _, deltas := range [][]int64{{1080}, {1080, 1081}} {
		findings := explainSteps(t, exampleKey(), deltas...).Findings
		if len(findings) != 1 || findings[0].Cause != diagnose.Timezone {
			t.Errorf("%d codes: findings are %+v", len(deltas), findings)
		}
	}
}

// A case prints and encodes without what was written of its secrets.
func TestCaseHidesWritten(t *testing.T) {
	const text = "gezd gnbv gy3t qojq"
	c := diagnose.Case{Key: exampleKey(), Written: text, Others: []diagnose.Named{{Name: "old", Key: exampleKey(), Written: text}}}
	type holder struct{ C *diagnose.Case }
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		for _, v := range []any{c, &c, c.Others, c.Others[0], holder{&c}, []diagnose.Case{c}} {
			if s := fmt.Sprintf(format, v); strings.Contains(s, "gezd") || strings.Contains(s, fmt.Sprintf("%x", text[:4])) {
				t.Errorf("%s shows the secret: %s", format, s)
			}
		}
	}
	if data, err := json.Marshal(c); err != nil || strings.Contains(string(data), "gezd") {
		t.Errorf("JSON shows the secret (%v)", err)
	}
	if s := fmt.Sprintf("%+v", c); !strings.Contains(s, "Name:old") || c.Others[0].Written != text {
		t.Errorf("printing hides more than the secret, or changes the case: %s", s)
	}
}

// What is advised where nothing fits is what the case has not had yet.
func TestAdviceWhereNothingFits(t *testing.T) {
	k := exampleKey()
	right := code(t, k, k.Step(now))
	for _, test := range []struct {
		inputs []string
		fix    string
	}{
		{[]string{"000001"}, "Enter the next code as well"},
		{[]string{"000001", "000002"}, "Scan the QR code again"},
		{[]string{right, "000001"}, "Another code was accepted"},
	} {
		c := diagnose.Case{Key: k, At: now}
		for _, text := range test.inputs {
			c.Inputs = append(c.Inputs, diagnose.Input{Text: text})
		}
		f := diagnose.Explain(c).Findings[0]
		if f.Cause != diagnose.Unknown || !strings.Contains(f.Fix, test.fix) {
			t.Errorf("%v: %s: %s", test.inputs, f.Cause, f.Fix)
		}
	}
}

// Whose clock is wrong is said only as far as it was measured.
func TestWhose(t *testing.T) {
	k := exampleKey()
	for _, test := range []struct {
		name  string
		clock *diagnose.Interval
		delta int64 // of the code, from the step of the checking machine
		cause diagnose.Cause
		whose diagnose.Whose
		fix   string
	}{
		{"nothing measured", nil, 11, diagnose.ClockAhead, diagnose.Either, "Measure this machine's clock"},
		{"checker right", seconds(-0.02, 0.02), 11, diagnose.ClockAhead, diagnose.Authenticator, "on the device that shows the codes"},
		{"checker wrong, made there", seconds(299, 301), 0, diagnose.ClockBehind, diagnose.Checker, "on this machine"},
		{"checker wrong, phone wrong otherwise", seconds(299, 301), 21, diagnose.ClockAhead, diagnose.Authenticator, "on the device that shows the codes"},
	} {
		c := diagnose.Case{Key: k, At: now, Clock: test.clock, Inputs: []diagnose.Input{{Text: code(t, k, k.Step(now)+test.delta)}}}
		f := diagnose.Explain(c).Findings[0]
		if f.Cause != test.cause || f.Evidence.Whose != test.whose || !strings.Contains(f.Fix, test.fix) {
			t.Errorf("%s: %s, %s: %s", test.name, f.Cause, f.Evidence.Whose, f.Fix)
		}
	}
}

func seconds(lo, hi float64) *diagnose.Interval {
	return &diagnose.Interval{Lo: time.Duration(lo * float64(time.Second)), Hi: time.Duration(hi * float64(time.Second))}
}

// A checking machine that woke up in 1970 is no obstacle once it was measured.
func TestCheckerInAnotherDecade(t *testing.T) {
	k := exampleKey()
	offset := now.Sub(time.Unix(5, 0))
	c := diagnose.Case{
		Key: k, At: time.Unix(5, 0), Clock: &diagnose.Interval{Lo: offset - time.Second, Hi: offset + time.Second},
		Inputs: []diagnose.Input{{Text: code(t, k, k.Step(now))}},
	}
	r := diagnose.Explain(c)
	if r.Outcome != diagnose.Accepted || len(r.Notes) == 0 || !strings.Contains(r.Notes[0], "this machine's clock is not") {
		t.Errorf("%s, %q", r.Outcome, r.Notes)
	}
}

// Where two live steps show the same digits and the first was used, the second is
// what is accepted, once.
func TestTwinSteps(t *testing.T) {
	k := exampleKey()
	g, err := otp.Prepare(k)
	if err != nil {
		t.Fatal(err)
	}
	step := int64(1)
	for g.Code(step) != g.Code(step+1) {
		step++
	}
	at := k.Start(step)
	both := diagnose.Case{Key: k, At: at, Inputs: []diagnose.Input{{Text: g.Code(step), At: at}, {Text: g.Code(step), At: at.Add(time.Second)}}}
	if cause, _ := answer(diagnose.Explain(both)); cause != diagnose.Replayed {
		t.Errorf("given twice it is %s", cause)
	}
	last := step
	c := diagnose.Case{Key: k, At: at, Last: &last, Inputs: []diagnose.Input{{Text: g.Code(step)}}}
	r := diagnose.Explain(c)
	if want := (&diagnose.Match{Counter: step + 1, Delta: 1}); r.Outcome != diagnose.Accepted || !cmp.Equal(r.Matched, want) {
		t.Errorf("step %d: %s, %+v", step, r.Outcome, r.Matched)
	}
	last++
	if cause, _ := answer(diagnose.Explain(c)); cause != diagnose.Replayed {
		t.Errorf("the second time it is %s", cause)
	}
}

// The names in JSON are those that CLI.md promises.
func TestJSONNames(t *testing.T) {
	var got map[string]any
	if err := json.Unmarshal([]byte(toJSON(t, explainSteps(t, exampleKey(), 11))), &got); err != nil {
		t.Fatal(err)
	}
	finding := got["findings"].([]any)[0].(map[string]any)
	for object, names := range map[*map[string]any][]string{
		&got:     {"changes", "findings", "normalized", "outcome"},
		&finding: {"cause", "chance", "confidence", "evidence", "fix", "needs_another_code"},
	} {
		var have []string
		for name := range *object {
			have = append(have, name)
		}
		slices.Sort(have)
		if diff := cmp.Diff(names, have); diff != "" {
			t.Error(diff)
		}
	}
}

// A key that can make no code gives a report, and so does a case without input.
func TestUnusableCases(t *testing.T) {
	r := diagnose.Explain(diagnose.Case{Inputs: []diagnose.Input{{Text: "081804"}}})
	if r.Outcome != diagnose.Rejected || len(r.Findings) != 1 || r.Findings[0].Cause != diagnose.Unknown {
		t.Errorf("no key: %+v", r)
	}
	if r = diagnose.Explain(diagnose.Case{Key: exampleKey()}); r.Outcome != diagnose.Rejected {
		t.Errorf("no input: %+v", r)
	}
}

func TestBoundErrors(t *testing.T) {
	k := exampleKey()
	hotp := k
	hotp.Type, hotp.Period = otp.HOTP, 0
	step := k.Step(now)
	at := func(text string, seconds int) diagnose.Input {
		return diagnose.Input{Text: text, At: now.Add(time.Duration(seconds) * time.Second)}
	}
	for _, test := range []struct {
		name  string
		key   otp.Key
		in    []diagnose.Input
		error string
	}{
		{"HOTP", hotp, []diagnose.Input{at("081804", 0)}, "knows no time"},
		{"nothing", k, nil, "the time of the first code is missing"},
		{"no time", k, []diagnose.Input{{Text: "081804"}}, "the time of the first code is missing"},
		{"five digits", k, []diagnose.Input{at("12345", 0)}, "input 1"},
		{"foreign codes", k, []diagnose.Input{at("593017", 0), at("204881", 30)}, "no offset"},
		{"codes that contradict each other", k, []diagnose.Input{at(code(t, k, step), 0), at(code(t, k, step+9), 30)}, "no offset"},
	} {
		_, err := diagnose.Bound(test.key, test.in)
		if err == nil || !strings.Contains(err.Error(), test.error) {
			t.Errorf("%s: %v, want %q", test.name, err, test.error)
		}
	}
}
