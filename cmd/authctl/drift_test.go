package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/authctl/authctl/drift"
	"github.com/authctl/authctl/drift/drifttest"
)

// TestDriftScripts runs testdata/drift/*.txtar with time servers on loopback.
// Their addresses are in the environment: $HONEST1 to $HONEST3, $WRONG1 and
// $WRONG2 (90 s ahead), $KISS and $SILENT.
func TestDriftScripts(t *testing.T) {
	servers := map[string]string{}
	start := func(name string, lies ...drifttest.Lie) {
		s := drifttest.NewServer(lies...)
		t.Cleanup(s.Close)
		servers[name] = s.Addr
	}
	start("HONEST1")
	start("HONEST2")
	start("HONEST3")
	start("WRONG1", drifttest.Offset(90*time.Second))
	start("WRONG2", drifttest.Offset(90*time.Second))
	start("KISS", drifttest.Kiss("RATE"))
	start("SILENT", drifttest.Silent())
	testscript.Run(t, testscript.Params{
		Dir: "testdata/drift", RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			for name, address := range servers {
				e.Setenv(name, address)
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

// exits is the script command "exits N program args…": it runs the program and
// wants that exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits N program args...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var status *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &status) {
		got = status.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit %d, want %d", got, want)
	}
}

// interrupter is an output that sends an interrupt after some lines.
type interrupter struct {
	written   bytes.Buffer
	after     int
	interrupt func()
}

func (w *interrupter) Write(b []byte) (int, error) {
	if w.after--; w.after == 0 {
		w.interrupt()
	}
	return w.written.Write(b)
}

func TestDriftWatch(t *testing.T) {
	s := drifttest.NewServer(drifttest.Offset(90 * time.Second))
	defer s.Close()
	for name, c := range map[string]struct {
		args     []string
		terminal bool
		want     string // a pattern
	}{
		"piped":    {nil, false, `^20\S+  bad      90\.0 s slow ± [0-9.]+ ms\nmeasurements: 1 in 0s; first .*; last .*\.\n$`},
		"json":     {[]string{"--json"}, false, `^\{"schema":1,"verdict":"bad",.*"event":"","moved_s":0,"rate":null,"crossing":null\}\n$`},
		"terminal": {nil, true, `(?s)^ +\+90(\.\d+)? s \|.*This clock is 90\.0 s slow.*Codes made here are refused\.\nCtrl-C ends\.\nmeasurements: 1`},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		out := &interrupter{after: 1, interrupt: cancel}
		a := &app{stdin: strings.NewReader(""), stdout: out, stderr: io.Discard, now: time.Now, terminal: c.terminal, getenv: func(string) string { return "" }}
		exit := a.run(ctx, append([]string{"drift", "--watch", "--server", s.Addr}, c.args...))
		if exit != exitClockBad || !regexp.MustCompile(c.want).MatchString(out.written.String()) {
			t.Errorf("%s: exit %d; it says:\n%s", name, exit, out.written.String())
		}
	}
}

// The command against real servers, as a user would call it.
func TestDriftAgainstChronyd(t *testing.T) {
	for _, c := range []struct {
		faketime string
		exit     int
		says     string
	}{
		{"", exitOK, "right to within"},
		{"-29s", exitOK, "29.0 s fast"},
		{"+59s", exitOK, "accepted less than once in 20 times"},
		{"+61s", exitClockBad, "61.0 s slow"},
		{"-10d", exitClockBad, "10.0 days fast"},
	} {
		server := drifttest.StartChronyd(t, c.faketime)
		var out bytes.Buffer
		a := &app{stdin: strings.NewReader(""), stdout: &out, stderr: io.Discard, now: time.Now, getenv: func(string) string { return "" }}
		exit := a.run(t.Context(), []string{"drift", "--server", server.Addr, "--timeout", "5s"})
		if exit != c.exit || !strings.Contains(out.String(), c.says) {
			t.Errorf("%s: exit %d, want %d; it says:\n%s", c.faketime, exit, c.exit, out.String())
		}
	}
}

func TestClockAuto(t *testing.T) {
	serve := func(lies ...drifttest.Lie) string {
		s := drifttest.NewServer(lies...)
		t.Cleanup(s.Close)
		return s.Addr
	}
	wrong := drifttest.Offset(90 * time.Second)
	for name, c := range map[string]struct {
		servers []string
		exit    int
		offset  time.Duration
		says    string
	}{
		"right":          {[]string{serve(), serve()}, exitOK, 0, "Corrected by +0.00 s"},
		"slow":           {[]string{serve(wrong), serve(wrong)}, exitOK, 90 * time.Second, "Corrected by +90.00 s"},
		"no answer":      {[]string{serve(drifttest.Silent())}, exitClockOpen, 0, ""},
		"no majority":    {[]string{serve(), serve(wrong)}, exitClockOpen, 0, ""},
		"too uncertain":  {[]string{serve(drifttest.Root(0, 15*time.Second))}, exitClockOpen, 0, ""},
		"no such server": {[]string{"not a server"}, exitUsage, 0, ""},
	} {
		var stderr bytes.Buffer
		a := &app{stderr: &stderr, getenv: func(name string) string {
			if name == serversVariable {
				return strings.Join(c.servers, ", ")
			}
			return ""
		}}
		o, err := a.measureOffset(t.Context())
		if c.exit == exitOK && err != nil || c.exit != exitOK && exitCode(err) != c.exit {
			t.Errorf("%s: error %v, want exit %d", name, err, c.exit)
		}
		if err == nil && (o.lo > c.offset || o.hi < c.offset) {
			t.Errorf("%s: offset %v to %v, want %v", name, o.lo, o.hi, c.offset)
		}
		if !strings.Contains(stderr.String(), c.says) || c.says == "" && stderr.Len() > 0 {
			t.Errorf("%s: stderr %q, want %q", name, stderr.String(), c.says)
		}
	}
}

// A half-open interval, as of a clock that reads 1970 without a network, has a
// bound in the JSON and a null.
func TestDriftJSONHalfOpen(t *testing.T) {
	r := drift.Combine(nil, drift.Policy{SlowBy: time.Hour})
	b, err := json.Marshal(newDriftJSON(r, drift.Sync{}))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Offset map[string]any `json:"offset"`
		Sync   map[string]any `json:"os_sync"`
	}
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"lo_s": 3600.0, "hi_s": nil, "mid_s": nil}, got.Offset); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]any{"service": nil, "synchronized": nil}, got.Sync); diff != "" {
		t.Error(diff)
	}
}

