package drifttest

import (
	"encoding/binary"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// A Server is an NTP server on loopback.
type Server struct {
	// Addr is its host:port.
	Addr string

	conn     net.PacketConn
	lies     []Lie
	requests atomic.Int64
	sending  sync.WaitGroup
}

// NewServer starts a server on 127.0.0.1. It panics if it cannot listen there,
// like httptest.NewServer.
func NewServer(lies ...Lie) *Server { return listen("127.0.0.1:0", lies) }

// NewServer6 starts a server on ::1.
func NewServer6(lies ...Lie) *Server { return listen("[::1]:0", lies) }

func listen(address string, lies []Lie) *Server {
	c, err := net.ListenPacket("udp", address)
	if err != nil {
		panic("drifttest: cannot listen: " + err.Error())
	}
	s := &Server{Addr: c.LocalAddr().String(), conn: c, lies: lies}
	s.sending.Add(1)
	go s.serve()
	return s
}

// Close stops the server and waits until nothing more is sent.
func (s *Server) Close() {
	s.conn.Close()
	s.sending.Wait()
}

// Requests counts the requests that have arrived.
func (s *Server) Requests() int { return int(s.requests.Load()) }

func (s *Server) serve() {
	defer s.sending.Done()
	buffer := make([]byte, 2048)
	for {
		n, from, err := s.conn.ReadFrom(buffer)
		if err != nil {
			return
		}
		arrived := time.Now()
		if n < 48 {
			continue
		}
		request := make([]byte, n)
		copy(request, buffer)
		nth := int(s.requests.Add(1))
		s.sending.Add(1)
		go func() {
			defer s.sending.Done()
			s.answer(request, arrived, nth, from)
		}()
	}
}

// answer makes the honest reply, lets the lies change it, and sends it.
func (s *Server) answer(request []byte, arrived time.Time, nth int, to net.Addr) {
	r := honest(request, nth)
	for _, lie := range s.lies {
		lie(r)
	}
	time.Sleep(r.RequestDelay)
	r.stamp(arrived.Add(r.RequestDelay), time.Now())
	time.Sleep(r.ReplyDelay)
	for _, b := range r.Before {
		s.conn.WriteTo(b(r.bytes()), to)
	}
	for range r.Copies {
		s.conn.WriteTo(r.bytes(), to)
	}
}

// A Reply is what a server is about to send.
type Reply struct {
	Nth int // 1 for the first request to this server

	Leap, Version, Mode uint8
	Stratum             uint8
	Poll, Precision     int8
	RootDelay, RootDisp time.Duration
	RefID               [4]byte

	// Offset is what the server's clock is ahead of true time.
	Offset time.Duration
	// Set, if not nil, changes the stamps after they are taken.
	Set func(*Stamps)

	RequestDelay time.Duration // the way of the request takes so much longer
	ReplyDelay   time.Duration // and the way of the reply

	Copies int                   // how often it is sent; 0 is silence
	Before []func([]byte) []byte // other datagrams sent first, made from the reply

	stamps Stamps
}

// Stamps are the four times of a reply in NTP's own format: seconds since 1900
// in the upper half, the fraction in the lower.
type Stamps struct{ Reference, Origin, Receive, Transmit uint64 }

func honest(request []byte, nth int) *Reply {
	return &Reply{
		Nth:     nth,
		Version: request[0] >> 3 & 7, Mode: 4, Stratum: 2, Poll: 6, Precision: -20,
		RefID:  [4]byte{127, 127, 1, 1},
		Copies: 1,
		stamps: Stamps{Origin: binary.BigEndian.Uint64(request[40:])},
	}
}

// stamp takes the times, a server's clock being offset.
func (r *Reply) stamp(received, sent time.Time) {
	r.stamps.Receive = Timestamp(received.Add(r.Offset))
	r.stamps.Transmit = Timestamp(sent.Add(r.Offset))
	r.stamps.Reference = Timestamp(received.Add(r.Offset - time.Minute))
	if r.Set != nil {
		r.Set(&r.stamps)
	}
}

func (r *Reply) bytes() []byte {
	b := make([]byte, 48)
	be := binary.BigEndian
	b[0] = r.Leap<<6 | r.Version<<3 | r.Mode
	b[1], b[2], b[3] = r.Stratum, byte(r.Poll), byte(r.Precision)
	be.PutUint32(b[4:], short(r.RootDelay))
	be.PutUint32(b[8:], short(r.RootDisp))
	copy(b[12:], r.RefID[:])
	be.PutUint64(b[16:], r.stamps.Reference)
	be.PutUint64(b[24:], r.stamps.Origin)
	be.PutUint64(b[32:], r.stamps.Receive)
	be.PutUint64(b[40:], r.stamps.Transmit)
	return b
}

// Timestamp is a time in NTP's 64-bit format, its era dropped (RFC 5905 §6).
func Timestamp(t time.Time) uint64 {
	const since1900 = 2208988800 // 1900-01-01 to 1970-01-01 in seconds
	return uint64(t.Unix()+since1900)<<32 | uint64(t.Nanosecond())<<32/1e9
}

// short is NTP's 32-bit format: 16 bits of seconds, 16 of fraction.
func short(d time.Duration) uint32 {
	return uint32(uint64(d) << 16 / uint64(time.Second))
}
