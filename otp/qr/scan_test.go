package qr_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authctl/authctl/otp/qr"
	"github.com/makiuchi-d/gozxing"
	multi "github.com/makiuchi-d/gozxing/multi/qrcode"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/encoder"
)

// patient gives a slow or busy machine the time to try everything.
var patient = qr.ScanOptions{Budget: time.Minute}

func scan(file []byte) []string {
	symbols, _ := qr.Scan(context.Background(), bytes.NewReader(file), patient)
	var out []string
	for _, s := range symbols {
		out = append(out, s.Text())
	}
	return out
}

// same reports whether every text was read, and nothing else.
func same(got, want []string) bool {
	got, want = slices.Clone(got), slices.Clone(want)
	slices.Sort(got)
	slices.Sort(want)
	return slices.Equal(got, want)
}

// TestScore holds the share of pictures in which every code is read. With AUTHCTL_PEERS=1 it also says what others read.
func TestScore(t *testing.T) {
	n, want := 10, 97
	if testing.Short() || race {
		n, want = 1, 93 // one picture of a kind says less
	}
	readers := map[string]func([]byte) []string{"authctl": scan}
	if os.Getenv("AUTHCTL_PEERS") != "" {
		readers["gozxing"] = gozxingMulti
		if _, err := exec.LookPath("zbarimg"); err == nil {
			readers["zbarimg"] = zbarimg
		}
	}
	all := fixtures(t, n)
	score := map[string]map[string]int{}
	spent := map[string][]time.Duration{}
	var mu sync.Mutex
	inPairs(all, func(f fixture) {
		for name, read := range readers {
			start := time.Now()
			ok := same(read(f.file), f.texts)
			took := time.Since(start)
			mu.Lock()
			if score[name] == nil {
				score[name] = map[string]int{}
			}
			if ok {
				score[name][f.kind]++
				score[name]["all"]++
			}
			if name == "authctl" {
				spent[f.kind] = append(spent[f.kind], took)
				if !ok {
					t.Logf("not read: %s %d", f.kind, f.index)
				}
			}
			mu.Unlock()
		}
	})
	names := slices.Sorted(maps.Keys(readers))
	t.Logf("%-24s %v", "kind", names)
	for _, k := range kinds {
		line := fmt.Sprintf("%-24s", k.name)
		for _, name := range names {
			line += fmt.Sprintf(" %3d", score[name][k.name])
		}
		slices.Sort(spent[k.name])
		t.Logf("%s  of %d, median %v", line, n, spent[k.name][n/2].Round(100*time.Microsecond))
	}
	for _, name := range names {
		t.Logf("%s: %d of %d", name, score[name]["all"], len(all))
	}
	if got := score["authctl"]["all"]; got*100 < want*len(all) {
		t.Errorf("read %d of %d pictures, want %d %%", got, len(all), want)
	}
}

// inPairs runs f over the fixtures, two at a time.
func inPairs(all []fixture, f func(fixture)) {
	var wg sync.WaitGroup
	work := make(chan fixture)
	for range 2 {
		wg.Go(func() {
			for x := range work {
				f(x)
			}
		})
	}
	for _, x := range all {
		work <- x
	}
	close(work)
	wg.Wait()
}

// gozxingMulti is the best single pass that gozxing offers.
func gozxingMulti(file []byte) (out []string) {
	defer func() { _ = recover() }()
	img, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return nil
	}
	b, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		return nil
	}
	rs, _ := multi.NewQRCodeMultiReader().DecodeMultiple(b, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	for _, r := range rs {
		out = append(out, r.GetText())
	}
	return out
}

func zbarimg(file []byte) []string {
	f, err := os.CreateTemp("", "qr")
	if err != nil {
		return nil
	}
	defer os.Remove(f.Name())
	f.Write(file)
	f.Close()
	out, _ := exec.Command("zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", f.Name()).Output()
	return strings.Split(strings.TrimRight(string(out), "\n"), "\n")
}

// TestClean reads codes as the usual encoder draws them. A single pass of gozxing's reader loses 35 of 1,000.
func TestClean(t *testing.T) {
	n := 1000
	if testing.Short() || race {
		n = 50
	}
	for i := range n {
		s := newStudio(t, 1000, i)
		text := s.uri()
		if got := scan(goQRCode(t, text)); !same(got, []string{text}) {
			t.Errorf("code %d: read %d texts, want the one drawn", i, len(got))
		}
	}
}

