package guide_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/authctl/authctl/otp/diagnose/guide"
)

var noon = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

func start(t rapid.TB, o guide.Options) *guide.Session {
	t.Helper()
	s, err := guide.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// walk answers what it can from answers and leaves the rest open. It returns the
// steps in the order in which they came.
func walk(t rapid.TB, s *guide.Session, answers map[string]string) []string {
	t.Helper()
	var steps []string
	for {
		step, ok := s.Next()
		if !ok {
			return steps
		}
		steps = append(steps, step.ID)
		var err error
		if answer, known := answers[step.ID]; known {
			err = s.Answer(step.ID, answer, noon)
		} else {
			err = s.Skip(step.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// begin are the answers to the first questions.
func begin(method string, more ...string) map[string]string {
	answers := map[string]string{
		"status": "no", "told-to-wait": "no", "method": method, "tries-used": "0", "sends-used": "0", "device": "phone",
	}
	for i := 0; i < len(more); i += 2 {
		answers[more[i]] = more[i+1]
	}
	return answers
}

// TestOrder: the path goes from the service over phone, computer and carrier to
// the last resorts.
func TestOrder(t *testing.T) {
	for _, tt := range []struct {
		answers map[string]string
		want    []string // in this order, others between
		never   []string
	}{
		{begin("app"), []string{"status", "told-to-wait", "method", "tries-used", "device", "phone-clock", "fresh-code", "entries", "vpn", "private-window", "extensions", "session", "rescan", "recovery-code", "login-link", "identity-form"}, []string{"sends-used", "country", "one-device", "here-clock", "mail-spam", "renew", "code"}},
		{begin("app", "device", "several"), []string{"phone-clock", "one-device", "app-digits"}, nil},
		{begin("app", "device", "here"), []string{"entries", "here-clock", "private-window"}, []string{"phone-clock", "other-clock"}},
		{begin("app", "device", "here", "here-zone", "no"), []string{"here-clock", "here-zone", "here-zone-fix"}, nil},
		{begin("app", "session", "no"), []string{"session", "recovery-code", "identity-form"}, []string{"rescan", "qr-screen", "login-link"}},
		{begin("app", "session", "yes", "rescan", "refused"), []string{"session", "qr-screen", "rescan", "other-app", "recovery-code"}, nil},
		{begin("sms", "country", "JP", "number", "080-1234-5678"), []string{"sends-used", "app-cache", "country", "number", "number-fix", "inbox", "sim", "resend", "vpn", "mobile-data", "sms-international", "sms-filter", "resend-carrier", "recovery-code"}, []string{"device", "phone-clock", "mail-spam", "private-window"}},
		{begin("sms", "country", "JP", "number", "+81 80-1234-5678"), []string{"number", "inbox"}, []string{"number-fix"}},
		{begin("sms", "ported", "yes"), []string{"ported", "recovery-code"}, []string{"resend", "sms-filter"}},
		{begin("sms-refused"), []string{"phone-clock", "fresh-code", "private-window"}, []string{"country", "entries"}},
		{begin("mail"), []string{"mail-spam", "mail-forward", "mail-resend", "mail-carrier", "mail-other", "recovery-code"}, []string{"phone-clock", "sms-filter"}},
		{begin("browser"), []string{"fresh-code", "private-window", "extensions", "recovery-code"}, []string{"phone-clock", "entries"}},
		{begin("settings"), []string{"method", "finish-setup", "renew-setting"}, []string{"tries-used", "recovery-code", "vpn"}},
		{begin("lost"), []string{"tries-used", "session", "rescan", "recovery-code"}, []string{"device", "phone-clock", "entries", "vpn"}},
		{begin("every"), []string{"phone-clock", "fresh-code", "resend", "private-window", "sms-filter", "recovery-code"}, nil},
		{map[string]string{"status": "yes"}, []string{"status"}, []string{"method"}},
		{map[string]string{}, []string{"status", "told-to-wait", "method"}, []string{"tries-used", "vpn"}},
		{begin("app", "phone-clock", "fixed"), []string{"phone-clock", "renew", "new-recovery-codes", "passkey", "unlock-services"}, []string{"fresh-code", "recovery-code"}},
	} {
		got := walk(t, start(t, guide.Options{Facts: guide.Facts{At: noon, Zone: "Asia/Tokyo"}}), tt.answers)
		rest := got
		for _, id := range tt.want {
			i := slices.Index(rest, id)
			if i < 0 {
				t.Errorf("%v: %s is missing, or too early, in %v", tt.answers, id, got)
				break
			}
			rest = rest[i+1:]
		}
		for _, id := range tt.never {
			if slices.Contains(got, id) {
				t.Errorf("%v: %s does not belong in %v", tt.answers, id, got)
			}
		}
	}
}

// TestCause: what a code has shown brings its remedy forward, after the service,
// and with the question on which it depends.
func TestCause(t *testing.T) {
	settled := func(cause string) *guide.Diagnosis { return &guide.Diagnosis{Cause: cause, Confidence: "likely"} }
	clock := func(verdict string) *guide.Clock { return &guide.Clock{Verdict: verdict, Sources: 3} }
	for _, tt := range []struct {
		facts   guide.Facts
		answers map[string]string
		first   []string // after the first phase
		never   string
	}{
		{guide.Facts{Code: settled("clock-behind")}, begin("app"), []string{"phone-clock"}, ""},
		{guide.Facts{Code: settled("clock-behind")}, begin("app", "device", "here"), []string{"here-clock"}, "phone-clock"},
		{guide.Facts{Code: settled("clock-behind"), Clock: clock("ok")}, begin("app", "device", "here"), []string{"fresh-code"}, "here-clock"},
		{guide.Facts{Code: settled("wrong-digits")}, begin("app", "session", "yes"), []string{"session", "rescan"}, ""},
		{guide.Facts{Code: settled("wrong-digits")}, begin("app", "session", "no"), []string{"session", "phone-clock"}, "rescan"},
		{guide.Facts{Code: settled("stale-secret")}, begin("app"), []string{"entries", "session", "rescan"}, ""},
		{guide.Facts{Code: settled("replayed")}, begin("app", "device", "several"), []string{"fresh-code", "one-device"}, ""},
		{guide.Facts{Code: settled("counter-ahead")}, begin("app"), []string{"counter"}, ""},
		{guide.Facts{Code: &guide.Diagnosis{Cause: "wrong-digits", Confidence: "possible"}}, begin("app"), []string{"phone-clock"}, "counter"},
		{guide.Facts{Code: &guide.Diagnosis{Accepted: true}, Clock: clock("ok")}, begin("app"), []string{"fresh-code", "session", "rescan"}, "phone-clock"},
		{guide.Facts{Code: &guide.Diagnosis{Accepted: true}}, begin("app", "fresh-code", "skipped"), []string{"fresh-code", "session", "rescan", "phone-clock"}, ""},
	} {
		tt.facts.At, tt.facts.Key = noon, true
		got := walk(t, start(t, guide.Options{Facts: tt.facts}), tt.answers)
		after := slices.Index(got, "device") + 1
		if after+len(tt.first) > len(got) || !slices.Equal(got[after:after+len(tt.first)], tt.first) {
			t.Errorf("%+v: %v, want %v after the first questions", tt.facts.Code, got, tt.first)
		}
		if slices.Contains(got, tt.never) {
			t.Errorf("%+v: %s does not belong in %v", tt.facts.Code, tt.never, got)
		}
	}
}

// TestRightClockIsNotAccused: on a clock that was measured right nothing tells to
// set it, whatever else is wrong.
func TestRightClockIsNotAccused(t *testing.T) {
	for _, zone := range []string{"", "Asia/Tokyo"} {
		s := start(t, guide.Options{Facts: guide.Facts{At: noon, Zone: zone, Clock: &guide.Clock{Verdict: "ok", Sources: 4}}})
		got := walk(t, s, begin("app", "device", "here"))
		for _, id := range []string{"here-clock", "here-zone", "here-zone-fix", "phone-clock", "other-clock"} {
			if slices.Contains(got, id) {
				t.Errorf("%s is on the path %v", id, got)
			}
		}
		note := s.Report().Checks[0].Note
		if !strings.HasPrefix(note, "It is right to within 1 second") {
			t.Errorf("the clock is said to be: %s", note)
		}
	}
}

// TestUnmeasuredClock: a code alone does not tell which of two clocks is wrong.
func TestUnmeasuredClock(t *testing.T) {
	behind := &guide.Diagnosis{Cause: "clock-behind", Confidence: "certain", Lo: 3 * time.Minute, Hi: 4 * time.Minute}
	note := func(f guide.Facts) string {
		checks := start(t, guide.Options{Facts: f}).Report().Checks
		return checks[slices.IndexFunc(checks, func(c guide.Checked) bool { return c.ID == "code" })].Note
	}
	if got := note(guide.Facts{Code: behind}); !strings.Contains(got, "Which of them is wrong was not measured") {
		t.Errorf("without a measurement: %s", got)
	}
	got := note(guide.Facts{Code: behind, Clock: &guide.Clock{Verdict: "ok", Sources: 4}})
	if want := "The clock of the device that shows the codes is about 3 minutes 30 seconds slow."; got != want {
		t.Errorf("with one: %s, want %s", got, want)
	}
}

// TestWait: one try is held back, the wait says when it ends, and takes no less.
func TestWait(t *testing.T) {
	s := start(t, guide.Options{Facts: guide.Facts{At: noon}})
	at := noon
	for id, value := range inOrder(begin("app", "tries-used", "3"), "status", "told-to-wait", "method", "tries-used", "device") {
		mustAnswer(t, s, id, value, at)
	}
	at = at.Add(time.Minute)
	mustAnswer(t, s, "phone-clock", "refused", at) // the fourth
	step, _ := s.Next()
	end := at.Add(15 * time.Minute)
	if step.ID != "wait-1" || step.Kind != guide.Wait || !step.Until.Equal(end) {
		t.Fatalf("after four refused codes: %s until %v, want a wait until %v", step.ID, step.Until, end)
	}
	if want := "Enter no code and ask for no message until 2026-07-01 12:16."; step.Do[0] != want {
		t.Errorf("%q, want %q", step.Do[0], want)
	}
	if left := s.Report().Budget.TriesLeft; left != 0 {
		t.Errorf("%d tries are left", left)
	}
	if r := s.Report(); r.Outcome != guide.Waiting || r.Next.ID != "wait-1" {
		t.Errorf("the report has %s, next %s", r.Outcome, r.Next.ID)
	}
	if err := s.Answer("wait-1", "waited", end.Add(-time.Second)); !errors.Is(err, guide.ErrTooEarly) {
		t.Errorf("a second early: %v", err)
	}
	mustAnswer(t, s, "wait-1", "waited", end)
	if step, _ := s.Next(); step.ID != "fresh-code" {
		t.Errorf("after the wait: %s", step.ID)
	}
	if left := s.Report().Budget.TriesLeft; left != 4 {
		t.Errorf("after the wait %d tries are left", left)
	}
}

// TestWaitComesBeforeOpenSteps: a step that was left open is not the next thing
// while a refused code would lock the account.
func TestWaitComesBeforeOpenSteps(t *testing.T) {
	s := start(t, guide.Options{Facts: guide.Facts{At: noon}})
	for id, value := range inOrder(begin("app", "tries-used", "3"), "status", "told-to-wait", "method", "tries-used", "device") {
		mustAnswer(t, s, id, value, noon)
	}
	if err := s.Skip("phone-clock"); err != nil {
		t.Fatal(err)
	}
	if next := s.Report().Next; next.ID != "phone-clock" {
		t.Errorf("with a try left the next thing is %s", next.ID)
	}
	mustAnswer(t, s, "fresh-code", "refused", noon)
	if r := s.Report(); r.Next.Kind != guide.Wait || r.Outcome != guide.Waiting {
		t.Errorf("without one it is %s, %s", r.Next.ID, r.Outcome)
	}
}

// TestWaitForSMS: the fifth refused SMS code in a row costs a day, which no wait of
// a quarter of an hour makes good.
func TestWaitForSMS(t *testing.T) {
	s := start(t, guide.Options{Facts: guide.Facts{At: noon}})
	for id, value := range inOrder(begin("sms-refused", "tries-used", "4"), "status", "told-to-wait", "method", "tries-used", "sends-used") {
		mustAnswer(t, s, id, value, noon)
	}
	step, _ := s.Next()
	if want := noon.Add(24 * time.Hour); !step.Until.Equal(want) || step.Title != "Wait 24 hours" {
		t.Errorf("%s until %v, want %v", step.Title, step.Until, want)
	}
	mustAnswer(t, s, "wait-1", "other-way", noon)
	if step, _ := s.Next(); step.ID != "wait-2" || !strings.Contains(step.Do[1], "recovery code") {
		t.Errorf("after the wait was refused: %s %v", step.ID, step.Do)
	}
}

// TestWaitForgetsOnlyWhatIsOld: a wait for messages does not make good for codes
// that were refused later.
func TestWaitForgetsOnlyWhatIsOld(t *testing.T) {
	s := start(t, guide.Options{Facts: guide.Facts{At: noon}})
	for id, value := range inOrder(begin("every", "sends-used", "3"), "status", "told-to-wait", "method", "tries-used", "sends-used", "device") {
		mustAnswer(t, s, id, value, noon)
	}
	mustAnswer(t, s, "phone-clock", "refused", noon.Add(14*time.Minute))
	for step, _ := s.Next(); step.Kind != guide.Wait; step, _ = s.Next() {
		if err := s.Skip(step.ID); err != nil {
			t.Fatal(err)
		}
	}
	mustAnswer(t, s, "wait-1", "waited", noon.Add(15*time.Minute))
	if got := s.Report().Budget; got.TriesLeft != 3 || got.SendsLeft != 3 {
		t.Errorf("after the wait: %+v, want 3 tries and 3 messages", got)
	}
}

// TestLocked: a lock that the service told blocks codes until its end.
func TestLocked(t *testing.T) {
	until := noon.Add(7 * time.Minute)
	s := start(t, guide.Options{Facts: guide.Facts{At: noon, LockedUntil: until}})
	for id, value := range inOrder(begin("app"), "status", "told-to-wait", "method", "tries-used", "device") {
		mustAnswer(t, s, id, value, noon)
	}
	step, _ := s.Next()
	if step.Kind != guide.Wait || !step.Until.Equal(until) || step.Title != "Wait 7 minutes" {
		t.Errorf("%s until %v, want %v", step.Title, step.Until, until)
	}
	r := start(t, guide.Options{Facts: guide.Facts{At: noon}})
	walk(t, r, begin("app", "told-to-wait", "yes"))
	report := r.Report()
	if report.Outcome != guide.Waiting || report.Next == nil || !report.Next.Until.Equal(noon.Add(15*time.Minute)) {
		t.Errorf("told to wait: %s, next %+v", report.Outcome, report.Next)
	}
}

// TestReport: the report of a walk that is solved has the check list without what
// is done, and reads the same in JSON.
func TestReport(t *testing.T) {
	s := start(t, guide.Options{Facts: guide.Facts{At: noon}})
	walk(t, s, begin("sms", "country", "JP", "number", "080-1234-5678", "resend", "fixed", "renew", "done", "passkey", "later"))
	r := s.Report()
	if r.Outcome != guide.Fixed || r.Next.ID != "new-recovery-codes" || len(r.Remains) != 12 {
		t.Errorf("%s, next %v, %d remain", r.Outcome, r.Next.ID, len(r.Remains))
	}
	if r.Phone.E164 != "+818012345678" || r.Budget.SendsLeft != 2 {
		t.Errorf("number %v, %d sends left", r.Phone, r.Budget.SendsLeft)
	}
	raw, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(raw), "080-1234") {
		t.Error("the number stands in the report as it was typed")
	}
	if strings.Contains(string(raw), "null") {
		t.Errorf("a list is null: %s", raw)
	}
}

// TestAnswerRefuses: what is no answer is an error that says what is one, and
// changes nothing.
func TestAnswerRefuses(t *testing.T) {
	s := start(t, guide.Options{Facts: guide.Facts{At: noon, Key: true}})
	refuse := func(id, value, says string) {
		t.Helper()
		before, _ := s.Next()
		if err := s.Answer(id, value, noon); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s %q: error %v, want one with %q", id, value, err, says)
		}
		if after, _ := s.Next(); after.ID != before.ID {
			t.Errorf("%s %q moved on to %s", id, value, after.ID)
		}
	}
	refuse("status", "maybe", "none of no, yes, unclear")
	refuse("method", "app", "the step to answer now is status")
	mustAnswer(t, s, "status", "no", noon)
	mustAnswer(t, s, "told-to-wait", "no", noon)
	mustAnswer(t, s, "method", "every", noon)
	refuse("tries-used", "-1", "from 0 to 1000")
	refuse("tries-used", "many", "from 0 to 1000")
	mustAnswer(t, s, "tries-used", "0", noon)
	mustAnswer(t, s, "sends-used", "0", noon)
	mustAnswer(t, s, "device", "phone", noon)
	refuse("code", "123456", "diagnosed by the caller")
	for step, _ := s.Next(); step.ID != "country"; step, _ = s.Next() {
		if err := s.Skip(step.ID); err != nil {
			t.Fatal(err)
		}
	}
	refuse("country", "Atlantis", "is none of AE, AT")
	mustAnswer(t, s, "country", "jp", noon)
	refuse("number", "12", "here are 2")
	for _, id := range []string{"", "clock", "wait", "wait-", "wait-x", "nonsense"} {
		if guide.IsStep(id) {
			t.Errorf("%q is a step", id)
		}
	}
	if _, err := guide.New(guide.Options{Lang: "xx"}); err == nil || !strings.Contains(err.Error(), "have en, ja") {
		t.Errorf("a language that is not there: %v", err)
	}
	if _, err := guide.New(guide.Options{Profile: guide.Profile{ID: "y"}}); err == nil {
		t.Error("a profile without numbers was taken")
	}
}

func mustAnswer(t *testing.T, s *guide.Session, id, value string, at time.Time) {
	t.Helper()
	if err := s.Answer(id, value, at); err != nil {
		t.Fatal(err)
	}
}

// inOrder gives the answers to these steps.
func inOrder(answers map[string]string, ids ...string) func(func(string, string) bool) {
	return func(yield func(string, string) bool) {
		for _, id := range ids {
			if !yield(id, answers[id]) {
				return
			}
		}
	}
}

// A step that is open because an earlier one has no answer leaves no hole where the
// answer would be.
func TestOpenStepsHaveNoHoles(t *testing.T) {
	for lang, want := range map[string]string{"en": "Register the number as +… with its country code", "ja": "番号を 「+国番号」の形 で登録し直します"} {
		s := start(t, guide.Options{Lang: lang})
		walk(t, s, begin("sms"))
		for _, step := range s.Report().Open {
			if step.ID == "number-fix" && step.Title != want {
				t.Errorf("%s: %q", lang, step.Title)
			}
			for _, text := range append(step.Do, step.Title) {
				if strings.Contains(text, "  ") || strings.Contains(text, " .") {
					t.Errorf("%s: %s has a hole: %q", lang, step.ID, text)
				}
			}
		}
	}
}
