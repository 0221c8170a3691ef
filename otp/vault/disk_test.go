//go:build linux

package vault_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/authctl/authctl/otp/vault"
)

// tmpfs mounts a file system of so many bytes.
func tmpfs(t *testing.T, size int) string {
	t.Helper()
	if os.Geteuid() != 0 {
		skip(t, "only root may mount a small file system")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		skip(t, "mount: "+err.Error())
	}
	t.Cleanup(func() { syscall.Unmount(dir, 0) })
	return dir
}

// small is a vault on a file system of its own.
func small(t *testing.T) (v *vault.Vault, dir string) {
	t.Helper()
	dir = tmpfs(t, 64<<10)
	v, err := vault.Create(context.Background(), filepath.Join(dir, "vault.age"), quick(t, passphrase), options)
	if err != nil {
		t.Fatal(err)
	}
	return v, dir
}

func addErr(v *vault.Vault, a vault.Account) error {
	return v.Update(context.Background(), func(tx *vault.Tx) error { _, err := tx.Add(a); return err })
}

func TestFullDiskChangesNothing(t *testing.T) {
	v, dir := small(t)
	a := add(t, v, vault.Account{Key: hotp(t, "a", 0)})
	fillDisk(t, filepath.Join(dir, "filler"))
	before, _ := os.ReadFile(v.Path())
	if err := addErr(v, vault.Account{Key: hotp(t, "b", 0)}); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Update = %v, want ENOSPC", err)
	}
	if code, _, err := v.NextHOTP(context.Background(), a.ID); code != "" || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("NextHOTP = %q, %v, want ENOSPC", code, err)
	}
	if after, _ := os.ReadFile(v.Path()); !bytes.Equal(before, after) {
		t.Error("the file was changed")
	}
	if _, err := os.Stat(v.Path() + ".tmp"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a half-written file takes up the full disk: %v", err)
	}
	if err := os.Remove(filepath.Join(dir, "filler")); err != nil {
		t.Fatal(err)
	}
	add(t, v, vault.Account{Key: hotp(t, "b", 0)})
}

// fillDisk writes until nothing more fits.
func fillDisk(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
}

func TestReadOnlyFileSystem(t *testing.T) {
	v, dir := small(t)
	add(t, v, vault.Account{Key: hotp(t, "a", 0)})
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		skip(t, "remount: "+err.Error())
	}
	if err := addErr(v, vault.Account{Key: hotp(t, "b", 0)}); !errors.Is(err, syscall.EROFS) {
		t.Errorf("Update = %v, want EROFS", err)
	}
	if n := len(open(t, v.Path(), identity(t, v)).Accounts()); n != 1 {
		t.Errorf("%d accounts can be read, want 1", n)
	}
}

// The five ways in which a file cannot be used read differently.
func TestFiveDifferentErrors(t *testing.T) {
	messages := map[string]string{}
	note := func(name string, err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
		messages[err.Error()] = name
	}
	v, dir := small(t)
	add(t, v, vault.Account{Key: hotp(t, "a", 0)})
	fillDisk(t, filepath.Join(dir, "filler"))
	note("full disk", addErr(v, vault.Account{Key: hotp(t, "b", 0)}), syscall.ENOSPC)
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		skip(t, "remount: "+err.Error())
	}
	note("read-only", addErr(v, vault.Account{Key: hotp(t, "b", 0)}), syscall.EROFS)

	link := filepath.Join(t.TempDir(), "link.age")
	if err := os.Symlink(v.Path(), link); err != nil {
		t.Fatal(err)
	}
	_, err := vault.Open(context.Background(), link, options, identity(t, v))
	note("symbolic link", err, vault.ErrSymlink)
	_, err = vault.Create(context.Background(), link, quick(t, passphrase), options)
	note("symbolic link to create", err, vault.ErrSymlink)
	_, err = vault.Open(context.Background(), v.Path(), options, byPassphrase(t, "wrong"))
	note("wrong passphrase", err, vault.ErrIdentity)
	torn := filepath.Join(t.TempDir(), "torn.age")
	file, _ := os.ReadFile(v.Path())
	if err := os.WriteFile(torn, file[:len(file)-1], 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = vault.Open(context.Background(), torn, options, identity(t, v))
	note("damaged", err, vault.ErrDamaged)
	if len(messages) != 6 {
		t.Errorf("messages are shared: %v", messages)
	}
}

func TestFolderWithoutPermission(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere; TestReadOnlyFileSystem covers root")
	}
	v := create(t)
	dir := filepath.Dir(v.Path())
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(dir, 0o700) })
	os.Remove(v.Path() + ".lock")
	if err := addErr(v, vault.Account{Key: hotp(t, "a", 0)}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Update = %v, want fs.ErrPermission", err)
	}
}

func TestLinkInTheWayIsNotFollowed(t *testing.T) {
	v := create(t)
	victim := filepath.Join(t.TempDir(), "victim")
	if err := os.WriteFile(victim, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{".tmp", ".bak", ".bak.tmp"} {
		if err := os.Symlink(victim, v.Path()+suffix); err != nil {
			t.Fatal(err)
		}
	}
	add(t, v, vault.Account{Key: hotp(t, "a", 0)})
	if b, _ := os.ReadFile(victim); string(b) != "precious" {
		t.Errorf("a link was followed: the file behind it is now %d bytes", len(b))
	}
	os.Remove(v.Path() + ".lock")
	if err := os.Symlink(victim, v.Path()+".lock"); err != nil {
		t.Fatal(err)
	}
	if err := addErr(v, vault.Account{Key: hotp(t, "b", 0)}); err == nil {
		t.Error("a lock file that is a link was opened")
	}
}

func TestWaitingForTheLockEnds(t *testing.T) {
	v := create(t)
	other := open(t, v.Path(), identity(t, v))
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	err := v.Update(context.Background(), func(*vault.Tx) error {
		return other.Update(ctx, func(*vault.Tx) error { return nil })
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Update under somebody else's lock = %v, want DeadlineExceeded", err)
	}
}
