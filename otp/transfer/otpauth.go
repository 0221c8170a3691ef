package transfer

// A list of keys as URIs, one a line: what most apps call "plain text export".
//
//	# comment
//	otpauth://totp/Acme:bob?secret=…&issuer=Acme
//	steam://…
//	otpauth-migration://offline?data=…     (Google Authenticator, several keys)
//
// Other lines, such as the password on the first line of a file of pass, are
// skipped by number. A migration URI that a mail program has broken over several
// lines is put together again.

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"strings"
)

// uriLine is one URI of a list and the number of the line on which it begins.
type uriLine struct {
	line int
	uri  string
}

var uriSchemes = []string{"otpauth://", "otpauth-migration://", "steam://", "motp://", "phonefactor://"}

func isURI(line string) bool {
	for _, scheme := range uriSchemes {
		if len(line) >= len(scheme) && strings.EqualFold(line[:len(scheme)], scheme) {
			return true
		}
	}
	return false
}

func isMigration(line string) bool {
	const scheme = "otpauth-migration:"
	return len(line) >= len(scheme) && strings.EqualFold(line[:len(scheme)], scheme)
}

// isURIList reports whether any line of the file is a URI.
func isURIList(in *input) bool {
	if in.object != nil || in.first != nil || bytes.IndexByte(in.data, 0) >= 0 {
		return false
	}
	for line := range bytes.Lines(in.data) {
		if line = bytes.TrimSpace(line); isURI(string(line[:min(len(line), 30)])) {
			return true
		}
	}
	return false
}

// isMigrationList reports whether all lines of the file are Google's, so that its
// entries are counted through and not by line.
func isMigrationList(in *input) bool {
	if !isURIList(in) {
		return false
	}
	for l := range uriLines(in.data) {
		if !isMigration(l.uri) {
			return false
		}
	}
	return true
}

// maxMigration is how long a migration URI can get by joining lines. A QR code holds
// less than 3,000 bytes.
const maxMigration = 64 << 10

// uriLines walks over the lines of a list, leaving out blank ones and comments.
func uriLines(data []byte) iter.Seq[uriLine] {
	return func(yield func(uriLine) bool) {
		var uri []byte // held back until it is known to be whole
		begin, number := 0, 0
		for raw := range bytes.Lines(data) {
			number++
			line := bytes.TrimSpace(raw)
			if len(line) == 0 || line[0] == '#' {
				continue
			}
			if begin > 0 && len(uri) < maxMigration && isBase64Text(line) && isMigration(string(uri[:min(len(uri), 30)])) {
				uri = append(uri, line...)
				continue
			}
			if begin > 0 && !yield(uriLine{begin, string(uri)}) {
				return
			}
			begin, uri = number, append(uri[:0], line...)
		}
		if begin > 0 {
			yield(uriLine{begin, string(uri)})
		}
	}
}

// isBase64Text reports whether line can be the rest of a broken migration URI.
func isBase64Text(line []byte) bool {
	return len(bytes.Trim(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=%")) == 0
}

// joinedURIs parts a line at the commas that older versions of Ente put between URIs.
func joinedURIs(line string) iter.Seq[string] {
	const joint = ",otpauth://"
	return func(yield func(string) bool) {
		for {
			i := strings.Index(line, joint)
			if i < 0 {
				yield(line)
				return
			}
			if !yield(line[:i]) {
				return
			}
			line = line[i+1:]
		}
	}
}

func readURIList(_ context.Context, in *input, f *File) error {
	var parts migration
	for l := range uriLines(in.data) {
		if err := in.room(f, 1); err != nil {
			return err
		}
		switch {
		case isMigration(l.uri):
			p, err := parts.add(l.uri)
			if err != nil {
				f.skip(l.line, "", err)
			}
			if err := p.take(in, f, l.line); err != nil {
				return err
			}
		case isURI(l.uri) || strings.Contains(l.uri, "://"):
			for uri := range joinedURIs(l.uri) {
				if err := in.room(f, 1); err != nil {
					return err
				}
				uri, e := splitCodeDisplay(uri)
				f.takeURI(l.line, uri, "", "", e)
			}
		default:
			f.skip(l.line, "", fmt.Errorf("it is not an otpauth URI"))
		}
	}
	parts.report(f)
	return nil
}
