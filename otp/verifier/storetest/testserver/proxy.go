package testserver

import (
	"bytes"
	"net"
	"sync"
	"testing"
)

// Cut is where a [Proxy] cuts a connection.
type Cut int

const (
	NoCut      Cut = iota
	CutRequest     // before the request is passed on
	CutReply       // after the server has answered, before the answer is passed on
)

// Proxy passes connections on to a server and cuts one when it is told to.
type Proxy struct {
	Address string // host:port
	server  string

	mu   sync.Mutex
	cut  Cut
	mark []byte
}

// StartProxy starts a proxy before the server at an address.
func StartProxy(tb testing.TB, server string) *Proxy {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { l.Close() })
	p := &Proxy{Address: l.Addr().String(), server: server}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.pass(c)
		}
	}()
	return p
}

// CutAt cuts the connection of the next request that holds the mark.
func (p *Proxy) CutAt(cut Cut, mark string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut, p.mark = cut, []byte(mark)
}

// due is the cut that a request asks for. It is made once.
func (p *Proxy) due(request []byte) Cut {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cut == NoCut || !bytes.Contains(request, p.mark) {
		return NoCut
	}
	due := p.cut
	p.cut = NoCut
	return due
}

func (p *Proxy) pass(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		return
	}
	defer server.Close()
	var mu sync.Mutex
	silent := false // the answer to what was passed on is kept back
	go func() {
		defer client.Close()
		buffer := make([]byte, 64<<10)
		for {
			n, err := server.Read(buffer)
			mu.Lock()
			stop := silent || err != nil
			mu.Unlock()
			if stop {
				return
			}
			if _, err := client.Write(buffer[:n]); err != nil {
				return
			}
		}
	}()
	buffer := make([]byte, 64<<10)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		switch p.due(buffer[:n]) {
		case CutRequest:
			return
		case CutReply:
			mu.Lock()
			silent = true
			mu.Unlock()
		}
		if _, err := server.Write(buffer[:n]); err != nil {
			return
		}
	}
}
