package verifier_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/verifier"
)

// TestNoPlainSecretIsKept searches everything that leaves the process for every
// secret that was used.
func TestNoPlainSecretIsKept(t *testing.T) {
	l := newLogin(t)
	p, recovery := l.enrol("a", verifier.NewKey{})
	link, err := l.NewLink(t.Context(), "a", l.now)
	must(t, err)
	typed := []string{p.at(l.now), p.far(l), "98765432"}
	for _, code := range append(typed, recovery[0], "ABCD-EFGH") {
		l.verify("a", code)
	}
	pending := l.begin("a", verifier.NewKey{})

	secrets := map[string][]byte{"link": []byte(link), "master": masterKey(t, 1).Secret.Bytes()}
	for name, k := range map[string]otp.Key{"key": p.key, "pending key": pending.key} {
		b := k.Secret.Bytes()
		secrets[name] = b
		secrets[name+" in base32"] = []byte(k.Secret.Base32())
		secrets[name+" in hex"] = []byte(hex.EncodeToString(b))
		secrets[name+" in base64"] = []byte(base64.RawStdEncoding.EncodeToString(b))[:24]
	}
	for _, code := range recovery {
		secrets["recovery code "+code] = []byte(code)
		secrets["recovery code in one "+code] = []byte(strings.ReplaceAll(code, "-", ""))
	}
	for _, code := range typed {
		secrets["typed "+code] = []byte(code)
	}

	state, err := l.store.Load(t.Context(), "a")
	must(t, err)
	kept, err := state.MarshalBinary()
	must(t, err)
	var logged bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&logged, nil))
	for _, e := range l.events {
		log.Info("event", "event", e)
		log.Info("event", "event", fmt.Sprintf("%+v %#v", e, e))
		if e.Explain != nil {
			report, err := e.Explain()
			must(t, err)
			log.Info("report", "report", report)
		}
	}
	printed, err := json.Marshal(l.events)
	must(t, err)
	for name, secret := range secrets {
		for where, text := range map[string][]byte{"the store": kept, "the log": logged.Bytes(), "the events": printed} {
			if bytes.Contains(text, secret) {
				t.Errorf("%s stands in %s", name, where)
			}
		}
	}
}

func TestStateAndRingPrintNothing(t *testing.T) {
	l := newLogin(t)
	l.enrol("a", verifier.NewKey{})
	state, err := l.store.Load(t.Context(), "a")
	must(t, err)
	ring, err := verifier.NewKeyring(masterKey(t, 1))
	must(t, err)
	wrapped := struct{ S any }{state}
	text, err := json.Marshal(state)
	must(t, err)
	for _, got := range []string{
		fmt.Sprint(state), fmt.Sprintf("%+v", state), fmt.Sprintf("%#v", &state), fmt.Sprintf("%+v", wrapped),
		fmt.Sprintf("%+v", ring), fmt.Sprintf("%#v", ring), string(text), slog.AnyValue(state).Resolve().String(),
		fmt.Sprintf("%+v", masterKey(t, 1)),
	} {
		if !strings.Contains(got, "[redacted]") || strings.Contains(got, state.Keys[0].Secret.Box) {
			t.Errorf("it prints as %s", got)
		}
	}
}

func TestStateRefusesANewerSchema(t *testing.T) {
	var s verifier.State
	if err := s.UnmarshalBinary([]byte(`{"schema":2,"enforced":true}`)); err == nil || !strings.Contains(err.Error(), "schema is 2") {
		t.Errorf("schema 2: %v", err)
	}
	if err := s.UnmarshalBinary([]byte("{")); err == nil {
		t.Error("a cut state is read")
	}
	if !s.IsZero() {
		t.Error("a refused encoding left something behind")
	}
}

func TestKeyring(t *testing.T) {
	short := verifier.MasterKey{Version: 1, Secret: secret(t, make([]byte, 31))}
	for name, keys := range map[string][]verifier.MasterKey{
		"none": nil, "31 bytes": {short}, "version 0": {masterKey(t, 0)}, "one version twice": {masterKey(t, 1), masterKey(t, 1)},
	} {
		if _, err := verifier.NewKeyring(keys...); err == nil {
			t.Errorf("%s: a ring was made", name)
		}
	}
}

func TestRotation(t *testing.T) {
	l := newLogin(t)
	phones, codes := map[string]*phone{}, map[string][]string{}
	for i := range 300 { // more than a page of ids
		id := fmt.Sprint("user", i)
		phones[id], codes[id] = l.enrol(id, verifier.NewKey{})
	}
	l.restart(masterKey(t, 1), masterKey(t, 2))
	l.want("user0", verifier.Accepted, phones["user0"].at(l.now), codes["user0"][0]) // old keys open
	if n, err := l.Reseal(t.Context()); err != nil || n != 300 {
		t.Fatalf("Reseal changed %d accounts, %v; want 300", n, err)
	}
	if n, err := l.Reseal(t.Context()); err != nil || n != 0 {
		t.Errorf("Reseal a second time changed %d accounts, %v; want 0", n, err)
	}
	l.restart(masterKey(t, 2))
	for id := range phones {
		l.want(id, verifier.Accepted, codes[id][1])
	}
	l.want("user7", verifier.Accepted, phones["user7"].at(l.now))
	l.restart(masterKey(t, 3))
	if _, err := l.Verify(t.Context(), "user8", verifier.Attempt{Code: phones["user8"].at(l.now)}); !errors.Is(err, verifier.ErrSealed) {
		t.Errorf("without the master key: %v, want ErrSealed", err)
	}
	if n, err := l.Reseal(t.Context()); !errors.Is(err, verifier.ErrSealed) || n != 0 {
		t.Errorf("Reseal without the old key: %d, %v; want ErrSealed", n, err)
	}
}
