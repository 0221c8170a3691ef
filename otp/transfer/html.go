package transfer

// Exports as a web page, of Stratum, Aegis, Ente and Raivo. Each account stands in
// it as an otpauth URI, as a picture of a QR code, or as both:
//
//	<code>otpauth://totp/…&amp;issuer=…</code>
//	<img src="data:image/png;base64,…">
//
// Where a page has URIs they are taken, else the pictures. What else stands there,
// such as notes, is not read.

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"iter"
	"strings"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/qr"
)

const (
	htmlMaxPixels  = 4_000_000 // of a picture: pages draw codes small
	htmlMaxUseless = 10        // pictures without a key, each of which can take a second
)

func isHTML(in *input) bool {
	start := bytes.ToLower(in.start())
	return bytes.HasPrefix(start, []byte("<")) && (bytes.Contains(start, []byte("<html")) || bytes.HasPrefix(start, []byte("<!doctype html")))
}

func readHTML(ctx context.Context, in *input, f *File) error {
	var parts migration
	for uri := range textURIs(in.data) {
		if err := f.takeText(in, htmlText.Replace(uri), &parts); err != nil {
			return err
		}
	}
	pictures := 0
	for range htmlPictures(in.data) {
		pictures++
	}
	switch inText := len(f.Entries) + len(f.Skipped); {
	case inText == 0:
		if err := in.readHTMLPictures(ctx, f, &parts); err != nil {
			return err
		}
	case pictures > inText:
		f.warn(FilesIgnored, "the page has %d pictures but %d keys in its text: the pictures were not read", pictures, inText)
	}
	parts.report(f)
	if len(f.Entries)+len(f.Skipped) == 0 {
		return fmt.Errorf("a web page without keys: %w; export from the app as JSON or as a list of otpauth URIs", otp.ErrUnsupported)
	}
	return nil
}

// htmlText undoes the escapes that can stand in a URI. An & that begins none of
// them stays: not every app escapes it.
var htmlText = strings.NewReplacer("&amp;", "&", "&#38;", "&", "&quot;", `"`, "&#34;", `"`, "&#39;", "'", "&apos;", "'", "&#x27;", "'", "&#x2F;", "/")

func (in *input) readHTMLPictures(ctx context.Context, f *File, parts *migration) error {
	if in.options.Progress != nil {
		in.options.Progress("reading the QR codes of the page")
	}
	useless := 0
	for picture := range htmlPictures(in.data) {
		symbols, _ := qr.Scan(ctx, bytes.NewReader(picture), qr.ScanOptions{Budget: in.options.ScanBudget, MaxPixels: htmlMaxPixels})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		before := len(f.Entries) + len(f.Skipped)
		for _, s := range symbols { // none with an error
			if err := f.takeText(in, s.Text(), parts); err != nil {
				return err
			}
		}
		if len(f.Entries)+len(f.Skipped) > before {
			continue
		}
		if useless++; useless > htmlMaxUseless {
			return fmt.Errorf("%w: a web page with more than %d pictures without the QR code of a key", ErrTooLarge, htmlMaxUseless)
		}
	}
	if useless > 0 && len(f.Entries) > 0 {
		f.warn(FilesIgnored, "%d pictures of the page hold no QR code of a key that can be read", useless)
	}
	return nil
}

// htmlPictures gives the pictures that stand in a page. Aegis breaks their base64
// into lines.
func htmlPictures(data []byte) iter.Seq[[]byte] {
	const base64Text = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= \r\n"
	return func(yield func([]byte) bool) {
		for {
			_, after, ok := bytes.Cut(data, []byte("data:image/"))
			if !ok {
				return
			}
			data = after
			_, after, ok = bytes.Cut(after[:min(len(after), 30)], []byte(";base64,"))
			if !ok {
				continue
			}
			data = data[min(len(data), 30)-len(after):]
			rest := bytes.TrimLeft(data, base64Text)
			text := bytes.Join(bytes.Fields(data[:len(data)-len(rest)]), nil)
			data = rest
			picture, err := base64.StdEncoding.DecodeString(string(text))
			if err == nil && qr.IsPicture(picture) && !yield(picture) {
				return
			}
		}
	}
}
