package pgstore_test

import (
	"context"
	"log"

	"github.com/authctl/authctl/otp/verifier"
	"github.com/authctl/authctl/otp/verifier/pgstore"
)

// A login side on PostgreSQL. The tables are made at the first start.
func Example() {
	store, err := pgstore.Open(context.Background(), "postgres://app@db.example/app?sslmode=verify-full", pgstore.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	var ring *verifier.Keyring // from a secret manager: see verifier.NewKeyring
	v, err := verifier.New(store, ring, verifier.Config{})
	if err != nil {
		log.Fatal(err)
	}
	_ = v // serves logins, here and on every other machine that opens the same store
}
