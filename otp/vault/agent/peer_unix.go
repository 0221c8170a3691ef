//go:build unix

package agent

import (
	"fmt"
	"os"
	"syscall"
)

// checkFolder refuses a folder that others can enter or own, in which the socket
// could be somebody else's.
func checkFolder(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.IsDir():
		return fmt.Errorf("%s is not a folder", dir)
	case ok && int(stat.Uid) != os.Geteuid():
		return fmt.Errorf("%s belongs to another user", dir)
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("%s can be entered by others (mode %v, not 0700)", dir, info.Mode().Perm())
	}
	return nil
}
