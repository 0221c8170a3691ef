package vault_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/transfer"
	"github.com/authctl/authctl/otp/vault"
)

const otherSecret = "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U"

func TestCompare(t *testing.T) {
	first, second := totp(t, "Example", "bob", theSecret), totp(t, "Example", "bob", otherSecret)
	eight := first
	eight.Digits = 8
	counted := hotp(t, "Bank:ann", 3)
	accounts := []vault.Account{
		{ID: "gone", Key: totp(t, "Old", "x", "MFRA"), Trashed: now},
		{ID: "bob", Key: second, Older: []vault.OlderKey{{Key: first, At: now, By: "enroll"}}},
		{ID: "ann", Key: counted},
		{ID: "bare", Key: key(t, "otpauth://totp/?secret=MZXW6")},
	}
	moved := counted
	moved.Counter = 99
	for name, test := range map[string]struct {
		key  otp.Key
		want vault.Kind
		id   string
	}{
		"same key":                  {second, vault.Identical, "bob"},
		"same key, other case":      {totp(t, "EXAMPLE", "Bob", otherSecret), vault.Identical, "bob"},
		"same key, counter moved":   {moved, vault.Identical, "ann"},
		"same key, in the bin":      {totp(t, "Old", "x", "MFRA"), vault.Identical, "gone"},
		"older key":                 {first, vault.Outdated, "bob"},
		"same account, new secret":  {totp(t, "Example", "bob", "MZXW6YTB"), vault.ReEnrolment, "bob"},
		"same account, 8 digits":    {eight, vault.ReEnrolment, "bob"},
		"same secret, another name": {totp(t, "Example", "robert", otherSecret), vault.Twin, "bob"},
		"nothing in common":         {totp(t, "Example", "eve", "MZXW6YTB"), vault.New, ""},
		"no name, same secret":      {key(t, "otpauth://totp/?secret=MZXW6"), vault.Identical, "bare"},
		"no name, another secret":   {key(t, "otpauth://totp/?secret=MZXW6YTB"), vault.New, ""},
	} {
		if got := vault.Compare(accounts, test.key); got.Kind != test.want || got.Account.ID != test.id {
			t.Errorf("%s: %s of %q, want %s of %q", name, got.Kind, got.Account.ID, test.want, test.id)
		}
	}
}

