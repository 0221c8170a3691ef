package verifier_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/verifier"
	"github.com/authctl/authctl/otp/verifier/boltstore"
)

// TestModel runs random operations, crashes and clock jumps. Whatever their order,
// no step, counter, recovery code or link is accepted twice, the guess budget
// holds, and the holder has some way in within 15 minutes.
func TestModel(t *testing.T) {
	t.Run("memory", func(t *testing.T) {
		rapid.Check(t, func(r *rapid.T) { runModel(r, verifier.NewMemory()) })
	})
	t.Run("bolt", func(t *testing.T) {
		folder, n := t.TempDir(), 0
		rapid.Check(t, func(r *rapid.T) {
			if n++; n > 25 { // each waits for the disk
				return
			}
			s, err := boltstore.Open(filepath.Join(folder, fmt.Sprint(n)))
			if err != nil {
				r.Fatal(err)
			}
			defer s.Close()
			runModel(r, s)
		})
	})
}

var errDisk = errors.New("update: the disk is full")

// crashing is a store whose next Update goes wrong in the way that fault says.
type crashing struct {
	verifier.Store
	fault string
}

func (c *crashing) Update(ctx context.Context, id string, fn func(*verifier.State) error) error {
	fault := c.fault
	c.fault = ""
	switch fault {
	case "lost before":
		return fmt.Errorf("update: %w", verifier.ErrUnknownOutcome)
	case "lost after":
		if err := c.Store.Update(ctx, id, fn); err != nil {
			return err
		}
		return fmt.Errorf("update: %w", verifier.ErrUnknownOutcome)
	case "refused":
		return errDisk
	case "twice":
		return c.Store.Update(ctx, id, func(s *verifier.State) error {
			first := s.Clone()
			if err := fn(&first); err != nil {
				return err
			}
			return fn(s)
		})
	}
	return c.Store.Update(ctx, id, fn)
}

// model is what the test itself knows.
type model struct {
	*rapid.T
	store  *crashing
	v      *verifier.Verifier
	now    time.Time
	phones map[uint64]*phone // by enrolment

	accepted map[string]bool // whatever opened the account once
	typed    []string        // codes that were typed
	recovery []string
	links    []string

	run       int       // failures that count towards the lock
	lastFail  time.Time // of the run
	enrolment uint64
}

func runModel(r *rapid.T, s verifier.Store) {
	m := &model{T: r, store: &crashing{Store: s}, now: start, phones: map[uint64]*phone{}, accepted: map[string]bool{}}
	m.restart()
	m.enrol(false)
	r.Repeat(map[string]func(*rapid.T){
		"":              func(r *rapid.T) { m.T = r; m.checkWayIn() },
		"code":          func(r *rapid.T) { m.T = r; m.code() },
		"code again":    func(r *rapid.T) { m.T = r; m.again() },
		"wrong code":    func(r *rapid.T) { m.T = r; m.try(m.phone().far(&login{now: m.now}), false) },
		"resync":        func(r *rapid.T) { m.T = r; m.resync() },
		"recovery code": func(r *rapid.T) { m.T = r; m.useRecovery() },
		"new recovery":  func(r *rapid.T) { m.T = r; m.replaceRecovery() },
		"wrong recovery": func(r *rapid.T) {
			m.T = r
			m.try("ZZZZ-ZZZZ", true)
		},
		"make link": func(r *rapid.T) { m.T = r; m.makeLink() },
		"use link":  func(r *rapid.T) { m.T = r; m.useLink() },
		"re-enrol":  func(r *rapid.T) { m.T = r; m.enrol(rapid.Bool().Draw(r, "overlap")) },
		"wait":      func(r *rapid.T) { m.T = r; m.jump(1, 3600) },
		"clock":     func(r *rapid.T) { m.T = r; m.jump(-2*86400, 2*86400) },
		"unlock":    func(r *rapid.T) { m.T = r; m.unlock() },
		"restart":   func(r *rapid.T) { m.T = r; m.restart() },
		"fault": func(r *rapid.T) {
			m.T = r
			m.store.fault = rapid.SampledFrom([]string{"lost before", "lost after", "refused", "twice"}).Draw(r, "fault")
		},
	})
}

func (m *model) restart() {
	b := make([]byte, 32)
	secret, err := otp.NewSecret(b)
	if err != nil {
		m.Fatal(err)
	}
	ring, err := verifier.NewKeyring(verifier.MasterKey{Version: 1, Secret: secret})
	if err != nil {
		m.Fatal(err)
	}
	p := cheapPolicy()
	p.RecoveryHash.Memory = 8
	m.v, err = verifier.New(m.store, ring, verifier.Config{
		Policy: p, Now: func() time.Time { return m.now },
		Handle: func(context.Context, verifier.Event) error { return nil },
	})
	if err != nil {
		m.Fatal(err)
	}
}

