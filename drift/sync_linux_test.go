package drift

import (
	"net"
	"testing"

	"github.com/authctl/authctl/drift/drifttest"
)

// A real chronyd answers on its command port. (This test stands inside the
// package because Synchronization itself asks only the chronyd of the machine.)
func TestChronyCommand(t *testing.T) {
	free, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.LocalAddr().String()
	free.Close()
	_, port, _ := net.SplitHostPort(address)
	if known, _ := chrony(t.Context(), address); known {
		t.Fatal("nobody listens, but chrony is known")
	}
	drifttest.StartChronyd(t, "", "cmdport "+port, "bindcmdaddress 127.0.0.1")
	known, synchronized := chrony(t.Context(), address)
	if !known || synchronized {
		t.Errorf("known %t, synchronized %t; want known, and not synchronized as it has no source", known, synchronized)
	}
}
