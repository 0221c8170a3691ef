package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCells(t *testing.T) {
	for text, want := range map[string]int{
		"":                    0,
		"Café":                4,
		"Cafe\u0301":          4, // a combining accent
		"銀行":                  4,
		"Ｆｕｌｌ":                8,
		"ﾊﾝｶｸ":                4,
		"🎉":                   2,
		"بنك":                 3,
		"\x1b[1mbold\x1b[0m!": 5,
	} {
		if got := cells(text); got != want {
			t.Errorf("cells(%q) = %d, want %d", text, got, want)
		}
	}
}

func TestClip(t *testing.T) {
	for _, test := range []struct {
		text string
		n    int
		want string
	}{
		{"short", 5, "short"},
		{"longer", 5, "long…"},
		{"銀行オンライン", 14, "銀行オンライン"},
		{"銀行オンライン", 13, "銀行オンライ…"},
		{"銀行", 3, "銀…"},
	} {
		if got := clip(test.text, test.n); got != test.want {
			t.Errorf("clip(%q, %d) = %q, want %q", test.text, test.n, got, test.want)
		}
	}
}

func TestTableAligns(t *testing.T) {
	var rows table
	rows.row("ID", "ACCOUNT", "TAGS", "STATE")
	rows.row("a", "銀行", "", "in use")
	rows.row("b", "a rather long name", "x", "")
	var b strings.Builder
	if err := rows.write(&b); err != nil {
		t.Fatal(err)
	}
	want := "ID  ACCOUNT             TAGS  STATE\n" +
		"a   銀行                      in use\n" +
		"b   a rather long name  x\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	rows.clipColumn(1, 29)
	if got := rows.widths(); got[1] != 12 {
		t.Errorf("the clipped column takes %d, want 12", got[1])
	}
}

func TestWrap(t *testing.T) {
	want := []string{"the disk is", "full, nothing", "was changed"}
	if diff := cmp.Diff(want, wrap("the disk is full, nothing was changed", 13)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
