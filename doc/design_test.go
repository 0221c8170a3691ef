// Package doc_test holds the code to what doc/ says.
package doc_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/authctl/authctl/"

// arrows are the imports that the house of DESIGN.md allows between packages of
// this module, beside those from cmd and examples, where things meet. A package
// that is not listed may import none.
var arrows = map[string][]string{
	"otp/qr":                  {"otp"},
	"otp/transfer":            {"otp", "otp/qr"},
	"otp/diagnose":            {"otp"},
	"otp/diagnose/guide":      {"otp", "otp/diagnose"},
	"otp/vault":               {"otp", "otp/transfer"},
	"otp/vault/agent":         {"otp"},
	"otp/verifier":            {"otp", "otp/diagnose"},
	"otp/verifier/storetest":  {"otp", "otp/verifier"},
	"otp/verifier/boltstore":  {"otp/verifier", "otp/verifier/internal/queue"},
	"otp/verifier/redisstore": {"otp/verifier", "otp/verifier/internal/queue"},
	"otp/verifier/pgstore":    {"otp/verifier", "otp/verifier/internal/queue"},
	"otp/verifier/send":       {"otp", "otp/verifier"},
	"otp/verifier/metrics":    {"otp/verifier"},
	"otp/internal/liboath":    {},
	"drift/nts":               {"drift"},
	"drift/drifttest":         {"drift"},
}

// TestImports reads the import graph and fails on an arrow that the house does not
// have.
func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"...").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := 0
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; packages++ {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		from := strings.TrimPrefix(p.ImportPath, module)
		if strings.HasPrefix(from, "cmd/") || strings.HasPrefix(from, "examples/") {
			continue
		}
		for _, path := range p.Imports {
			to, ours := strings.CutPrefix(path, module)
			if ours && !slices.Contains(arrows[from], to) {
				t.Errorf("%s imports %s, which doc/DESIGN.md does not allow", from, to)
			}
		}
	}
	if packages == 0 {
		t.Fatal("go list names no packages")
	}
}

// TestPurePackages: the core has no way to the outside world. os, net and log are
// not even linked into these packages by their own imports.
func TestPurePackages(t *testing.T) {
	for _, pure := range []string{"otp", "otp/diagnose", "otp/diagnose/guide"} {
		out, err := exec.Command("go", "list", "-f", `{{join .Imports "\n"}}`, module+pure).Output()
		if err != nil {
			continue // not there
		}
		for _, path := range strings.Fields(string(out)) {
			if slices.Contains([]string{"os", "net", "net/http", "log", "os/exec", "syscall", "io/ioutil"}, path) {
				t.Errorf("%s imports %s", pure, path)
			}
		}
	}
}
