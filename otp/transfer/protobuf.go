package transfer

import (
	"encoding/binary"
	"errors"
	"iter"
)

// protoField is a field of a message in the wire format of Protocol Buffers.
type protoField struct {
	number uint64
	varint uint64 // of wire type 0
	bytes  []byte // of wire type 2; a part of the message, not a copy
}

var errProto = errors.New("it is not a message of Google Authenticator")

// protoFields walks over the fields of a message. Fixed-size fields are passed
// with neither value; groups, which are obsolete, are an error.
func protoFields(b []byte) iter.Seq2[protoField, error] {
	return func(yield func(protoField, error) bool) {
		for len(b) > 0 {
			f, size := protoNext(b)
			if size == 0 {
				yield(protoField{}, errProto)
				return
			}
			if !yield(f, nil) {
				return
			}
			b = b[size:]
		}
	}
}

// protoNext reads the first field of b; the size is 0 if it is malformed.
func protoNext(b []byte) (f protoField, size int) {
	tag, n := binary.Uvarint(b)
	if n <= 0 || tag>>3 == 0 || tag>>3 > 1<<29-1 {
		return f, 0
	}
	f.number = tag >> 3
	switch rest := b[n:]; tag & 7 {
	case 0:
		v, m := binary.Uvarint(rest)
		if m <= 0 {
			return f, 0
		}
		f.varint = v
		return f, n + m
	case 1:
		size = n + 8
	case 5:
		size = n + 4
	case 2:
		length, m := binary.Uvarint(rest)
		if m <= 0 || length > uint64(len(rest)-m) {
			return f, 0
		}
		f.bytes = rest[m : m+int(length)]
		return f, n + m + int(length)
	}
	if size > len(b) {
		return f, 0
	}
	return f, size
}

func appendProtoVarint(b []byte, number int, v uint64) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(b, uint64(number)<<3), v)
}

func appendProtoBytes(b []byte, number int, v []byte) []byte {
	b = binary.AppendUvarint(b, uint64(number)<<3|2)
	return append(binary.AppendUvarint(b, uint64(len(v))), v...)
}
