package qr

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"time"
)

// ErrNoCode says that a picture was read and holds no QR code that could be. When the budget ran out before every way was tried, the error's
// text says so.
var ErrNoCode = errors.New("no QR code found in the picture")

// ScanOptions bound a scan. The zero value is right for pictures from anywhere.
type ScanOptions struct {
	// Budget is how long to go on looking, decoding not counted; 0 means 1.5 s. It is what a picture without a code costs at most;
	// what was read when it runs out is returned.
	Budget time.Duration
	// MaxPixels is how large a picture Scan decodes, by width × height; 0 means 64 million. A picture takes up to eight bytes a pixel.
	MaxPixels int
	// MaxBytes is how large a file Scan reads; 0 means 64 MiB.
	MaxBytes int64
}

const (
	defaultBudget    = 1500 * time.Millisecond
	defaultMaxPixels = 64_000_000
	defaultMaxBytes  = 64 << 20
)

// Scan reads a PNG, JPEG, GIF (its first frame), WebP, BMP or TIFF picture and returns every QR code in it, from top to bottom.
//
// The error is ErrNotPicture when the file is none of these, ErrTooLarge when it passes a bound of o, which is known before the picture is
// decoded, ErrDamaged when it cannot be decoded, and ErrNoCode when there is no code in it; test with errors.Is.
func Scan(ctx context.Context, r io.Reader, o ScanOptions) ([]Symbol, error) {
	img, err := load(r, o)
	if err != nil {
		return nil, err
	}
	return ScanImage(ctx, img, o)
}

// ScanImage is Scan for a picture in memory; of o, only Budget counts.
func ScanImage(ctx context.Context, img image.Image, o ScanOptions) ([]Symbol, error) {
	if img.Bounds().Empty() {
		return nil, ErrNoCode
	}
	budget := o.Budget
	if budget <= 0 {
		budget = defaultBudget
	}
	timed, cancel := context.WithTimeout(ctx, budget)
	defer cancel()
	found := search{ctx: timed, sides: map[int]*fixed{}}.run(img)
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("scan picture: %w", err)
	}
	if len(found) > 0 {
		return found, nil
	}
	if timed.Err() != nil {
		return nil, fmt.Errorf("%w within %v", ErrNoCode, budget)
	}
	return nil, ErrNoCode
}
