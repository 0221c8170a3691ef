package transfer

// Files of no app that is known, with otpauth URIs in them: JSON whose strings are
// URIs (cotp, extract_otp_secrets), and any text in which URIs stand among
// other things. Nothing else of such a file is understood.

import (
	"bytes"
	"context"
	"encoding/json"
	"iter"
	"strings"
	"unicode/utf8"
)

func isEmbedded(in *input) bool {
	for range in.embeddedURIs() {
		return true
	}
	return false
}

func readEmbedded(_ context.Context, in *input, f *File) error {
	f.warn(FormatUnknown, "it is of no app that is known: only the otpauth URIs in it were read")
	var parts migration
	for uri := range in.embeddedURIs() {
		if err := f.takeText(in, uri, &parts); err != nil {
			return err
		}
	}
	parts.report(f)
	return nil
}

// embeddedURIs gives the otpauth URIs of the file. Those of other schemes stand in
// texts for other reasons, such as to start a game.
func (in *input) embeddedURIs() iter.Seq[string] {
	all := textURIs(in.data)
	switch {
	case in.broken != nil || !utf8.Valid(in.data):
		all = func(func(string) bool) {}
	case in.object != nil || in.first != nil || bytes.HasPrefix(in.start(), []byte("[")):
		all = jsonURIs(in.data)
	}
	return func(yield func(string) bool) {
		for uri := range all {
			if scheme := strings.ToLower(uri[:min(len(uri), 7)]); scheme == "otpauth" && !yield(uri) {
				return
			}
		}
	}
}

// jsonURIs gives the strings that are URIs of keys.
func jsonURIs(data []byte) iter.Seq[string] {
	return func(yield func(string) bool) {
		d := json.NewDecoder(bytes.NewReader(data))
		d.UseNumber()
		for {
			token, err := d.Token()
			if err != nil {
				return
			}
			if s, ok := token.(string); ok && isURI(strings.TrimSpace(s)) && !yield(strings.TrimSpace(s)) {
				return
			}
		}
	}
}

// textURIs gives the URIs of keys that stand anywhere in a text. Each ends at what
// no URI has in it, or at the apostrophe, comma or semicolon that it began with: the
// next cell of a table can be a password. One that stands as the address of a link
// and as its text is given once.
func textURIs(data []byte) iter.Seq[string] {
	return func(yield func(string) bool) {
		linked := ""
		for at := 0; at < len(data); {
			i := bytes.Index(data[at:], []byte("://"))
			if i < 0 {
				return
			}
			begin := at + i
			for begin > at && (isLetter(data[begin-1]) || data[begin-1] == '-') {
				begin--
			}
			at += i + len("://")
			if !isURI(string(data[begin:at])) {
				continue
			}
			ends := " \t\r\n<>\"`"
			if begin > 0 && bytes.IndexByte([]byte("',;"), data[begin-1]) >= 0 {
				ends += string(data[begin-1])
			}
			end := bytes.IndexAny(data[at:], ends)
			if end < 0 {
				end = len(data) - at
			}
			uri := string(data[begin : at+end])
			at += end
			if uri == linked {
				linked = ""
				continue
			}
			if linked = ""; isAddress(data[:begin]) {
				linked = uri
			}
			if !yield(uri) {
				return
			}
		}
	}
}

// isAddress reports whether what follows before is the address of a link.
func isAddress(before []byte) bool {
	name := bytes.TrimRight(before, `"'`)
	return len(name) < len(before) && bytes.EqualFold(name[max(0, len(name)-len("href=")):], []byte("href="))
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
