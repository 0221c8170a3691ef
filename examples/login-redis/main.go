// Login-redis is the program of examples/login on Redis, so that several of it can
// run at once: see examples/cluster.
//
//	redis-server --appendonly yes --appendfsync always
//	go run ./examples/login-redis
package main

import (
	"context"
	"log"

	"github.com/authctl/authctl/examples/login/site"
	"github.com/authctl/authctl/otp/verifier/redisstore"
)

func main() {
	store, err := redisstore.Open(context.Background(), site.Env("REDIS_URL", "redis://localhost:6379"), redisstore.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	site.Run(store)
}
