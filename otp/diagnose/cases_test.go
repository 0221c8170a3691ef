package diagnose_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/diagnose"
)

// genuine is a line of cases.jsonl: a person whose code was refused, and what was
// found. Only those with the numbers to replay it are used here.
type genuine struct {
	ID     string `json:"id"`
	Class  string `json:"cause_class"`
	Use    string `json:"use"`
	Replay *struct {
		Secret     string `json:"secret_base32"`
		Algorithm  string `json:"alg"`
		Digits     int    `json:"digits"`
		Period     int    `json:"period"`
		ServerTime int64  `json:"server_time"`
		ServerCode string `json:"server_code"`
		Submitted  string `json:"submitted"`
		Match      struct {
			OffsetSteps int64 `json:"offset_steps"`
		} `json:"match"`
	} `json:"replay"`
}

// TestGenuineCases replays refusals from public issue trackers.
func TestGenuineCases(t *testing.T) {
	for _, g := range readGenuine(t) {
		if g.Replay == nil {
			continue
		}
		t.Run(g.ID, func(t *testing.T) {
			p := g.Replay
			secret, _, err := otp.ParseSecret(p.Secret)
			if err != nil {
				t.Fatal(err)
			}
			algorithm, err := otp.ParseAlgorithm(p.Algorithm)
			if err != nil {
				t.Fatal(err)
			}
			c := diagnose.Case{
				Key:     otp.Key{Type: otp.TOTP, Secret: secret, Algorithm: algorithm, Digits: p.Digits, Period: p.Period},
				Written: p.Secret, At: unix(float64(p.ServerTime)), Inputs: []diagnose.Input{{Text: p.ServerCode}},
			}
			if cause, _ := answer(diagnose.Explain(c)); cause != accepted {
				t.Errorf("the server's own code is %s", cause)
			}
			if p.Submitted == "" {
				return
			}
			c.Inputs[0].Text = p.Submitted
			cause, confidence := answer(diagnose.Explain(c))
			if !strings.Contains(causesOf(g), string(cause)) {
				t.Errorf("%s (%s), want %s", cause, confidence, causesOf(g))
			}
			if g.Use != "score" && confidence != diagnose.Possible {
				t.Errorf("%s is %s, but nothing was found", cause, confidence)
			}
		})
	}
}

// causesOf is what a class of cases.jsonl is called here.
func causesOf(g genuine) string {
	switch {
	case g.Use != "score":
		return "accepted unknown"
	case strings.HasPrefix(g.Class, "clock") && g.Replay.Match.OffsetSteps < 0:
		return "clock-behind"
	case strings.HasPrefix(g.Class, "clock"):
		return "clock-ahead"
	case g.Class == "secret-characters":
		return "secret-misread"
	case strings.HasPrefix(g.Class, "secret"):
		return "secret-encoding stale-secret other-entry"
	}
	return map[string]string{
		"timezone": "timezone", "digits": "wrong-digits", "period": "wrong-period", "hotp-counter": "counter-behind counter-ahead",
		"leading-zero": "truncated", "stale-secret": "stale-secret",
	}[g.Class]
}

func readGenuine(t *testing.T) []genuine {
	t.Helper()
	dir := os.Getenv("AUTHCTL_SAMPLES")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "samples")
	}
	f, err := os.Open(filepath.Join(dir, "cases.jsonl"))
	if err != nil {
		if os.Getenv("AUTHCTL_REQUIRE") != "" {
			t.Fatal(err)
		}
		t.Skipf("no genuine cases: %v", err)
	}
	defer f.Close()
	var all []genuine
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var g genuine
		if err := json.Unmarshal(lines.Bytes(), &g); err != nil {
			t.Fatal(err)
		}
		all = append(all, g)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
