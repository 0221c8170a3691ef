package transfer

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxMembers is how many members of a JSON object are looked at. Formats have
// fewer than ten.
const maxMembers = 1000

// members reads a JSON object one level deep; what is no object gives nil. If it breaks off, the members up to
// there are returned with the error, so that the format can still be named.
func members(data []byte) (map[string]json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	m := map[string]json.RawMessage{}
	if open, err := d.Token(); err != nil {
		return m, jsonError(err, d)
	} else if open != json.Delim('{') {
		return nil, nil
	}
	for n := 0; d.More(); n++ {
		if n == maxMembers {
			return m, fmt.Errorf("%w: a JSON object with more than %d members", ErrTooLarge, maxMembers)
		}
		name, err := d.Token()
		if err != nil {
			return m, jsonError(err, d)
		}
		var value json.RawMessage
		err = d.Decode(&value)
		m[name.(string)] = value // the decoder lets nothing else through
		if err != nil {
			return m, jsonError(err, d)
		}
	}
	if _, err := d.Token(); err != nil {
		return m, jsonError(err, d)
	}
	return m, atEnd(d)
}

// firstMembers reads the members of the first element of a JSON array.
func firstMembers(data []byte) (map[string]json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	var first json.RawMessage
	if open, err := d.Token(); err != nil || open != json.Delim('[') || !d.More() {
		return nil, nil
	}
	if err := d.Decode(&first); err != nil {
		return nil, jsonError(err, d)
	}
	if len(first) == 0 || first[0] != '{' {
		return nil, nil
	}
	return members(first)
}

func atEnd(d *json.Decoder) error {
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("%w: there is more after the end of the JSON, at byte %d", ErrDamaged, d.InputOffset())
	}
	return nil
}

// jsonError says where JSON is wrong, without quoting it: it may be a secret.
func jsonError(err error, d *json.Decoder) error {
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	switch {
	case errors.As(err, &mismatch):
		return fmt.Errorf("%w: %w", ErrDamaged, mismatchError(mismatch))
	case errors.As(err, &syntax):
		if strings.Contains(syntax.Error(), "depth") {
			return fmt.Errorf("%w: the JSON is nested deeper than 10,000 levels", ErrTooLarge)
		}
		return fmt.Errorf("%w: the JSON is wrong near byte %d", ErrDamaged, syntax.Offset)
	case d != nil:
		return fmt.Errorf("%w: the JSON ends before it is complete", ErrDamaged)
	}
	return fmt.Errorf("%w: %w", ErrDamaged, err) // of an Unmarshal method here, or of base64
}

// mismatchError says which value has the wrong type. The first word of Value is
// the type; what follows it quotes the file.
func mismatchError(err *json.UnmarshalTypeError) error {
	kind, _, _ := strings.Cut(err.Value, " ")
	if err.Field == "" {
		return fmt.Errorf("it is a %s, which does not belong there", kind)
	}
	return fmt.Errorf("%q is a %s, which does not belong there", err.Field, kind)
}

// decode is json.Unmarshal with errors that do not quote the file.
func decode(data []byte, v any) error {
	if err := json.Unmarshal(data, v); err != nil {
		return jsonError(err, nil)
	}
	return nil
}

// each calls read for every element of a JSON array, counted from 1. An element
// that is not a T is skipped with the reason. A missing or null array is empty.
func each[T any](in *input, f *File, array json.RawMessage, read func(index int, v T)) error {
	if len(array) == 0 || string(array) == "null" {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(array))
	if open, err := d.Token(); err != nil {
		return jsonError(err, d)
	} else if open != json.Delim('[') {
		return fmt.Errorf("%w: there is no list of accounts where it belongs", ErrDamaged)
	}
	for i := 1; d.More(); i++ {
		if err := in.room(f, 1); err != nil {
			return err
		}
		var element json.RawMessage
		if err := d.Decode(&element); err != nil {
			return jsonError(err, d)
		}
		var v T
		var mismatch *json.UnmarshalTypeError
		switch err := json.Unmarshal(element, &v); {
		case errors.As(err, &mismatch):
			f.skip(i, "", mismatchError(mismatch))
		case err != nil:
			f.skip(i, "", err)
		default:
			read(i, v)
		}
	}
	if _, err := d.Token(); err != nil {
		return jsonError(err, d)
	}
	return atEnd(d)
}

// text is a JSON string, number or bool as it is written; null is empty. Apps, and
// versions of the same app, differ in which they write.
type text string

func (t *text) UnmarshalJSON(data []byte) error {
	switch data[0] {
	case '"':
		var s string
		if err := json.Unmarshal(data, &s); err != nil {
			return err
		}
		*t = text(s)
	case '{', '[':
		return fmt.Errorf("a list or an object stands where a text or number belongs")
	case 'n':
		*t = ""
	default:
		*t = text(strings.TrimSuffix(string(data), ".0"))
	}
	return nil
}

// hexBytes are bytes that JSON has in hexadecimal.
type hexBytes []byte

func (h hexBytes) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h), nil }

func (h *hexBytes) UnmarshalText(s []byte) error {
	b, err := hex.DecodeString(string(s))
	if err != nil { // its error quotes a character
		return fmt.Errorf("%d characters are not hexadecimal", len(s))
	}
	*h = b
	return nil
}

// javaBytes are bytes that JSON has as a list of numbers, -128 to 127.
type javaBytes []byte

func (j *javaBytes) UnmarshalJSON(data []byte) error {
	var numbers []int16
	if err := json.Unmarshal(data, &numbers); err != nil {
		return fmt.Errorf("bytes are not a list of small numbers")
	}
	*j = make([]byte, len(numbers))
	for i, n := range numbers {
		(*j)[i] = byte(n)
	}
	return nil
}
