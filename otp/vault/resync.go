package vault

import (
	"errors"
	"fmt"
	"slices"

	"github.com/authctl/authctl/otp"
)

// resyncAhead is how far ahead of its counter Resync looks.
const resyncAhead = 10_000

// ErrNoResync says that two codes are not consecutive ones of the key.
var ErrNoResync = errors.New("these are not two codes in a row of this key")

// Resync finds two consecutive codes of an HOTP key (RFC 4226 §7.4), which its
// holder sees on another device, from the key's counter on, and returns the
// counter after them. It never goes back: codes before the counter were made
// already.
func Resync(k otp.Key, first, second string) (next int64, err error) {
	if k.Type != otp.HOTP {
		return 0, fmt.Errorf("resynchronise: a %v key has no counter", k.Type)
	}
	var codes [2]string
	for i, text := range []string{first, second} {
		if codes[i], _, err = k.Normalize(text); err != nil {
			return 0, fmt.Errorf("code %d: %w", i+1, err)
		}
	}
	g, err := otp.Prepare(k)
	if err != nil {
		return 0, err
	}
	pairs := func(from, to int64) []int64 {
		var at []int64
		for c := range g.Search(codes[0], from, to) {
			if g.Code(c+1) == codes[1] {
				at = append(at, c)
			}
		}
		return at
	}
	if at := pairs(k.Counter, k.Counter+resyncAhead); len(at) > 0 {
		return at[0] + 2, nil
	}
	if at := pairs(max(0, k.Counter-resyncAhead), k.Counter-1); len(at) > 0 {
		return 0, fmt.Errorf("the codes are those of counters %d and %d, before the vault's %d: the other device is behind",
			slices.Max(at), slices.Max(at)+1, k.Counter)
	}
	return 0, ErrNoResync
}
