package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"authctl": func() { os.Exit(run()) }})
}

// TestScripts runs every testdata/*.txtar: the real program, its exit codes, and
// what it writes to stdout and stderr.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata", RequireExplicitExec: true, RequireUniqueNames: true})
}
