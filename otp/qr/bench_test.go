package qr_test

import (
	"bytes"
	"context"
	"image"
	"testing"

	"github.com/authctl/authctl/otp/qr"
	"github.com/skip2/go-qrcode"
)

func goQRCode(t testing.TB, text string) []byte {
	file, err := qrcode.Encode(text, qrcode.Medium, 256)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func bytesOf(t testing.TB, img image.Image) []byte { return newStudio(t, 0, 0).png(img) }

// BenchmarkHit is a key on a 1080p screenshot, from the file to the text.
func BenchmarkHit(b *testing.B) {
	s := newStudio(b, 5000, 0)
	file := s.png(s.on(s.page(1920, 1080, black, white), s.key(), classic, 4, 1))
	img, _, _ := image.Decode(bytes.NewReader(file))
	for name, read := range map[string]func([]byte) []string{"authctl": scan, "gozxing": gozxingMulti} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if !same(read(file), s.texts) {
					b.Fatal("not read")
				}
			}
		})
	}
	b.Run("authctl-decoded", func(b *testing.B) {
		for b.Loop() {
			if _, err := qr.ScanImage(context.Background(), img, patient); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkMiss is the whole ladder, without a bound on time, and what the default budget makes of it.
func BenchmarkMiss(b *testing.B) {
	for name, size := range map[string]image.Point{"1080p": {1920, 1080}, "9MP": {4000, 2250}} {
		img := newStudio(b, 5001, 0).page(size.X, size.Y, black, white)
		for bound, o := range map[string]qr.ScanOptions{"whole": patient, "budget": {}} {
			b.Run(name+"-"+bound, func(b *testing.B) {
				for b.Loop() {
					if _, err := qr.ScanImage(context.Background(), img, o); err == nil {
						b.Fatal("read something")
					}
				}
			})
		}
	}
}
