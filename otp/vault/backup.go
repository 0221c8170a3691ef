package vault

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/authctl/authctl/otp"
)

// Backup writes a copy that the same passphrase and recipients open to path,
// which must not exist, and then notes the time in the vault.
func (v *Vault) Backup(ctx context.Context, path string) error {
	path = filepath.Clean(path)
	for _, p := range []string{path, path + tempSuffix} { // the latter may be somebody's file too
		if err := checkAbsent(p); err != nil {
			return fmt.Errorf("back up to %s: %s: %w", path, filepath.Base(p), err)
		}
	}
	unlock, err := lockFile(ctx, v.path)
	if err != nil {
		return fmt.Errorf("back up vault %s: %w", v.path, err)
	}
	defer unlock()
	f, err := v.reread()
	if err != nil {
		return err
	}
	if err := writeWhole(path, f.file); err != nil { // before it is noted: a copy that failed is none
		return fmt.Errorf("back up to %s: %w", path, err)
	}
	f.content.backedUp = v.now()
	if err := v.save(f); err != nil {
		return fmt.Errorf("%s is written, but vault %s could not note it: %w", path, v.path, err)
	}
	return nil
}

// Difference is what [VerifyBackup] found between a vault and a backup of it.
type Difference struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

// VerifyBackup proves that a backup gives the same codes as the vault: it makes
// the code of every account from both, for this time or the vault's counter, and
// says where they differ. Accounts that came after the backup are differences too;
// a counter that is behind in the backup is one only if it is ahead of the vault's.
// It moves no counter.
func VerifyBackup(accounts, backup []Account, at time.Time) []Difference {
	copies := map[string]Account{}
	for _, a := range backup {
		copies[a.ID] = a
	}
	var list []Difference
	for _, a := range accounts {
		b, ok := copies[a.ID]
		delete(copies, a.ID)
		if text := differs(a, b, ok, at); text != "" {
			list = append(list, Difference{a.ID, a.Title(), text})
		}
	}
	for _, b := range backup {
		if _, ok := copies[b.ID]; ok {
			list = append(list, Difference{b.ID, b.Title(), "is only in the backup"})
		}
	}
	return list
}

func differs(a, b Account, ok bool, at time.Time) string {
	if !ok {
		return "is not in the backup"
	}
	step := a.Key.Step(at)
	want, errA := codeOf(a.Key, step)
	got, errB := codeOf(b.Key, step)
	switch {
	case errA != nil || errB != nil:
		return "has a key that makes no codes"
	case want != got || !sameCodes(a.Key, b.Key):
		return "has another key in the backup"
	case b.Key.Counter > a.Key.Counter:
		return fmt.Sprintf("has counter %d in the backup, ahead of %d here", b.Key.Counter, a.Key.Counter)
	case a.RecoveryLeft() > b.RecoveryLeft():
		return "has recovery codes that the backup lacks"
	case len(a.Older) > len(b.Older):
		return "has older keys that the backup lacks"
	}
	return ""
}

func codeOf(k otp.Key, step int64) (string, error) {
	g, err := otp.Prepare(k)
	if err != nil {
		return "", err
	}
	return g.Code(step), nil
}