// What a terminal shows while a clock that loses time is watched.
func TestDriftScreen(t *testing.T) {
	var seen []drift.Observation
	for n := range 80 {
		d := time.Duration(n) * 100 * time.Millisecond
		i := drift.Interval{Lo: d, Hi: d + 50*time.Millisecond}
		x := drift.Observation{Report: drift.Report{Offset: i, Reason: "This clock is slow."}, Rate: drift.Rate{Lo: 70e-6, Hi: 90e-6}}
		if n == 70 {
			x.Event, x.Moved = drift.Stepped, -time.Second
		}
		seen = append(seen, x)
	}
	seen[30].Report.Offset = drift.Everything
	lines := driftScreen(seen)
	// The last sixty of eighty, 2.0 s to 7.95 s: one column each, rising.
	if !strings.HasPrefix(lines[0], "     +7.95 s |") || !strings.HasSuffix(lines[0], "*") || !strings.Contains(lines[0], " + ") {
		t.Errorf("top row %q", lines[0])
	}
	if bottom := lines[plotRows-1]; !strings.HasPrefix(bottom, "        +2 s |*") || !strings.Contains(bottom, "?") {
		t.Errorf("bottom row %q", bottom)
	}
	if last := lines[len(lines)-1]; last != "drifts by +70.0 to +90.0 ppm; Ctrl-C ends." {
		t.Errorf("last line %q", last)
	}
	for _, l := range lines {
		if len(l) > 80 {
			t.Errorf("%q is wider than a terminal", l)
		}
	}
}

// Each redraw goes back over exactly the lines drawn before.
func TestRedraw(t *testing.T) {
	var out bytes.Buffer
	n, err := redraw(&out, 0, []string{"a", "b"})
	if err != nil || n != 2 || out.String() != "a\nb\n" {
		t.Fatalf("%d, %v, %q", n, err, out.String())
	}
	out.Reset()
	redraw(&out, n, []string{"c"})
	if out.String() != "\x1b[2A\x1b[Jc\n" {
		t.Errorf("%q", out.String())
	}
}

func TestMarkRow(t *testing.T) {
	scale := []byte(strings.Repeat(" ", markCells))
	at := func(lo, hi time.Duration) drift.Vote {
		return drift.Vote{Offset: drift.Interval{Lo: lo, Hi: hi}, Used: true}
	}
	for _, c := range []struct {
		vote drift.Vote
		want string
	}{
		{at(0, 0), strings.Repeat(" ", 30) + "*"},
		{at(-60*time.Second, -60*time.Second), strings.Repeat(" ", 10) + "*"},
		{at(-90*time.Second, -87*time.Second), "**"},
		{at(-240*time.Hour, -240*time.Hour), "<"},
		{at(240*time.Hour, 240*time.Hour), strings.Repeat(" ", 60) + ">"},
	} {
		if got := markRow(scale, c.vote, 60*time.Second); got != c.want {
			t.Errorf("%v: %q, want %q", c.vote.Offset, got, c.want)
		}
	}
}
