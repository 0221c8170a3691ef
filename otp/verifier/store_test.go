package verifier_test

import (
	"testing"

	"github.com/authctl/authctl/otp/verifier"
	"github.com/authctl/authctl/otp/verifier/storetest"
)

func TestMemory(t *testing.T) {
	storetest.Run(t, storetest.Caps{}, func(testing.TB, string) verifier.Store { return verifier.NewMemory() })
}

// TestShards checks the example of doc/scale.md against the contract.
func TestShards(t *testing.T) {
	storetest.Run(t, storetest.Caps{}, func(testing.TB, string) verifier.Store {
		return shards{verifier.NewMemory(), verifier.NewMemory(), verifier.NewMemory()}
	})
}
