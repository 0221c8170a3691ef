package verifier

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/authctl/authctl/otp"
)

// Config are the parts of a Verifier that a program may want to replace. The zero
// value is right for a program without alerts and limiters.
type Config struct {
	Policy *Policy          // nil: DefaultPolicy()
	Now    func() time.Time // nil: time.Now
	Rand   io.Reader        // nil: crypto/rand; it must be safe for concurrent use

	// Handle takes every event: login alerts, audit, metrics. It is called after
	// the change was kept, by the goroutine that made it, so it should be quick. If
	// it returns an error, or the process ends, the events of changes are handed
	// over by [Verifier.Deliver]: at least once, see [Event.ID]. nil: no events, and
	// one write less for each change.
	Handle func(ctx context.Context, e Event) error

	// Allow is asked before an attempt is looked at: the place for a limiter across
	// accounts, by source or in all. false refuses with outcome Limited. nil: all.
	Allow func(ctx context.Context, id string, a Attempt) (bool, error)

	// Epoch is the moment at which the store was last restored from a backup. What
	// was used between backup and then is unknown to the store, so accounts from
	// before it must resync HOTP keys and make new recovery codes. Zero: never.
	Epoch time.Time
}

// Verifier checks second factors. It is safe for concurrent use.
type Verifier struct {
	store    Store
	ring     *Keyring
	policy   *Policy
	config   Config
	prepared *prepared
	hashing  chan struct{} // holds one token for each slow hash that runs
}

// Errors that a caller may branch on. A refused code is not an error but a
// [Result]; every error means that access is denied.
var (
	ErrNotEnrolled = errors.New("the account has no second factor")
	ErrEnrolled    = errors.New("the account has a key already")
	ErrNoPending   = errors.New("no key waits to be confirmed")
	ErrWrongCode   = errors.New("the code is not of the key that waits to be confirmed")
	ErrIncomplete  = errors.New("the key is confirmed, but there are no recovery codes yet")
	ErrStale       = errors.New("the re-authentication is too old")
)

// New makes a Verifier over a store. The same account ids must reach it in one
// spelling: two spellings are two accounts.
func New(s Store, ring *Keyring, c Config) (*Verifier, error) {
	if s == nil || ring == nil {
		return nil, fmt.Errorf("make verifier: it needs a store and a key ring")
	}
	if c.Policy == nil {
		c.Policy = DefaultPolicy()
	}
	if err := c.Policy.Validate(); err != nil {
		return nil, fmt.Errorf("make verifier: %w", err)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	policy := *c.Policy // later changes by the caller would race
	return &Verifier{
		store: s, ring: ring, policy: &policy, config: c, prepared: newPrepared(),
		hashing: make(chan struct{}, runtime.GOMAXPROCS(0)),
	}, nil
}

// turn is one run of an Update: the state, what the policy says of it, and the
// events that follow if it is kept. It must have no other effect, since a store
// may run it again.
type turn struct {
	v      *Verifier
	id     string
	source string
	by     string
	input  string   // what the person typed
	more   []string // Resync: all codes
	now    Instant
	s      *State
	events []Event
	result Result // of an attempt
}

// update runs fn on the account in one atomic Update and hands its events over
// once they are kept.
func (v *Verifier) update(ctx context.Context, t *turn, fn func(*turn) error) error {
	if t.id == "" {
		return fmt.Errorf("the account id is empty")
	}
	t.v, t.now = v, instant(v.config.Now())
	if err := v.store.Update(ctx, t.id, func(s *State) error {
		t.s, t.events, t.result = s, nil, Result{}
		t.settle()
		return fn(t)
	}); err != nil {
		return err
	}
	v.handOver(ctx, t.id, t.events) // its error is no reason to deny: Deliver tries again
	return nil
}

// settle brings the state to the present: what is over ends, and a moment that a
// clock set back has left in the future counts as now.
func (t *turn) settle() {
	s, p := t.s, t.v.policy
	s.Codes.settle(t.now, p.LockFor)
	s.Rescue.settle(t.now, p.RecoveryLockFor)
	s.settleFailures(t.now)
	for i := 0; i < len(s.Keys); {
		e := &s.Keys[i]
		if e.For == 0 || e.Since.since(t.now) < e.For {
			i++
			continue
		}
		enrolment, status, kind := e.Enrolment, Expired, KeyExpired
		if e.Status == Retiring {
			status, kind = Superseded, KeySuperseded
		}
		s.bury(enrolment, status, t.now)
		t.emit(Event{Kind: kind, Enrolment: enrolment})
	}
	t.settleRequest()
	if epoch := t.epoch(); s.Enrolment > 0 && s.Epoch < epoch {
		t.restored(epoch)
	}
}

func (t *turn) epoch() Instant {
	if t.v.config.Epoch.IsZero() {
		return 0
	}
	return instant(t.v.config.Epoch)
}

// restored kills whatever may have been used between the backup and the moment at
// which it was put back.
func (t *turn) restored(epoch Instant) {
	s := t.s
	s.Epoch = epoch
	for i := range s.Keys {
		e := &s.Keys[i]
		if e.Type == otp.HOTP {
			e.Resync = e.live()
			continue
		}
		step := e.key(otp.Secret{}).Step(epoch.Time())
		e.Next = max(e.Next, step+max(e.Drift, 0)+t.v.policy.Window.Ahead+1)
	}
	s.Recovery.discard()
	s.Link = Link{}
	if s.Request.Status == RequestApproved {
		_ = t.step(RequestClosed, "", RequestApproved)
	}
	t.emit(Event{Kind: AccountRestored})
}

// generator opens and prepares a key, or takes it as it was prepared before.
func (v *Verifier) generator(id string, e *Enrolled) (*otp.Generator, error) {
	if g, ok := v.prepared.get(id, e); ok {
		return g, nil
	}
	k, err := v.open(id, e)
	if err != nil {
		return nil, err
	}
	g, err := otp.Prepare(k)
	if err != nil {
		return nil, err
	}
	v.prepared.put(id, e, g)
	return g, nil
}

func (v *Verifier) open(id string, e *Enrolled) (otp.Key, error) {
	plain, err := v.ring.open(e.Secret, labelOf(id, e))
	if err != nil {
		return otp.Key{}, fmt.Errorf("open key %d of %q: %w", e.Enrolment, id, err)
	}
	secret, err := otp.NewSecret(plain)
	clear(plain)
	if err != nil {
		return otp.Key{}, fmt.Errorf("open key %d of %q: %w", e.Enrolment, id, err)
	}
	return e.key(secret), nil
}
