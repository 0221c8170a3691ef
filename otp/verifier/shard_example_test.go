package verifier_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"

	"github.com/authctl/authctl/otp/verifier"
)

// shards spreads accounts over stores by the hash of their id.
type shards []verifier.Store

func (s shards) of(id string) verifier.Store {
	h := fnv.New64a()
	h.Write([]byte(id))
	return s[h.Sum64()%uint64(len(s))]
}

func (s shards) Load(ctx context.Context, id string) (verifier.State, error) {
	return s.of(id).Load(ctx, id)
}

func (s shards) Update(ctx context.Context, id string, fn func(*verifier.State) error) error {
	return s.of(id).Update(ctx, id, fn)
}

// IDs merges a page of each store: the first n of all are among the first n of each.
func (s shards) IDs(ctx context.Context, after string, n int) ([]string, error) {
	var all []string
	for _, store := range s {
		ids, err := store.IDs(ctx, after, n)
		if err != nil {
			return nil, err
		}
		all = append(all, ids...)
	}
	slices.Sort(all)
	return all[:min(n, len(all))], nil
}

// A Store of stores: accounts never meet, so they can live anywhere.
func ExampleStore_sharded() {
	ctx := context.Background()
	store := shards{verifier.NewMemory(), verifier.NewMemory(), verifier.NewMemory()}
	for i := range 9 {
		err := store.Update(ctx, fmt.Sprint("user", i), func(s *verifier.State) error { s.Events++; return nil })
		if err != nil {
			fmt.Println(err)
		}
	}
	ids, err := store.IDs(ctx, "user3", 3)
	fmt.Println(ids, err)
	// Output: [user4 user5 user6] <nil>
}
