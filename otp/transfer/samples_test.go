package transfer_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/transfer"
	"github.com/google/go-cmp/cmp"
)

// sample is the content of a genuine file from outside the repository.
func sample(t *testing.T, name string) []byte {
	t.Helper()
	dir := os.Getenv("AUTHCTL_SAMPLES")
	if dir == "" {
		dir = "../../../shared/samples"
	}
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err == nil {
		return data
	}
	if os.Getenv("AUTHCTL_REQUIRE") != "" {
		t.Fatalf("sample %s is missing", name)
	}
	t.Skipf("sample %s is missing", name)
	return nil
}

func TestMigrationSamples(t *testing.T) {
	for line := range strings.Lines(string(sample(t, "migration.jsonl"))) {
		var want struct {
			ID, URI, Outcome string
			Accounts         []struct {
				Secret, Name, Issuer, Algorithm, Type string
				Digits                                int
				Counter                               int64
			}
			Meta struct {
				BatchSize  int   `json:"batch_size"`
				BatchIndex int   `json:"batch_index"`
				BatchID    int32 `json:"batch_id"`
			}
		}
		if err := json.Unmarshal([]byte(line), &want); err != nil {
			t.Fatal(err)
		}
		t.Run(want.ID, func(t *testing.T) {
			f, err := transfer.Read(t.Context(), []byte(want.URI), transfer.ReadOptions{})
			if want.Outcome == "reject" {
				if len(f.Entries) > 0 || err == nil && len(f.Skipped) == 0 {
					t.Fatalf("read %d entries, skipped %d, error %v", len(f.Entries), len(f.Skipped), err)
				}
				return
			}
			if err != nil || len(f.Skipped) > 0 {
				t.Fatalf("error %v, skipped %v", err, f.Skipped)
			}
			var keys []otp.Key
			for _, a := range want.Accounts {
				k := otp.Key{Issuer: a.Issuer, Account: a.Name, Digits: a.Digits, Counter: a.Counter}
				k.Secret, _, _ = otp.ParseSecret(a.Secret)
				k.Algorithm, _ = otp.ParseAlgorithm(strings.TrimSuffix(a.Algorithm, "(unspecified)"))
				k.Type, _ = otp.ParseType(strings.TrimSuffix(a.Type, "(unspecified)"))
				if k.Type == otp.TOTP {
					k.Period = 30
				}
				keys = append(keys, k)
			}
			if diff := cmp.Diff(keys, keysOf(f)); diff != "" {
				t.Error(diff)
			}
			part := []transfer.Part{{Batch: want.Meta.BatchID, Size: want.Meta.BatchSize, Index: want.Meta.BatchIndex}}
			if diff := cmp.Diff(part, f.Parts); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func keysOf(f transfer.File) []otp.Key {
	var keys []otp.Key
	for _, e := range f.Entries {
		keys = append(keys, e.Key)
	}
	return keys
}
