package qr_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/authctl/authctl/otp/qr"
)

// hugePNG claims to be side × side pixels.
func hugePNG(side uint32) []byte {
	var b bytes.Buffer
	png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1)))
	f := b.Bytes()
	binary.BigEndian.PutUint32(f[16:], side)
	binary.BigEndian.PutUint32(f[20:], side)
	binary.BigEndian.PutUint32(f[29:], crc32.ChecksumIEEE(f[12:29]))
	return f
}

// hugeWebP has a header that claims 16 × 16 pixels before a part that claims 16384 × 16384.
func hugeWebP() []byte {
	chunk := func(id string, body ...byte) []byte {
		return append(binary.LittleEndian.AppendUint32([]byte(id), uint32(len(body))), body...)
	}
	parts := append([]byte("WEBP"), chunk("VP8X", 0, 0, 0, 0, 15, 0, 0, 15, 0, 0)...)
	parts = append(parts, chunk("VP8L", append([]byte{0x2f, 0xff, 0xff, 0xff, 0x0f}, make([]byte, 15)...)...)...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(parts))), parts...)
}

func TestRefused(t *testing.T) {
	s := newStudio(t, 3000, 0)
	good := s.upright(s.key(), classic, 4, 1)
	whole, photo := s.png(good), s.jpeg(good, 80)
	for name, c := range map[string]struct {
		file []byte
		o    qr.ScanOptions
		want error
		says string
	}{
		"empty":          {nil, qr.ScanOptions{}, qr.ErrNotPicture, "not PNG"},
		"text":           {[]byte("otpauth://totp/a?secret=AAAA"), qr.ScanOptions{}, qr.ErrNotPicture, "not PNG"},
		"bomb":           {hugePNG(100_000), qr.ScanOptions{}, qr.ErrTooLarge, "100000 × 100000"},
		"webp in webp":   {hugeWebP(), qr.ScanOptions{}, qr.ErrTooLarge, "16384 × 16384"},
		"own bound":      {whole, qr.ScanOptions{MaxPixels: 1000}, qr.ErrTooLarge, "PNG of"},
		"file size":      {whole, qr.ScanOptions{MaxBytes: 100}, qr.ErrTooLarge, "100 bytes"},
		"truncated png":  {whole[:len(whole)/2], qr.ScanOptions{}, qr.ErrDamaged, "PNG"},
		"truncated jpeg": {photo[:len(photo)/2], qr.ScanOptions{}, qr.ErrDamaged, "JPEG"},
		"only a header":  {whole[:20], qr.ScanOptions{}, qr.ErrDamaged, "PNG"},
		"one pixel":      {s.png(image.NewGray(image.Rect(0, 0, 1, 1))), qr.ScanOptions{}, qr.ErrNoCode, "no QR code"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got, err := qr.Scan(context.Background(), bytes.NewReader(c.file), c.o)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) || len(got) > 0 {
			t.Errorf("%s: %v, want %v with %q", name, err, c.want, c.says)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 {
			t.Errorf("%s: took %d bytes of memory", name, used)
		}
	}
}

// A miss ends when its budget does, or the caller's patience.
func TestBudget(t *testing.T) {
	s := newStudio(t, 3001, 0)
	img := s.noise(s.page(1200, 900, black, white), 60)
	_, err := qr.ScanImage(context.Background(), img, qr.ScanOptions{Budget: time.Nanosecond})
	if !errors.Is(err, qr.ErrNoCode) || !strings.Contains(err.Error(), "within 1ns") {
		t.Errorf("out of budget: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := qr.ScanImage(ctx, img, patient); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestKindOf(t *testing.T) {
	for text, want := range map[string]qr.Kind{
		"otpauth://totp/a?secret=AAAA": qr.Otpauth,
		"OTPAUTH://totp/a":             qr.Otpauth,
		"otpauth-migration://offline":  qr.Migration,
		"https://example.com/otpauth:": qr.Other,
		"otpauthx://totp/a":            qr.Other,
		"":                             qr.Other,
	} {
		if got := qr.KindOf(text); got != want {
			t.Errorf("KindOf(%q) = %q, want %q", text, got, want)
		}
	}
}

// A symbol and a code hold a secret: no way of printing shows it.
func TestRedacted(t *testing.T) {
	const secret = "GEZDGNBVGY3TQOJQ"
	text := "otpauth://totp/a?secret=" + secret
	c, err := qr.Encode(text)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := c.PNG(&b, 4); err != nil {
		t.Fatal(err)
	}
	got, err := qr.Scan(context.Background(), &b, patient)
	if err != nil || got[0].Text() != text {
		t.Fatal(err)
	}
	type holder struct {
		s qr.Symbol
		c qr.Code
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "symbol", got[0], "code", c, "holder", holder{got[0], c})
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "symbol", got[0], "code", c, "holder", holder{got[0], c})
	out := log.String()
	for _, v := range []any{got[0], &got[0], got, c, &c, holder{got[0], c}, &holder{got[0], c}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			out += fmt.Sprintf(verb, v)
		}
	}
	for _, leak := range []string{secret, fmt.Sprintf("%x", secret), "true false", "[]bool"} {
		if strings.Contains(out, leak) {
			t.Errorf("printing shows %q", leak)
		}
	}
}
