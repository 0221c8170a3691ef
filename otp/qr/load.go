package qr

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"
)

var (
	// ErrNotPicture says that a file is none of the formats that are read.
	ErrNotPicture = errors.New("not a picture")
	// ErrTooLarge says that a file or picture passes a bound. The text says by how much.
	ErrTooLarge = errors.New("picture too large")
	// ErrDamaged says that a picture begins well but cannot be decoded.
	ErrDamaged = errors.New("damaged picture")
)

// format is a kind of file. The list is our own, not that of package image, which anything linked into the program may add to.
type format struct {
	name   string
	magic  string // ? stands for any byte
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

var formats = []format{
	{"PNG", "\x89PNG\r\n\x1a\n", png.DecodeConfig, png.Decode},
	{"JPEG", "\xff\xd8\xff", jpeg.DecodeConfig, jpeg.Decode},
	{"GIF", "GIF8?a", gif.DecodeConfig, gif.Decode}, // Decode stops after the first frame, however many there are
	{"WebP", "RIFF????WEBP", webp.DecodeConfig, webp.Decode},
	{"BMP", "BM????\x00\x00\x00\x00", bmp.DecodeConfig, bmp.Decode},
	{"TIFF", "II*\x00", tiff.DecodeConfig, tiff.Decode},
	{"TIFF", "MM\x00*", tiff.DecodeConfig, tiff.Decode},
}

// IsPicture reports whether a file is one that Scan reads, by how it begins: its first 16 bytes are enough.
func IsPicture(head []byte) bool {
	_, ok := sniff(head)
	return ok
}

// load decodes a picture within the bounds of o.
func load(r io.Reader, o ScanOptions) (image.Image, error) {
	limit := o.MaxBytes
	if limit <= 0 {
		limit = defaultMaxBytes
	}
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read picture: %w", err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%w: the file has more than %d bytes", ErrTooLarge, limit)
	}
	f, ok := sniff(data)
	if !ok {
		return nil, fmt.Errorf("%w: not PNG, JPEG, GIF, WebP, BMP or TIFF", ErrNotPicture)
	}
	if err := f.measure(data, o.MaxPixels); err != nil {
		return nil, err
	}
	return f.open(data)
}

func sniff(data []byte) (format, bool) {
next:
	for _, f := range formats {
		if len(data) < len(f.magic) {
			continue
		}
		for i := range len(f.magic) {
			if f.magic[i] != '?' && f.magic[i] != data[i] {
				continue next
			}
		}
		return f, true
	}
	return format{}, false
}

// measure refuses a picture whose header claims more pixels than are allowed, before memory is set aside for them.
func (f format) measure(data []byte, most int) (err error) {
	defer f.contain(&err)
	if most <= 0 {
		most = defaultMaxPixels
	}
	c, err := f.config(bytes.NewReader(data))
	if err != nil {
		return f.damaged(err)
	}
	switch {
	case f.name == "WebP":
		c.Width, c.Height = canvas(data, c.Width, c.Height)
	case f.name == "JPEG" && progressive(data):
		most /= 2 // the decoder keeps the coefficients of the whole picture, about twice what others need
	}
	if c.Width <= 0 || c.Height <= 0 {
		return f.damaged(errors.New("it has no pixels"))
	}
	if c.Width > most/c.Height {
		return fmt.Errorf("%w: %s of %d × %d pixels, at most %d million are read", ErrTooLarge, f.name, c.Width, c.Height, most/1_000_000)
	}
	return nil
}

func (f format) open(data []byte) (img image.Image, err error) {
	defer f.contain(&err)
	if img, err = f.decode(bytes.NewReader(data)); err != nil {
		return nil, f.damaged(err)
	}
	return img, nil
}

func (f format) damaged(err error) error { return fmt.Errorf("%w: %s: %w", ErrDamaged, f.name, err) }

// contain turns a panic of a decoder into an error: the file comes from anywhere, and a program must outlive it.
func (f format) contain(err *error) {
	if p := recover(); p != nil {
		*err = f.damaged(fmt.Errorf("decoder failed: %v", p))
	}
}

// canvas is the largest size that any part of a WebP file claims: the decoder trusts each part, not the header before them.
func canvas(data []byte, w, h int) (int, int) {
	for at := 12; at+18 <= len(data); {
		body := data[at+8:]
		switch string(data[at : at+4]) {
		case "VP8 ":
			w = max(w, int(binary.LittleEndian.Uint16(body[6:])&0x3fff))
			h = max(h, int(binary.LittleEndian.Uint16(body[8:])&0x3fff))
		case "VP8L":
			v := binary.LittleEndian.Uint32(body[1:])
			w, h = max(w, int(v&0x3fff)+1), max(h, int(v>>14&0x3fff)+1)
		}
		size := int64(binary.LittleEndian.Uint32(data[at+4:]))
		if size += size & 1; size > int64(len(data)) {
			break
		}
		at += 8 + int(size)
	}
	return w, h
}

// progressive reports whether a JPEG file is sent in several scans (its frame header is SOF2).
func progressive(data []byte) bool {
	for at := 2; at+4 <= len(data) && data[at] == 0xff; {
		switch m := data[at+1]; {
		case m == 0xff:
			at++
			continue
		case m == 0xc2:
			return true
		case m == 0xda || m == 0xc0 || m == 0xc1:
			return false
		}
		at += 2 + int(binary.BigEndian.Uint16(data[at+2:]))
	}
	return false
}
