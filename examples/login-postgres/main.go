// Login-postgres is the program of examples/login on PostgreSQL, so that several of
// it can run at once: see examples/cluster.
//
//	DATABASE_URL=postgres://user@host/database go run ./examples/login-postgres
package main

import (
	"context"
	"log"

	"github.com/authctl/authctl/examples/login/site"
	"github.com/authctl/authctl/otp/verifier/pgstore"
)

func main() {
	store, err := pgstore.Open(context.Background(), site.Env("DATABASE_URL", "postgres://localhost/postgres"), pgstore.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	site.Run(store)
}
