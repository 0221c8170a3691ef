package transfer

// FreeOTP+ (.json), and the settings of FreeOTP 1 and FreeOTP+ (tokens.xml).
//
//	{"tokenOrder":["issuer:label"], "tokens":[token]}
//	token: {"type", "issuerExt", "issuerInt"?, "label", "algo"?, "digits"?, "period"?, "counter"?, "secret":[-128…127]}
//
// In tokens.xml each token is a string of JSON. The counter is the LAST one that
// was used, also -1. The app makes Steam codes when the issuer is Steam.

import (
	"cmp"
	"context"
	"encoding/json"
)

type freeotpToken struct {
	Type, Algo                  string
	IssuerExt, IssuerInt, Label string
	Digits, Period, Counter     text
	Secret                      javaBytes
}

func isFreeotpPlus(in *input) bool { return in.has("tokens", "tokenOrder") }

func readFreeotpPlus(_ context.Context, in *input, f *File) error {
	return each(in, f, in.object["tokens"], func(i int, t freeotpToken) {
		p := t.params()
		p.counterIsLast = true
		f.take(i, p, Entry{})
	})
}

func (t freeotpToken) params() params {
	p := params{
		typ: t.Type, issuer: cmp.Or(t.IssuerExt, t.IssuerInt), account: t.Label, raw: append([]byte{}, t.Secret...), algorithm: t.Algo,
		digits: string(t.Digits), period: string(t.Period), counter: string(t.Counter),
	}
	if t.IssuerExt == "Steam" {
		p.typ, p.digits = "steam", ""
	}
	return p
}

func isFreeotpSettings(in *input) bool {
	for _, s := range in.settings {
		if s.name != "tokenOrder" && looksLikeToken(s.value) {
			return true
		}
	}
	return false
}

func looksLikeToken(value string) bool {
	m, err := members([]byte(value))
	return err == nil && hasAll(m, []string{"secret", "label"})
}

func readFreeotpSettings(_ context.Context, in *input, f *File) error {
	for _, s := range in.settings {
		if err := in.room(f, 1); err != nil {
			return err
		}
		if s.name == "tokenOrder" || s.value == "" || s.value[0] != '{' {
			continue
		}
		var t freeotpToken
		index := len(f.Entries) + len(f.Skipped) + 1
		if err := json.Unmarshal([]byte(s.value), &t); err != nil {
			f.skip(index, s.name, errNotToken)
			continue
		}
		p := t.params()
		p.counterIsLast = true
		f.take(index, p, Entry{})
	}
	return nil
}
