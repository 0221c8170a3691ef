package transfer

// A picture with QR codes: keys, and parts of Google Authenticator exports, which
// are joined. Codes that hold something else are in File.Symbols alone.

import (
	"bytes"
	"context"

	"github.com/authctl/authctl/otp/qr"
)

func isPicture(in *input) bool { return qr.IsPicture(in.data) }

func readPicture(ctx context.Context, in *input, f *File) error {
	symbols, err := qr.Scan(ctx, bytes.NewReader(in.data), qr.ScanOptions{Budget: in.options.ScanBudget})
	if err != nil {
		return err
	}
	f.Symbols = symbols
	var parts migration
	for _, s := range symbols {
		if err := f.takeText(in, s.Text(), &parts); err != nil {
			return err
		}
	}
	parts.report(f)
	return nil
}

// takeText adds the keys that a text holds, if any; parts collects Google's exports.
func (f *File) takeText(in *input, text string, parts *migration) error {
	if err := in.room(f, 1); err != nil {
		return err
	}
	number := len(f.Entries) + len(f.Skipped) + 1
	switch {
	case isMigration(text):
		part, err := parts.add(text)
		if err != nil {
			f.skip(number, "", err)
		}
		return part.take(in, f, 0)
	case isURI(text):
		f.takeURI(number, text, "", "", Entry{})
	}
	return nil
}
