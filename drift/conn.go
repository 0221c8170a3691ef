package drift

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
)

// header is what a conn reads of an NTP packet itself (RFC 5905 §7.3), in the
// wire's own numbers.
type header struct {
	version, mode, stratum uint8
	precision              int8
	reference              uint64
	origin                 uint64
	receive                uint64
	transmit               uint64
}

const headerSize = 48

func parseHeader(b []byte) header {
	be := binary.BigEndian
	return header{
		version: b[0] >> 3 & 7, mode: b[0] & 7, stratum: b[1], precision: int8(b[3]),
		reference: be.Uint64(b[16:]), origin: be.Uint64(b[24:]),
		receive: be.Uint64(b[32:]), transmit: be.Uint64(b[40:]),
	}
}

// A conn hands on only the reply that belongs to its one question. Whatever
// else arrives is counted and dropped, and reading goes on until the deadline:
// a forged or stray datagram must not end the exchange.
type conn struct {
	net.Conn
	check   []Extension
	origin  uint64 // the random number that we sent as transmit time
	reply   header
	dropped drops
	release func() bool
}

// dial opens the socket; the end of ctx closes it.
func dial(ctx context.Context, remote string, check []Extension) (*conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "udp", remote)
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, check: check, release: context.AfterFunc(ctx, func() { c.Close() })}, nil
}

func (c *conn) Close() error {
	c.release()
	return c.Conn.Close()
}

func (c *conn) Write(b []byte) (int, error) {
	c.origin = parseHeader(b).transmit
	return c.Conn.Write(b)
}

func (c *conn) Read(b []byte) (int, error) {
	for {
		n, err := c.Conn.Read(b)
		if err != nil {
			return 0, err
		}
		reason, err := c.examine(b[:n])
		if err != nil {
			return 0, err
		}
		if reason == "" {
			return n, nil
		}
		c.dropped.add(reason)
	}
}

// examine says why a datagram is not the reply, or "". An error is a reply that
// ends the exchange: a kiss-o'-death, which need not carry any time.
func (c *conn) examine(b []byte) (string, error) {
	if len(b) < headerSize {
		return "too short", nil
	}
	h := parseHeader(b)
	switch {
	case h.origin != c.origin:
		return "not an answer to our question", nil
	case h.mode != 4:
		return fmt.Sprintf("of mode %d", h.mode), nil
	case h.version != 3 && h.version != 4:
		return fmt.Sprintf("of version %d", h.version), nil
	}
	if code := kissCode(b[12:16]); h.stratum == 0 && code != "" {
		return "", kissError{code}
	}
	for _, e := range c.check {
		if e.ProcessResponse(b) != nil {
			return "not authentic", nil
		}
	}
	c.reply = h
	return "", nil
}

// kissCode is the reference identifier of a stratum 0 reply as its four letters
// (RFC 5905 §7.4), or "" if it is not that.
func kissCode(b []byte) string {
	for _, c := range b {
		if c < 'A' || c > 'Z' {
			return ""
		}
	}
	return string(b)
}

// A kissError is a server's request not to be asked.
type kissError struct{ code string }

func (k kissError) Error() string {
	switch k.code {
	case "RATE":
		return "it asks to be asked less often (kiss RATE)"
	case "DENY", "RSTR":
		return fmt.Sprintf("it refuses to serve us (kiss %s)", k.code)
	default:
		return fmt.Sprintf("it refuses to answer (kiss %s)", k.code)
	}
}

// drops counts dropped datagrams by reason, in the order of their first coming.
type drops struct {
	reasons []string
	count   map[string]int
}

func (d *drops) add(reason string) {
	if d.count == nil {
		d.count = map[string]int{}
	}
	if d.count[reason] == 0 {
		d.reasons = append(d.reasons, reason)
	}
	d.count[reason]++
}

func (d *drops) any() bool { return len(d.reasons) > 0 }

// String is "2 datagrams dropped as too short, 1 as of mode 3".
func (d *drops) String() string {
	parts := make([]string, len(d.reasons))
	for n, r := range d.reasons {
		parts[n] = fmt.Sprintf("%d as %s", d.count[r], r)
	}
	return "datagrams dropped, " + strings.Join(parts, ", ")
}

// NetworkFailure words what the network said, without the address, so that the
// same cause reads the same for every source.
func NetworkFailure(err error) string {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there (connection refused)"
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return "there is no network route to it"
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err.Error()
	}
	return err.Error()
}
