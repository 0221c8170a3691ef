package drift

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/beevik/ntp"
)

// floor is a moment before which no true time can lie, for this program was
// written later. A server that tells of an earlier time is wrong.
var floor = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// ceiling is where NTP's 32-bit seconds, read with a pivot in 1970, stop being
// good (era 1 of RFC 5905 §6 ends a little later, in 2106).
var ceiling = time.Date(2100, time.January, 1, 0, 0, 0, 0, time.UTC)

const (
	maxDistance = 16 * time.Second // MAXDISP of RFC 5905 §7.2
	maxFresh    = 36 * time.Hour   // the longest poll interval, 2^17 s
	secondTry   = time.Second / 2  // when a lost datagram is asked for again
	longest     = 24 * time.Hour   // a bound on the socket when ctx has none
)

// server is an NTP server as a Source.
type server struct {
	name string
	host string
	port uint16
}

func newServer(name string) (server, error) {
	host, port, err := SplitServer(name, 123)
	return server{name, host, port}, err
}

func (s server) Name() string { return s.name }
func (s server) Kind() Kind   { return NTP }

// Ask asks the IPv4 and the IPv6 address at once and gives the first usable
// answer, or else every failure.
func (s server) Ask(ctx context.Context, e Env, give func(Sample)) {
	base := Sample{Name: s.name, Kind: NTP}
	addresses, err := e.Lookup(ctx, s.host, s.port)
	if err != nil {
		base.Rejected = err.Error()
		give(base)
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := make(chan Sample)
	for _, a := range addresses {
		go func() { answers <- persist(ctx, a, e.Now) }()
	}
	var failures []Sample
	for range addresses {
		answer := <-answers
		answer.Name, answer.Kind = base.Name, base.Kind
		if answer.Rejected == "" {
			give(answer)
			go drain(answers, len(addresses)-len(failures)-1)
			return
		}
		failures = append(failures, answer)
	}
	for _, f := range failures {
		give(f)
	}
}

func drain(answers <-chan Sample, n int) {
	for range n {
		<-answers
	}
}

// persist asks an address, and once more if half a second brings no answer:
// datagrams get lost. The first question stays open meanwhile.
func persist(ctx context.Context, address netip.AddrPort, now func() time.Time) Sample {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := make(chan Sample, 2)
	ask := func() { answers <- Query(ctx, address, now) }
	go ask()
	again := time.NewTimer(secondTry)
	defer again.Stop()
	for asked := 1; ; {
		select {
		case s := <-answers:
			// A refusal is an answer: only silence is worth waiting out.
			if asked--; s.Rejected == "" || asked == 0 {
				return s
			}
		case <-again.C:
			asked++
			go ask()
		}
	}
}

// An Extension adds to an NTP request and checks the reply, as NTS does. Its
// methods are those of the type of that name in github.com/beevik/ntp.
type Extension interface {
	// ProcessQuery may append extension fields to the 48 bytes of the header.
	ProcessQuery(*bytes.Buffer) error
	// ProcessResponse says whether a datagram may be believed. One that may
	// not is dropped and the next is awaited.
	ProcessResponse([]byte) error
}

// Query asks one address once (twice, if the reply came as the NTP era changed)
// and returns the one reply that belongs to the question, or why there is none.
// The name and kind of the sample are left to the caller.
func Query(ctx context.Context, address netip.AddrPort, now func() time.Time, ext ...Extension) Sample {
	s := query(ctx, address, now, ext)
	if s.Rejected == eraStraddled {
		s = query(ctx, address, now, ext)
	}
	return s
}

const eraStraddled = "its times run backwards"

func query(ctx context.Context, address netip.AddrPort, now func() time.Time, ext []Extension) Sample {
	s := Sample{Address: address.String(), Kind: NTP, Offset: Everything}
	var c *conn
	response, err := ntp.QueryWithOptions(address.String(), ntp.QueryOptions{
		Timeout:       patience(ctx),
		GetSystemTime: now,
		Extensions:    outgoing(ext),
		Dialer: func(_, remote string) (_ net.Conn, err error) {
			c, err = dial(ctx, remote, ext)
			return c, err
		},
	})
	s.At = now()
	if err != nil {
		s.Rejected, s.Kiss = failure(err, c)
		return s
	}
	if s.Rejected = unfit(response, c.reply); s.Rejected != "" {
		return s
	}
	s.Offset, err = exchange(response).Offset()
	if err != nil {
		s.Rejected = err.Error()
	}
	return s
}

func patience(ctx context.Context) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return max(time.Until(deadline), time.Nanosecond)
	}
	return longest
}

