package site

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"io/fs"
	"log"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/verifier"
)

// Env is a variable of the environment, or otherwise if it is not set.
func Env(name, otherwise string) string { return cmp.Or(os.Getenv(name), otherwise) }

// Run serves the site on a store, with the command line's flags, until it fails.
func Run(store verifier.Store) {
	listen := flag.String("listen", "localhost:8080", "address to serve")
	keyFile := flag.String("key", "login.key", "file of the master key, which all instances share")
	behind := flag.Bool("behind-proxy", false, "believe X-Forwarded-For, which only a proxy of one's own may set")
	flag.Parse()
	master, err := masterKey(*keyFile)
	if err != nil {
		log.Fatal(err)
	}
	ring, err := verifier.NewKeyring(verifier.MasterKey{Version: 1, Secret: master})
	if err != nil {
		log.Fatal(err)
	}
	v, err := verifier.New(store, ring, verifier.Config{Handle: alert})
	if err != nil {
		log.Fatal(err)
	}
	go deliver(v)
	log.Printf("open http://%s", *listen)
	log.Fatal(http.ListenAndServe(*listen, New(v, Config{Master: master, BehindProxy: *behind})))
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

// masterKey reads the key that seals secrets and sessions, and makes it at the first
// start. A real service has it in a secret manager, away from the database.
func masterKey(path string) (otp.Secret, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := newMasterKey(path); err != nil {
			return otp.Secret{}, err
		}
		b, err = os.ReadFile(path)
	}
	if err != nil {
		return otp.Secret{}, err
	}
	return otp.NewSecret(b)
}

// newMasterKey makes the file whole or not at all. Where another instance was faster
// its key stays.
func newMasterKey(path string) error {
	b := make([]byte, 32)
	rand.Read(b)
	own := path + "." + rand.Text()
	if err := os.WriteFile(own, b, 0o600); err != nil {
		return err
	}
	defer os.Remove(own)
	if err := os.Link(own, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
