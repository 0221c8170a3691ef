package vault

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// What lies beside a vault file.
const (
	previousSuffix = ".bak"  // the version before
	tempSuffix     = ".tmp"  // a version that is being written; the lock guards it
	lockSuffix     = ".lock" // empty; locked while somebody writes
)

// maxFile bounds the file that is read, in bytes: some 200,000 accounts.
const maxFile = 64 << 20

// readFile reads a whole file that is no symbolic link.
func readFile(path string) ([]byte, error) {
	if err := checkPlain(path); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDONLY|noFollow, 0)
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("no permission to read it: %w", cause(err))
	}
	if err != nil {
		return nil, explain(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, explain(path, err)
	}
	b, err := readAll(io.LimitReader(f, maxFile+1), min(info.Size(), maxFile))
	if err != nil {
		return nil, explain(path, err)
	}
	if len(b) > maxFile {
		return nil, fmt.Errorf("it is larger than %d MiB: %w", maxFile>>20, ErrDamaged)
	}
	return b, nil
}

// readAll is io.ReadAll into a buffer that has about the right size from the
// start: fresh memory is what opening a large vault costs most.
func readAll(r io.Reader, size int64) ([]byte, error) {
	b := bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead))
	_, err := b.ReadFrom(r)
	return b.Bytes(), err
}

// checkPlain refuses what is not a plain file.
func checkPlain(path string) error {
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return explain(path, err)
	case info.Mode()&fs.ModeSymlink != 0:
		return ErrSymlink
	case !info.Mode().IsRegular():
		return fmt.Errorf("it is not a plain file")
	}
	return nil
}

// checkAbsent refuses a path where something is.
func checkAbsent(path string) error {
	err := checkPlain(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	return fs.ErrExist
}

func makeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return explain(dir, err)
	}
	return nil
}

// replaceFile makes data the file at path and keeps the version before. Whenever
// the process dies, path is the old file or the new one, whole. The caller holds
// the lock. at is called after each step, if it is not nil.
func replaceFile(path string, data []byte, at func(step string)) error {
	if at == nil {
		at = func(string) {}
	}
	if err := checkPlain(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	temp := path + tempSuffix
	if err := writeTemp(temp, data, at); err != nil {
		os.Remove(temp)
		return explain(path, err)
	}
	if err := keepPrevious(path, at); err != nil {
		os.Remove(temp)
		return explain(path, err)
	}
	if err := rename(temp, path); err != nil {
		os.Remove(temp)
		return explain(path, err)
	}
	at("renamed")
	if err := syncFolder(filepath.Dir(path)); err != nil {
		return explain(path, err)
	}
	at("folder synced")
	return nil
}

// writeWhole is replaceFile without a previous version.
func writeWhole(path string, data []byte) error {
	temp := path + tempSuffix
	err := writeTemp(temp, data, func(string) {})
	if err == nil {
		err = rename(temp, path)
	}
	if err != nil {
		os.Remove(temp)
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("there is no folder %s: %w", filepath.Dir(path), fs.ErrNotExist)
		}
		return explain(path, err)
	}
	return explain(path, syncFolder(filepath.Dir(path)))
}

// writeTemp writes data durably to a fresh file that only its owner can read.
func writeTemp(temp string, data []byte, at func(step string)) error {
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL|noFollow, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	at("temp created")
	half := len(data) / 2
	if _, err := f.Write(data[:half]); err != nil {
		return err
	}
	at("temp half written")
	if _, err := f.Write(data[half:]); err != nil {
		return err
	}
	at("temp written")
	if err := f.Sync(); err != nil {
		return err
	}
	at("temp synced")
	return f.Close()
}

// keepPrevious makes the file at path, if there is one, also the previous version.
// A hard link does it without a moment in which either is missing; where the file
// system has none, a copy does.
func keepPrevious(path string, at func(step string)) error {
	previous, temp := path+previousSuffix, path+previousSuffix+tempSuffix
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	err := os.Link(path, temp)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		data, err := readFile(path)
		if err != nil {
			return err
		}
		if err := writeTemp(temp, data, at); err != nil {
			os.Remove(temp)
			return err
		}
	}
	at("previous linked")
	if err := rename(temp, previous); err != nil {
		os.Remove(temp)
		return err
	}
	at("previous kept")
	return nil
}

// explain puts before a system error what it means for the vault.
func explain(path string, err error) error {
	switch {
	case err == nil:
		return nil
	case isFull(err):
		return fmt.Errorf("the disk is full, nothing was changed: %w", cause(err))
	case isReadOnly(err):
		return fmt.Errorf("the file system is read-only: %w", cause(err))
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("no permission to use the file or to write in the folder %s: %w", filepath.Dir(path), cause(err))
	case errors.Is(err, fs.ErrNotExist):
		return fs.ErrNotExist
	}
	return err
}

// cause is err without the operation and path that os puts before it.
func cause(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}
