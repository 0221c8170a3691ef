// Login is a small web service with a password, a second factor, recovery codes
// and a one-time login link. Run it and open http://localhost:8080 (user alice,
// password "correct horse"):
//
//	go run ./examples/login
//
// What it keeps is in login.db, its master key in login.key.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"log"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/verifier"
	"github.com/authctl/authctl/otp/verifier/boltstore"
)

func main() {
	master, err := masterKey("login.key")
	if err != nil {
		log.Fatal(err)
	}
	ring, err := verifier.NewKeyring(verifier.MasterKey{Version: 1, Secret: master})
	if err != nil {
		log.Fatal(err)
	}
	store, err := boltstore.Open("login.db")
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	v, err := verifier.New(store, ring, verifier.Config{Handle: alert})
	if err != nil {
		log.Fatal(err)
	}
	go deliver(v)
	log.Print("open http://localhost:8080")
	log.Fatal(http.ListenAndServe("localhost:8080", newServer(v, time.Now)))
}

// alert is where a service sends mail and push messages. Here it logs.
func alert(_ context.Context, e verifier.Event) error {
	slog.Info("event", "event", e)
	return nil
}

// deliver hands over what a crash or a failing handler left behind.
func deliver(v *verifier.Verifier) {
	for ; ; time.Sleep(5 * time.Minute) {
		if _, err := v.Deliver(context.Background()); err != nil {
			log.Print(err)
		}
	}
}

// masterKey reads the key that seals secrets, and makes it at the first start. A
// real service has it in a secret manager, away from the database.
func masterKey(path string) (otp.Secret, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		b = make([]byte, 32)
		rand.Read(b)
		err = os.WriteFile(path, b, 0o600)
	}
	if err != nil {
		return otp.Secret{}, err
	}
	return otp.NewSecret(b)
}