// exchange reads the four stamps. The library's own ClockOffset, RTT and
// RootDistance overflow or clamp for clocks that are far off; they are not used.
func exchange(r *ntp.Response) Exchange {
	e := Exchange{
		T1: r.Timestamps.ClientXmit, T2: r.Timestamps.ServerRecv,
		T3: r.Timestamps.ServerXmit, T4: r.Timestamps.ClientRecv,
		Error: r.RootDelay/2 + r.RootDispersion + r.Precision,
	}
	// Around a leap second servers differ by as much as that second, some
	// stepping, some smearing it over a day.
	if r.Leap == ntp.LeapAddSecond || r.Leap == ntp.LeapDelSecond {
		e.Error += time.Second
	}
	return e
}

// unfit says why a well-formed reply is no evidence about the time (RFC 5905
// §7.3, and A.5.1.1 for the distance), or "".
func unfit(r *ntp.Response, raw header) string {
	switch t3 := r.Timestamps.ServerXmit; {
	case r.Leap == ntp.LeapNotInSync:
		return "it says that it is not synchronized (leap 3)"
	case r.Stratum == 0 || r.Stratum >= 16:
		return fmt.Sprintf("it says that it is not synchronized (stratum %d)", r.Stratum)
	case raw.receive == 0:
		return "its receive time is zero"
	case raw.precision > 0:
		return fmt.Sprintf("its precision is worse than a second (2^%d s)", raw.precision)
	case r.RootDelay/2+r.RootDispersion > maxDistance:
		return fmt.Sprintf("it is too far from its reference (root distance %s)", amount(r.RootDelay/2+r.RootDispersion))
	case raw.reference == 0:
		return "it was never set (reference time zero)"
	case r.ReferenceTime.After(t3):
		return "it was set in the future (reference time after its own time)"
	case t3.Sub(r.ReferenceTime) > maxFresh:
		return fmt.Sprintf("it was last set %s ago", amount(t3.Sub(r.ReferenceTime)))
	case t3.Before(floor):
		return fmt.Sprintf("it tells of %d, before this program was written", t3.UTC().Year())
	case t3.After(ceiling):
		return fmt.Sprintf("it tells of %d, after NTP's era", t3.UTC().Year())
	}
	return ""
}

// failure words an error of the exchange, with the kiss code if that was it.
func failure(err error, c *conn) (reason, kiss string) {
	var k kissError
	var timeout net.Error
	switch {
	case errors.As(err, &k):
		return k.Error(), k.code
	case errors.Is(err, ntp.ErrServerTickedBackwards):
		return eraStraddled, ""
	case errors.Is(err, ntp.ErrInvalidTransmitTime):
		return "its transmit time is zero", ""
	case c != nil && c.dropped.any() && (errors.As(err, &timeout) || errors.Is(err, net.ErrClosed)):
		return "no valid answer in time: " + c.dropped.String(), ""
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, net.ErrClosed):
		return "no answer in time", ""
	default:
		return NetworkFailure(err), ""
	}
}

// outgoing gives the library only the first half of an extension: replies are
// checked in the conn, where a bad one can still be dropped.
func outgoing(ext []Extension) []ntp.Extension {
	var out []ntp.Extension
	for _, e := range ext {
		out = append(out, request{e})
	}
	return out
}

type request struct{ Extension }

func (request) ProcessResponse([]byte) error { return nil }
