package send_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/verifier"
	"github.com/authctl/authctl/otp/verifier/send"
)

// outbox is a Sender that keeps what it is given.
type outbox struct {
	mu       sync.Mutex
	messages []send.Message
	fails    error
}

func (o *outbox) Send(_ context.Context, m send.Message) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.messages = append(o.messages, m)
	return o.fails
}

func (o *outbox) last() send.Message {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.messages[len(o.messages)-1]
}

func (o *outbox) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.messages)
}

// desk is delivered codes with a clock, an outbox and their events.
type desk struct {
	*send.Codes
	t        *testing.T
	accounts verifier.Store
	out      *outbox
	mu       sync.Mutex
	time     time.Time
	events   []send.EventKind
}

func newDesk(t *testing.T, accounts, budgets verifier.Store, p send.Policy) *desk {
	t.Helper()
	d := &desk{t: t, accounts: accounts, out: &outbox{}, time: time.Unix(1_800_000_000, 0)}
	secret, err := otp.NewSecret([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	d.Codes, err = send.New(accounts, budgets, send.Config{
		Policy: p, Secret: secret, Senders: map[send.Kind]send.Sender{send.Phone: d.out, send.Mail: d.out},
		Now: func() time.Time { d.mu.Lock(); defer d.mu.Unlock(); return d.time },
		Handle: func(_ context.Context, e send.Event) error {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.events = append(d.events, e.Kind)
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) add(by time.Duration) { d.mu.Lock(); d.time = d.time.Add(by); d.mu.Unlock() }

func phone(t *testing.T, text string) send.Address {
	t.Helper()
	a, err := send.ParsePhone(text, "JP")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// confirmed adds an address to an account.
func (d *desk) confirmed(id string, a send.Address) {
	d.t.Helper()
	if err := d.Begin(d.t.Context(), id, a, ""); err != nil {
		d.t.Fatal(err)
	}
	if r, err := d.Confirm(d.t.Context(), id, a, d.out.last().Code); err != nil || !r.OK() {
		d.t.Fatal(r, err)
	}
	d.add(15 * time.Minute)
}

func (d *desk) want(outcome verifier.Outcome, id string, a send.Address, code string) {
	d.t.Helper()
	r, err := d.Verify(d.t.Context(), id, a, code)
	if err != nil || r.Outcome != outcome {
		d.t.Errorf("%s: %v, %v; want %s", code, r.Outcome, err, outcome)
	}
}

func wrong(code string) string { return fmt.Sprintf("%c%s", '0'+(code[0]-'0'+1)%10, code[1:]) }

func TestCodeWorksOnce(t *testing.T) {
	d := newDesk(t, verifier.NewMemory(), verifier.NewMemory(), send.Policy{})
	a := phone(t, "090-1234-5678")
	d.confirmed("ann", a)
	if err := d.Send(t.Context(), "ann", a, ""); err != nil {
		t.Fatal(err)
	}
	first := d.out.last().Code
	if err := d.Send(t.Context(), "ann", a, ""); err != nil {
		t.Fatal(err)
	}
	code := d.out.last().Code
	if len(code) != 6 || d.out.last().Key == d.out.messages[0].Key || d.out.last().Purpose != send.Login {
		t.Errorf("the message is %+v", d.out.last())
	}
	if first != code {
		d.want(verifier.Invalid, "ann", a, first) // a new code kills the old
	}
	d.want(verifier.Invalid, "bob", a, code)
	d.want(verifier.Accepted, "ann", a, " "+code[:3]+" "+code[3:])
	d.want(verifier.Invalid, "ann", a, code)
	d.add(15 * time.Minute)
	if err := d.Send(t.Context(), "ann", a, ""); err != nil {
		t.Fatal(err)
	}
	d.add(10 * time.Minute)
	d.want(verifier.Invalid, "ann", a, d.out.last().Code)
}

func TestAddressMustBeConfirmed(t *testing.T) {
	d := newDesk(t, verifier.NewMemory(), verifier.NewMemory(), send.Policy{})
	a, err := send.ParseMail("ann@example.com")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Send(t.Context(), "ann", a, ""); !errors.Is(err, send.ErrUnconfirmed) || d.out.count() > 0 {
		t.Errorf("Send to a strange address: %v, %d messages", err, d.out.count())
	}
	if err := d.Begin(t.Context(), "ann", a, ""); err != nil {
		t.Fatal(err)
	}
	m := d.out.last()
	d.want(verifier.Invalid, "ann", a, m.Code) // a code that confirms signs nobody in
	if err := d.Send(t.Context(), "ann", a, ""); !errors.Is(err, send.ErrUnconfirmed) {
		t.Errorf("Send before Confirm: %v", err)
	}
	for range 10 { // what scanners do
		if ok, err := d.CheckToken(t.Context(), "ann", a, m.Token); !ok || err != nil {
			t.Fatal(ok, err)
		}
	}
	if ok, _ := d.CheckToken(t.Context(), "bob", a, m.Token); ok {
		t.Error("the link opens another account")
	}
	if r, err := d.Confirm(t.Context(), "ann", a, m.Token); err != nil || !r.OK() {
		t.Error(r, err)
	}
	if r, err := d.Confirm(t.Context(), "ann", a, m.Token); err != nil || r.OK() {
		t.Error("the link works twice", err)
	}
	list, err := d.Addresses(t.Context(), "ann")
	if err != nil || len(list) != 1 || list[0].Address != a || list[0].Confirmed.IsZero() {
		t.Errorf("the addresses are %v, %v", list, err)
	}
	if err := d.Send(t.Context(), "ann", a, ""); err != nil {
		t.Error(err)
	}
	if err := d.Remove(t.Context(), "ann", a); err != nil {
		t.Error(err)
	}
	if err := d.Send(t.Context(), "ann", a, ""); !errors.Is(err, send.ErrUnconfirmed) {
		t.Errorf("Send after Remove: %v", err)
	}
}

// Class 9 of doc/security.md: the limiter's key respelled.
func TestSpellingsShareABudget(t *testing.T) {
	d := newDesk(t, verifier.NewMemory(), verifier.NewMemory(), send.Policy{})
	for i, text := range []string{"090-1234-5678", "+819012345678", "+81 90 1234 5678", "０９０１２３４５６７８"} {
		err := d.Begin(t.Context(), fmt.Sprint("user", i), phone(t, text), "")
		var budget *send.BudgetError
		if i < 3 && err != nil {
			t.Errorf("message %d: %v", i+1, err)
		}
		if i == 3 && (!errors.As(err, &budget) || budget.Wait != 15*time.Minute || !errors.Is(err, send.ErrBudget)) {
			t.Errorf("the fourth message: %v, want ErrBudget for 15 minutes", err)
		}
	}
	d.add(15 * time.Minute)
	if err := d.Begin(t.Context(), "user", phone(t, "09012345678"), ""); err != nil {
		t.Errorf("after 15 minutes: %v", err)
	}
	if d.out.count() != 4 {
		t.Errorf("%d messages were sent, want 4", d.out.count())
	}
}

// TestMailboxesShareABudget respells a mail address in ways that reach one mailbox.
func TestMailboxesShareABudget(t *testing.T) {
	d := newDesk(t, verifier.NewMemory(), verifier.NewMemory(), send.Policy{})
	for i, text := range []string{"ann@example.com", "ANN@Example.com", "ann+1@example.com", "Ann+2@example.com", "bob@example.com"} {
		a, err := send.ParseMail(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Begin(t.Context(), "user", a, ""); errors.Is(err, send.ErrBudget) != (i == 3) {
			t.Errorf("message %d, to %s: %v", i+1, text, err)
		}
	}
}

// TestClockSetBack spends a budget and locks an account by a clock that is two days
// ahead. Once it is right, both last no longer than they should.
func TestClockSetBack(t *testing.T) {
	accounts := verifier.NewMemory()
	d := newDesk(t, accounts, verifier.NewMemory(), send.Policy{})
	a := phone(t, "090-1234-5678")
	d.confirmed("ann", a)
	d.add(48 * time.Hour)
	for range 3 {
		if err := d.Send(t.Context(), "ann", a, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := accounts.Update(t.Context(), "ann", func(s *verifier.State) error {
		s.Codes = verifier.Guard{LockedAt: verifier.Instant(d.time.UnixMilli()), LockFor: 5 * time.Minute}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	d.add(-48 * time.Hour)
	if err := d.Send(t.Context(), "ann", a, ""); !errors.Is(err, send.ErrBudget) {
		t.Errorf("Send after the clock was set back: %v", err)
	}
	d.want(verifier.Locked, "ann", a, "000000")
	d.add(15 * time.Minute)
	if err := d.Send(t.Context(), "ann", a, ""); err != nil {
		t.Errorf("15 minutes later: %v", err)
	}
	d.want(verifier.Accepted, "ann", a, d.out.last().Code)
}

func TestGuessingBlocksTheAddress(t *testing.T) {
	d := newDesk(t, verifier.NewMemory(), verifier.NewMemory(), send.Policy{})
	a := phone(t, "090-1234-5678")
	d.confirmed("ann", a)
	for i := range 5 { // new codes do not reset the count
		if i%2 == 0 {
			if err := d.Send(t.Context(), "ann", a, ""); err != nil {
				t.Fatal(err)
			}
		}
		d.want(verifier.Invalid, "ann", a, wrong(d.out.last().Code))
	}
	d.want(verifier.Locked, "ann", a, d.out.last().Code)
	d.add(15 * time.Minute)
	var budget *send.BudgetError
	if err := d.Send(t.Context(), "ann", a, ""); !errors.As(err, &budget) || budget.Wait != 24*time.Hour-15*time.Minute {
		t.Errorf("Send to a blocked address: %v", err)
	}
	if err := d.Remove(t.Context(), "ann", a); err != nil {
		t.Fatal(err)
	}
	if err := d.Begin(t.Context(), "ann", a, ""); !errors.Is(err, send.ErrBudget) {
		t.Errorf("adding it again opens the block: %v", err)
	}
	d.add(24 * time.Hour)
	d.confirmed("ann", a)
	if got := fmt.Sprint(d.events); !strings.Contains(got, "address-blocked") || strings.Count(got, "address-blocked") != 1 {
		t.Errorf("the events are %s", got)
	}
}

// TestRemovedAddressIsGone removes addresses at which somebody guessed: they are no
// longer listed, and in time make room.
func TestRemovedAddressIsGone(t *testing.T) {
	d := newDesk(t, verifier.NewMemory(), verifier.NewMemory(), send.Policy{})
	add := func(i int) (send.Address, error) {
		a := phone(t, fmt.Sprintf("090-1234-000%d", i))
		return a, d.Begin(t.Context(), "ann", a, "")
	}
	for i := range 8 {
		a, err := add(i)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := d.Confirm(t.Context(), "ann", a, wrong(d.out.last().Code)); err != nil || r.OK() {
			t.Fatal(r, err)
		}
		if err := d.Remove(t.Context(), "ann", a); err != nil {
			t.Fatal(err)
		}
	}
	if list, err := d.Addresses(t.Context(), "ann"); err != nil || len(list) != 0 {
		t.Errorf("the addresses are %v, %v", list, err)
	}
	if _, err := add(8); err == nil {
		t.Error("a ninth address on the same day")
	}
	d.add(24 * time.Hour)
	if _, err := add(8); err != nil {
		t.Errorf("the next day: %v", err)
	}
}

func TestLockShutsDeliveredCodes(t *testing.T) {
	accounts := verifier.NewMemory()
	d := newDesk(t, accounts, verifier.NewMemory(), send.Policy{})
	a := phone(t, "090-1234-5678")
	d.confirmed("ann", a)
	if err := d.Send(t.Context(), "ann", a, ""); err != nil {
		t.Fatal(err)
	}
	lock := func(g verifier.Guard) {
		err := accounts.Update(t.Context(), "ann", func(s *verifier.State) error { s.Codes = g; return nil })
		if err != nil {
			t.Fatal(err)
		}
	}
	lock(verifier.Guard{LockedAt: verifier.Instant(d.time.UnixMilli()), LockFor: 5 * time.Minute})
	d.want(verifier.Locked, "ann", a, d.out.last().Code)
	d.add(5 * time.Minute)
	shut := func(shut bool) {
		err := accounts.Update(t.Context(), "ann", func(s *verifier.State) error { s.Shut = shut; return nil })
		if err != nil {
			t.Fatal(err)
		}
	}
	shut(true) // by the 30-day count, until recovery
	d.want(verifier.Locked, "ann", a, d.out.last().Code)
	shut(false)
	d.want(verifier.Accepted, "ann", a, d.out.last().Code)
}

func TestTotalCap(t *testing.T) {
	d := newDesk(t, verifier.NewMemory(), verifier.NewMemory(), send.Policy{Total: 10})
	for i := range 12 {
		err := d.Begin(t.Context(), fmt.Sprint(i), phone(t, fmt.Sprintf("0901234%04d", i)), "")
		var budget *send.BudgetError
		if i < 10 && err != nil || i >= 10 && (!errors.As(err, &budget) || !budget.Total) {
			t.Errorf("message %d: %v", i+1, err)
		}
	}
	d.add(time.Hour)
	if err := d.Begin(t.Context(), "x", phone(t, "09012345678"), ""); err != nil {
		t.Error(err)
	}
}

// conflicting runs every update twice, as a store does where another was faster.
// Class 23 of doc/security.md.
type conflicting struct{ verifier.Store }

func (c conflicting) Update(ctx context.Context, id string, fn func(*verifier.State) error) error {
	before, err := c.Load(ctx, id)
	if err != nil {
		return err
	}
	if err := fn(&before); err != nil {
		return err
	}
	return c.Store.Update(ctx, id, fn)
}

func TestConflictSendsOnce(t *testing.T) {
	d := newDesk(t, conflicting{verifier.NewMemory()}, conflicting{verifier.NewMemory()}, send.Policy{})
	a := phone(t, "090-1234-5678")
	d.confirmed("ann", a)
	for range 3 { // a budget of three is three messages
		if err := d.Send(t.Context(), "ann", a, ""); err != nil {
			t.Fatal(err)
		}
	}
	d.want(verifier.Accepted, "ann", a, d.out.last().Code)
	if got, want := fmt.Sprint(d.out.count(), d.events), "4 [code-sent delivered-code-accepted address-confirmed code-sent code-sent code-sent delivered-code-accepted]"; got != want {
		t.Errorf("messages and events are\n%s, want\n%s", got, want)
	}
}

// TestMachinesShareABudget lets two machines with one store send at the same time.
func TestMachinesShareABudget(t *testing.T) {
	accounts, budgets := verifier.NewMemory(), verifier.NewMemory()
	one, other := newDesk(t, accounts, budgets, send.Policy{}), newDesk(t, accounts, budgets, send.Policy{})
	a := phone(t, "090-1234-5678")
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			d := one
			if i%2 == 0 {
				d = other
			}
			if err := d.Begin(context.Background(), fmt.Sprint("user", i), a, ""); err != nil && !errors.Is(err, send.ErrBudget) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := one.out.count() + other.out.count(); n != 3 {
		t.Errorf("%d messages were sent, want 3", n)
	}
}

func TestCodeUsedOnceAtOnce(t *testing.T) {
	d := newDesk(t, verifier.NewMemory(), verifier.NewMemory(), send.Policy{})
	a := phone(t, "090-1234-5678")
	d.confirmed("ann", a)
	if err := d.Send(t.Context(), "ann", a, ""); err != nil {
		t.Fatal(err)
	}
	code, accepted := d.out.last().Code, make(chan bool, 64)
	var wg sync.WaitGroup
	for range cap(accepted) {
		wg.Go(func() {
			r, err := d.Verify(context.Background(), "ann", a, code)
			if err != nil {
				t.Error(err)
			}
			accepted <- r.OK()
		})
	}
	wg.Wait()
	close(accepted)
	n := 0
	for ok := range accepted {
		if ok {
			n++
		}
	}
	if n != 1 {
		t.Errorf("one code was accepted %d times", n)
	}
}

// TestLostOutcomeSendsNothing has the reply of the store lost: the message is not
// sent, and nothing tries again.
func TestLostOutcomeSendsNothing(t *testing.T) {
	d := newDesk(t, lossy{verifier.NewMemory()}, verifier.NewMemory(), send.Policy{})
	err := d.Begin(t.Context(), "ann", phone(t, "090-1234-5678"), "")
	if !errors.Is(err, verifier.ErrUnknownOutcome) || d.out.count() != 0 {
		t.Errorf("%v, %d messages; want ErrUnknownOutcome and none", err, d.out.count())
	}
}

type lossy struct{ verifier.Store }

func (l lossy) Update(ctx context.Context, id string, fn func(*verifier.State) error) error {
	if err := l.Store.Update(ctx, id, fn); err != nil {
		return err
	}
	return verifier.ErrUnknownOutcome
}

func TestSenderFails(t *testing.T) {
	d := newDesk(t, verifier.NewMemory(), verifier.NewMemory(), send.Policy{})
	d.out.fails = errors.New("the gateway is down")
	err := d.Begin(t.Context(), "ann", phone(t, "090-1234-5678"), "")
	if !errors.Is(err, send.ErrNotSent) || !errors.Is(err, d.out.fails) || d.out.count() != 1 {
		t.Errorf("%v after %d tries", err, d.out.count())
	}
	if got := fmt.Sprint(d.events); got != "[code-not-sent]" {
		t.Errorf("the events are %s", got)
	}
}

// TestNothingIsKeptInTheOpen looks for the code in what the stores have.
func TestNothingIsKeptInTheOpen(t *testing.T) {
	accounts := verifier.NewMemory()
	d := newDesk(t, accounts, verifier.NewMemory(), send.Policy{})
	a := phone(t, "090-1234-5678")
	if err := d.Begin(t.Context(), "ann", a, ""); err != nil {
		t.Fatal(err)
	}
	s, err := accounts.Load(t.Context(), "ann")
	if err != nil {
		t.Fatal(err)
	}
	m, kept := d.out.last(), string(s.Ext["send"])
	if kept == "" || strings.Contains(kept, m.Code) || strings.Contains(kept, m.Token) {
		t.Errorf("the account holds %s", kept)
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"Ann@EXAMPLE.com":     "Ann@example.com",
		" ann@bücher.example": "ann@xn--bcher-kva.example",
		"Ann <ann@x.example>": "", "ann": "", "ann@": "", "a@b\r\nBcc: c@d": "", "ann@x.example, bob@x.example": "", "": "",
	} {
		a, err := send.ParseMail(text)
		if a.String() != want || (err == nil) != (want != "") {
			t.Errorf("ParseMail(%q) = %q, %v; want %q", text, a, err, want)
		}
	}
	for text, want := range map[string]string{
		"090-1234-5678": "+819012345678", "+1 (415) 555-2671": "+14155552671", "+81 090-1234-5678": "+819012345678",
		"+81 (0)90 1234 5678": "+819012345678", "8190 1234 5678": "+819012345678", "tel:+81-90-1234-5678;ext=5": "+819012345678",
		"+1 900 555 1234": "", "+808 1234 5678": "", // who is called there is paid
		"12": "", "": "", "call me": "", "+81 0": "",
	} {
		a, err := send.ParsePhone(text, "jp")
		if a.String() != want || (err == nil) != (want != "") {
			t.Errorf("ParsePhone(%q) = %q, %v; want %q", text, a, err, want)
		}
	}
	if _, err := send.ParsePhone("09012345678", ""); err == nil || !strings.Contains(err.Error(), "country code") {
		t.Errorf("a number without a country: %v", err)
	}
	if got := phone(t, "09012345678").Masked(); got != "+81•••78" {
		t.Errorf("masked: %s", got)
	}
}

// FuzzParse checks that what parses is its own spelling.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"090-1234-5678", "+44 20 7946 0958", "Ann@EXAMPLE.com", "ann@bücher.example", `"a b"@x.example`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, parse := range []func(string) (send.Address, error){
			send.ParseMail, func(s string) (send.Address, error) { return send.ParsePhone(s, "JP") },
		} {
			a, err := parse(text)
			if err != nil {
				continue
			}
			if strings.ContainsAny(a.String(), "\r\n\x00") {
				t.Errorf("%q holds a control character", a)
			}
			if again, err := parse(a.String()); err != nil || again != a {
				t.Errorf("%q reads as %q, and that as %q (%v)", text, a, again, err)
			}
		}
	})
}
