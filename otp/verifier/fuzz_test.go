package verifier_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/authctl/authctl/otp/verifier"
)

// FuzzState: what is read as a state is written as something that reads the same,
// and writes the same again.
func FuzzState(f *testing.F) {
	l := newLogin(f)
	l.enrol("a", verifier.NewKey{})
	state, err := l.store.Load(f.Context(), "a")
	must(f, err)
	seed, err := state.MarshalBinary()
	must(f, err)
	f.Add(seed)
	f.Add([]byte(`{"schema":1}`))
	f.Add([]byte(`{"schema":1,"failed":[],"outbox":[{"at":"2026-01-01T00:00:00+09:00"}],"ext":{"a":null}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var first, second verifier.State
		if first.UnmarshalBinary(b) != nil {
			return
		}
		again, err := first.MarshalBinary()
		if err != nil {
			return // a time or a type that cannot be written, and so never was
		}
		if err := second.UnmarshalBinary(again); err != nil {
			t.Fatalf("written as %s, which does not read: %v", again, err)
		}
		last, err := second.MarshalBinary()
		if err != nil || !bytes.Equal(last, again) {
			t.Errorf("written as %s, then as %s (%v)", again, last, err)
		}
	})
}

// FuzzInput: whatever is typed, Verify answers without an error, and only a
// spelling of the code opens.
func FuzzInput(f *testing.F) {
	l := newLogin(f)
	p, recovery := l.enrol("a", verifier.NewKey{})
	state, err := l.store.Load(f.Context(), "a")
	must(f, err)
	for _, s := range []string{"", "123456", "１２３ ４５６", p.at(l.now), recovery[0], strings.ToLower(recovery[1]), "ＡＢＣＤ－ＥＦＧＨ", "\xff\xff\xff\xff\xff\xff\xff\xff", "2222-2222"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		l.t, l.events = t, nil
		must(t, l.store.Update(t.Context(), "a", func(s *verifier.State) error { *s = state.Clone(); return nil }))
		r := l.verify("a", typed)
		if !r.OK() {
			return
		}
		code, _, err := p.key.Normalize(typed)
		if r.Method == verifier.ByTOTP && (err != nil || code == "") {
			t.Errorf("%q opens and is no code", typed)
		}
		if r.Method == verifier.ByRecovery {
			if diff := cmp.Diff(verifier.Replayed, l.verify("a", typed).Outcome); diff != "" {
				t.Errorf("%q a second time (-want +got):\n%s", typed, diff)
			}
		}
	})
}
