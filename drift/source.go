package drift

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// A Source can be asked for the time. NTP servers and HTTPS hosts are built in;
// package drift/nts gives another. Implementations are safe for use by several
// goroutines.
type Source interface {
	// Name is how the source appears in a report. Sources of one name share
	// one vote.
	Name() string
	// Kind is how it is asked.
	Kind() Kind
	// Ask asks once, giving each answer as it comes: an NTP server has one, an
	// HTTPS host several that bound the offset ever closer. It returns when no
	// better answer is to be had or ctx ends, and gives a failure as a Sample
	// with Rejected set. The local time is what e.Now says, never time.Now.
	Ask(ctx context.Context, e Env, give func(Sample))
}

// An Env is what a measurement lends to its sources.
type Env struct {
	// Now is the clock in question, steady for the length of the measurement.
	Now func() time.Time
	// Resolver looks up names.
	Resolver Resolver
}

// A Resolver looks up the addresses of a host. *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Lookup gives at most one IPv4 and one IPv6 address of a host, with the port:
// more addresses of one name would not be more votes. A name that is an address
// is not looked up.
func (e Env) Lookup(ctx context.Context, host string, port uint16) ([]netip.AddrPort, error) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return []netip.AddrPort{netip.AddrPortFrom(ip, port)}, nil
	}
	ips, err := e.Resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, errors.New(lookupFailure(err))
	}
	var v4, v6, out []netip.AddrPort
	for _, ip := range ips {
		ip = ip.Unmap()
		if ip.Is4() {
			v4 = append(v4, netip.AddrPortFrom(ip, port))
		} else {
			v6 = append(v6, netip.AddrPortFrom(ip, port))
		}
	}
	for _, family := range [][]netip.AddrPort{v6, v4} {
		if len(family) > 0 {
			out = append(out, family[0])
		}
	}
	if len(out) == 0 {
		return nil, errors.New("its name has no address")
	}
	return out, nil
}

// lookupFailure says why a name has no address, without the name, so that the
// same cause reads the same for every source.
func lookupFailure(err error) string {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return "its name does not exist"
	case errors.As(err, &dns) && dns.IsTimeout, errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return "its name could not be looked up in time"
	default:
		return "its name could not be looked up (no network?)"
	}
}

// SplitServer takes "host", "host:port", "address", "[address]:port" apart.
func SplitServer(server string, defaultPort uint16) (host string, port uint16, err error) {
	if ip, err := netip.ParseAddr(strings.Trim(server, "[]")); err == nil {
		return ip.String(), defaultPort, nil
	}
	host, number := server, ""
	if strings.Contains(server, ":") {
		if host, number, err = net.SplitHostPort(server); err != nil {
			return "", 0, fmt.Errorf("server %q: want host or host:port", server)
		}
		p, err := strconv.ParseUint(number, 10, 16)
		if err != nil || p == 0 {
			return "", 0, fmt.Errorf("server %q: port %q is not a number from 1 to 65535", server, number)
		}
		defaultPort = uint16(p)
	}
	if host == "" || strings.ContainsAny(host, " \t\r\n/@?#") {
		return "", 0, fmt.Errorf("server %q: want host or host:port", server)
	}
	return host, defaultPort, nil
}
