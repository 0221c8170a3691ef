// Package examples_test runs every example and compares what it prints with the
// output.txt beside it.
package examples_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestExamples(t *testing.T) {
	outputs, err := filepath.Glob("*/output.txt")
	if err != nil || len(outputs) == 0 {
		t.Fatalf("no examples (%v)", err)
	}
	for _, output := range outputs {
		folder := filepath.Dir(output)
		t.Run(folder, func(t *testing.T) {
			want, err := os.ReadFile(output)
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command("go", "run", "./examples/"+folder)
			cmd.Dir, cmd.Stderr = "..", os.Stderr
			got, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
		})
	}
}
