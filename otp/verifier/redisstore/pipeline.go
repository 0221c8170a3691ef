package redisstore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/authctl/authctl/otp/verifier"
)

// flights is how many pipelines are under way at the same time: one waits for the
// disk, one is read, one is written.
const flights = 3

// swap writes a value whose tag is still the one that was read, and notes the id of
// an account that is new. It answers with the value that is there instead, or with
// nothing where it wrote. A value that is there already was written by this request,
// which a proxy has sent twice.
//
// Scripts run alone and whole; with appendfsync always their effects are on the disk
// before the answer is sent.
var swap = redis.NewScript(`
local now = redis.call('GET', KEYS[1]) or ''
if string.sub(now, 1, #ARGV[1]) ~= ARGV[1] or (ARGV[1] == '' and now ~= '') then
  if now == ARGV[2] then return '' end
  return now
end
redis.call('SET', KEYS[1], ARGV[2])
if ARGV[1] == '' then redis.call('ZADD', KEYS[2], 0, ARGV[3]) end
return ''`)

// job is one question to the server: to read an account or to write it.
type job struct {
	id, tag, value string // of a write: the tag that was read, and the new value
	write          bool
	answer         chan answer
}

type answer struct {
	value string
	err   error
}

// read is the stored value of id, "" if it was never written.
func (s *Store) read(ctx context.Context, id string) (string, error) {
	if err := checkID(id); err != nil {
		return "", err
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	j := &job{id: id, answer: make(chan answer, 1)}
	err := s.jobs.Put(j)
	if err == nil {
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case a := <-j.answer:
			if a.err == nil {
				return a.value, nil
			}
			err = a.err
		}
	}
	return "", fmt.Errorf("read %q from Redis: %w", id, err)
}

// write puts the new value in the place of the old one. It returns "" or, if
// another was faster, the value that is there now.
func (s *Store) write(ctx context.Context, id, old, value string) (now string, err error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	j := &job{id: id, value: value, write: true, answer: make(chan answer, 1)}
	if old != "" {
		j.tag = old[:tagSize]
	}
	err = s.jobs.Put(j)
	if err == nil {
		a := <-j.answer
		now, err = a.value, a.err
	}
	if err != nil {
		return "", fmt.Errorf("write %q to Redis: %w", id, err)
	}
	return now, nil
}

// fly sends a batch in one pipeline and tells each job its answer.
func (s *Store) fly(batch []*job) {
	ctx := context.Background() // of no single caller; the client's time-outs bound it
	unknown := s.send(ctx, batch)
	if len(unknown) == 0 {
		return
	}
	// The server does not know the script, as after a restart: nothing of it has run.
	err := swap.Load(ctx, s.client).Err()
	if err == nil {
		unknown = s.send(ctx, unknown)
		err = errors.New("the server forgets scripts at once")
	}
	for _, j := range unknown {
		j.answer <- answer{err: err}
	}
}

// send sends a batch and returns the writes for which the script is missing.
func (s *Store) send(ctx context.Context, batch []*job) (unknown []*job) {
	pipe := s.client.Pipeline()
	replies := make([]*redis.Cmd, len(batch))
	writes := false
	for i, j := range batch {
		if j.write {
			replies[i] = pipe.EvalSha(ctx, swap.Hash(), []string{s.account(j.id), s.ids()}, j.tag, j.value, j.id)
			writes = true
		} else {
			replies[i] = pipe.Do(ctx, "get", s.account(j.id))
		}
	}
	var copies *redis.Cmd
	if writes && s.o.Replicas > 0 {
		copies = pipe.Do(ctx, "wait", s.o.Replicas, s.o.ReplicaTimeout.Milliseconds())
	}
	_, _ = pipe.Exec(ctx) // each reply has its own error
	for i, j := range batch {
		value, err := replies[i].Text()
		switch {
		case errors.Is(err, redis.Nil):
			err = nil // there is no such account
		case j.write && redis.HasErrorPrefix(err, "NOSCRIPT"):
			unknown = append(unknown, j)
			continue
		case j.write && err != nil && !neverRan(err):
			err = fmt.Errorf("%w: %w", verifier.ErrUnknownOutcome, err)
		case j.write && err == nil && value == "" && copies != nil:
			err = s.enough(copies)
		}
		j.answer <- answer{value, err}
	}
	return unknown
}

// enough is the error where too few replicas have a write.
func (s *Store) enough(copies *redis.Cmd) error {
	n, err := copies.Int64()
	if err == nil && n < int64(s.o.Replicas) {
		err = fmt.Errorf("%d of %d replicas have it", n, s.o.Replicas)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", verifier.ErrUnknownOutcome, err)
	}
	return nil
}

// neverRan reports whether an error means that the server has not run a command:
// it said so, or it was never asked.
func neverRan(err error) bool {
	var said redis.Error
	var network *net.OpError
	return errors.As(err, &said) ||
		errors.Is(err, redis.ErrPoolTimeout) || errors.Is(err, redis.ErrPoolExhausted) || errors.Is(err, redis.ErrClosed) ||
		errors.As(err, &network) && network.Op == "dial"
}

// failure is an error of a read; that of a context that has ended where it did.
func failure(ctx context.Context, err error) error {
	if ctx.Err() != nil && !strings.Contains(err.Error(), ctx.Err().Error()) {
		return fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return err
}
