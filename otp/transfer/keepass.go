package transfer

// KeePass, KeePassXC and others, as XML.
//
//	<KeePassFile><Meta><RecycleBinUUID>…</RecycleBinUUID></Meta><Root><Group><UUID/><Name/>
//	  <Group>…</Group>
//	  <Entry><Tags>a;b</Tags><String><Key>otp</Key><Value>…</Value></String>… <History>older entries</History></Entry>
//	</Group></Root></KeePassFile>
//
// Programs and plugins differ in the strings that hold a key:
//
//	otp                         URI, or key=BASE32&size=8&step=30 (KeeOtp)
//	TimeOtp-Secret[-Base32|-Hex|-Base64], TimeOtp-Length, -Period, -Algorithm; HmacOtp-Secret[…], HmacOtp-Counter, the next one
//	TOTP Seed, TOTP Settings    BASE32, "30;6", or "30;S" for Steam
//
// An entry with the same key in two of them has it once. Passwords and other strings
// are not kept.

import (
	"bytes"
	"context"
	"crypto/cipher"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/authctl/authctl/otp"
)

func isKeePassXML(in *input) bool { return bytes.Contains(in.start(), []byte("<KeePassFile")) }

func readKeePassXML(_ context.Context, in *input, f *File) error {
	return readKeePass(in, f, in.data, nil)
}

// keepassGroup is a group that the reader is in.
type keepassGroup struct {
	path    string // the names from the root, whose own is free; does not grow past what File.add takes
	trashed bool
}

// keepassReader walks over the XML once.
type keepassReader struct {
	path    []string // names of the elements that the reader is in
	groups  []keepassGroup
	bin     string // the group of deleted entries
	strings map[string]string
	key     string // of the string that is being read
	tags    string
	history int // how deep in older entries

	index, empty int
}

// readKeePass reads the XML. Under stream are the values that are protected, which
// those in XML of its own are not.
func readKeePass(in *input, f *File, data []byte, stream cipher.Stream) error {
	var r keepassReader
	d := xml.NewDecoder(bytes.NewReader(data))
	var content strings.Builder
	protected := false
	for {
		token, err := d.Token()
		if err == io.EOF {
			f.withoutKey(r.empty)
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: the XML is wrong near byte %d", ErrDamaged, d.InputOffset())
		}
		switch t := token.(type) {
		case xml.StartElement:
			content.Reset()
			r.start(t.Name.Local)
			protected = slices.ContainsFunc(t.Attr, func(a xml.Attr) bool { return a.Name.Local == "Protected" && strings.EqualFold(a.Value, "true") })
		case xml.CharData:
			content.Write(t)
		case xml.EndElement:
			value := content.String()
			if protected {
				if value, err = unprotect(stream, value); err != nil {
					return err
				}
			}
			if err := r.end(in, f, value); err != nil {
				return err
			}
			content.Reset()
			protected = false
		}
	}
}

func (r *keepassReader) start(name string) {
	r.path = append(r.path, name)
	switch name {
	case "Group":
		var g keepassGroup
		if n := len(r.groups); n > 0 {
			g = r.groups[n-1]
		}
		r.groups = append(r.groups, g)
	case "History":
		r.history++
	case "Entry":
		if r.history == 0 {
			r.strings, r.tags = map[string]string{}, ""
		}
	}
}

func (r *keepassReader) end(in *input, f *File, content string) error {
	name, parent := r.path[len(r.path)-1], ""
	if r.path = r.path[:len(r.path)-1]; len(r.path) > 0 {
		parent = r.path[len(r.path)-1]
	}
	switch n := len(r.groups); {
	case name == "History":
		r.history--
	case r.history > 0:
	case name == "RecycleBinUUID":
		r.bin = strings.TrimSpace(content)
	case parent == "Group" && n > 0 && name == "UUID":
		r.groups[n-1].trashed = r.groups[n-1].trashed || strings.TrimSpace(content) == r.bin && r.bin != keepassNoGroup
	case parent == "Group" && n > 1 && name == "Name" && len(r.groups[n-1].path) <= otp.MaxURI:
		r.groups[n-1].path = strings.TrimPrefix(r.groups[n-1].path+"/"+content, "/")
	case parent == "Entry" && name == "Tags":
		r.tags = content
	case parent == "String" && name == "Key":
		r.key = content
	case parent == "String" && name == "Value" && r.strings != nil:
		r.strings[r.key] = content
	case name == "Entry" && r.strings != nil:
		if err := in.room(f, 1); err != nil {
			return err
		}
		r.index++
		r.take(f)
		r.strings = nil
	case name == "Group" && n > 0:
		r.groups = r.groups[:n-1]
	}
	return nil
}

