package drifttest

import (
	"encoding/binary"
	"time"
)

// A Lie changes a reply before it is sent. Not every one is ill meant.
type Lie func(*Reply)

// Offset serves a time that is d ahead of true time (behind, if negative).
func Offset(d time.Duration) Lie { return func(r *Reply) { r.Offset = d } }

// Year serves a time in that year.
func Year(y int) Lie {
	return func(r *Reply) { r.Offset = time.Until(time.Date(y, 6, 1, 0, 0, 0, 0, time.UTC)) }
}

// Slow makes the way of the request and of the reply longer.
func Slow(request, reply time.Duration) Lie {
	return func(r *Reply) { r.RequestDelay, r.ReplyDelay = request, reply }
}

// Silent never answers.
func Silent() Lie { return func(r *Reply) { r.Copies = 0 } }

// Lose does not answer the first n requests.
func Lose(n int) Lie {
	return func(r *Reply) {
		if r.Nth <= n {
			r.Copies = 0
		}
	}
}

// Duplicate sends each reply n times.
func Duplicate(n int) Lie { return func(r *Reply) { r.Copies = n } }

// Kiss sends a kiss-o'-death (RFC 5905 §7.4).
func Kiss(code string) Lie {
	return func(r *Reply) { r.Stratum = 0; r.Leap = 3; copy(r.RefID[:], code) }
}

// Stratum claims a stratum; 0 and 16 mean not synchronized.
func Stratum(n uint8) Lie { return func(r *Reply) { r.Stratum = n } }

// Leap sets the leap indicator: 1 and 2 announce a leap second, 3 means not
// synchronized.
func Leap(n uint8) Lie { return func(r *Reply) { r.Leap = n } }

// Version answers in another version of the protocol.
func Version(n uint8) Lie { return func(r *Reply) { r.Version = n } }

// Mode answers in another mode than 4 (server).
func Mode(n uint8) Lie { return func(r *Reply) { r.Mode = n } }

// Precision claims a precision of 2^n seconds.
func Precision(n int8) Lie { return func(r *Reply) { r.Precision = n } }

// Root claims a delay and dispersion towards the reference clock.
func Root(delay, dispersion time.Duration) Lie {
	return func(r *Reply) { r.RootDelay, r.RootDisp = delay, dispersion }
}

// Stamp changes the four times at will.
func Stamp(set func(*Stamps)) Lie { return func(r *Reply) { r.Set = set } }

// ZeroReceive and ZeroTransmit and ZeroReference leave one time out.
func ZeroReceive() Lie   { return Stamp(func(s *Stamps) { s.Receive = 0 }) }
func ZeroTransmit() Lie  { return Stamp(func(s *Stamps) { s.Transmit = 0 }) }
func ZeroReference() Lie { return Stamp(func(s *Stamps) { s.Reference = 0 }) }

// Reference moves the time at which the server says it was last set.
func Reference(d time.Duration) Lie {
	return Stamp(func(s *Stamps) { s.Reference = s.Transmit + shift(d) })
}

// Backwards claims to have sent the reply before the request came.
func Backwards(d time.Duration) Lie {
	return Stamp(func(s *Stamps) { s.Transmit = s.Receive - shift(d) })
}

// Held claims to have held the request for d, which it did not.
func Held(d time.Duration) Lie {
	return Stamp(func(s *Stamps) { s.Transmit = s.Receive + shift(d) })
}

// WrongOrigin answers a question that nobody asked.
func WrongOrigin() Lie { return Stamp(func(s *Stamps) { s.Origin++ }) }

// Era2036 lets the first request meet the moment at which NTP's seconds wrap:
// received in era 0, answered in era 1 (RFC 5905 §6). Later ones lie wholly in
// era 1.
func Era2036() Lie {
	return func(r *Reply) {
		first := r.Nth == 1
		r.Offset = time.Until(time.Date(2036, 2, 7, 6, 28, 17, 0, time.UTC))
		r.Set = func(s *Stamps) {
			if first {
				s.Receive, s.Transmit = 1<<64-1<<20, 1<<20
				s.Reference = s.Receive - 60<<32
			}
			if s.Reference < 1<<63 && !first {
				s.Reference = s.Receive
			}
		}
	}
}

// After sends another datagram before each true reply: Forged, Short, or one of
// the caller's making.
func After(other func(reply []byte) []byte) Lie {
	return func(r *Reply) { r.Before = append(r.Before, other) }
}

// Forged is a reply to another question, an hour off.
func Forged(reply []byte) []byte {
	b := append([]byte(nil), reply...)
	b[24] ^= 0xff
	for _, at := range []int{32, 40} {
		binary.BigEndian.PutUint32(b[at:], binary.BigEndian.Uint32(b[at:])+3600)
	}
	return b
}

// Short is a reply cut off in the middle.
func Short(reply []byte) []byte { return reply[:20] }

// shift is a duration in units of NTP's 64-bit format; negative ones wrap.
func shift(d time.Duration) uint64 {
	seconds := uint64(int64(d / time.Second))
	return seconds<<32 + uint64(int64(d%time.Second)<<32/int64(time.Second))
}
