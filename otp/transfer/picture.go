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
	if err := f.takeSymbols(in, symbols, &parts); err != nil {
		return err
	}
	parts.report(f)
	return nil
}

// takeSymbols adds the keys in QR codes; parts collects Google's exports.
func (f *File) takeSymbols(in *input, symbols []qr.Symbol, parts *migration) error {
	for _, s := range symbols {
		if err := in.room(f, 1); err != nil {
			return err
		}
		number := len(f.Entries) + len(f.Skipped) + 1
		switch {
		case isMigration(s.Text()):
			part, err := parts.add(s.Text())
			if err != nil {
				f.skip(number, "", err)
			}
			if err := part.take(in, f, 0); err != nil {
				return err
			}
		case isURI(s.Text()):
			f.takeURI(number, s.Text(), "", "", Entry{})
		}
	}
	return nil
}
