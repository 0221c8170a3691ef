package guide_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/authctl/authctl/otp/diagnose/guide"
)

// TestProfileX holds the first profile to the numbers of the service.
func TestProfileX(t *testing.T) {
	got, err := guide.LookupProfile("x")
	if err != nil {
		t.Fatal(err)
	}
	hours := func(n int) guide.Duration { return guide.Duration(time.Duration(n) * time.Hour) }
	quarter := guide.Duration(15 * time.Minute)
	want := guide.Profile{
		ID: "x", Name: got.Name,
		Tries: 5, Sends: 3, Wait: quarter, SMSFailures: 5, SMSWait: hours(24),
		Period: guide.Duration(30 * time.Second), ClockLimit: guide.Duration(time.Minute), Digits: 6, HOTPDigits: 8,
		RecoveryForm: "XXXX-XXXX", LinkLife: quarter,
		FormMin: hours(24), FormMax: hours(72), FormReply: hours(48), FormMegabytes: 10,
		Inbox: 100, Porting: hours(72),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestParseProfile: what is read, is written and read the same; every number is
// needed, since some text names it.
func TestParseProfile(t *testing.T) {
	for _, id := range guide.Profiles() {
		p, err := guide.LookupProfile(id)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		again, err := guide.ParseProfile(raw)
		if diff := cmp.Diff(p, again); err != nil || diff != "" {
			t.Errorf("%s: %v %s", id, err, diff)
		}
		var fields map[string]any
		if err := json.Unmarshal(raw, &fields); err != nil {
			t.Fatal(err)
		}
		for name := range fields {
			if name == "status_page" {
				continue
			}
			less := maps.Clone(fields)
			delete(less, name)
			raw, err := json.Marshal(less)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := guide.ParseProfile(raw); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s without %s: error %v", id, name, err)
			}
		}
	}
	for _, bad := range []string{``, `[]`, `{"colour": 1}`, `{} {}`, `{"wait": "soon"}`, `{"wait": 15}`} {
		if p, err := guide.ParseProfile([]byte(bad)); err == nil {
			t.Errorf("%s: %v", bad, p)
		}
	}
	if _, err := guide.LookupProfile("../x"); err == nil {
		t.Error("a profile outside the folder was found")
	}
}
