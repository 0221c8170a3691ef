package transfer

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/qr"
)

// File is the report of reading a file. Every entry of the file is either in
// Entries or in Skipped, in the order of the file.
type File struct {
	Format    Format
	Version   string // as the file gives it; empty where the format has none
	Encrypted bool
	Entries   []Entry
	Skipped   []Skipped
	Warnings  []otp.Warning // of the whole file; those of an entry are with it
	Parts     []Part        // of Google Authenticator exports
	Symbols   []qr.Symbol   // of a picture: every QR code in it, whatever it holds
}

// Skipped is an entry that could not be read.
type Skipped struct {
	Index       int    // as in Source
	Name        string // "issuer:account", as far as it is known
	Reason      string
	Unsupported bool // it is understood, but this package makes no such codes
}

// The codes of warnings that package otp does not have.
const (
	ValueDefault    otp.WarningCode = "value.default"     // a number that cannot be: the default is taken
	PartMissing     otp.WarningCode = "part.missing"      // of a Google Authenticator export
	PartRepeated    otp.WarningCode = "part.repeated"     // the same part twice: read once
	ItemsWithoutKey otp.WarningCode = "items.without_key" // a password manager's items that hold no key
	PrefixIgnored   otp.WarningCode = "prefix.ignored"    // totp-cli: text before the code
	FilesIgnored    otp.WarningCode = "files.ignored"     // in an archive, of no known format
	WeakEncryption  otp.WarningCode = "encryption.weak"   // the file's password can be guessed fast
	DeletedIncluded otp.WarningCode = "deleted.included"  // the export may hold deleted entries
	FormatUnknown   otp.WarningCode = "format.unknown"    // of no app that is known, but with otpauth URIs
	Lossy           otp.WarningCode = "source.lossy"      // the app did not keep all of a key
)

// take adds the entry that p and e describe, or skips it with the reason.
func (f *File) take(index int, p params, e Entry) {
	key, warnings, err := p.key()
	if err != nil {
		f.skip(index, p.name(), err)
		return
	}
	if respelt(warnings) {
		e.Written, _ = otp.NewSecret([]byte(p.secret)) // none where spaces make it too long
	}
	f.add(index, key, warnings, e)
}

// takeURI is take for a key that the file keeps as an otpauth URI. issuer and
// account are what the file says beside the URI, for where the URI does not.
func (f *File) takeURI(index int, uri, issuer, account string, e Entry) {
	uri, none := withoutNull(uri)
	e.Warnings = append(e.Warnings, none...)
	key, warnings, err := otp.ParseURI(uri)
	if err != nil {
		f.skip(index, params{issuer: issuer, account: account}.name(), unwrap(err))
		return
	}
	if respelt(warnings) {
		e.Written = otp.WrittenSecret(uri)
	}
	if key.Issuer == "" && issuer != "" || key.Account == "" && account != "" {
		key.Issuer = cmp.Or(key.Issuer, otp.CleanText(issuer))
		key.Account = cmp.Or(key.Account, otp.CleanText(account))
		named, more, err := otp.ParseURI(key.URI()) // names can decide the type
		if err != nil {
			f.skip(index, key.Name(), unwrap(err))
			return
		}
		key, warnings = named, without(warnings, otp.LabelEmpty)
		for _, w := range more { // some for the second time
			if !slices.Contains(warnings, w) {
				warnings = append(warnings, w)
			}
		}
	}
	f.add(index, key, warnings, e)
}

var nullParam = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`&(algorithm|digits|period|counter)=null(&|$)`)
})

// withoutNull leaves out the values that Ente does not know when it has imported an
// account from a file without them.
func withoutNull(uri string) (string, []otp.Warning) {
	var warnings []otp.Warning
	for len(uri) <= otp.MaxURI && strings.Contains(uri, "=null") {
		at := nullParam().FindStringSubmatchIndex(uri)
		if at == nil {
			break
		}
		warnings = append(warnings, otp.Warning{Code: ValueDefault, Message: uri[at[2]:at[3]] + " is null: the default is taken"})
		uri = uri[:at[0]] + uri[at[4]:]
	}
	return uri, warnings
}

// respelt reports whether the warnings say that a secret is not written in
// canonical base32.
func respelt(warnings []otp.Warning) bool {
	return slices.ContainsFunc(warnings, func(w otp.Warning) bool {
		return w.Code == otp.SecretSpelling || w.Code == otp.SecretLengthSuspect || w.Code == otp.SecretTrailingBits
	})
}

func (f *File) add(index int, key otp.Key, warnings []otp.Warning, e Entry) {
	if n := len(key.URI()); n > otp.MaxURI { // nothing could read it again
		f.skip(index, "", fmt.Errorf("its name is too long: the key takes %d bytes, more than %d", n, otp.MaxURI))
		return
	}
	size := 0
	for _, tag := range e.Tags {
		size += len(tag)
	}
	if size > otp.MaxURI { // a file writes the name of a group once, and a thousand entries have it
		f.skip(index, key.Name(), fmt.Errorf("its tags take %d bytes, more than %d", size, otp.MaxURI))
		return
	}
	e.Key = key
	e.Warnings = append(e.Warnings, warnings...)
	e.Source = Source{f.Format, index}
	e.Note = cleanNote(e.Note)
	var tags []string
	for _, tag := range e.Tags {
		if tag = otp.CleanText(tag); tag != "" {
			tags = append(tags, tag)
		}
	}
	e.Tags = tags
	f.Entries = append(f.Entries, e)
}

func (f *File) skip(index int, name string, err error) {
	f.Skipped = append(f.Skipped, Skipped{
		Index: index, Name: otp.CleanText(shorten(name)), Reason: err.Error(), Unsupported: errors.Is(err, otp.ErrUnsupported),
	})
}

func (f *File) warn(code otp.WarningCode, format string, args ...any) {
	f.Warnings = append(f.Warnings, otp.Warning{Code: code, Message: fmt.Sprintf(format, args...)})
}

// cleanNote is otp.CleanText that leaves the lines of a note apart.
func cleanNote(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.TrimSpace(s)
}

func without(warnings []otp.Warning, code otp.WarningCode) []otp.Warning {
	var out []otp.Warning
	for _, w := range warnings {
		if w.Code != code {
			out = append(out, w)
		}
	}
	return out
}

// unwrap takes the "read otpauth URI" off an error of otp.ParseURI, for files in
// which there is no URI to be seen.
func unwrap(err error) error {
	if inner := errors.Unwrap(err); inner != nil {
		return inner
	}
	return err
}

// shorten keeps the names of what was skipped printable.
func shorten(name string) string {
	if runes := []rune(name); len(runes) > 200 {
		return string(runes[:200]) + "…"
	}
	return name
}
