//go:build unix

package vault

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"
)

const noFollow = syscall.O_NOFOLLOW

// lockPoll is how often a lock that somebody else holds is tried again.
const lockPoll = 5 * time.Millisecond

// lockFile waits until this caller alone may write the vault at path. The lock is
// one of flock(2) on a file beside it: the kernel releases it when its process
// dies, so it is never stale.
func lockFile(ctx context.Context, path string) (unlock func(), err error) {
	if err := ctx.Err(); err != nil { // a free lock does not wait, so that nothing else would see it
		return nil, err
	}
	f, err := os.OpenFile(path+lockSuffix, os.O_RDWR|os.O_CREATE|noFollow, 0o600)
	if err != nil {
		return nil, explain(path, err)
	}
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			f.Close()
			return nil, os.NewSyscallError("flock", err)
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, errors.Join(errors.New("another process is writing the vault"), ctx.Err())
		case <-time.After(lockPoll):
		}
	}
}

func rename(from, to string) error { return os.Rename(from, to) }

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

func isReadOnly(err error) bool { return errors.Is(err, syscall.EROFS) }
