package transfer

// Files that are known but cannot be imported, each with what to do instead.

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/authctl/authctl/otp"
)

var unreadable = []struct {
	format Format
	knows  func(in *input) bool
	advice string
}{
	{"age", prefixed("age-encryption.org/", "-----BEGIN AGE ENCRYPTED FILE-----"),
		"a file encrypted with age: an authctl vault or backup is restored, not imported; decrypt any other with age first"},
	{"pgp", prefixed("-----BEGIN PGP MESSAGE-----", "\x85\x01", "\x85\x02", "\x84\x5e", "\x8c\x0d"),
		"a file encrypted with OpenPGP: decrypt it with gpg first"},
	{"keepass", prefixed("\x03\xd9\xa2\x9a"),
		"a KeePass database of an old version: export it as XML, or as CSV from KeePassXC"},
	{"sqlite", prefixed(sqliteMagic),
		"a database of an app that is not known: use the app's own export"},
	{"gzip", prefixed("\x1f\x8b"), "a compressed file: unpack it first"},
	{"pdf", prefixed("%PDF-"), "a PDF: take pictures of its QR codes, or export from the app in another format"},
	{"plist", prefixed("bplist00"), "a property list of Apple, such as a backup of OTP Auth: show the QR code of each account in the app"},
	{"mime", func(in *input) bool {
		return in.object == nil && in.first == nil && bytes.Contains(in.data, []byte("=3D")) && quotedPrintable().Match(in.data)
	},
		"a mail, or a page saved as one, in which every = is written =3D: copy its text or its keys to a file"},
	{"7z", prefixed("7z\xbc\xaf\x27\x1c"), "a 7z archive: unpack it first"},
}

func unreadables() []reader {
	var list []reader
	for _, u := range unreadable {
		list = append(list, reader{u.format, u.knows, func(context.Context, *input, *File) error {
			what, todo, _ := strings.Cut(u.advice, ": ")
			return fmt.Errorf("%s: %w; %s", what, otp.ErrUnsupported, todo)
		}})
	}
	return list
}

// quotedPrintable finds RFC 2045 §6.7, in which a URI reads as another: =3D would
// become the first character of a secret.
var quotedPrintable = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?im)^Content-Transfer-Encoding:[ \t]*quoted-printable`)
})

func prefixed(magics ...string) func(in *input) bool {
	return func(in *input) bool {
		for _, magic := range magics {
			if in.hasPrefix(magic) {
				return true
			}
		}
		return false
	}
}

// start is the beginning of a file, where its kind is to be seen.
func (in *input) start() []byte { return bytes.TrimSpace(in.data[:min(len(in.data), 1024)]) }
