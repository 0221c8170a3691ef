package redisstore_test

import (
	"context"
	"log"

	"github.com/authctl/authctl/otp/verifier"
	"github.com/authctl/authctl/otp/verifier/redisstore"
)

// A login side on Redis; a redis-server with appendonly yes and appendfsync always.
func Example() {
	store, err := redisstore.Open(context.Background(), "rediss://login@redis.example:6379", redisstore.Options{Replicas: 1})
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
