package vault_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/vault"
)

var writeV1 = flag.Bool("write-v1", false, "make testdata/v1.age; only by the code of schema 1")

// v1Accounts are those of testdata/v1.age.
func v1Accounts(t *testing.T) []vault.Account {
	first, second := full(t), vault.Account{Key: totp(t, "Example", "bob@example.com", theSecret), Created: now}
	steam := vault.Account{Key: key(t, "otpauth://steam/Steam:bob?secret="+theSecret), Created: now}
	first.ID, second.ID, steam.ID = "b4nk", "x2mp", "st3m"
	return []vault.Account{first, second, steam}
}

// A file that version 1 wrote opens for ever, with its passphrase.
func TestVersion1Opens(t *testing.T) {
	const path = "testdata/v1.age"
	if *writeV1 {
		writeVersion1(t, path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(t.TempDir(), "v1.age")
	if err := os.WriteFile(own, data, 0o600); err != nil {
		t.Fatal(err)
	}
	v := open(t, own, byPassphrase(t, "version one"))
	if diff := cmp.Diff(v1Accounts(t), v.Accounts(), equal); diff != "" {
		t.Errorf("(-written +read):\n%s", diff)
	}
	add(t, v, vault.Account{Key: hotp(t, "new", 0)})
	if n := len(open(t, own, byPassphrase(t, "version one")).Accounts()); n != 4 {
		t.Errorf("after a save there are %d accounts, want 4", n)
	}
}

func writeVersion1(t *testing.T, path string) {
	v, err := vault.Create(context.Background(), path, quick(t, "version one"), options)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range v1Accounts(t) {
		add(t, v, a)
	}
	os.Remove(path + ".bak")
	os.Remove(path + ".lock")
}

func TestContentRefused(t *testing.T) {
	for name, test := range map[string]struct {
		plain string
		want  error
	}{
		"newer schema":                {`{"schema":2,"accounts":[]}`, vault.ErrNewer},
		"newer schema, other shape":   {`{"accounts":{"a":1},"schema":2}`, vault.ErrNewer},
		"newer schema, unknown field": {`{"schema":9,"color":1,"accounts":[]}`, vault.ErrNewer},
		"unknown field":               {`{"schema":1,"color":1,"accounts":[]}`, vault.ErrDamaged},
		"unknown field of account":    {`{"schema":1,"accounts":[{"id":"a","uri":"otpauth://totp/a?secret=MFRA","color":1}]}`, vault.ErrDamaged},
		"no schema":                   {`{"accounts":[]}`, vault.ErrDamaged},
		"negative schema":             {`{"schema":-1,"accounts":[]}`, vault.ErrDamaged},
		"empty":                       {``, vault.ErrDamaged},
		"two documents":               {`{"schema":1,"accounts":[]}{}`, vault.ErrDamaged},
		"id twice":                    {`{"schema":1,"accounts":[{"id":"a","uri":"otpauth://totp/a?secret=MFRA"},{"id":"a","uri":"otpauth://totp/a?secret=MFRA"}]}`, vault.ErrDamaged},
		"no id":                       {`{"schema":1,"accounts":[{"uri":"otpauth://totp/a?secret=MFRA"}]}`, vault.ErrDamaged},
		"bad key":                     {`{"schema":1,"accounts":[{"id":"a","uri":"otpauth://totp/a?secret=THE0SECRET"}]}`, vault.ErrDamaged},
		"empty recovery code":         {`{"schema":1,"accounts":[{"id":"a","uri":"otpauth://totp/a?secret=MFRA","recovery":[{"code":""}]}]}`, vault.ErrDamaged},
	} {
		_, err := vault.Recode([]byte(test.plain))
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
		if err != nil && strings.Contains(err.Error(), "THE0SECRET") {
			t.Errorf("%s: the error quotes the secret: %v", name, err)
		}
	}
}

// Whatever the holder writes into an account comes back as it was.
func TestAccountsRoundTrip(t *testing.T) {
	v := create(t)
	text := rapid.Custom(func(t *rapid.T) string { return otp.CleanText(rapid.StringN(0, 40, 200).Draw(t, "text")) })
	rapid.Check(t, func(r *rapid.T) {
		a := vault.Account{
			Key: drawKey(r), Name: text.Draw(r, "name"), Note: vault.CleanNote(rapid.StringN(0, 80, 400).Draw(r, "note")),
			Favorite: rapid.Bool().Draw(r, "favorite"),
			Created:  now.Add(time.Duration(rapid.IntRange(0, 1e6).Draw(r, "age")) * time.Second),
		}
		for _, tag := range rapid.SliceOfN(text, 0, 3).Draw(r, "tags") {
			if tag != "" {
				a.Tags = append(a.Tags, tag)
			}
		}
		for range rapid.IntRange(0, 2).Draw(r, "older") {
			a.Older = append(a.Older, vault.OlderKey{Key: drawKey(r), At: now, By: "enroll"})
		}
		if err := a.AddRecovery(rapid.SliceOfN(rapid.StringMatching(`[A-Z0-9]{4}-[A-Z0-9]{4}`), 0, 3).Draw(r, "codes"), false); err != nil {
			r.Fatal(err)
		}
		err := v.Update(context.Background(), func(tx *vault.Tx) (err error) {
			for _, old := range tx.Accounts() {
				if err := tx.Remove(old.ID); err != nil {
					return err
				}
			}
			a, err = tx.Add(a)
			return err
		})
		if err != nil {
			r.Fatal(err)
		}
		if diff := cmp.Diff([]vault.Account{a}, open(t, v.Path(), identity(t, v)).Accounts(), equal); diff != "" {
			r.Fatalf("(-kept +read):\n%s", diff)
		}
	})
}

func drawKey(t *rapid.T) otp.Key {
	types := rapid.SampledFrom([]otp.Type{otp.TOTP, otp.HOTP, otp.Steam}).Draw(t, "type")
	o := otp.NewOptions{Rand: bytes.NewReader(rapid.SliceOfN(rapid.Byte(), 64, 64).Draw(t, "secret"))}
	if types == otp.HOTP {
		o.Counter = rapid.Int64Range(0, 1<<62).Draw(t, "counter")
	}
	k, err := otp.New(types, otp.CleanText(rapid.StringN(1, 20, 80).Draw(t, "issuer")+"x"), otp.CleanText(rapid.StringN(0, 20, 80).Draw(t, "account")), o)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// FuzzContent checks that what decodes encodes to what decodes to the same bytes.
func FuzzContent(f *testing.F) {
	f.Add([]byte(`{"schema":1,"created":"2026-03-01T12:00:00Z","accounts":[{"id":"a","uri":"otpauth://hotp/a?secret=MFRA&counter=3","created":"2026-03-01T12:00:00+09:00","older":[{"uri":"steam://MFRA","at":"2026-03-01T12:00:00Z","by":"x"}],"recovery":[{"code":"A"}]}]}`))
	f.Add([]byte(`{"schema":1,"recipients":["age1"],"backed_up":"0001-01-01T00:00:00Z","accounts":null}`))
	f.Fuzz(func(t *testing.T, plain []byte) {
		once, err := vault.Recode(plain)
		if err != nil {
			return
		}
		twice, err := vault.Recode(once)
		if err != nil || !bytes.Equal(once, twice) {
			t.Errorf("%q encodes to %q, which reads as %q (%v)", plain, once, twice, err)
		}
		if !json.Valid(once) {
			t.Errorf("%q encodes to no JSON: %q", plain, once)
		}
	})
}
