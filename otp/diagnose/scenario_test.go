package diagnose_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/diagnose"
)

// scenario is a line of testdata/*.jsonl: a case and how it was made. Cause is the
// true one, known from the making; "accepted" where nothing is wrong.
type scenario struct {
	ID          string              `json:"id"`
	Cause       diagnose.Cause      `json:"cause"`
	Confidence  diagnose.Confidence `json:"confidence,omitempty"` // which it must have; "" for any
	Made        string              `json:"made"`
	Key         string              `json:"key"` // otpauth URI
	Written     string              `json:"written,omitempty"`
	Others      []other             `json:"others,omitempty"`
	Inputs      []input             `json:"inputs"`
	At          float64             `json:"at"` // Unix seconds, by the machine that checks
	Clock       []float64           `json:"clock,omitempty"`
	Window      []int64             `json:"window,omitempty"`
	Last        *int64              `json:"last,omitempty"`
	LockedUntil float64             `json:"locked_until,omitempty"`
	Created     float64             `json:"created,omitempty"`
	Unconfirmed bool                `json:"unconfirmed,omitempty"`
}

type other struct {
	Name        string  `json:"name"`
	Key         string  `json:"key"`
	Archived    bool    `json:"archived,omitempty"`
	Unconfirmed bool    `json:"unconfirmed,omitempty"`
	Created     float64 `json:"created,omitempty"`
}

type input struct {
	Text string  `json:"text"`
	At   float64 `json:"at,omitempty"`
}

const accepted diagnose.Cause = "accepted"

func unix(s float64) time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(s * 1000)).UTC()
}

func mustKey(t testing.TB, uri string) otp.Key {
	t.Helper()
	k, _, err := otp.ParseURI(uri)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// diagnosis is the case as Explain takes it.
func (s scenario) diagnosis(t testing.TB) diagnose.Case {
	t.Helper()
	c := diagnose.Case{
		Key: mustKey(t, s.Key), Written: s.Written, At: unix(s.At), Last: s.Last,
		LockedUntil: unix(s.LockedUntil), Created: unix(s.Created), Unconfirmed: s.Unconfirmed,
	}
	for _, o := range s.Others {
		c.Others = append(c.Others, diagnose.Named{
			Name: o.Name, Key: mustKey(t, o.Key), Archived: o.Archived, Unconfirmed: o.Unconfirmed, Created: unix(o.Created),
		})
	}
	for _, in := range s.Inputs {
		c.Inputs = append(c.Inputs, diagnose.Input{Text: in.Text, At: unix(in.At)})
	}
	if len(s.Clock) == 2 {
		seconds := func(f float64) time.Duration { return time.Duration(f * float64(time.Second)) }
		c.Clock = &diagnose.Interval{Lo: seconds(s.Clock[0]), Hi: seconds(s.Clock[1])}
	}
	if len(s.Window) == 2 {
		c.Window = &otp.Window{Behind: s.Window[0], Ahead: s.Window[1]}
	}
	return c
}

// answer is the first thing that a report says.
func answer(r diagnose.Report) (diagnose.Cause, diagnose.Confidence) {
	switch {
	case len(r.Findings) > 0:
		return r.Findings[0].Cause, r.Findings[0].Confidence
	case r.Outcome == diagnose.Accepted:
		return accepted, diagnose.Certain
	}
	return "", ""
}

func readScenarios(t testing.TB, pattern string) []scenario {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no file is %s (%v)", pattern, err)
	}
	var all []scenario
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		for n := 1; lines.Scan(); n++ {
			line := strings.TrimSpace(lines.Text())
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			var s scenario
			d := json.NewDecoder(strings.NewReader(line))
			d.DisallowUnknownFields()
			if err := d.Decode(&s); err != nil {
				t.Fatalf("%s:%d: %v", name, n, err)
			}
			all = append(all, s)
		}
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// TestScenarios scores Explain on every case of testdata. A wrong first cause
// lowers the accuracy; a wrong one that is said to be likely or certain is never
// allowed.
func TestScenarios(t *testing.T) {
	all := readScenarios(t, "testdata/*.jsonl")
	if len(all) < 120 {
		t.Errorf("%d cases, fewer than 120", len(all))
	}
	if s := os.Getenv("AUTHCTL_SCENARIOS"); s != "" { // so many of each kind, not kept in a file
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		all = generate(n)
	}
	type tally struct{ right, all int }
	tallies := map[diagnose.Cause]*tally{}
	right, confidentWrong := 0, 0
	ids := map[string]bool{}
	for _, s := range all {
		if ids[s.ID] {
			t.Errorf("%s stands twice", s.ID)
		}
		ids[s.ID] = true
		cause, confidence := answer(diagnose.Explain(s.diagnosis(t)))
		if tallies[s.Cause] == nil {
			tallies[s.Cause] = &tally{}
		}
		tallies[s.Cause].all++
		if s.Confidence != "" && confidence != s.Confidence {
			t.Errorf("%s: %s is %s, not %s", s.ID, cause, confidence, s.Confidence)
		}
		if cause == s.Cause {
			right++
			tallies[s.Cause].right++
			continue
		}
		t.Logf("%s: %s (%s), but it is %s: %s", s.ID, cause, confidence, s.Cause, s.Made)
		if confidence != diagnose.Possible {
			confidentWrong++
		}
	}
	causes := make([]string, 0, len(tallies))
	for cause, n := range tallies {
		causes = append(causes, fmt.Sprintf("  %-18s %3d of %3d", cause, n.right, n.all))
	}
	slices.Sort(causes)
	accuracy := 100 * float64(right) / float64(len(all))
	t.Logf("top-1 %.1f %% (%d of %d), confidently wrong %d\n%s", accuracy, right, len(all), confidentWrong, strings.Join(causes, "\n"))
	if accuracy < 98 {
		t.Errorf("top-1 accuracy is %.1f %%, under 98 %%", accuracy)
	}
	if confidentWrong > 0 {
		t.Errorf("%d cases are confidently wrong", confidentWrong)
	}
}
