package nts

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"net/netip"
	"sync"

	"github.com/facebook/time/ntp/ntske"
	"github.com/facebook/time/ntp/protocol"
	"github.com/facebook/time/ntp/protocol/nts"
	"github.com/facebook/time/ntp/protocol/nts/aessiv"
)

const (
	headerSize = 48 // of NTP; extension fields follow
	nonceSize  = 16 // chrony refuses an empty nonce, which RFC 8915 §5.6 would allow
	maxCookies = 8
)

// A session is what a key exchange leaves: two keys, and cookies of which each
// is good for one question (RFC 8915 §5.7).
type session struct {
	address  netip.AddrPort
	state    tls.ConnectionState
	c2s, s2c *aessiv.AESSIV

	mu      sync.Mutex
	cookies [][]byte
}

func newSession(r *ntske.HandshakeResult, address netip.AddrPort, state tls.ConnectionState) (*session, error) {
	c2s, err := aessiv.NewAESSIV(r.C2S)
	if err != nil {
		return nil, err
	}
	s2c, err := aessiv.NewAESSIV(r.S2C)
	if err != nil {
		return nil, err
	}
	return &session{address: address, state: state, c2s: c2s, s2c: s2c, cookies: r.Cookies}, nil
}

// query takes a cookie for one question, or returns nil if there is none left.
func (s *session) query() *query {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.cookies) == 0 {
		return nil
	}
	q := &query{session: s, cookie: s.cookies[0], id: make([]byte, nts.MinUniqueIdentifierLen)}
	s.cookies = s.cookies[1:]
	rand.Read(q.id) // never fails
	return q
}

func (s *session) keep(cookie []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.cookies) < maxCookies {
		s.cookies = append(s.cookies, cookie)
	}
}

// A query is the NTS part of one question, as a drift.Extension.
type query struct {
	*session
	id     []byte
	cookie []byte
}

// ProcessQuery appends the identifier, the cookie and the authenticator, in the
// order of RFC 8915 §5.7.
func (q *query) ProcessQuery(b *bytes.Buffer) error {
	fields, err := protocol.MarshalExtensionFields([]protocol.ExtensionField{
		nts.NewUniqueIdentifier(q.id), nts.NewCookie(q.cookie),
	})
	if err != nil {
		return err
	}
	b.Write(fields)
	nonce := make([]byte, nonceSize)
	rand.Read(nonce)
	sealed, err := q.c2s.Seal(nil, nil, b.Bytes(), nonce)
	if err != nil {
		return err
	}
	body, err := nts.MarshalAuthenticatorBody(nonce, sealed)
	if err != nil {
		return err
	}
	field, err := protocol.ExtensionField{Type: protocol.NTSAuthenticator, Body: body}.Encode()
	b.Write(field)
	return err
}

var (
	errOtherQuestion   = errors.New("the reply is to another question")
	errNoAuthenticator = errors.New("the reply has no authenticator")
)

// ProcessResponse believes a reply that repeats the identifier and whose
// authenticator covers everything before it. What follows the authenticator is
// not looked at.
func (q *query) ProcessResponse(b []byte) error {
	answered := false
	for at := headerSize; at+protocol.ExtensionHeaderSize <= len(b); {
		kind := protocol.ExtensionFieldType(binary.BigEndian.Uint16(b[at:]))
		length := int(binary.BigEndian.Uint16(b[at+2:]))
		if length < protocol.ExtensionHeaderSize || at+length > len(b) {
			return protocol.ErrExtensionTruncated
		}
		body := b[at+protocol.ExtensionHeaderSize : at+length]
		switch kind {
		case protocol.UniqueIdentifier:
			answered = bytes.Equal(body, q.id)
		case protocol.NTSAuthenticator:
			if !answered {
				return errOtherQuestion
			}
			return q.open(b[:at], body)
		}
		at += length
	}
	return errNoAuthenticator
}

// open verifies the authenticator and takes the new cookies out of it.
func (q *query) open(before, body []byte) error {
	a, err := nts.ParseAuthenticatorBody(body)
	if err != nil {
		return err
	}
	plain, err := q.s2c.Open(nil, a.Ciphertext, before, a.Nonce)
	if err != nil {
		return err
	}
	fields, err := protocol.ParseExtensionFields(plain)
	if err != nil {
		return err
	}
	for _, f := range fields {
		if f.Type == protocol.NTSCookie {
			q.keep(f.Body)
		}
	}
	return nil
}
