// Package send delivers one-time codes by mail and message: codes to sign in with,
// and codes and links that confirm an address.
//
// A code is kept with its account as a keyed hash, lives ten minutes, and dies when
// it is used, when the next one is made or when it was guessed at too often. How
// often anything is sent is counted by address, for all accounts and machines
// together, and in total: somebody else's phone cannot be flooded from here, nor a
// phone bill run up. What was counted is kept before anything is sent, so a message
// goes out once or not at all, and never twice because an update was tried again.
//
// Codes that travel are weaker than those of an app (NIST SP 800-63B §5.1.3.3): offer
// them beside an app, not in its place.
package send

import (
	"context"
	"crypto/hmac"
	crypto "crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"time"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/verifier"
)

var (
	// ErrBudget is returned where an address has had all the messages that it may
	// have for now. [BudgetError] says how long that lasts.
	ErrBudget = errors.New("too many messages")

	// ErrUnconfirmed is returned for an address that did not confirm yet.
	ErrUnconfirmed = errors.New("the address is not confirmed")

	// ErrNotSent wraps what a Sender answered. The message counts as sent; the person
	// may ask for another.
	ErrNotSent = errors.New("the message was not sent")
)

// BudgetError is an [ErrBudget] with its end.
type BudgetError struct {
	Total bool          // the cap of all messages, which is not the person's doing
	Wait  time.Duration // until the next may be sent
}

func (e *BudgetError) Error() string {
	if e.Total {
		return fmt.Sprintf("%v for everybody together: the next in %v", ErrBudget, e.Wait)
	}
	return fmt.Sprintf("%v to this address: the next in %v", ErrBudget, e.Wait)
}

// Is reports ErrBudget.
func (e *BudgetError) Is(target error) bool { return target == ErrBudget }

// Message is what a Sender delivers.
type Message struct {
	To       Address
	Purpose  Purpose
	Code     string
	Token    string        // of a link, where the purpose is Confirm
	For      time.Duration // how long both are good
	Key      string        // names the message: a Sender that tries again uses it so that it arrives once
	Language string        // as the caller gave it, "" or a language tag
}

// Format prints no code and no address, for every verb.
func (m Message) Format(f fmt.State, _ rune) { fmt.Fprint(f, described(string(m.To.kind), m.Key)) }

// LogValue logs no code and no address.
func (m Message) LogValue() slog.Value { return slog.StringValue(described(string(m.To.kind), m.Key)) }

func described(kind, key string) string { return fmt.Sprintf("message %q to a %s", key, kind) }

// Purpose is what a code is for.
type Purpose string

const (
	Login   Purpose = "login"
	Confirm Purpose = "confirm"
)

// Sender delivers messages. An error means that it was not, or not surely, delivered.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// Policy is how much is allowed. A zero field is the default.
type Policy struct {
	Digits   int           // of a code: 6, at most 8
	CodeFor  time.Duration // a code or link lives: 10 min
	Sends    int           // messages to one address: 3 …
	SendsFor time.Duration // … in: 15 min
	Failures int           // wrong codes of one account and address: 5 …
	BlockFor time.Duration // … then none is taken for: 24 h
	Total    int           // messages to all phones together in an hour: 1000; mail is not capped
}

func (p Policy) withDefaults() Policy {
	for _, f := range []struct {
		field     *int
		otherwise int
	}{{&p.Digits, 6}, {&p.Sends, 3}, {&p.Failures, 5}, {&p.Total, 1000}} {
		if *f.field == 0 {
			*f.field = f.otherwise
		}
	}
	for _, f := range []struct {
		field     *time.Duration
		otherwise time.Duration
	}{{&p.CodeFor, 10 * time.Minute}, {&p.SendsFor, 15 * time.Minute}, {&p.BlockFor, 24 * time.Hour}} {
		if *f.field == 0 {
			*f.field = f.otherwise
		}
	}
	return p
}

// Config is what Codes are made of.
type Config struct {
	Policy  Policy
	Secret  otp.Secret                               // 32 random bytes from a secret manager, which key the hashes of codes
	Senders map[Kind]Sender                          // a kind without a Sender is refused
	Handle  func(ctx context.Context, e Event) error // told of each step, at most once; nil: nobody. Its error is not returned.
	Now     func() time.Time                         // nil is time.Now
	Rand    io.Reader                                // nil is crypto/rand
}

// Event tells of a step. It holds no code.
type Event struct {
	Account string
	At      time.Time
	Kind    EventKind
	To      Address
}

// EventKind is a stable name of what happened.
type EventKind string

