package transfer

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"unicode/utf16"
)

// javaMagic opens the Java Object Serialization Stream Protocol, version 5.
const javaMagic = "\xac\xed\x00\x05"

// Type codes of the protocol (§6.4.2).
const (
	javaNull       = 0x70
	javaClassDesc  = 0x72
	javaObject     = 0x73
	javaString     = 0x74
	javaBlockData  = 0x77
	javaEnd        = 0x78
	javaLongString = 0x7c
)

// javaReader reads from the front of data; the first error stays.
type javaReader struct {
	data []byte
	err  error
}

// javaStrings reads a serialised HashMap<String,String>, and nothing else that the
// protocol can hold.
func javaStrings(data []byte) ([]setting, error) {
	r := javaReader{data: data}
	r.skipHeader()
	var pairs []setting
	for r.err == nil && !bytes.HasPrefix(r.data, []byte{javaEnd}) {
		pairs = append(pairs, setting{r.string(), r.string()})
	}
	if r.err != nil {
		return nil, r.err
	}
	return pairs, nil
}

// skipHeader reads up to the first key: the class, its two or fewer fields of four
// bytes, and the capacity and the number of pairs.
func (r *javaReader) skipHeader() {
	r.expect([]byte(javaMagic))
	r.expect([]byte{javaObject, javaClassDesc})
	if name := r.shortString(); name != "java.util.HashMap" && r.err == nil {
		r.err = fmt.Errorf("%w: it holds a Java object that is not a HashMap", ErrDamaged)
	}
	r.take(8 + 1) // serial version, flags
	fields := 0
	if b := r.take(2); b != nil {
		fields = int(binary.BigEndian.Uint16(b))
	}
	for range fields {
		r.take(1)
		r.shortString()
		if r.err != nil {
			return
		}
	}
	r.expect([]byte{javaEnd, javaNull})
	r.take(4 * fields)
	r.expect([]byte{javaBlockData, 8})
	r.take(8)
}

// string reads a string object; a null is empty.
func (r *javaReader) string() string {
	code := r.take(1)
	if code == nil {
		return ""
	}
	switch code[0] {
	case javaString:
		return r.shortString()
	case javaLongString:
		if b := r.take(8); b != nil {
			n := binary.BigEndian.Uint64(b)
			return modifiedUTF8(r.take(int(min(n, 1<<40))))
		}
	case javaNull:
	default:
		r.err = fmt.Errorf("%w: it holds a Java object where a string belongs", ErrDamaged)
	}
	return ""
}

func (r *javaReader) shortString() string {
	b := r.take(2)
	if b == nil {
		return ""
	}
	return modifiedUTF8(r.take(int(binary.BigEndian.Uint16(b))))
}

func (r *javaReader) expect(b []byte) {
	if got := r.take(len(b)); r.err == nil && !bytes.Equal(got, b) {
		r.err = fmt.Errorf("%w: it is not a serialised HashMap as FreeOTP writes it", ErrDamaged)
	}
}

func (r *javaReader) take(n int) []byte {
	if r.err != nil || n > len(r.data) {
		if r.err == nil {
			r.err = fmt.Errorf("%w: it breaks off", ErrDamaged)
		}
		return nil
	}
	b := r.data[:n]
	r.data = r.data[n:]
	return b
}

// modifiedUTF8 decodes Java's encoding of strings, in which a character beyond
// U+FFFF is two surrogates of three bytes each and NUL has two bytes.
func modifiedUTF8(b []byte) string {
	var units []uint16
	for i := 0; i < len(b); {
		switch c := b[i]; {
		case c < 0x80:
			units, i = append(units, uint16(c)), i+1
		case c>>5 == 0b110 && i+1 < len(b):
			units, i = append(units, uint16(c&0x1f)<<6|uint16(b[i+1]&0x3f)), i+2
		case c>>4 == 0b1110 && i+2 < len(b):
			units, i = append(units, uint16(c&0x0f)<<12|uint16(b[i+1]&0x3f)<<6|uint16(b[i+2]&0x3f)), i+3
		default:
			units, i = append(units, 0xfffd), i+1
		}
	}
	return string(utf16.Decode(units))
}
