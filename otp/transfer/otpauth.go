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
		if isURI(strings.TrimSpace(string(line))) {
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
	for _, l := range uriLines(in.data) {
		if !isMigration(l.uri) {
			return false
		}
	}
	return true
}

// uriLines splits a list at its lines, leaving out blank ones and comments.
func uriLines(data []byte) []uriLine {
	var list []uriLine
	number := 0
	for raw := range bytes.Lines(data) {
		number++
		line := strings.TrimSpace(string(raw))
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if n := len(list); n > 0 && isMigration(list[n-1].uri) && isBase64Text(line) {
			list[n-1].uri += line
			continue
		}
		list = append(list, uriLine{number, line})
	}
	return list
}

// isBase64Text reports whether line can be the rest of a broken migration URI.
func isBase64Text(line string) bool {
	return strings.Trim(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=%") == ""
}

func readURIList(_ context.Context, in *input, f *File) error {
	var parts migration
	for _, l := range uriLines(in.data) {
		if err := in.room(f); err != nil {
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
			uri, e := splitCodeDisplay(l.uri)
			f.takeURI(l.line, uri, "", "", e)
		default:
			f.skip(l.line, "", fmt.Errorf("it is not an otpauth URI"))
		}
	}
	parts.report(f)
	return nil
}
