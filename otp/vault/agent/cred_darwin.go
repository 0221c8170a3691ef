package agent

import (
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// checkPeer asks the kernel whether the other side of conn runs as this user.
func checkPeer(conn net.Conn) error {
	raw, err := conn.(*net.UnixConn).SyscallConn()
	if err != nil {
		return err
	}
	var cred *unix.Xucred
	var credErr error
	err = raw.Control(func(fd uintptr) {
		cred, credErr = unix.GetsockoptXucred(int(fd), unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
	})
	switch {
	case err != nil:
		return err
	case credErr != nil:
		return os.NewSyscallError("getsockopt", credErr)
	case int(cred.Uid) != os.Geteuid():
		return fmt.Errorf("the other side runs as user %d, not %d", cred.Uid, os.Geteuid())
	}
	return nil
}
