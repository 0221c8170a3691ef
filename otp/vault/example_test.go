package vault_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/vault"
)

func Example() {
	dir, err := os.MkdirTemp("", "vault")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	ctx, path := context.Background(), filepath.Join(dir, "vault.age")

	words, _ := otp.NewSecret([]byte("correct horse battery staple"))
	if _, err := vault.Create(ctx, path, vault.Keys{Passphrase: words}, vault.Options{}); err != nil {
		fmt.Println(err)
		return
	}

	id, _ := vault.Passphrase(words)
	v, err := vault.Open(ctx, path, vault.Options{}, id)
	if err != nil {
		fmt.Println(err)
		return
	}
	key, _, _ := otp.ParseURI("otpauth://hotp/Bank:ann?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0")
	err = v.Update(ctx, func(tx *vault.Tx) error {
		_, err := tx.Add(vault.Account{Key: key, Note: "the savings account"})
		return err
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	a, err := v.Find("bank")
	if err != nil {
		fmt.Println(err)
		return
	}
	code, counter, err := v.NextHOTP(ctx, a.ID)
	fmt.Println(a.Title(), code, counter, err)

	wrong, _ := otp.NewSecret([]byte("wrong"))
	id, _ = vault.Passphrase(wrong)
	_, err = vault.Open(ctx, path, vault.Options{}, id)
	fmt.Println(errors.Is(err, vault.ErrIdentity))
	// Output:
	// Bank:ann 755224 0 <nil>
	// true
}

func ExampleCompare() {
	first, _, _ := otp.ParseURI("otpauth://totp/Example:bob?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
	fresh, _, _ := otp.ParseURI("otpauth://totp/Example:bob?secret=MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U")
	accounts := []vault.Account{{ID: "x2mp", Key: first}}
	c := vault.Compare(accounts, fresh)
	fmt.Println(c.Kind, c.Account.ID)

	a := c.Account
	a.Supersede(fresh, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), "enroll")
	fmt.Println(vault.Compare([]vault.Account{a}, first).Kind)
	// Output:
	// re-enrolment x2mp
	// outdated
}

func ExampleConfirm() {
	older, _, _ := otp.ParseURI("otpauth://totp/Example:bob?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&digits=8")
	fresh, _, _ := otp.ParseURI("otpauth://totp/Example:bob?secret=MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U&digits=8")
	// RFC 6238 appendix B: at 59 s the older key shows 94287082.
	c, err := vault.Confirm("94287082", time.Unix(59, 0), fresh, older)
	fmt.Println(c.By, err)
	// Output: older <nil>
}