func (m *model) phone() *phone { return m.phones[m.enrolment] }

// failed reports whether an operation ended with a fault that was injected.
func (m *model) failed(err error) bool {
	if err != nil && !errors.Is(err, verifier.ErrUnknownOutcome) && !errors.Is(err, errDisk) {
		m.Fatal(err)
	}
	return err != nil
}

// settle moves the model's last failure as the verifier does at each operation when
// the clock was set back.
func (m *model) settle() {
	if m.now.Before(m.lastFail) {
		m.lastFail = m.now
	}
	if m.run > 0 && m.now.Sub(m.lastFail) >= 15*time.Minute {
		m.run = 0
	}
}

// try submits a code and holds the answer against the model.
func (m *model) try(code string, recovery bool) {
	m.settle()
	r, err := m.v.Verify(m.Context(), "a", verifier.Attempt{Code: code})
	if m.failed(err) {
		if r.OK() {
			m.Fatal("a fault of the store opens the account")
		}
		m.run, m.lastFail = 0, time.Time{} // what was kept is not known: the count is a lower bound
		return
	}
	if r.OK() {
		what := fmt.Sprintf("key %d counter %d", r.Enrolment, r.Counter)
		if recovery {
			what = "recovery " + code
		}
		m.consume(what)
	}
	switch {
	case r.OK():
		m.run = 0
	case recovery:
	case r.Outcome == verifier.Invalid || r.Outcome == verifier.Replayed:
		if m.run >= 5 {
			m.Fatalf("%s after %d failures: it should be locked", r.Outcome, m.run)
		}
		m.run++
		m.lastFail = m.now
	}
}

func (m *model) consume(what string) {
	if m.accepted[what] {
		m.Fatalf("%s is accepted a second time", what)
	}
	m.accepted[what] = true
}

func (m *model) code() {
	p := m.phones[rapid.SampledFrom(m.enrolments()).Draw(m.T, "key")]
	delta := rapid.Int64Range(-2, 2).Draw(m.T, "delta")
	var code string
	if p.key.Type == otp.HOTP {
		p.key.Counter += max(delta, 0)
		code = p.press()
	} else {
		code = p.g.Code(p.key.Step(m.now) + delta)
	}
	m.typed = append(m.typed, code)
	m.try(code, false)
}

func (m *model) enrolments() []uint64 {
	var all []uint64
	for n := uint64(1); n <= m.enrolment; n++ {
		if m.phones[n] != nil {
			all = append(all, n)
		}
	}
	return all
}

func (m *model) again() {
	if len(m.typed) > 0 {
		m.try(rapid.SampledFrom(m.typed).Draw(m.T, "typed"), false)
	}
}

func (m *model) resync() {
	p := m.phone()
	ahead := rapid.Int64Range(0, 30).Draw(m.T, "ahead")
	at := p.key.Step(m.now) + ahead
	codes := []string{p.g.Code(at), p.g.Code(at + 1)}
	m.typed = append(m.typed, codes...)
	m.settle()
	r, err := m.v.Resync(m.Context(), "a", verifier.Resync{Codes: codes})
	if m.failed(err) {
		m.run = 0
		return
	}
	if r.OK() {
		m.Fatal("a resync opens the account")
	}
	if r.Outcome == verifier.Resynced {
		for i := range codes {
			m.accepted[fmt.Sprintf("key %d counter %d", r.Enrolment, r.Counter-int64(i))] = true
		}
		if p.key.Type == otp.HOTP {
			p.key.Counter = r.Counter + 1
		}
	} else if r.Outcome == verifier.Invalid {
		if m.run >= 5 {
			m.Fatal("a resync is looked at after five failures")
		}
		m.run++
		m.lastFail = m.now
	}
}

func (m *model) useRecovery() {
	if len(m.recovery) > 0 {
		m.try(rapid.SampledFrom(m.recovery).Draw(m.T, "recovery"), true)
	}
}

func (m *model) replaceRecovery() {
	old := m.recovery
	m.settle()
	codes, err := m.v.ReplaceRecovery(m.Context(), "a")
	if m.failed(err) {
		return
	}
	m.recovery = append(codes, old...) // the old ones are tried too
	if len(m.recovery) > 30 {
		m.recovery = m.recovery[:30]
	}
	for _, code := range old {
		m.accepted["recovery "+code] = true
	}
}

