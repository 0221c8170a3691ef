package transfer

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// input is a file as the formats look at it. What several of them ask about it is
// worked out once.
type input struct {
	data    []byte // text without a byte order mark and in UTF-8
	options ReadOptions
	depth   int // how many archives it lies in

	object map[string]json.RawMessage // JSON object: its members
	first  map[string]json.RawMessage // JSON array: the members of its first element
	broken error                      // the JSON that ends early or is wrong

	settings []setting // of an Android app
	dialect  *dialect  // of CSV
}

func sniff(data []byte, o ReadOptions) (*input, error) {
	if size := int64(len(data)); size > o.MaxSize {
		return nil, fmt.Errorf("%w: %d bytes, more than %d", ErrTooLarge, size, o.MaxSize)
	}
	in := &input{data: toUTF8(data), options: o}
	text := bytes.TrimLeft(in.data, " \t\r\n")
	switch {
	case bytes.HasPrefix(text, []byte("{")):
		in.object, in.broken = members(text)
	case bytes.HasPrefix(text, []byte("[")):
		in.first, in.broken = firstMembers(text)
	case bytes.HasPrefix(text, []byte("<?xml")), bytes.HasPrefix(text, []byte("<map")):
		in.settings = settings(text, o.MaxEntries)
	default:
		in.dialect = csvDialect(text)
	}
	return in, nil
}

// inside sniffs what was decrypted or unpacked, which must be a JSON object with
// these members.
func (in *input) inside(plain []byte, names ...string) (*input, error) {
	inner, err := sniff(plain, in.options)
	if err != nil {
		return nil, err
	}
	if inner.broken != nil {
		return nil, inner.broken
	}
	if !inner.has(names...) {
		return nil, fmt.Errorf("%w: what is inside is not what this app writes", ErrDamaged)
	}
	return inner, nil
}

// has reports whether the file is a JSON object with all of these members.
func (in *input) has(names ...string) bool { return hasAll(in.object, names) }

// listsObjects reports whether the file is a JSON array of objects with these
// members.
func (in *input) listsObjects(names ...string) bool { return hasAll(in.first, names) }

func hasAll(m map[string]json.RawMessage, names []string) bool {
	for _, name := range names {
		if _, ok := m[name]; !ok {
			return false
		}
	}
	return m != nil
}

func (in *input) hasPrefix(magic string) bool { return bytes.HasPrefix(in.data, []byte(magic)) }

// resembles says what a file of no known format looks like.
func (in *input) resembles() string {
	switch {
	case len(bytes.TrimSpace(in.data)) == 0:
		return ": it is empty"
	case string(bytes.Join(bytes.Fields(in.start()), nil)) == "[]":
		return ": it is an empty list"
	case in.object != nil || in.first != nil:
		return ": it is JSON, but of no app that is known"
	case utf8.Valid(in.data):
		return ": it is text, but no line of it is a key"
	}
	return ""
}

// toUTF8 takes the byte order mark off text and converts UTF-16, which Windows
// writes when output is redirected to a file.
func toUTF8(data []byte) []byte {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		return data[3:]
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		order = binary.LittleEndian
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		order = binary.BigEndian
	}
	if order == nil || len(data)%2 != 0 {
		return data
	}
	units := make([]uint16, 0, len(data)/2-1)
	for i := 2; i < len(data); i += 2 {
		units = append(units, order.Uint16(data[i:]))
	}
	text := string(utf16.Decode(units))
	if strings.ContainsRune(text, utf8.RuneError) || strings.ContainsRune(text, 0) {
		return data // it only began like a byte order mark
	}
	return []byte(text)
}
