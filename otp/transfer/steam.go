package transfer

// Steam's app (Steamguard-*, SteamGuard.json, from a phone with root access) and
// the .maFile of desktop authenticators.
//
//	{"shared_secret": base64, "account_name", "uri", "identity_secret", …}
//	{"accounts":{name: the same}}
//
// The secrets that confirm trades are not kept.

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
)

type steamAccount struct {
	SharedSecret string `json:"shared_secret"`
	AccountName  string `json:"account_name"`
}

func isSteam(in *input) bool {
	if in.has("shared_secret") {
		return true
	}
	accounts, err := members(in.object["accounts"])
	for _, account := range accounts {
		m, _ := members(account)
		return err == nil && hasAll(m, []string{"shared_secret"})
	}
	return false
}

func readSteam(_ context.Context, in *input, f *File) error {
	if in.has("shared_secret") {
		var a steamAccount
		if err := decode(in.data, &a); err != nil {
			return err
		}
		f.takeSteam(1, a)
		return nil
	}
	accounts, err := members(in.object["accounts"])
	if err != nil {
		return err
	}
	for i, id := range slices.Sorted(maps.Keys(accounts)) {
		var a steamAccount
		if err := decode(accounts[id], &a); err != nil {
			f.skip(i+1, id, errNotToken)
			continue
		}
		f.takeSteam(i+1, a)
	}
	return nil
}

func (f *File) takeSteam(index int, a steamAccount) {
	p := params{typ: "steam", issuer: "Steam", account: a.AccountName}
	var err error
	if p.raw, err = base64.StdEncoding.DecodeString(a.SharedSecret); err != nil {
		f.skip(index, p.name(), fmt.Errorf("its secret is not base64"))
		return
	}
	f.take(index, p, Entry{})
}
