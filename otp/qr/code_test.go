package qr_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/authctl/authctl/otp/qr"
	"github.com/skip2/go-qrcode"
	"pgregory.net/rapid"
)

// What is drawn can be read back, whatever the text.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringN(1, 200, 400).Draw(t, "text")
		scale := rapid.IntRange(1, 12).Draw(t, "scale")
		c, err := qr.Encode(text)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := c.PNG(&b, scale); err != nil {
			t.Fatal(err)
		}
		if got := scan(b.Bytes()); !same(got, []string{text}) {
			t.Fatalf("read %q", got)
		}
	})
}

// The three drawings show the same modules, with the margin that the standard asks for.
func TestDrawings(t *testing.T) {
	c, err := qr.Encode("otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ")
	if err != nil {
		t.Fatal(err)
	}
	side := c.Side() + 2*qr.Quiet
	for _, g := range []bool{false, true} {
		var b strings.Builder
		if err := c.Terminal(&b, g); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
		if len(lines) != (side+1)/2 {
			t.Fatalf("%d lines, want %d", len(lines), (side+1)/2)
		}
		for y := range side {
			line := []rune(lines[y/2])
			for x := range side {
				lit := strings.ContainsRune([]string{"█▀", "█▄"}[y%2], line[x])
				if dark := lit == g; dark != c.Dark(x-qr.Quiet, y-qr.Quiet) {
					t.Fatalf("ground %v: module %d, %d is wrong", g, x, y)
				}
			}
		}
	}
	var svg bytes.Buffer
	if err := c.SVG(&svg); err != nil {
		t.Fatal(err)
	}
	if got := scan(bytesOf(t, rasterize(t, svg.String(), side))); len(got) != 1 || got[0] != "otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ" {
		t.Errorf("the SVG reads as %d texts", len(got))
	}
}

// rasterize fills the bars of the path that Code.SVG writes.
func rasterize(t *testing.T, svg string, side int) image.Image {
	if !strings.Contains(svg, `viewBox="0 0 `+strconv.Itoa(side)+" "+strconv.Itoa(side)+`"`) {
		t.Fatalf("no view box of %d modules", side)
	}
	const scale = 4
	img := image.NewGray(image.Rect(0, 0, side*scale, side*scale))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	_, path, _ := strings.Cut(svg, `<path d="`)
	path, _, _ = strings.Cut(path, `"`)
	for bar := range strings.SplitSeq(strings.TrimSuffix(path, "z"), "z") {
		f := strings.FieldsFunc(bar, func(r rune) bool { return strings.ContainsRune("Mhv ", r) })
		x, _ := strconv.Atoi(f[0])
		y, _ := strconv.Atoi(f[1])
		w, _ := strconv.Atoi(f[2])
		for j := y * scale; j < (y+1)*scale; j++ {
			for i := x * scale; i < (x+w)*scale; i++ {
				img.SetGray(i, j, color.Gray{})
			}
		}
	}
	return img
}

func TestEncodeErrors(t *testing.T) {
	if _, err := qr.Encode(""); err == nil {
		t.Error("an empty text was drawn")
	}
	long := strings.Repeat("s3cret", 500)
	_, err := qr.Encode(long)
	if err == nil || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), "3000 bytes") {
		t.Errorf("too long a text: %v", err)
	}
	c, err := qr.Encode(strings.Repeat("x", 2953)) // the most that version 40-L holds
	if err != nil || c.Side() != 177 {
		t.Errorf("the longest text: %d modules, %v", c.Side(), err)
	}
	if c.PNG(nil, 65) == nil || c.PNG(nil, -1) == nil {
		t.Error("a scale out of range was drawn")
	}
}

// FuzzScan: no file makes the scanner panic, and what it reads can be drawn and read again.
func FuzzScan(f *testing.F) {
	s := newStudio(f, 4000, 0)
	img := s.upright(s.key(), classic, 2, 1)
	for _, file := range [][]byte{s.png(img), s.jpeg(img, 50), s.gif(img), s.bmp(img), s.tiff(img), hugePNG(1 << 30), hugeWebP(), []byte("GIF89a"), []byte("II*\x00")} {
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		got, err := qr.Scan(context.Background(), bytes.NewReader(file), qr.ScanOptions{Budget: 100 * time.Millisecond, MaxPixels: 40_000, MaxBytes: 1 << 20})
		if (err == nil) != (len(got) > 0) {
			t.Fatalf("%d symbols with error %v", len(got), err)
		}
		for _, sym := range got {
			c, err := qr.Encode(sym.Text())
			if err != nil {
				continue // empty, or longer as UTF-8 than it was
			}
			var b bytes.Buffer
			if err := c.PNG(&b, 4); err != nil {
				t.Fatal(err)
			}
			if again := scan(b.Bytes()); !same(again, []string{sym.Text()}) {
				t.Fatalf("drawn again it reads %q, not %q", again, sym.Text())
			}
		}
	})
}

func BenchmarkPNG(b *testing.B) {
	const text = "otpauth://totp/Example:alice@example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example"
	b.Run("authctl", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c, _ := qr.Encode(text)
			var w bytes.Buffer
			c.PNG(&w, 6)
		}
	})
	b.Run("go-qrcode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			qrcode.Encode(text, qrcode.Medium, 270)
		}
	})
}
