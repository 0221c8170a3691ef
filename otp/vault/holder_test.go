package vault_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/authctl/authctl/otp/vault"
)

// The codes are those of RFC 4226 appendix D.
func TestResync(t *testing.T) {
	for name, test := range map[string]struct {
		counter       int64
		first, second string
		next          int64
		want          error
	}{
		"at the counter":  {0, "755224", "287082", 2, nil},
		"ahead":           {0, "162583", "399871", 9, nil},
		"spaces":          {0, "162 583", "399-871", 9, nil},
		"not consecutive": {0, "755224", "359152", 0, vault.ErrNoResync},
		"other order":     {0, "287082", "755224", 0, vault.ErrNoResync},
	} {
		next, err := vault.Resync(hotp(t, "a", test.counter), test.first, test.second)
		if next != test.next || !errors.Is(err, test.want) {
			t.Errorf("%s: %d, %v; want %d, %v", name, next, err, test.next, test.want)
		}
	}
	if _, err := vault.Resync(hotp(t, "a", 5), "755224", "287082"); err == nil || !strings.Contains(err.Error(), "counters 0 and 1") {
		t.Errorf("codes that were made already: %v", err)
	}
	if _, err := vault.Resync(hotp(t, "a", 0), "75522", "287082"); err == nil {
		t.Error("five digits were taken")
	}
	if _, err := vault.Resync(totp(t, "a", "a", theSecret), "755224", "287082"); err == nil {
		t.Error("a TOTP key was resynchronised")
	}
}

func TestAudit(t *testing.T) {
	recovery := func(n int) []vault.RecoveryCode {
		var list []vault.RecoveryCode
		for range n {
			list = append(list, vault.RecoveryCode{Code: secret(t, "x")})
		}
		return list
	}
	year := 366 * 24 * time.Hour
	accounts := []vault.Account{
		{ID: "fine", Key: totp(t, "A", "a", otherSecret), Created: now, Recovery: recovery(3)},
		{ID: "weak", Key: totp(t, "B", "b", "MFRGGZDF"), Created: now, Recovery: recovery(2)},
		{ID: "old1", Key: totp(t, "C", "c", theSecret), Created: now.Add(-2 * year), LastUsed: now, Recovery: recovery(3)},
		{ID: "twin", Key: totp(t, "D", "d", theSecret), Created: now.Add(-year)},
		{ID: "same", Key: totp(t, "a", "A", "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43V"), Created: now, Recovery: recovery(3)},
		{ID: "gone", Key: totp(t, "E", "e", "MFRA"), Trashed: now.Add(-31 * 24 * time.Hour)},
		{ID: "kept", Key: totp(t, "F", "f", "MFRA"), Archived: now},
	}
	var got []string
	for _, f := range vault.Audit(accounts, now.Add(-31*24*time.Hour), now) {
		got = append(got, f.ID+" "+string(f.Problem))
		if f.Text == "" || f.Fix == "" {
			t.Errorf("%s of %s says nothing or gives no advice", f.Problem, f.ID)
		}
	}
	want := []string{" old-backup", "twin shared-secret", "weak weak-secret", "weak few-recovery", "twin no-recovery", "twin stale-key",
		"same similar-names", "gone trashed-long"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if list := vault.Audit(nil, time.Time{}, now); len(list) != 0 {
		t.Errorf("an empty vault has findings: %v", list)
	}
}

func TestVerifyBackup(t *testing.T) {
	bank := vault.Account{ID: "bank", Key: hotp(t, "bank", 5), Recovery: []vault.RecoveryCode{{Code: secret(t, "x")}}}
	other := vault.Account{ID: "site", Key: totp(t, "A", "a", theSecret)}
	behind := bank
	behind.Key.Counter = 2
	ahead := bank
	ahead.Key.Counter = 9
	spent := bank
	spent.Recovery = nil
	changed := other
	changed.Key = totp(t, "A", "a", otherSecret)
	eight := other
	eight.Key.Digits = 8
	for name, test := range map[string]struct {
		backup []vault.Account
		want   string
	}{
		"the same":             {[]vault.Account{other, bank}, ""},
		"counter behind":       {[]vault.Account{behind, other}, ""},
		"counter ahead":        {[]vault.Account{ahead, other}, "bank has counter 9 in the backup, ahead of 5 here"},
		"account missing":      {[]vault.Account{bank}, "site is not in the backup"},
		"another secret":       {[]vault.Account{bank, changed}, "site has another key in the backup"},
		"another code length":  {[]vault.Account{bank, eight}, "site has another key in the backup"},
		"recovery codes lost":  {[]vault.Account{spent, other}, "bank has recovery codes that the backup lacks"},
		"removed since backup": {[]vault.Account{bank, other, {ID: "gone", Key: other.Key}}, "gone is only in the backup"},
	} {
		var got []string
		for _, d := range vault.VerifyBackup([]vault.Account{bank, other}, test.backup, now) {
			got = append(got, d.ID+" "+d.Text)
		}
		if strings.Join(got, "; ") != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
