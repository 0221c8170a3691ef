package nts

import (
	"bytes"
	"crypto/tls"
	"net/netip"
	"testing"

	"github.com/facebook/time/ntp/ntske"
	"github.com/facebook/time/ntp/protocol"
	"github.com/facebook/time/ntp/protocol/nts"
)

// reply makes what an honest server would answer to a query: a header, the
// identifier, and an authenticator that carries a new cookie. (The test stands
// inside the package because only there are the keys.)
func reply(t testing.TB, q *query) (b []byte, authenticator int) {
	t.Helper()
	fields, err := protocol.MarshalExtensionFields([]protocol.ExtensionField{nts.NewUniqueIdentifier(q.id)})
	if err != nil {
		t.Fatal(err)
	}
	b = append(make([]byte, headerSize), fields...)
	cookie, err := nts.NewCookie([]byte("the next cookie ")).Encode()
	if err != nil {
		t.Fatal(err)
	}
	nonce := make([]byte, nonceSize)
	sealed, err := q.s2c.Seal(nil, cookie, b, nonce)
	if err != nil {
		t.Fatal(err)
	}
	body, err := nts.MarshalAuthenticatorBody(nonce, sealed)
	if err != nil {
		t.Fatal(err)
	}
	field, err := protocol.ExtensionField{Type: protocol.NTSAuthenticator, Body: body}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return append(b, field...), len(b)
}

func newQuery(t testing.TB) *query {
	t.Helper()
	s, err := newSession(&ntske.HandshakeResult{
		C2S: bytes.Repeat([]byte{1}, 32), S2C: bytes.Repeat([]byte{2}, 32), Cookies: [][]byte{[]byte("a cookie")},
	}, netip.AddrPort{}, tls.ConnectionState{})
	if err != nil {
		t.Fatal(err)
	}
	return s.query()
}

func TestReplyIsBelievedAsItWasSent(t *testing.T) {
	q := newQuery(t)
	b, _ := reply(t, q)
	if err := q.ProcessResponse(b); err != nil {
		t.Fatal(err)
	}
	if len(q.cookies) != 1 || string(q.cookies[0]) != "the next cookie " {
		t.Errorf("cookies %q, want the next one", q.cookies)
	}
}

// Whatever one bit is changed on the way, the reply is not believed.
func TestReplyWithAnyBitChangedIsRefused(t *testing.T) {
	q := newQuery(t)
	honest, _ := reply(t, q)
	for n := range honest {
		for bit := range 8 {
			b := bytes.Clone(honest)
			b[n] ^= 1 << bit
			if q.ProcessResponse(b) == nil {
				t.Fatalf("believed with bit %d of byte %d changed", bit, n)
			}
		}
	}
}

// The reply to one question is no reply to another.
func TestReplyToAnotherQuestionIsRefused(t *testing.T) {
	q := newQuery(t)
	b, _ := reply(t, q)
	other := *q
	other.id = bytes.Repeat([]byte{3}, len(q.id))
	if other.ProcessResponse(b) == nil {
		t.Error("believed")
	}
}

func FuzzProcessResponse(f *testing.F) {
	q := newQuery(f)
	honest, at := reply(f, q)
	f.Add(honest)
	f.Add(honest[:at])
	f.Fuzz(func(t *testing.T, b []byte) {
		// Only what the key signed is believed: here, what the honest reply has
		// before its authenticator.
		if q.ProcessResponse(b) == nil && !bytes.HasPrefix(b, honest[:at]) {
			t.Errorf("believed %x", b)
		}
	})
}
