package transfer_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"strings"
	"testing"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/qr"
	"github.com/authctl/authctl/otp/transfer"
)

// picture draws a text as a QR code.
func picture(t *testing.T, text string) []byte {
	t.Helper()
	code, err := qr.Encode(text)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := code.PNG(&b, 4); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPictureOfAKey(t *testing.T) {
	k, err := otp.New(otp.TOTP, "Acme", "bob", otp.NewOptions{})
	if err != nil {
		t.Fatal(err)
	}
	file, err := transfer.Read(context.Background(), picture(t, k.URI()), transfer.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(file.Entries) != 1 || !file.Entries[0].Key.Equal(k) || len(file.Symbols) != 1 || file.Format != transfer.Picture {
		t.Errorf("read %+v", file)
	}
}

func TestPictureWithoutKey(t *testing.T) {
	file, err := transfer.Read(context.Background(), picture(t, "https://example.com"), transfer.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(file.Entries)+len(file.Skipped) > 0 || len(file.Symbols) != 1 || file.Symbols[0].Text() != "https://example.com" {
		t.Errorf("read %+v", file)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		t.Fatal(err)
	}
	if _, err := transfer.Read(context.Background(), b.Bytes(), transfer.ReadOptions{}); !errors.Is(err, qr.ErrNoCode) {
		t.Errorf("an empty picture gives %v", err)
	}
}

// TestPictureOfOnePart: one QR code of an export of three names the other two.
func TestPictureOfOnePart(t *testing.T) {
	var entries []transfer.Entry
	for range 25 {
		k, err := otp.New(otp.TOTP, "Acme", "bob", otp.NewOptions{})
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, transfer.Entry{Key: k})
	}
	out, err := transfer.Write(transfer.GoogleMigration, entries, transfer.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Parts) != 3 {
		t.Fatalf("25 accounts make %d parts", len(out.Parts))
	}
	file, err := transfer.Read(context.Background(), picture(t, out.Parts[1]), transfer.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(file.Entries) != 10 || !file.Entries[9].Key.Equal(entries[19].Key) {
		t.Errorf("read %d entries", len(file.Entries))
	}
	if len(file.Warnings) != 1 || file.Warnings[0].Code != transfer.PartMissing || !strings.HasSuffix(file.Warnings[0].Message, "missing: 1, 3") {
		t.Errorf("warnings %v", file.Warnings)
	}
}

// TestPartsOfTwoExports: what is missing of an export is told at its own picture.
func TestPartsOfTwoExports(t *testing.T) {
	var files []transfer.File
	for _, p := range []transfer.Part{{Batch: 7, Size: 3, Index: 0}, {Batch: 8, Size: 2, Index: 1}, {Batch: 7, Size: 3, Index: 2}} {
		files = append(files, transfer.File{Parts: []transfer.Part{p}})
	}
	transfer.Join(files)
	for i, want := range []string{"", "2 parts; missing: 1", "3 parts; missing: 2"} {
		var got string
		for _, w := range files[i].Warnings {
			got += w.Message
		}
		if !strings.HasSuffix(got, want) || (want == "") != (got == "") {
			t.Errorf("file %d is told %q, want %q", i, got, want)
		}
	}
}