const (
	CodeSent         EventKind = "code-sent"
	CodeNotSent      EventKind = "code-not-sent"
	CodeAccepted     EventKind = "delivered-code-accepted"
	CodeRefused      EventKind = "delivered-code-refused"
	AddressBlocked   EventKind = "address-blocked" // Policy.Failures was reached
	AddressConfirmed EventKind = "address-confirmed"
	AddressRemoved   EventKind = "address-removed"
)

// Codes are the delivered codes of accounts.
type Codes struct {
	accounts verifier.Store
	budgets  verifier.Store
	c        Config
}

// New makes Codes. accounts is the store of the Verifier; budgets counts by address
// and is another one on the same server, under a prefix of its own: its ids are no
// accounts.
func New(accounts, budgets verifier.Store, c Config) (*Codes, error) {
	c.Policy = c.Policy.withDefaults()
	switch {
	case accounts == nil || budgets == nil || accounts == budgets:
		return nil, fmt.Errorf("make delivered codes: accounts and budgets need a store each")
	case c.Secret.Len() < 32:
		return nil, fmt.Errorf("make delivered codes: the secret has %d bytes, not 32 or more", c.Secret.Len())
	case c.Policy.Digits < 6 || c.Policy.Digits > 8:
		return nil, fmt.Errorf("make delivered codes: %d digits, not 6 to 8", c.Policy.Digits)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rand == nil {
		c.Rand = crypto.Reader
	}
	return &Codes{accounts, budgets, c}, nil
}

// Begin sends a code and a link to an address that the holder of the account wants to
// add. It is of no use until Confirm.
func (c *Codes) Begin(ctx context.Context, id string, to Address, language string) error {
	return c.send(ctx, id, to, Confirm, language)
}

// Send sends a code to sign in with, to an address that has confirmed. It kills the
// code that was sent before.
func (c *Codes) Send(ctx context.Context, id string, to Address, language string) error {
	return c.send(ctx, id, to, Login, language)
}

func (c *Codes) send(ctx context.Context, id string, to Address, purpose Purpose, language string) error {
	sender := c.c.Senders[to.kind]
	if sender == nil || to.IsZero() {
		return fmt.Errorf("send a code: there is no way to a %s", to.kind)
	}
	m, err := c.message(to, purpose, language)
	if err != nil {
		return fmt.Errorf("send a code: %w", err)
	}
	// Looked at before the budget is spent; the update below looks again.
	state, err := c.accounts.Load(ctx, id)
	if err == nil {
		err = c.prepare(&state, id, m)
	}
	if err == nil {
		err = c.spend(ctx, to)
	}
	if err == nil {
		err = c.accounts.Update(ctx, id, func(s *verifier.State) error { return c.prepare(s, id, m) })
	}
	if err != nil {
		return fmt.Errorf("send a code for %q: %w", id, err)
	}
	if err := sender.Send(ctx, m); err != nil {
		c.tell(ctx, id, CodeNotSent, to)
		return fmt.Errorf("send a code for %q: %w: %w", id, ErrNotSent, err)
	}
	c.tell(ctx, id, CodeSent, to)
	return nil
}

// message makes a new code, and a link's token where there is a link.
func (c *Codes) message(to Address, purpose Purpose, language string) (Message, error) {
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(c.c.Policy.Digits)), nil)
	n, err := crypto.Int(c.c.Rand, limit)
	if err != nil {
		return Message{}, fmt.Errorf("read random bytes: %w", err)
	}
	random := make([]byte, 48)
	if _, err := io.ReadFull(c.c.Rand, random); err != nil {
		return Message{}, fmt.Errorf("read random bytes: %w", err)
	}
	m := Message{
		To: to, Purpose: purpose, Code: fmt.Sprintf("%0*d", c.c.Policy.Digits, n), For: c.c.Policy.CodeFor,
		Key: base64.RawURLEncoding.EncodeToString(random[:16]), Language: language,
	}
	if purpose == Confirm {
		m.Token = base64.RawURLEncoding.EncodeToString(random[16:])
	}
	return m, nil
}

// hash is what is kept of a code or token: of the account, the address and the
// purpose that it is for, so that it opens nothing else.
func (c *Codes) hash(id string, to Address, purpose Purpose, text string) []byte {
	h := hmac.New(sha256.New, c.c.Secret.Bytes())
	for _, part := range []string{"authctl delivered code v1", id, to.key(), string(purpose), text} {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return h.Sum(nil)
}

func (c *Codes) tell(ctx context.Context, id string, kind EventKind, to Address) {
	if c.c.Handle != nil {
		_ = c.c.Handle(context.WithoutCancel(ctx), Event{id, c.c.Now(), kind, to})
	}
}
