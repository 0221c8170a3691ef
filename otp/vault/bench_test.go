package vault_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/transfer"
	"github.com/authctl/authctl/otp/vault"
)

// thousand is a vault of 1,000 accounts, the first one with a counter.
func thousand(b *testing.B) *vault.Vault {
	b.Helper()
	v := create(b)
	err := v.Update(context.Background(), func(tx *vault.Tx) error {
		if _, err := tx.Add(vault.Account{ID: "hotp", Key: hotp(b, "first", 0)}); err != nil {
			return err
		}
		_, err := tx.Apply(v.Plan(entries(b, 999)), vault.Skip)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return v
}

func entries(b *testing.B, n int) []transfer.Entry {
	b.Helper()
	list := make([]transfer.Entry, n)
	for i := range list {
		k, err := otp.New(otp.TOTP, fmt.Sprint("Issuer ", i), fmt.Sprintf("account%d@example.com", i), otp.NewOptions{})
		if err != nil {
			b.Fatal(err)
		}
		list[i] = transfer.Entry{Key: k, Note: "a note"}
	}
	return list
}

func BenchmarkOpen1000(b *testing.B) {
	v := thousand(b)
	id := identity(b, v)
	for b.Loop() {
		open(b, v.Path(), id)
	}
}

func BenchmarkNextHOTP1000(b *testing.B) {
	v := thousand(b)
	for b.Loop() {
		if _, _, err := v.NextHOTP(context.Background(), "hotp"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPlan1000(b *testing.B) {
	v, list := thousand(b), entries(b, 1000)
	for b.Loop() {
		v.Plan(list)
	}
}

func BenchmarkPassphrase(b *testing.B) {
	for _, factor := range []int{15, vault.DefaultWorkFactor, 17} {
		b.Run(fmt.Sprint("factor=", factor), func(b *testing.B) {
			k := vault.Keys{Passphrase: secret(b, passphrase), WorkFactor: factor}
			v, err := vault.Create(context.Background(), b.TempDir()+"/v", k, options)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				open(b, v.Path(), byPassphrase(b, passphrase))
			}
		})
	}
}
