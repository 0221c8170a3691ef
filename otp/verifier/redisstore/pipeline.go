package redisstore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/authctl/authctl/otp/verifier"
)

// flights is how many pipelines that read are under way at the same time. Of those
// that write there is one: a server that syncs each write answers nobody meanwhile,
// so writes that travel together are done sooner than those that take turns.
const flights = 2

// swap writes the values whose tag is still the one that was read, and notes the ids
// of accounts that are new. For each it answers with the value that is there instead,
// or with nothing where it wrote. A value that is there already was written by this
// request, which a proxy has sent twice.
//
// It is one command for a whole batch, because the server reads 16 KB of a pipeline at
// a time and would sync after each. Scripts run alone and whole; with appendfsync
// always their effects are on the disk before the answer is sent. An account that
// fails does so alone, with nothing of it kept.
var swap = redis.NewScript(`
local function failed(reply) return type(reply) == 'table' and reply.err end

local function swap(key, tag, value, id)
  local now = redis.pcall('GET', key) or ''
  if failed(now) then return now end
  if now == value then return '' end
  if string.sub(now, 1, #tag) ~= tag or (tag == '' and now ~= '') then return now end
  if tag == '' then
    local noted = redis.pcall('ZADD', KEYS[1], 0, id)
    if failed(noted) then return noted end
  end
  local set = redis.pcall('SET', key, value)
  if failed(set) then return set end
  return ''
end

local answers = {}
for i = 2, #KEYS do
  answers[i-1] = swap(KEYS[i], ARGV[3*i-5], ARGV[3*i-4], ARGV[3*i-3])
end
return answers`)

// job is one question to the server: to read an account or to write it.
type job struct {
	id, tag, value string // of a write: the tag that was read, and the new value
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
	err := s.reads.Put(ctx, j)
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
	j := &job{id: id, value: value, answer: make(chan answer, 1)}
	if old != "" {
		j.tag = old[:tagSize]
	}
	err = s.writes.Put(ctx, j)
	if err == nil {
		a := <-j.answer
		now, err = a.value, a.err
	}
	if err != nil {
		return "", fmt.Errorf("write %q to Redis: %w", id, err)
	}
	return now, nil
}

// fetch reads a batch in one pipeline and tells each job its answer.
func (s *Store) fetch(batch []*job) {
	ctx := context.Background() // of no single caller; the client's time-outs bound it
	pipe := s.client.Pipeline()
	replies := make([]*redis.StringCmd, len(batch))
	for i, j := range batch {
		replies[i] = pipe.Get(ctx, s.account(j.id))
	}
	_, _ = pipe.Exec(ctx) // each reply has its own error
	for i, j := range batch {
		value, err := replies[i].Result()
		if errors.Is(err, redis.Nil) {
			err = nil // there is no such account
		}
		j.answer <- answer{value, err}
	}
}

// keep writes a batch and tells each job its answer.
func (s *Store) keep(batch []*job) {
	ctx := context.Background()
	replies, err := s.swap(ctx, batch)
	if redis.HasErrorPrefix(err, "NOSCRIPT") {
		// The server does not know the script, as after a restart: nothing has run.
		if err = swap.Load(ctx, s.client).Err(); err != nil {
			err = fmt.Errorf("%w: load the script: %w", errNotRun, err)
		} else {
			replies, err = s.swap(ctx, batch)
		}
	}
	if err != nil && !neverRan(err) {
		err = fmt.Errorf("%w: %w", verifier.ErrUnknownOutcome, err)
	}
	for i, j := range batch {
		if err != nil {
			j.answer <- answer{err: err}
			continue
		}
		j.answer <- replies[i]
	}
}

// swap sends a batch and returns the answer to each job, or the error of all.
func (s *Store) swap(ctx context.Context, batch []*job) ([]answer, error) {
	keys, args := []string{s.ids()}, make([]any, 0, 3*len(batch))
	for _, j := range batch {
		keys = append(keys, s.account(j.id))
		args = append(args, j.tag, j.value, j.id)
	}
	pipe := s.client.Pipeline()
	swapped := pipe.EvalSha(ctx, swap.Hash(), keys, args...)
	var copies *redis.Cmd
	if s.o.Replicas > 0 {
		copies = pipe.Do(ctx, "wait", s.o.Replicas, max(s.o.ReplicaTimeout.Milliseconds(), 1)) // 0 would be for ever
	}
	_, _ = pipe.Exec(ctx) // each reply has its own error
	replies, err := swapped.Slice()
	if err == nil && len(replies) != len(batch) {
		err = fmt.Errorf("%d accounts were answered with %d replies", len(batch), len(replies))
	}
	if err != nil {
		return nil, err
	}
	answers := make([]answer, len(batch))
	for i, r := range replies {
		switch r := r.(type) {
		case string:
			answers[i].value = r
		case error: // of this account alone
			answers[i].err = r
		default:
			answers[i].err = fmt.Errorf("%w: the reply is a %T", verifier.ErrUnknownOutcome, r)
		}
		if answers[i] == (answer{}) && copies != nil {
			answers[i].err = s.enough(copies)
		}
	}
	return answers, nil
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

// errNotRun marks an error before the command was sent.
var errNotRun = errors.New("nothing was written")

// refusals begin the errors by which a server says that it has not run a command.
// Other words may be those of a proxy that has lost its server.
var refusals = []string{
	"LOADING", "MASTERDOWN", "READONLY", "NOREPLICAS", "MISCONF", "OOM", "BUSY", // not now
	"NOAUTH", "WRONGPASS", "NOPERM", "max number of clients", // not you
	"MOVED", "ASK", "TRYAGAIN", "CLUSTERDOWN", "CROSSSLOT", // not here
}

// neverRan reports whether an error means that the server has not run a command:
// it said so, or it was never asked.
func neverRan(err error) bool {
	var network *net.OpError
	return errors.Is(err, errNotRun) ||
		slices.ContainsFunc(refusals, func(prefix string) bool { return redis.HasErrorPrefix(err, prefix) }) ||
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
