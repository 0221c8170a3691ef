package transfer_test

import (
	hash1 "crypto/sha1"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/authctl/authctl/otp/transfer"
)

// Without a MAC, one secret in 256 opens to nonsense under a wrong password.
func TestWrongPasswordOfManySecrets(t *testing.T) {
	var tokens []any
	accounts := map[string]any{}
	for i := range 900 {
		secret := fmt.Sprintf("%08d%s", i, secretA)
		accounts[fmt.Sprint(i)] = map[string]any{"encrypted": true, "hash": "x", "index": i, "type": "totp", "secret": sealCryptoJS(password, secret)}
		sealed := b64(cbc(derive(hash1.New, []byte("salt"), 1), make([]byte, 16), []byte(secret)))
		tokens = append(tokens, map[string]any{"name": fmt.Sprint(i), "encrypted_seed": sealed, "salt": "salt", "key_derivation_iterations": 1})
	}
	for _, file := range []any{accounts, map[string]any{"authenticator_tokens": tokens}} {
		_, err := transfer.Read(t.Context(), must(json.Marshal(file)), transfer.ReadOptions{Password: say("wrong")})
		if !errors.Is(err, transfer.ErrWrongPassword) {
			t.Errorf("error %v", err)
		}
	}
}
