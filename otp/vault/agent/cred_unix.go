//go:build linux || darwin

package agent

import (
	"fmt"
	"net"
	"os"
)

// checkPeer asks the kernel whether the other side of conn runs as this user.
func checkPeer(conn net.Conn) error {
	raw, err := conn.(*net.UnixConn).SyscallConn()
	if err != nil {
		return err
	}
	var uid uint32
	var credErr error
	err = raw.Control(func(fd uintptr) { uid, credErr = peerUID(int(fd)) })
	switch {
	case err != nil:
		return err
	case credErr != nil:
		return os.NewSyscallError("getsockopt", credErr)
	case int(uid) != os.Geteuid():
		return fmt.Errorf("the other side runs as user %d, not %d", uid, os.Geteuid())
	}
	return nil
}
