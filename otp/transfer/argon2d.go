package transfer

import (
	"encoding/binary"
	"math/bits"

	"golang.org/x/crypto/blake2b"
)

// Argon2d, version 1.3 (RFC 9106 §3), which KeePass files ask for and
// golang.org/x/crypto/argon2 does not have: it has the variants that do not read
// memory by what the password is.

const (
	argonWords  = 128 // of 64 bits in a block of 1 KiB
	argonSlices = 4
)

type argonBlock [argonWords]uint64

// argon2d derives a key of 32 bytes. Memory is in KiB; secret and data may be nil.
func argon2d(password, salt, secret, data []byte, passes, memory, lanes uint32) []byte {
	const keyLen, version, typeD = 32, 0x13, 0
	var head []byte
	for _, n := range []uint32{lanes, keyLen, memory, passes, version, typeD} {
		head = binary.LittleEndian.AppendUint32(head, n)
	}
	for _, b := range [][]byte{password, salt, secret, data} {
		head = append(binary.LittleEndian.AppendUint32(head, uint32(len(b))), b...)
	}
	h0 := blake2b.Sum512(head)

	segment := max(memory/(argonSlices*lanes), 2)
	a := argonMemory{blocks: make([]argonBlock, segment*argonSlices*lanes), segment: segment, lanes: lanes}
	for lane := range lanes {
		for i := range uint32(2) {
			first := binary.LittleEndian.AppendUint32(append([]byte{}, h0[:]...), i)
			a.at(lane, i).read(argonHash(binary.LittleEndian.AppendUint32(first, lane), 8*argonWords))
		}
	}
	for pass := range passes {
		for slice := range uint32(argonSlices) {
			for lane := range lanes { // they do not depend on each other within a slice
				a.fill(pass, slice, lane)
			}
		}
	}
	last := *a.at(0, a.columns()-1)
	for lane := range lanes - 1 {
		for i, w := range a.at(lane+1, a.columns()-1) {
			last[i] ^= w
		}
	}
	var b []byte
	for _, w := range last {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return argonHash(b, keyLen)
}

type argonMemory struct {
	blocks         []argonBlock
	segment, lanes uint32
}

func (a *argonMemory) columns() uint32 { return a.segment * argonSlices }

func (a *argonMemory) at(lane, column uint32) *argonBlock {
	return &a.blocks[lane*a.columns()+column]
}

// fill makes the blocks of a segment (§3.4): each from the one before and one that
// the first words of that choose.
func (a *argonMemory) fill(pass, slice, lane uint32) {
	begin := uint32(0)
	if pass == 0 && slice == 0 {
		begin = 2
	}
	for i := begin; i < a.segment; i++ {
		column := slice*a.segment + i
		before := a.at(lane, (column+a.columns()-1)%a.columns())
		j1, j2 := uint32(before[0]), uint32(before[0]>>32)
		from := j2 % a.lanes
		if pass == 0 && slice == 0 {
			from = lane
		}
		done, start := slice*a.segment, uint32(0) // blocks of the lane that can be chosen, and the first of them
		if pass > 0 {
			done, start = a.columns()-a.segment, (slice+1)%argonSlices*a.segment
		}
		switch {
		case from == lane:
			done += i - 1
		case i == 0:
			done--
		}
		x := uint64(j1) * uint64(j1) >> 32
		chosen := (start + done - 1 - uint32(uint64(done)*x>>32)) % a.columns()
		a.at(lane, column).mix(before, a.at(from, chosen), pass > 0)
	}
}

// mix is the compression function G (§3.5).
func (b *argonBlock) mix(x, y *argonBlock, over bool) {
	var r argonBlock
	for i := range r {
		r[i] = x[i] ^ y[i]
	}
	z := r
	for i := 0; i < argonWords; i += 16 { // rows
		argonPermute(&z, i, 2)
	}
	for i := 0; i < 16; i += 2 { // columns
		argonPermute(&z, i, 16)
	}
	for i := range b {
		w := r[i] ^ z[i]
		if over {
			w ^= b[i]
		}
		b[i] = w
	}
}

// argonPermute is the permutation P (§3.6) of eight pairs of words.
func argonPermute(b *argonBlock, first, step int) {
	var v [16]uint64
	for i := range 8 {
		v[2*i], v[2*i+1] = b[first+i*step], b[first+i*step+1]
	}
	for i := range 4 {
		v[i], v[4+i], v[8+i], v[12+i] = argonQuarter(v[i], v[4+i], v[8+i], v[12+i])
	}
	for i := range 4 {
		j, k, l := 4+(i+1)%4, 8+(i+2)%4, 12+(i+3)%4
		v[i], v[j], v[k], v[l] = argonQuarter(v[i], v[j], v[k], v[l])
	}
	for i := range 8 {
		b[first+i*step], b[first+i*step+1] = v[2*i], v[2*i+1]
	}
}

func argonQuarter(a, b, c, d uint64) (uint64, uint64, uint64, uint64) {
	a += b + 2*uint64(uint32(a))*uint64(uint32(b))
	d = bits.RotateLeft64(d^a, -32)
	c += d + 2*uint64(uint32(c))*uint64(uint32(d))
	b = bits.RotateLeft64(b^c, -24)
	a += b + 2*uint64(uint32(a))*uint64(uint32(b))
	d = bits.RotateLeft64(d^a, -16)
	c += d + 2*uint64(uint32(c))*uint64(uint32(d))
	b = bits.RotateLeft64(b^c, -63)
	return a, b, c, d
}

func (b *argonBlock) read(data []byte) {
	for i := range b {
		b[i] = binary.LittleEndian.Uint64(data[8*i:])
	}
}

// argonHash is the hash of variable length H' (§3.3).
func argonHash(data []byte, size int) []byte {
	in := append(binary.LittleEndian.AppendUint32(nil, uint32(size)), data...)
	var out []byte
	for size-len(out) > blake2b.Size {
		sum := blake2b.Sum512(in)
		in = append([]byte{}, sum[:]...)
		out = append(out, sum[:blake2b.Size/2]...)
	}
	h, err := blake2b.New(size-len(out), nil)
	if err != nil {
		panic(err) // the size is 1 to 64
	}
	h.Write(in)
	return h.Sum(out)
}