func TestTwins(t *testing.T) {
	accounts := []vault.Account{
		{ID: "young", Key: totp(t, "A", "a", theSecret), Created: now},
		{ID: "alone", Key: totp(t, "B", "b", otherSecret)},
		{ID: "old", Key: totp(t, "C", "c", theSecret), Created: now.Add(-time.Hour)},
		{ID: "aside", Key: totp(t, "D", "d", theSecret), Archived: now},
	}
	var got [][]string
	for _, group := range vault.Twins(accounts) {
		var ids []string
		for _, a := range group {
			ids = append(ids, a.ID)
		}
		got = append(got, ids)
	}
	if diff := cmp.Diff([][]string{{"old", "young"}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// importEntries meet a vault with the accounts of importVault in every way.
func importEntries(t *testing.T) []transfer.Entry {
	return []transfer.Entry{
		{Key: totp(t, "New", "n", "MZXW6YTB"), Note: "from\x1b[2J there", Tags: []string{" work ", ""}},
		{Key: totp(t, "New", "n", "MZXW6YTB")}, // the one before, again
		{Key: totp(t, "Example", "bob", theSecret), Note: "same"},
		{Key: totp(t, "Example", "robert", theSecret)},
		{Key: totp(t, "Site", "eve", otherSecret)},
		{Key: hotp(t, "Bank:ann", 9)},
		{Key: otp.Key{}},
		{Key: totp(t, "Bin", "n", "MZXW6YTD"), Trashed: true},
	}
}

func importVault(t *testing.T) *vault.Vault {
	v := create(t)
	add(t, v, vault.Account{ID: "bob", Key: totp(t, "Example", "bob", theSecret)})
	add(t, v, vault.Account{ID: "eve", Key: totp(t, "Site", "eve", "MZXW6YTC")})
	add(t, v, vault.Account{ID: "ann", Key: hotp(t, "Bank:ann", 5)})
	return v
}

func TestPlan(t *testing.T) {
	v := importVault(t)
	var got []string
	for _, item := range v.Plan(importEntries(t)).Items {
		got = append(got, fmt.Sprintf("%s %s", item.Kind, item.Account.ID))
		if (item.Kind == vault.Invalid) != (item.Err != nil) {
			t.Errorf("%s with error %v", item.Kind, item.Err)
		}
	}
	want := []string{"new ", "identical ", "identical bob", "twin bob", "re-enrolment eve", "identical ann", "invalid ", "new "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := len(v.Accounts()); n != 3 {
		t.Errorf("planning left %d accounts, want 3", n)
	}
}

func TestApply(t *testing.T) {
	for name, test := range map[string]struct {
		on       vault.OnDuplicate
		done     []vault.Done
		accounts []string // title, secret, counter, notes
	}{
		"skip": {vault.Skip,
			[]vault.Done{"added", "skipped", "skipped", "skipped", "skipped", "skipped", "skipped", "added"},
			[]string{"Example:bob theSecret 0 0", "Site:eve first 0 0", "Bank:ann theSecret 5 0", "New:n new 0 0", "Bin:n bin 0 0"}},
		"keep": {vault.Keep,
			[]vault.Done{"added", "skipped", "skipped", "added", "added", "skipped", "skipped", "added"},
			[]string{"Example:bob theSecret 0 0", "Site:eve first 0 0", "Bank:ann theSecret 5 0", "New:n new 0 0",
				"Example:robert theSecret 0 0", "Site:eve otherSecret 0 0", "Bin:n bin 0 0"}},
		"replace": {vault.Replace,
			[]vault.Done{"added", "skipped", "updated", "replaced", "replaced", "updated", "skipped", "added"},
			[]string{"Example:robert theSecret 0 0", "Site:eve otherSecret 0 1", "Bank:ann theSecret 9 0", "New:n new 0 0", "Bin:n bin 0 0"}},
	} {
		v := importVault(t)
		plan := v.Plan(importEntries(t))
		var applied vault.Plan
		err := v.Update(context.Background(), func(tx *vault.Tx) (err error) {
			applied, err = tx.Apply(plan, test.on)
			return err
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var done []vault.Done
		for _, item := range applied.Items {
			done = append(done, item.Done)
		}
		if diff := cmp.Diff(test.done, done); diff != "" {
			t.Errorf("%s, what was done (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(test.accounts, describe(v.Accounts())); diff != "" {
			t.Errorf("%s, accounts (-want +got):\n%s", name, diff)
		}
	}
}

// describe names each account, its secret, its counter and how many older keys it has.
func describe(accounts []vault.Account) []string {
	names := map[string]string{theSecret: "theSecret", otherSecret: "otherSecret", "MZXW6YTB": "new", "MZXW6YTC": "first", "MZXW6YTD": "bin"}
	var out []string
	for _, a := range accounts {
		out = append(out, fmt.Sprintf("%s %s %d %d", a.Title(), names[a.Key.Secret.Base32()], a.Key.Counter, len(a.Older)))
	}
	return out
}

func TestApplyCleansAndKeepsText(t *testing.T) {
	v := importVault(t)
	err := v.Update(context.Background(), func(tx *vault.Tx) error {
		_, err := tx.Apply(v.Plan(importEntries(t)), vault.Skip)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	list := v.Accounts()
	if a := list[3]; a.Note != "from[2J there" || !cmp.Equal(a.Tags, []string{"work"}) {
		t.Errorf("note %q, tags %q", a.Note, a.Tags)
	}
	if a := list[4]; a.Trashed.IsZero() {
		t.Error("an entry of the other app's bin is in use")
	}
}

// An account that was put aside comes back with its new key, unless the other app has
// put that aside too.
func TestApplyBringsBack(t *testing.T) {
	for _, trashed := range []bool{false, true} {
		v := create(t)
		add(t, v, vault.Account{Key: totp(t, "Shop", "ann", theSecret), Archived: now})
		plan := v.Plan([]transfer.Entry{{Key: totp(t, "Shop", "ann", otherSecret), Trashed: trashed}})
		err := v.Update(context.Background(), func(tx *vault.Tx) error {
			_, err := tx.Apply(plan, vault.Replace)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if a := v.Accounts()[0]; a.Active() == trashed || len(a.Older) != 1 {
			t.Errorf("an entry in the bin (%v) leaves the account in use: %v, with %d older keys", trashed, a.Active(), len(a.Older))
		}
	}
}

// What was planned before somebody else wrote is compared anew.
func TestApplySeesWhatCameSince(t *testing.T) {
	v := create(t)
	entries := []transfer.Entry{{Key: totp(t, "New", "n", theSecret)}}
	plan := v.Plan(entries)
	add(t, open(t, v.Path(), identity(t, v)), vault.Account{Key: totp(t, "New", "n", theSecret)})
	err := v.Update(context.Background(), func(tx *vault.Tx) error {
		done, err := tx.Apply(plan, vault.Keep)
		if done.Items[0].Kind != vault.Identical {
			t.Errorf("the entry is %s, want identical", done.Items[0].Kind)
		}
		return err
	})
	if err != nil || len(v.Accounts()) != 1 {
		t.Errorf("%d accounts, want 1 (%v)", len(v.Accounts()), err)
	}
}

func TestConfirm(t *testing.T) {
	newKey, older := totp(t, "a", "a", theSecret), totp(t, "a", "a", otherSecret)
	counted := hotp(t, "a", 3)
	code := func(k otp.Key, step int64) string {
		g, err := otp.Prepare(k)
		if err != nil {
			t.Fatal(err)
		}
		return g.Code(step)
	}
	step := newKey.Step(now)
	for name, test := range map[string]struct {
		code  string
		newly otp.Key
		older []otp.Key
		want  vault.ConfirmedBy
		delta int64
	}{
		"new key":              {code(newKey, step), newKey, []otp.Key{older}, vault.ByNew, 0},
		"new key, a step late": {code(newKey, step-1), newKey, nil, vault.ByNew, -1},
		"the site has the old": {code(older, step), newKey, []otp.Key{older}, vault.ByOlder, 0},
		"neither":              {code(newKey, step+10), newKey, []otp.Key{older}, vault.ByNone, 0},
		"both by chance":       {code(newKey, step), newKey, []otp.Key{newKey}, vault.ByBoth, 0},
		"spaces":               {code(newKey, step)[:3] + " " + code(newKey, step)[3:], newKey, nil, vault.ByNew, 0},
		"counter ahead":        {"287922", counted, nil, vault.ByNew, 3}, // RFC 4226 appendix D, count 6
		"older had 6 digits":   {code(older, step), eight(newKey), []otp.Key{older}, vault.ByOlder, 0},
	} {
		got, err := vault.Confirm(test.code, now, test.newly, test.older...)
		if err != nil || got.By != test.want || got.Match.Delta != test.delta {
			t.Errorf("%s: %s, delta %d, %v; want %s, %d", name, got.By, got.Match.Delta, err, test.want, test.delta)
		}
	}
	if _, err := vault.Confirm("12345", now, newKey, older); err == nil {
		t.Error("five digits can be no code, but there is no error")
	}
}

func eight(k otp.Key) otp.Key { k.Digits = 8; return k }

func TestReplace(t *testing.T) {
	eight := hotp(t, "Bank:ann", 2)
	eight.Digits = 8
	twin := totp(t, "Shop", "ann", theSecret)
	for _, test := range []struct {
		name  string
		has   vault.Account
		key   otp.Key
		want  otp.Key
		older int
	}{
		{"the counter of an old picture", vault.Account{Key: eight, Older: []vault.OlderKey{{Key: hotp(t, "Bank:ann", 7), At: now, By: "enroll"}}},
			hotp(t, "Bank:ann", 0), hotp(t, "Bank:ann", 7), 1},
		{"a twin of the same codes has only another name", vault.Account{Key: totp(t, "Old", "ann", theSecret)}, twin, twin, 0},
		{"a twin of other codes is another key", vault.Account{Key: hotp(t, "Old:ann", 3)}, eight, eightAt(eight, 3), 1},
		{"what was put aside comes back", vault.Account{Key: totp(t, "Shop", "ann", "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U"), Archived: now, Trashed: now}, twin, twin, 1},
	} {
		v := create(t)
		add(t, v, test.has)
		var got vault.Account
		err := v.Update(context.Background(), func(tx *vault.Tx) (err error) {
			got, err = tx.Replace(vault.Compare(tx.Accounts(), test.key), test.key, "enroll")
			return err
		})
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if diff := cmp.Diff(test.want, got.Key, equal); diff != "" || len(got.Older) != test.older || !got.Active() {
			t.Errorf("%s: %d older keys, want %d, in use: %v (-want +got):\n%s", test.name, len(got.Older), test.older, got.Active(), diff)
		}
	}
}

func eightAt(k otp.Key, counter int64) otp.Key {
	k.Counter = counter
	return k
}