// keepassNoGroup is the UUID of a database without a group for what is deleted.
const keepassNoGroup = "AAAAAAAAAAAAAAAAAAAAAA=="

// take adds the keys of the entry that was read.
func (r *keepassReader) take(f *File) {
	title, user := r.strings["Title"], r.strings["UserName"]
	var e Entry
	if n := len(r.groups); n > 0 {
		e.Trashed, e.Tags = r.groups[n-1].trashed, []string{r.groups[n-1].path}
	}
	e.Tags = append(e.Tags, strings.FieldsFunc(r.tags, func(c rune) bool { return c == ';' || c == ',' })...)
	before, skipped := len(f.Entries), len(f.Skipped)
	if value := r.strings["otp"]; value != "" {
		f.takeTOTP(r.index, value, title, user, e)
		f.withoutNone(before, user)
	}
	for _, kind := range []string{"TimeOtp", "HmacOtp"} {
		p := params{issuer: title, account: user}
		found, err := r.secret(kind, &p)
		switch {
		case !found:
		case err != nil:
			f.skip(r.index, p.name(), err)
		default:
			p.digits, p.algorithm = r.strings[kind+"-Length"], r.strings[kind+"-Algorithm"]
			if p.typ, p.period = "totp", r.strings["TimeOtp-Period"]; kind == "HmacOtp" {
				p.typ, p.counter = "hotp", r.strings["HmacOtp-Counter"]
			}
			f.take(r.index, p, e)
		}
	}
	if seed := r.strings["TOTP Seed"]; seed != "" {
		p := params{issuer: title, account: user, secret: seed}
		settings := append(strings.Split(r.strings["TOTP Settings"], ";"), "")
		if p.period, p.digits = settings[0], settings[1]; strings.EqualFold(p.digits, "S") {
			p.typ, p.digits = "steam", ""
		}
		f.take(r.index, p, e)
	}
	for i := len(f.Entries) - 1; i > before; i-- {
		same := func(other Entry) bool { return other.Key.Equal(f.Entries[i].Key) }
		if slices.ContainsFunc(f.Entries[before:i], same) {
			f.Entries = slices.Delete(f.Entries, i, i+1)
		}
	}
	if len(f.Entries) == before && len(f.Skipped) == skipped {
		r.empty++
	}
}

// withoutNone takes away the account "none", which KeePassXC writes into the URI of an
// entry without a user name.
func (f *File) withoutNone(before int, user string) {
	if len(f.Entries) == before || user != "" {
		return
	}
	if k := &f.Entries[len(f.Entries)-1].Key; k.Account == "none" {
		k.Account = ""
	}
}

// secret finds the secret of a TimeOtp or HmacOtp key, in one of four spellings.
func (r *keepassReader) secret(kind string, p *params) (found bool, err error) {
	kind += "-Secret"
	switch {
	case r.strings[kind+"-Base32"] != "":
		p.secret = r.strings[kind+"-Base32"]
	case r.strings[kind+"-Hex"] != "":
		p.raw, err = hex.DecodeString(r.strings[kind+"-Hex"])
	case r.strings[kind+"-Base64"] != "":
		p.raw, err = base64.StdEncoding.DecodeString(r.strings[kind+"-Base64"])
	case r.strings[kind] != "":
		p.raw = []byte(r.strings[kind])
	default:
		return false, nil
	}
	if err != nil { // its error quotes a character
		err = fmt.Errorf("its secret is not of the base that its name says")
	}
	return true, err
}