// TestSamples reads genuine pictures of public test suites.
func TestSamples(t *testing.T) {
	root := samples(t, "qr")
	manifest, err := os.ReadFile(filepath.Join(root, "manifest.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(manifest)) {
		var m struct {
			File, Outcome string
			Text          *string
		}
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err)
		}
		file, err := os.ReadFile(filepath.Join(root, m.File))
		if err != nil {
			t.Fatal(err)
		}
		got := scan(file)
		ok := len(got) > 0
		switch {
		case m.Outcome == "must-not-decode", m.Outcome == "other-symbology":
			ok = len(got) == 0
		case m.Outcome == "decode-prefix":
			prefix, _, _ := strings.Cut(*m.Text, "…")
			ok = ok && strings.HasPrefix(got[0], prefix)
		case m.Outcome == "decode" && *m.Text != "": // an empty text is one that the suite does not hold
			ok = slices.Contains(got, *m.Text)
		}
		if !ok {
			t.Errorf("%s (%s): read %d texts, want %v", m.File, m.Outcome, len(got), m.Text)
		}
	}
}

// samples is the folder of genuine files, which lies beside the repository.
func samples(t *testing.T, name string) string {
	root := os.Getenv("AUTHCTL_SAMPLES")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "samples")
	}
	dir := filepath.Join(root, name)
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("AUTHCTL_REQUIRE") != "" {
			t.Fatalf("samples are missing: %v", err)
		}
		t.Skipf("samples are missing: %v", err)
	}
	return dir
}

// Two codes with the same text are two symbols, each at its place.
func TestBounds(t *testing.T) {
	s := newStudio(t, 2000, 0)
	m := s.symbol("otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ", 1)
	img := image.NewNRGBA(image.Rect(-100, -50, 500, 250)) // a picture need not begin at 0, 0
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	n := float64(len(m))
	s.draw(img, m, classic, placed(-80, -20, 6, 6), 1)
	s.draw(img, m, classic, placed(260, 10, 5, 5), 1)
	got, err := qr.ScanImage(context.Background(), img, patient)
	if err != nil || len(got) != 2 {
		t.Fatalf("read %d symbols, %v, want 2", len(got), err)
	}
	for i, want := range []image.Rectangle{
		image.Rect(-80, -20, -80+int(6*n), -20+int(6*n)),
		image.Rect(260, 10, 260+int(5*n), 10+int(5*n)),
	} {
		b := got[i].Bounds
		if !want.Inset(-6).In(b.Inset(-12)) || !b.Inset(6).In(want) {
			t.Errorf("symbol %d at %v, want about %v", i, b, want)
		}
	}
}

// Every type of picture in memory shows the same.
func TestImageTypes(t *testing.T) {
	s := newStudio(t, 2001, 0)
	src := s.upright(s.key(), classic, 4, 1)
	r := src.Rect
	for name, dst := range map[string]interface {
		image.Image
		Set(x, y int, c color.Color)
	}{
		"Gray": image.NewGray(r), "Gray16": image.NewGray16(r), "RGBA": image.NewRGBA(r), "RGBA64": image.NewRGBA64(r),
		"NRGBA64": image.NewNRGBA64(r), "CMYK": image.NewCMYK(r), "Paletted": image.NewPaletted(r, color.Palette{color.Black, color.White}),
	} {
		for y := range r.Dy() {
			for x := range r.Dx() {
				dst.Set(x, y, src.At(x, y))
			}
		}
		part := dst.(interface {
			SubImage(image.Rectangle) image.Image
		}).SubImage(r.Inset(5))
		got, err := qr.ScanImage(context.Background(), part, patient)
		if err != nil || got[0].Text() != s.texts[0] {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Noise passes for a symbol that says nothing more often than anybody draws one.
func TestEmpty(t *testing.T) {
	c, err := encoder.Encoder_encode("", decoder.ErrorCorrectionLevel_M, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := make([][]bool, c.GetMatrix().GetHeight())
	for y := range m {
		for x := range m {
			m[y] = append(m[y], c.GetMatrix().Get(x, y) == 1)
		}
	}
	s := newStudio(t, 2002, 0)
	if got, err := qr.ScanImage(context.Background(), s.upright(m, classic, 4, 1), patient); !errors.Is(err, qr.ErrNoCode) {
		t.Errorf("read %v, %v, want ErrNoCode", got, err)
	}
}
