package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplitKeys(t *testing.T) {
	for sent, want := range map[string]string{
		"jk":              "j k",
		"\x1b[A\x1b[B":    "up down",
		"\x1bOA\x1b[1~":   "up home",
		"\x1b[1;5C\r":     "enter", // a sequence without a name here
		"é日\x7f":          "é 日 backspace",
		"\x1bq":           "esc q",
		"\x03":            "ctrl+c",
		"a\x00\xffb":      "a b",
		"x\x1b":           "x …\x1b",
		"x\x1b[":          "x …\x1b[",
		"x\x1b[1;":        "x …\x1b[1;",
		"\xe6\x97":        "…\xe6\x97",
		"\x1b[200~pw\x1b": "p w …\x1b",
	} {
		keys, rest := splitKeys(sent)
		var got []string
		for _, k := range keys {
			got = append(got, k.name+k.text)
		}
		if rest != "" {
			got = append(got, "…"+rest)
		}
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%q (-want +got):\n%s", sent, diff)
		}
	}
}

// FuzzSplitKeys checks that it does not matter in which parts keys arrive.
func FuzzSplitKeys(f *testing.F) {
	f.Add("j\x1b[A日\r", 3)
	f.Add("\x1b[1;5C\xe6\x97q", 5)
	f.Fuzz(func(t *testing.T, sent string, cut int) {
		if cut < 0 || cut > len(sent) {
			return
		}
		whole, rest := splitKeys(sent)
		first, left := splitKeys(sent[:cut])
		second, left := splitKeys(left + sent[cut:])
		if diff := cmp.Diff(whole, append(first, second...), cmp.AllowUnexported(key{})); diff != "" || rest != left {
			t.Errorf("%q cut at %d: rest %q, not %q, keys (-whole +parts):\n%s", sent, cut, left, rest, diff)
		}
	})
}
