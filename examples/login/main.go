// Login is a small web service with a password, a second factor, recovery codes
// and a one-time login link. Run it and open http://localhost:8080 (user alice,
// password "correct horse"):
//
//	go run ./examples/login
//
// What it keeps is in login.db, its master key in login.key. On Redis or PostgreSQL
// it is the same program with another line: see login-redis and login-postgres.
package main

import (
	"log"

	"github.com/authctl/authctl/examples/login/site"
	"github.com/authctl/authctl/otp/verifier/boltstore"
)

func main() {
	store, err := boltstore.Open("login.db")
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	site.Run(store)
}
