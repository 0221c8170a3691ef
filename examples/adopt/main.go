// Adopt moves a login that checks codes with github.com/pquerna/otp to package
// verifier. Nobody enrols anew: a key moves when its holder signs in, or all at
// once. What changes for the worse for an attacker is shown at the end.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	pquerna "github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/verifier"
)

// oldTable is the application's own table of keys.
var oldTable = map[string]string{
	"alice": "otpauth://totp/Shop:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Shop",
	"bob":   "otpauth://totp/Shop:bob?secret=GEZDGNBVGY3TQOJQ&issuer=Shop", // 80 bits, as was usual once
}

// second is the login's second factor: the key is adopted when it is first needed.
func second(ctx context.Context, v *verifier.Verifier, user, code string) (verifier.Result, error) {
	required, err := v.Required(ctx, user)
	if err != nil {
		return verifier.Result{}, err
	}
	if !required {
		if err := adopt(ctx, v, user); err != nil {
			return verifier.Result{}, err
		}
	}
	return v.Verify(ctx, user, verifier.Attempt{Code: code})
}

func adopt(ctx context.Context, v *verifier.Verifier, user string) error {
	uri, ok := oldTable[user]
	if !ok {
		return nil // has no second factor in the old table either
	}
	old, err := pquerna.NewKeyFromURL(uri)
	if err != nil {
		return err
	}
	key, _, err := otp.FromPquerna(old)
	if err != nil {
		return err
	}
	warnings, err := v.Adopt(ctx, user, key)
	if errors.Is(err, verifier.ErrEnrolled) {
		return nil // somebody was faster, or the key was taken away here
	}
	for _, w := range warnings {
		fmt.Printf("%s: %s\n", user, w)
	}
	return err
}

func main() {
	now := time.Unix(1_800_000_000, 0)
	ctx := context.Background()
	master, err := otp.NewSecret([]byte("a real one comes from a manager!"))
	if err != nil {
		log.Fatal(err)
	}
	ring, err := verifier.NewKeyring(verifier.MasterKey{Version: 1, Secret: master})
	if err != nil {
		log.Fatal(err)
	}
	v, err := verifier.New(verifier.NewMemory(), ring, verifier.Config{Now: func() time.Time { return now }})
	if err != nil {
		log.Fatal(err)
	}
	for _, user := range []string{"alice", "bob"} {
		old, err := pquerna.NewKeyFromURL(oldTable[user])
		if err != nil {
			log.Fatal(err)
		}
		code, err := totp.GenerateCode(old.Secret(), now) // what the phone shows
		if err != nil {
			log.Fatal(err)
		}
		for _, who := range []string{"holder", "thief "} {
			before, err := totp.ValidateCustom(code, old.Secret(), now, totp.ValidateOpts{Period: 30, Skew: 1, Digits: 6})
			if err != nil {
				log.Fatal(err)
			}
			r, err := second(ctx, v, user, code)
			if err != nil {
				log.Fatal(err)
			}
			fmt.Printf("%s: %s with %s: before %t, now %s\n", user, who, code, before, r.Outcome)
		}
	}
}
