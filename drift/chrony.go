package drift

import (
	"context"
	"encoding/binary"
	"net"
	"time"
)

// The numbers of chrony's command protocol, version 6 (candm.h).
const (
	chronyVersion  = 6
	chronyRequest  = 1
	chronyReply    = 2
	chronyTracking = 33  // the command
	chronyAnswer   = 5   // and the kind of reply to it
	chronyLength   = 104 // of a tracking reply; a request is padded to it
	chronyPatience = 200 * time.Millisecond
)

// chrony asks a chronyd how it is doing and reports whether there is one, and
// whether it is synchronized.
func chrony(ctx context.Context, address string) (known, synchronized bool) {
	ctx, cancel := context.WithTimeout(ctx, chronyPatience)
	defer cancel()
	c, err := new(net.Dialer).DialContext(ctx, "udp", address)
	if err != nil {
		return false, false
	}
	defer c.Close()
	deadline, _ := ctx.Deadline()
	c.SetDeadline(deadline)

	be := binary.BigEndian
	request := make([]byte, chronyLength)
	request[0], request[1] = chronyVersion, chronyRequest
	be.PutUint16(request[4:], chronyTracking)
	sequence := uint32(time.Now().UnixNano())
	be.PutUint32(request[8:], sequence)
	if _, err := c.Write(request); err != nil {
		return false, false
	}
	reply := make([]byte, 512)
	n, err := c.Read(reply)
	if err != nil || n < chronyLength || reply[0] != chronyVersion || reply[1] != chronyReply ||
		be.Uint16(reply[4:]) != chronyTracking || be.Uint16(reply[6:]) != chronyAnswer ||
		be.Uint16(reply[8:]) != 0 || be.Uint32(reply[16:]) != sequence {
		return false, false
	}
	// After a header of 28 bytes: reference ID (4), address (20), stratum (2),
	// leap status (2), where 3 is not synchronized. A chronyd that serves its own
	// clock ("local" in its configuration) calls that reference 127.127.1.1.
	reference, stratum, leap := be.Uint32(reply[28:]), be.Uint16(reply[52:]), be.Uint16(reply[54:])
	return true, leap != 3 && stratum > 0 && stratum < 16 && reference != 127<<24|127<<16|1<<8|1
}
