package vault

import (
	"context"
	"errors"
	"os"
	"time"

	"golang.org/x/sys/windows"
)

const noFollow = 0 // checkPlain alone refuses links

// poll is how often a lock or a file that somebody else holds is tried again.
const poll = 5 * time.Millisecond

// lockFile waits until this caller alone may write the vault at path. The system
// releases the lock when its process dies, so it is never stale.
func lockFile(ctx context.Context, path string) (unlock func(), err error) {
	if err := ctx.Err(); err != nil { // a free lock does not wait, so that nothing else would see it
		return nil, err
	}
	f, err := os.OpenFile(path+lockSuffix, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, explain(path, err)
	}
	for {
		err := windows.LockFileEx(windows.Handle(f.Fd()),
			windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, new(windows.Overlapped))
		if err == nil {
			return func() { f.Close() }, nil
		}
		if !errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
			f.Close()
			return nil, os.NewSyscallError("LockFileEx", err)
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, errors.Join(errors.New("another process is writing the vault"), ctx.Err())
		case <-time.After(poll):
		}
	}
}

// rename replaces to. Virus scanners and indexers hold fresh files open for a
// moment, in which Windows refuses.
func rename(from, to string) error {
	err := os.Rename(from, to)
	for range 100 {
		if !errors.Is(err, windows.ERROR_ACCESS_DENIED) && !errors.Is(err, windows.ERROR_SHARING_VIOLATION) {
			break
		}
		time.Sleep(poll)
		err = os.Rename(from, to)
	}
	return err
}

// syncFolder does nothing: Windows cannot flush a folder, and NTFS journals names.
func syncFolder(string) error { return nil }

func isFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL)
}

func isReadOnly(err error) bool { return errors.Is(err, windows.ERROR_WRITE_PROTECT) }
