package drift

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"time"
)

// dates is how many Date headers are asked of one host: each falls near the
// boundary of a second as predicted by those before, so that four narrow the
// offset from 1 s to about 0.1 s.
const dates = 4

// host is an HTTPS host as a Source: it tells the time in the Date header of
// every response (RFC 9110 §6.6.1), to the second, authenticated by its
// certificate.
type host struct {
	url   string
	name  string
	host  string
	port  uint16
	roots *x509.CertPool
}

func newHost(raw string, roots *x509.CertPool) (host, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return host{}, fmt.Errorf("url %q: want https://host/", raw)
	}
	port := uint64(443)
	if u.Port() != "" {
		if port, err = strconv.ParseUint(u.Port(), 10, 16); err != nil || port == 0 {
			return host{}, fmt.Errorf("url %q: port %q is not a number from 1 to 65535", raw, u.Port())
		}
	}
	return host{u.String(), u.Host, u.Hostname(), uint16(port), roots}, nil
}

func (h host) Name() string { return h.name }
func (h host) Kind() Kind   { return HTTPS }

// Ask gives one sample for each of several Date headers.
func (h host) Ask(ctx context.Context, e Env, give func(Sample)) {
	fail := func(reason string) { give(Sample{Name: h.name, Kind: HTTPS, Rejected: reason}) }
	addresses, err := e.Lookup(ctx, h.host, h.port)
	if err != nil {
		fail(err.Error())
		return
	}
	addressed := make([]string, len(addresses))
	for n, a := range addresses {
		addressed[n] = a.String()
	}
	client := h.client(addressed)
	defer client.CloseIdleConnections()
	known := Everything
	for range dates {
		if known.Bounded() && !sleep(ctx, untilSecond(e.Now(), known)) {
			return
		}
		s := h.date(ctx, client, e.Now)
		if s.Rejected != "" {
			if !known.Bounded() {
				fail(s.Rejected)
			}
			return
		}
		known = Interval{max(known.Lo, s.Offset.Lo), min(known.Hi, s.Offset.Hi)}
		give(s)
		if known.Lo >= known.Hi {
			return
		}
	}
}

// date asks for one Date header.
func (h host) date(ctx context.Context, client *http.Client, now func() time.Time) Sample {
	s := Sample{Name: h.name, Kind: HTTPS, Offset: Everything}
	var t1 time.Time
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(c httptrace.GotConnInfo) {
		t1, s.Address = now(), c.Conn.RemoteAddr().String()
	}})
	q, err := http.NewRequestWithContext(ctx, http.MethodHead, h.url, nil)
	if err != nil {
		s.Rejected = err.Error()
		return s
	}
	q.Header.Set("Cache-Control", "no-cache")
	response, err := client.Do(q)
	t4 := now()
	s.At = t4
	if err != nil {
		s.Rejected = webFailure(err)
		return s
	}
	response.Body.Close()
	d, reason := h.read(response)
	if reason != "" {
		s.Rejected = reason
		return s
	}
	// The header was written between t1 and t4, and d is cut to the second.
	s.Offset = Interval{between(d, t4), between(d.Add(time.Second), t1)}.Widen(wander(between(t4, t1)))
	return s
}

// read takes the date from a response, or says why it is no evidence.
func (h host) read(r *http.Response) (time.Time, string) {
	switch {
	case r.StatusCode == http.StatusNetworkAuthenticationRequired:
		return time.Time{}, "a captive portal answers in its place"
	case r.StatusCode >= 300 && r.StatusCode < 400:
		return time.Time{}, fmt.Sprintf("it redirects (status %d), as a captive portal does", r.StatusCode)
	case r.Header.Get("Age") != "":
		return time.Time{}, "a cache answers in its place (Age header)"
	}
	d, err := http.ParseTime(r.Header.Get("Date"))
	switch {
	case err != nil:
		return d, "it sends no valid Date header"
	case d.Before(floor):
		return d, fmt.Sprintf("it tells of %d, before this program was written", d.Year())
	case d.After(ceiling):
		return d, fmt.Sprintf("it tells of the year %d", d.Year())
	}
	return d, VerifyAt(*r.TLS, h.host, h.roots, d)
}

// VerifyAt says what is wrong with a certificate at the time that its own bearer
// tells, or "". A wrong clock makes ordinary verification fail, so that the
// handshake must be let through unverified and this be asked afterwards, before
// anything is believed. What it gives away: a stolen certificate that has
// expired passes together with a time at which it was valid.
func VerifyAt(state tls.ConnectionState, host string, roots *x509.CertPool, at time.Time) string {
	if len(state.PeerCertificates) == 0 {
		return "it shows no certificate"
	}
	rest := x509.NewCertPool()
	for _, c := range state.PeerCertificates[1:] {
		rest.AddCert(c)
	}
	_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{
		DNSName: host, Roots: roots, Intermediates: rest, CurrentTime: at,
	})
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	var authority x509.UnknownAuthorityError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &name):
		return "its certificate is for another name"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && at.Before(invalid.Cert.NotBefore):
		return "its certificate is not yet valid at the time it tells"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "its certificate has expired at the time it tells"
	case errors.As(err, &authority):
		return "its certificate is signed by an unknown authority"
	default:
		return "its certificate is not valid: " + err.Error()
	}
}

// client connects to the given addresses only, keeps its connection, follows no
// redirect and goes through no proxy, whose cache and delay would stand between.
func (h host) client(addresses []string) *http.Client {
	dial := func(ctx context.Context, network, _ string) (c net.Conn, err error) {
		for _, a := range addresses {
			if c, err = new(net.Dialer).DialContext(ctx, network, a); err == nil {
				return c, nil
			}
		}
		return nil, err
	}
	return &http.Client{
		Transport: &http.Transport{
			DialContext: dial,
			// Verified in read, at the time that the host tells: see VerifyAt.
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true, ServerName: h.host, MinVersion: tls.VersionTLS12},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func webFailure(err error) string {
	var timeout net.Error
	if errors.Is(err, context.Canceled) || errors.As(err, &timeout) && timeout.Timeout() {
		return "no answer in time"
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return NetworkFailure(err)
}

// untilSecond is how long to wait until a second of true time begins, by the
// middle of what is known: a header written there tells most.
func untilSecond(now time.Time, known Interval) time.Duration {
	t := now.Add(known.Mid())
	return t.Truncate(time.Second).Add(time.Second).Sub(t)
}

// sleep waits unless ctx ends first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
