package main

import (
	"cmp"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/authctl/authctl/otp/qr"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"authctl": func() { os.Exit(run()) }})
}

// TestScripts runs every testdata/*.txtar: the real program, its exit codes, and
// what it writes to stdout and stderr.
func TestScripts(t *testing.T) {
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	// Genuine files, which are no part of the repository.
	samples, err := filepath.Abs(cmp.Or(os.Getenv("AUTHCTL_SAMPLES"), "../../../shared/samples"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata", RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("EXAMPLES", examples)
			e.Setenv("SAMPLES", samples)
			return nil
		},
		Condition: func(name string) (bool, error) {
			var err error
			if program, ok := strings.CutPrefix(name, "has:"); ok {
				_, err = exec.LookPath(program)
			} else if name == "samples" {
				_, err = os.Stat(samples)
			} else {
				return false, fmt.Errorf("unknown condition %s", name)
			}
			if err != nil && os.Getenv("AUTHCTL_REQUIRE") != "" {
				return false, fmt.Errorf("condition %s: %w", name, err)
			}
			return err == nil, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"tile": tile, "qrtext": qrtext, "exits": exits},
	})
}

// qrtext OUT TEXT draws any text as a QR code.
func qrtext(ts *testscript.TestScript, _ bool, args []string) {
	code, err := qr.Encode(args[1])
	ts.Check(err)
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(code.PNG(f, qr.DefaultScale))
	ts.Check(f.Close())
}

// tile OUT PICTURE... puts pictures side by side on white; none make one pixel.
func tile(ts *testscript.TestScript, _ bool, args []string) {
	canvas := image.NewGray(image.Rect(0, 0, 1, 1))
	for _, name := range args[1:] {
		f, err := os.Open(ts.MkAbs(name))
		ts.Check(err)
		img, err := png.Decode(f)
		ts.Check(err)
		ts.Check(f.Close())
		left, size := canvas.Bounds().Max, img.Bounds().Size()
		wider := image.NewGray(image.Rect(0, 0, left.X+size.X, max(left.Y, size.Y)))
		draw.Draw(wider, wider.Bounds(), image.White, image.Point{}, draw.Src)
		draw.Draw(wider, canvas.Bounds(), canvas, image.Point{}, draw.Src)
		draw.Draw(wider, img.Bounds().Add(image.Pt(left.X, 0)), img, image.Point{}, draw.Src)
		canvas = wider
	}
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(png.Encode(f, canvas))
	ts.Check(f.Close())
}
