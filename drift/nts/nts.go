// Package nts makes an authenticated source of time for package drift: NTP under
// Network Time Security (RFC 8915). One such source is enough for a verdict, and
// it exposes a majority of NTP servers that lie.
//
//	source, err := nts.New("time.cloudflare.com")
//	report, err := drift.Measure(ctx, drift.Options{Sources: []drift.Source{source}})
//
// It stands apart from drift because its cryptography costs dependencies that
// only those should link who want it.
package nts

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/facebook/time/ntp/ntske"
	"github.com/facebook/time/ntp/protocol"

	"github.com/authctl/authctl/drift"
)

const (
	keyExchangePort = 4460 // RFC 8915 §4
	ntpPort         = 123
)

// A Source is an NTS server. It keeps the keys and cookies of one key exchange,
// so that asking again takes no second one. It is safe for concurrent use.
type Source struct {
	// Roots are trusted to sign the server's certificate. Nil means those of
	// the system.
	Roots *x509.CertPool

	name string
	host string
	port uint16

	mu      sync.Mutex
	session *session
}

var _ drift.Source = (*Source)(nil)

// New makes a source of a server of NTS key exchange: "host" or "host:port".
func New(server string) (*Source, error) {
	host, port, err := drift.SplitServer(server, keyExchangePort)
	if err != nil {
		return nil, err
	}
	return &Source{name: server, host: host, port: port}, nil
}

// Name is the server as it was given to New.
func (s *Source) Name() string { return s.name }

// Kind is drift.NTS.
func (s *Source) Kind() drift.Kind { return drift.NTS }

// Ask gives one sample.
func (s *Source) Ask(ctx context.Context, e drift.Env, give func(drift.Sample)) {
	x := s.ask(ctx, e)
	x.Name, x.Kind = s.name, drift.NTS
	give(x)
}

func (s *Source) ask(ctx context.Context, e drift.Env) drift.Sample {
	k, err := s.keys(ctx, e)
	if err != nil {
		return refused(reason(ctx, err))
	}
	query := k.query()
	if query == nil {
		s.forget(k)
		return refused("it has given no cookie to ask with")
	}
	x := drift.Query(ctx, k.address, e.Now, query)
	if x.Rejected != "" {
		s.forget(k) // its keys may be out of date (kiss NTSN): begin anew next time
		return x
	}
	// The certificate, at the time that the server tells: before that the clock
	// was not to be trusted with the question.
	if bad := drift.VerifyAt(k.state, s.host, s.Roots, x.At.Add(x.Offset.Mid())); bad != "" {
		s.forget(k)
		x.Rejected, x.Offset = bad, drift.Everything
	}
	return x
}

func refused(why string) drift.Sample {
	return drift.Sample{Rejected: why, Offset: drift.Everything}
}

// keys returns the session that there is, or makes one.
func (s *Source) keys(ctx context.Context, e drift.Env) (*session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.session == nil {
		k, err := s.exchange(ctx, e)
		if err != nil {
			return nil, err
		}
		s.session = k
	}
	return s.session, nil
}

func (s *Source) forget(k *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.session == k {
		s.session = nil
	}
}

// exchange makes the key exchange with the first address that answers.
func (s *Source) exchange(ctx context.Context, e drift.Env) (*session, error) {
	addresses, err := e.Lookup(ctx, s.host, s.port)
	if err != nil {
		return nil, err
	}
	for _, a := range addresses {
		var k *session
		if k, err = s.exchangeWith(ctx, e, a); err == nil {
			return k, nil
		}
	}
	return nil, err
}

func (s *Source) exchangeWith(ctx context.Context, e drift.Env, a netip.AddrPort) (*session, error) {
	var state tls.ConnectionState
	client := ntske.Client{
		// The algorithm that every server must have; chrony has no other of these.
		SupportedAEAD: []uint16{uint16(protocol.AEADAESSIVCMAC256)},
		Timeout:       patience(ctx),
	}
	r, err := client.Handshake(ctx, a.String(), &tls.Config{
		ServerName:         s.host,
		InsecureSkipVerify: true, // verified in ask, at the time that the server tells
		VerifyConnection:   func(c tls.ConnectionState) error { state = c; return nil },
	})
	if err != nil {
		return nil, err
	}
	address, err := ntpAddress(ctx, e, a, r)
	if err != nil {
		return nil, err
	}
	return newSession(r, address, state)
}

func patience(ctx context.Context) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return max(time.Until(deadline), time.Nanosecond)
	}
	return drift.DefaultTimeout
}

// ntpAddress is where the server of key exchange sends us for the time: by
// default the same host (RFC 8915 §4.1.7, §4.1.8).
func ntpAddress(ctx context.Context, e drift.Env, a netip.AddrPort, r *ntske.HandshakeResult) (netip.AddrPort, error) {
	port := uint16(ntpPort)
	if r.NTPPort != 0 {
		port = r.NTPPort
	}
	if r.NTPServer == "" {
		return netip.AddrPortFrom(a.Addr(), port), nil
	}
	addresses, err := e.Lookup(ctx, r.NTPServer, port)
	if err != nil {
		return netip.AddrPort{}, err
	}
	for _, other := range addresses {
		if other.Addr().Is4() == a.Addr().Is4() {
			return other, nil
		}
	}
	return addresses[0], nil
}

// reason words why there are no keys.
func reason(ctx context.Context, err error) string {
	var timeout net.Error
	if ctx.Err() != nil || errors.As(err, &timeout) && timeout.Timeout() {
		return "no answer to the key exchange in time"
	}
	return "the key exchange failed: " + drift.NetworkFailure(err)
}
