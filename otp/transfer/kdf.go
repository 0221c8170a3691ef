package transfer

import (
	"context"
	"crypto/aes"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/scrypt"
)

// maxFills is how often scrypt or Argon2 may fill MaxMemory, all passes together:
// some half a minute on one core. Ente asks for 4 fills of 1 GiB.
const maxFills = 16

// pbkdf2 derives a key after RFC 8018 §5.2.
func (in *input) pbkdf2(ctx context.Context, h func() hash.Hash, password string, salt []byte, rounds, size int) ([]byte, error) {
	if rounds < 1 {
		return nil, fmt.Errorf("%w: PBKDF2 with %d rounds", ErrDamaged, rounds)
	}
	if limit := in.options.MaxRounds; rounds > limit {
		return nil, fmt.Errorf("%w: PBKDF2 with %d rounds, more than %d", ErrTooCostly, rounds, limit)
	}
	return in.derive(ctx, fmt.Sprintf("PBKDF2, %d rounds", rounds), func() ([]byte, error) {
		return pbkdf2.Key(h, password, salt, rounds, size)
	})
}

// scrypt derives a key of 32 bytes after RFC 7914.
func (in *input) scrypt(ctx context.Context, password string, salt []byte, n, r, p int) ([]byte, error) {
	if n < 2 || n&(n-1) != 0 || r < 1 || p < 1 {
		return nil, fmt.Errorf("%w: scrypt with N %d, r %d, p %d", ErrDamaged, n, r, p)
	}
	memory := 128 * float64(n) * float64(r)
	if err := in.affordable("scrypt", memory, memory*float64(p)); err != nil {
		return nil, err
	}
	return in.derive(ctx, fmt.Sprintf("scrypt, %.0f MiB", memory/(1<<20)), func() ([]byte, error) {
		return scrypt.Key([]byte(password), salt, n, r, p, 32)
	})
}

// argon2id derives a key of 32 bytes after RFC 9106. Memory is in KiB.
func (in *input) argon2id(ctx context.Context, password string, salt []byte, passes, memory, lanes int) ([]byte, error) {
	if passes < 1 || memory < 1 || lanes < 1 || lanes > 255 {
		return nil, fmt.Errorf("%w: Argon2id with %d passes, %d KiB, %d lanes", ErrDamaged, passes, memory, lanes)
	}
	size := 1024 * float64(memory)
	if err := in.affordable("Argon2id", size, size*float64(passes)); err != nil {
		return nil, err
	}
	return in.derive(ctx, fmt.Sprintf("Argon2id, %d MiB, %d passes", memory>>10, passes), func() ([]byte, error) {
		return argon2.IDKey([]byte(password), salt, uint32(passes), uint32(memory), uint8(lanes), 32), nil
	})
}

// argon2d is argon2id for the variant that is five times slower here, so that it may
// fill a fifth.
func (in *input) argon2d(ctx context.Context, password, salt, secret, data []byte, passes, memory, lanes int) ([]byte, error) {
	if passes < 1 || memory < 1 || lanes < 1 || lanes > 255 || memory < 8*lanes {
		return nil, fmt.Errorf("%w: Argon2d with %d passes, %d KiB, %d lanes", ErrDamaged, passes, memory, lanes)
	}
	size := 1024 * float64(memory)
	if err := in.affordable("Argon2d", size, 5*size*float64(passes)); err != nil {
		return nil, err
	}
	return in.derive(ctx, fmt.Sprintf("Argon2d, %d MiB, %d passes", memory>>10, passes), func() ([]byte, error) {
		return argon2d(password, salt, secret, data, uint32(passes), uint32(memory), uint32(lanes)), nil
	})
}

// aesKDF encrypts the halves of the key in place, as many times as the file asks.
func (in *input) aesKDF(ctx context.Context, key [32]byte, seed, count []byte) ([]byte, error) {
	if len(count) != 8 || len(seed) != 32 {
		return nil, errKDBX
	}
	rounds, limit := binary.LittleEndian.Uint64(count), uint64(in.options.MaxRounds)*aesKDFPerRound
	if rounds > limit {
		return nil, fmt.Errorf("%w: AES with %d rounds, more than %d", ErrTooCostly, rounds, limit)
	}
	block, err := aes.NewCipher(seed)
	if err != nil {
		return nil, err
	}
	return in.derive(ctx, fmt.Sprintf("AES, %d rounds", rounds), func() ([]byte, error) {
		for range rounds {
			block.Encrypt(key[:16], key[:16])
			block.Encrypt(key[16:], key[16:])
		}
		sum := sha256.Sum256(key[:])
		return sum[:], nil
	})
}

// aesKDFPerRoundis how many rounds of AES take as long as one of PBKDF2.
const aesKDFPerRound = 10

// affordable compares in floating point since the products of a hostile file
// overflow integers.
func (in *input) affordable(name string, memory, work float64) error {
	const gib = 1 << 30
	if limit := float64(in.options.MaxMemory); memory > limit {
		return fmt.Errorf("%w: %s with %.1f GiB of memory, more than %.1f", ErrTooCostly, name, memory/gib, limit/gib)
	}
	if limit := maxFills * float64(in.options.MaxMemory); work > limit {
		return fmt.Errorf("%w: %s fills %.0f GiB of memory in all its passes, more than %.0f", ErrTooCostly, name, work/gib, limit/gib)
	}
	return nil
}

// derive runs a key derivation. Those cannot be stopped: when ctx is done, it is
// left to its end, which affordable has bounded, and its result is dropped.
func (in *input) derive(ctx context.Context, what string, run func() ([]byte, error)) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if in.options.Progress != nil {
		in.options.Progress("deriving the key (" + what + ")")
	}
	type result struct {
		key []byte
		err error
	}
	done := make(chan result, 1)
	go func() {
		key, err := run()
		done <- result{key, err}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-done:
		return r.key, r.err
	}
}
