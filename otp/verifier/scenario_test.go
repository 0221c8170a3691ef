package verifier_test

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/verifier"
)

// scenario is what the tests of another verification server expect.
type scenario struct {
	ID, Source, Topic string
	Given             struct {
		Secret_base32, Secret_ascii, Secret_hex string
		Digits, Window, Tolerance               any
		Period, Counter, Now_unix               int64
		Kind                                    string
	}
	Steps []struct {
		Now_unix, Counter     *int64
		Code                  string
		Codes                 []string
		Expect, Replay        string
		Window                *int64
		Drift_s, Offset_steps int64
		Sync_window           int64
		Counter_after         *int64
	}
}

// TestScenarios runs what other servers' tests expect, as far as the policy can
// express their windows. Where they disagree with RFC 4226 §7.2, as libpam does
// that moves the counter on a failure, their count of what is left is not looked at.
func TestScenarios(t *testing.T) {
	folder := os.Getenv("AUTHCTL_SAMPLES")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "shared", "samples")
	}
	f, err := os.Open(filepath.Join(folder, "scenarios.jsonl"))
	if err != nil {
		if os.Getenv("AUTHCTL_REQUIRE") != "" {
			t.Fatal(err)
		}
		t.Skip("the samples are not here: set AUTHCTL_SAMPLES")
	}
	defer f.Close()
	ran := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var s scenario
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			continue // a topic with numbers of another kind, such as delivered codes
		}
		t.Run(s.ID, func(t *testing.T) { ran += s.run(t) })
	}
	if ran < 30 {
		t.Errorf("only %d steps could be run: the reader has lost the format", ran)
	}
	t.Logf("%d steps", ran)
}

func (s *scenario) key() (k otp.Key, ok bool) {
	k = otp.Key{Type: otp.TOTP, Issuer: s.Source, Account: s.ID, Algorithm: otp.SHA1, Digits: 6}
	if s.Given.Kind == "hotp" {
		k.Type, k.Counter = otp.HOTP, s.Given.Counter
	} else if k.Period = 30; s.Given.Period > 0 {
		k.Period = int(s.Given.Period)
	}
	if d, is := s.Given.Digits.(float64); is {
		k.Digits = int(d)
	}
	var err error
	switch g := s.Given; {
	case g.Secret_base32 != "":
		k.Secret, _, err = otp.ParseSecret(g.Secret_base32)
	case g.Secret_ascii != "":
		k.Secret, err = otp.NewSecret([]byte(g.Secret_ascii))
	case g.Secret_hex != "":
		var b []byte
		if b, err = hex.DecodeString(g.Secret_hex); err == nil {
			k.Secret, err = otp.NewSecret(b)
		}
	}
	return k, err == nil && k.Secret.Len() >= 10
}

// run returns how many steps were run. Steps with a window, counter or drift of
// their own start from a fresh account. A window that is wider than any policy here
// can still show what is accepted within the widest.
func (s *scenario) run(t *testing.T) (ran int) {
	key, ok := s.key()
	if !ok {
		t.Skip("no secret, or one that may not be adopted")
	}
	var l *login
	for i, step := range s.Steps {
		accept := strings.HasPrefix(step.Expect, "accept") || step.Expect == "ok"
		reject := strings.HasPrefix(step.Expect, "reject") || step.Expect == "fail"
		window, _ := strconv.ParseInt(number(s.Given.Window)+number(s.Given.Tolerance), 10, 64)
		switch {
		case step.Window != nil:
			window = *step.Window
		case step.Drift_s > 0:
			window = (step.Drift_s + 29) / 30
		case window == 0 && key.Type == otp.TOTP:
			window = 1
		}
		if step.Replay == "off" || accept == reject || step.Code == "" && len(step.Codes) != 2 {
			continue
		}
		if widest := map[otp.Type]int64{otp.TOTP: 2, otp.HOTP: 10}[key.Type]; window > widest {
			if step.Window != nil || step.Counter != nil {
				continue
			}
			window = widest
		}
		if step.Offset_steps > window { // more than any policy here allows
			continue
		}
		if l == nil || step.Window != nil || step.Counter != nil || step.Drift_s != 0 || len(step.Codes) > 0 ||
			strings.HasPrefix(step.Replay, "just") {
			l = s.fresh(t, key, window, step.Sync_window, step.Counter, step.Now_unix)
		}
		if step.Now_unix != nil {
			l.now = time.Unix(*step.Now_unix, 0)
		}
		ran++
		var r verifier.Result
		if len(step.Codes) == 2 {
			var err error
			if r, err = l.Resync(t.Context(), "a", verifier.Resync{Codes: step.Codes}); err != nil {
				t.Fatal(err)
			}
		} else {
			r = l.verify("a", step.Code)
		}
		if got := r.OK() || r.Outcome == verifier.Resynced; got != accept {
			t.Errorf("step %d: %s, and %s expects %q", i+1, r.Outcome, s.Source, step.Expect)
		}
	}
	return ran
}

func (s *scenario) fresh(t *testing.T, k otp.Key, window, sync int64, counter, now *int64) *login {
	l := newLogin(t, func(c *verifier.Config) {
		if k.Type == otp.HOTP {
			c.Policy.LookAhead, c.Policy.LookAheadSix, c.Policy.ResyncTwo = window, window, sync
		} else {
			c.Policy.Window = otp.Window{Behind: window, Ahead: window}
		}
	})
	if s.Given.Now_unix > 0 {
		l.now = time.Unix(s.Given.Now_unix, 0)
	}
	if now != nil {
		l.now = time.Unix(*now, 0)
	}
	if counter != nil && k.Type == otp.HOTP {
		k.Counter = *counter
	}
	if _, err := l.Adopt(t.Context(), "a", k); err != nil {
		t.Fatal(err)
	}
	return l
}

// number is a JSON number or a number in a string, "" for what is neither.
func number(v any) string {
	switch x := v.(type) {
	case float64:
		return strconv.FormatInt(int64(x), 10)
	case string:
		if n, _, _ := strings.Cut(x, " "); n != "" && strings.Trim(n, "0123456789") == "" { // "10 steps either side"
			return n
		}
	}
	return ""
}
