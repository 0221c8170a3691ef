package boltstore_test

import (
	"testing"

	"github.com/authctl/authctl/otp/verifier"
	"github.com/authctl/authctl/otp/verifier/boltstore"
	"github.com/authctl/authctl/otp/verifier/storetest"
)

func open(tb testing.TB, place string) verifier.Store {
	s, err := boltstore.Open(place)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestStore(t *testing.T) {
	storetest.Run(t, storetest.Caps{Durable: true}, open)
}