func (m *model) makeLink() {
	m.settle()
	token, err := m.v.NewLink(m.Context(), "a", m.now)
	if !m.failed(err) {
		m.links = append(m.links, token)
	}
}

func (m *model) useLink() {
	if len(m.links) == 0 {
		return
	}
	token := m.links[len(m.links)-1]
	if rapid.Bool().Draw(m.T, "an older one") {
		token = rapid.SampledFrom(m.links).Draw(m.T, "link")
	}
	m.settle()
	r, err := m.v.UseLink(m.Context(), "a", verifier.Attempt{Code: token})
	if m.failed(err) {
		if r.OK() {
			m.Fatal("a fault of the store opens the account")
		}
		m.run = 0
		return
	}
	if r.OK() {
		m.consume("link " + token)
		m.run = 0
	}
}

// enrol makes the next key; HOTP and TOTP in turn.
func (m *model) enrol(overlap bool) {
	n := verifier.NewKey{Issuer: "Example"}
	if m.enrolment%2 == 1 {
		n.Type = otp.HOTP
	}
	if overlap {
		n.Overlap = time.Hour
	}
	m.settle()
	k, err := m.v.Begin(m.Context(), "a", n)
	if m.failed(err) {
		return
	}
	g, err := otp.Prepare(k)
	if err != nil {
		m.Fatal(err)
	}
	a, err := m.v.Account(m.Context(), "a")
	if err != nil {
		m.Fatal(err)
	}
	p, enrolment := &phone{key: k, g: g}, a.Keys[len(a.Keys)-1].Enrolment
	step := p.key.Step(m.now)
	code := g.Code(step)
	p.key.Counter += map[bool]int64{true: 1}[k.Type == otp.HOTP]
	m.typed = append(m.typed, code)
	codes, err := m.v.Confirm(m.Context(), "a", code)
	if err != nil && !errors.Is(err, verifier.ErrIncomplete) {
		a, err := m.v.Account(m.Context(), "a")
		if err != nil {
			m.Fatal(err)
		}
		if last := len(a.Keys) - 1; last < 0 || a.Keys[last].Enrolment != enrolment || a.Keys[last].Status != verifier.Confirmed {
			return // a fault, and it was not kept
		}
	}
	m.consume(fmt.Sprintf("key %d counter %d", enrolment, step))
	m.phones[enrolment], m.enrolment = p, enrolment
	if codes != nil {
		m.recovery = codes
	}
}

func (m *model) jump(lo, hi int64) {
	m.now = m.now.Add(time.Duration(rapid.Int64Range(lo, hi).Draw(m.T, "seconds")) * time.Second)
}

func (m *model) unlock() {
	m.failed(m.v.Unlock(m.Context(), "a", "ops"))
	m.run = 0 // or not, if it failed: the model's count is a lower bound
}

// checkWayIn copies the account and looks whether its holder gets in within 15
// minutes, by whatever the account says is open by then.
func (m *model) checkWayIn() {
	if m.enrolment == 0 {
		return
	}
	state, err := m.store.Load(m.Context(), "a")
	if err != nil {
		m.Fatal(err)
	}
	kept, now, store := verifier.NewMemory(), m.now, m.store
	if err := kept.Update(m.Context(), "a", func(s *verifier.State) error { *s = state; return nil }); err != nil {
		m.Fatal(err)
	}
	defer func() { m.now, m.store = now, store; m.restart() }()
	m.store = &crashing{Store: kept}
	m.restart()
	token, err := m.v.NewLink(m.Context(), "a", m.now) // in a session that is still signed in
	if err != nil {
		m.Fatal(err)
	}
	r, err := m.v.UseLink(m.Context(), "a", verifier.Attempt{Code: token})
	if err != nil || !r.OK() {
		m.Fatalf("the link does not open: %+v, %v", r, err)
	}
	if state.Recovery.Codes == 0 {
		return
	}
	_ = kept.Update(m.Context(), "a", func(s *verifier.State) error { *s = state; return nil })
	if _, err := m.v.NewLink(m.Context(), "a", m.now); err != nil { // the account sees when its holder comes, also if the clock was set back
		m.Fatal(err)
	}
	m.now = m.now.Add(15 * time.Minute)
	for i, code := range m.recovery {
		if i >= 10 || state.Recovery.Used>>i&1 == 1 || m.accepted["recovery "+code] {
			continue
		}
		if r, err := m.v.Verify(m.Context(), "a", verifier.Attempt{Code: code}); err != nil || !r.OK() && r.Outcome == verifier.Locked {
			m.Fatalf("15 minutes later an unused recovery code is refused: %+v, %v", r, err)
		}
		return
	}
}
