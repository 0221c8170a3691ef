package main

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/authctl/authctl/drift/drifttest"
	"github.com/authctl/authctl/otp/diagnose/guide"
)

// TestDoctorScripts runs testdata/doctor/*.txtar with time servers on loopback:
// $HONEST1 to $HONEST3, $WRONG1 and $WRONG2 (90 s ahead), and $KISS.
func TestDoctorScripts(t *testing.T) {
	servers := map[string]*drifttest.Server{
		"HONEST1": drifttest.NewServer(), "HONEST2": drifttest.NewServer(), "HONEST3": drifttest.NewServer(),
		"WRONG1": drifttest.NewServer(drifttest.Offset(90 * time.Second)),
		"WRONG2": drifttest.NewServer(drifttest.Offset(90 * time.Second)),
		"KISS":   drifttest.NewServer(drifttest.Kiss("RATE")),
	}
	t.Cleanup(func() {
		for _, s := range servers {
			s.Close()
		}
	})
	testscript.Run(t, testscript.Params{
		Dir: "testdata/doctor", RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			for name, s := range servers {
				e.Setenv(name, s.Addr)
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

// TestDoctorWords: the command speaks every language of the guide.
func TestDoctorWords(t *testing.T) {
	want := slices.Sorted(maps.Keys(doctorWords["en"]))
	for _, lang := range guide.Languages() {
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(doctorWords[lang]))); diff != "" {
			t.Errorf("%s: %s", lang, diff)
		}
	}
}

func TestSplitCodes(t *testing.T) {
	for _, tt := range []struct {
		line   string
		digits int
		want   []string
	}{
		{"123456", 6, []string{"123456"}},
		{"123456 654321", 6, []string{"123456", "654321"}},
		{"123 456", 6, []string{"123 456"}},
		{"123 456 654 321", 6, []string{"123 456", "654 321"}},
		{"1234 5678", 8, []string{"1234 5678"}},
		{"12345 654321", 6, []string{"12345", "654321"}}, // the first has lost a digit
		{"12345678", 6, []string{"12345678"}},
		{"", 6, nil},
	} {
		if diff := cmp.Diff(tt.want, splitCodes(tt.line, tt.digits)); diff != "" {
			t.Errorf("%q: %s", tt.line, diff)
		}
	}
}

// FuzzParseAnswers: what is read has only steps of the guide, and written as JSON
// it is read the same.
func FuzzParseAnswers(f *testing.F) {
	f.Add(`{"status": "no", "tries-used": 2}`)
	f.Add(`{"status": "no", "status": "yes"}`)
	f.Add(`{"wait-1": "waited"} x`)
	f.Fuzz(func(t *testing.T, in string) {
		answers, err := parseAnswers(strings.NewReader(in))
		if err != nil {
			return
		}
		for id := range answers {
			if !guide.IsStep(id) {
				t.Fatalf("%q is no step", id)
			}
		}
		again, err := parseAnswers(strings.NewReader(mustJSON(t, answers)))
		if diff := cmp.Diff(answers, again); err != nil || diff != "" {
			t.Fatalf("%v %s", err, diff)
		}
	})
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
