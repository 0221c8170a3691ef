package redisstore

import (
	"context"
	"fmt"
	"strings"
)

// check asks the server whether it can be written and whether it will remember.
func (s *Store) check(ctx context.Context) error {
	role, err := s.client.Do(ctx, "role").Slice()
	if err != nil && !s.o.AllowLoss {
		return fmt.Errorf("ask for its role: %w", err)
	}
	if len(role) > 0 && role[0] != "master" {
		return fmt.Errorf("it is a %v, which cannot be written: connect to the primary", role[0])
	}
	if s.o.AllowLoss {
		return s.client.Ping(ctx).Err()
	}
	for _, c := range []struct{ name, want, why string }{
		{"appendonly", "yes", "without it a restart loses everything since the last snapshot"},
		{"appendfsync", "always", "otherwise a crash loses up to a second or more"},
		{"no-appendfsync-on-rewrite", "no", "otherwise nothing is synced while the file is rewritten"},
	} {
		got, err := s.setting(ctx, c.name)
		if err != nil {
			return err
		}
		if got != c.want {
			return fmt.Errorf("%w: %s is %s and must be %s; %s", ErrForgets, c.name, got, c.want, c.why)
		}
	}
	policy, err := s.setting(ctx, "maxmemory-policy")
	if err == nil && strings.HasPrefix(policy, "allkeys-") {
		err = fmt.Errorf("%w: maxmemory-policy is %s and must be noeviction; otherwise full memory drops accounts", ErrForgets, policy)
	}
	return err
}

func (s *Store) setting(ctx context.Context, name string) (string, error) {
	got, err := s.client.ConfigGet(ctx, name).Result()
	if err == nil && got[name] == "" {
		err = fmt.Errorf("there is no answer")
	}
	if err != nil {
		return "", fmt.Errorf("%w, as far as it says: CONFIG GET %s: %w", ErrForgets, name, err)
	}
	return got[name], nil
}
