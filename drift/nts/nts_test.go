package nts_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/authctl/authctl/drift"
	"github.com/authctl/authctl/drift/drifttest"
	"github.com/authctl/authctl/drift/nts"
)

const day = 24 * time.Hour

// serve starts a chronyd with NTS and returns a source of it. Its certificate is
// for a name and for a span of days around now.
func serve(t *testing.T, faketime, name string, from, to time.Duration) *nts.Source {
	t.Helper()
	dir, roots := t.TempDir(), x509.NewCertPool()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Now().Add(from), NotAfter: time.Now().Add(to),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		DNSNames: []string{name}, IPAddresses: []net.IP{net.ParseIP(name)},
	}
	if net.ParseIP(name) == nil {
		template.IPAddresses = nil
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots.AddCert(certificate)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write := func(file, kind string, b []byte) string {
		path := filepath.Join(dir, file)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free.Close()
	port := free.Addr().(*net.TCPAddr).Port
	drifttest.StartChronyd(t, faketime,
		fmt.Sprintf("ntsport %d", port), "ntsprocesses 0", "ntsdumpdir "+dir,
		"ntsserverkey "+write("key.pem", "PRIVATE KEY", secret),
		"ntsservercert "+write("cert.pem", "CERTIFICATE", der))
	s, err := nts.New(fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	s.Roots = roots
	return s
}

func measure(t *testing.T, o drift.Options) drift.Report {
	t.Helper()
	o.Timeout = 5 * time.Second
	r, err := drift.Measure(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// One authenticated server is enough.
func TestChronyd(t *testing.T) {
	source := serve(t, "", "127.0.0.1", -day, day)
	for range 12 { // more often than there were cookies to begin with
		r := measure(t, drift.Options{Sources: []drift.Source{source}})
		if r.Verdict != drift.OK || !r.Confirmed || r.Sources[0].Kind != drift.NTS {
			t.Fatalf("%s, confirmed %t: %s", r.Verdict, r.Confirmed, r.Reason)
		}
	}
}

// The clock under test is wrong by years, so that the certificate seems to have
// expired; at the time that the server proves it is good.
func TestChronydClockFarOff(t *testing.T) {
	source := serve(t, "", "127.0.0.1", -day, day)
	for _, offset := range []time.Duration{90 * time.Second, 20 * 365 * day, -20 * 365 * day} {
		r := measure(t, drift.Options{
			Sources: []drift.Source{source}, Clock: drift.Clock(drift.Machine).Plus(-offset),
		})
		if r.Verdict != drift.Bad || !r.Offset.Contains(offset) || !r.Confirmed {
			t.Errorf("offset %v: %s, %s", offset, r.Verdict, r.Reason)
		}
	}
}

// A lying majority is contradicted.
func TestChronydContradictsLiars(t *testing.T) {
	o := drift.Options{Sources: []drift.Source{serve(t, "", "127.0.0.1", -day, day)}}
	for range 3 {
		s := drifttest.NewServer(drifttest.Offset(90 * time.Second))
		t.Cleanup(s.Close)
		o.Servers = append(o.Servers, s.Addr)
	}
	r := measure(t, o)
	if r.Verdict != drift.Unknown || !strings.Contains(r.Reason, "tampering") {
		t.Errorf("%s: %s", r.Verdict, r.Reason)
	}
}

func TestChronydRejected(t *testing.T) {
	for _, c := range []struct {
		what, name string
		from, to   time.Duration
		distrust   bool
		want       string
	}{
		{"expired", "127.0.0.1", -3 * day, -2 * day, false, "expired"},
		{"not yet valid", "127.0.0.1", 2 * day, 3 * day, false, "not yet valid"},
		{"another name", "other.example", -day, day, false, "another name"},
		{"unknown authority", "127.0.0.1", -day, day, true, "unknown authority"},
	} {
		t.Run(c.what, func(t *testing.T) {
			source := serve(t, "", c.name, c.from, c.to)
			if c.distrust {
				source.Roots = x509.NewCertPool()
			}
			r := measure(t, drift.Options{Sources: []drift.Source{source}})
			if r.Verdict != drift.Unknown || r.Offset != drift.Everything || !strings.Contains(r.Reason, c.want) {
				t.Errorf("%s: %s", r.Verdict, r.Reason)
			}
		})
	}
}

// A server that does not speak NTS.
func TestNobodyListens(t *testing.T) {
	source, err := nts.New("127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	r := measure(t, drift.Options{Sources: []drift.Source{source}})
	if r.Verdict != drift.Unknown || !strings.Contains(r.Reason, "nothing listens there") {
		t.Errorf("%s: %s", r.Verdict, r.Reason)
	}
	if _, err := nts.New("https://example"); err == nil {
		t.Error("a URL is taken for a server")
	}
}
