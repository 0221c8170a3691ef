package drifttest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"time"
)

// Web says how an HTTPS server behaves. The zero value is honest.
type Web struct {
	// Offset is what its clock is ahead of true time.
	Offset time.Duration
	// Header is added to each response: an Age, for one.
	Header http.Header
	// Status is sent instead of 200.
	Status int
	// NoDate leaves out the Date header.
	NoDate bool
	// Name is what the certificate is for. Empty means 127.0.0.1 and localhost.
	Name string
	// NotBefore and NotAfter bound the certificate. Zero means a day to either
	// side of the server's own time.
	NotBefore, NotAfter time.Time
}

// An HTTPS is an HTTPS server on loopback.
type HTTPS struct {
	// URL is its address, https://127.0.0.1:port/.
	URL string

	certificate *x509.Certificate
	server      *httptest.Server
}

// NewHTTPS starts a server. It panics if it cannot, like httptest.NewTLSServer.
func NewHTTPS(w Web) *HTTPS {
	certificate, err := w.certificate()
	if err != nil {
		panic("drifttest: cannot make a certificate: " + err.Error())
	}
	s := httptest.NewUnstartedServer(w)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // refused certificates are part of the test
	s.StartTLS()
	return &HTTPS{URL: s.URL + "/", certificate: certificate.Leaf, server: s}
}

// AddTo makes a pool trust the server's certificate, which is its own.
func (h *HTTPS) AddTo(roots *x509.CertPool) { roots.AddCert(h.certificate) }

// Close stops the server.
func (h *HTTPS) Close() { h.server.Close() }

// ServeHTTP answers every request with the server's date.
func (w Web) ServeHTTP(out http.ResponseWriter, _ *http.Request) {
	header := out.Header()
	header.Set("Date", time.Now().Add(w.Offset).UTC().Format(http.TimeFormat))
	if w.NoDate {
		header["Date"] = nil // net/http adds none where the key exists
	}
	for k, v := range w.Header {
		header[k] = v
	}
	if w.Status != 0 {
		out.WriteHeader(w.Status)
	}
}

func (w Web) certificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	now := time.Now().Add(w.Offset)
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "drifttest"},
		NotBefore: w.NotBefore, NotAfter: w.NotAfter,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:    []string{w.Name},
	}
	if w.Name == "" {
		c.DNSNames, c.IPAddresses = []string{"localhost"}, []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	}
	if c.NotBefore.IsZero() {
		c.NotBefore = now.Add(-24 * time.Hour)
	}
	if c.NotAfter.IsZero() {
		c.NotAfter = now.Add(24 * time.Hour)
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := x509.ParseCertificate(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, err
}
