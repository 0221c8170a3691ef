package doc_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	link        = regexp.MustCompile(`\]\(([^)#]+)[^)]*\)`)
	placeholder = regexp.MustCompile(`@[A-Z]+@`)
)

// TestLinks: what the pages link to is there, and nothing was left to be filled in.
func TestLinks(t *testing.T) {
	pages, err := filepath.Glob("../*.md")
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob("*.md")
	if err != nil || len(more) == 0 {
		t.Fatalf("no pages (%v)", err)
	}
	for _, page := range append(pages, more...) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", page, m[1])
			}
		}
		if m := placeholder.FindString(string(text)); m != "" {
			t.Errorf("%s has %s", page, m)
		}
	}
}

// TestReadme runs the command that the README begins with, and the one that it
// tells a newcomer to run: both print what it shows.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(text), "```\n$ authctl ")
	args, rest, _ := strings.Cut(block, "\n")
	want, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("README.md does not begin with a command and its output")
	}
	if !strings.Contains(string(text), "\n    go run ./cmd/authctl "+args+"\n") {
		t.Errorf("README.md does not tell to run %q", args)
	}
	cmd := exec.Command("go", append([]string{"run", "./cmd/authctl"}, strings.Fields(args)...)...)
	cmd.Dir = ".."
	got, err := cmd.Output()
	if len(got) == 0 {
		t.Fatalf("no output: %v", err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("output of authctl %s (-want +got):\n%s", args, diff)
	}
}
