package vault_test

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/authctl/authctl/otp/vault"
)

func TestFind(t *testing.T) {
	accounts := []vault.Account{
		{ID: "g1th", Key: totp(t, "GitHub", "ann", theSecret)},
		{ID: "g2th", Key: totp(t, "GitHub", "ann-work", theSecret)},
		{ID: "b4nk", Key: hotp(t, "Bank:ann", 0), Name: "Savings"},
		{ID: "ann", Key: totp(t, "Zoo", "keeper", theSecret)},
		{ID: "j4pn", Key: totp(t, "銀行", "花子", theSecret)},
	}
	for query, want := range map[string]string{
		"g2th":           "g2th",
		" G2TH ":         "g2th",
		"github:ann":     "g1th", // exact before prefix
		"GITHUB:ANN-W":   "g2th",
		" savings ":      "b4nk",
		"bank":           "b4nk", // its key's name still counts
		"ann":            "ann",  // an id before any name
		"keep":           "ann",
		"花子":             "j4pn",
		"github":         "ambiguous",
		"b:ann":          "ambiguous",
		"gihub:ann":      "near GitHub:ann",
		"Bnak":           "near Savings",
		"githu:ann-work": "near GitHub:ann-work",
		"nothing":        "none",
		"":               "none",
	} {
		var ambiguous *vault.AmbiguousError
		var missing *vault.NotFoundError
		a, err := vault.Find(accounts, query)
		got := a.ID
		switch {
		case errors.As(err, &ambiguous) && len(ambiguous.Matches) > 1:
			got = "ambiguous"
		case errors.As(err, &missing) && errors.Is(err, fs.ErrNotExist) && len(missing.Nearest) > 0:
			got = "near " + missing.Nearest[0]
		case errors.As(err, &missing):
			got = "none"
		}
		if got != want {
			t.Errorf("Find(%q) = %s, want %s", query, got, want)
		}
	}
}

func TestAmbiguousListsAll(t *testing.T) {
	accounts := []vault.Account{{ID: "a", Key: hotp(t, "X:1", 0)}, {ID: "b", Key: hotp(t, "Y:1", 0)}, {ID: "c", Key: hotp(t, "Z:2", 0)}}
	_, err := vault.Find(accounts, ":1")
	var ambiguous *vault.AmbiguousError
	if !errors.As(err, &ambiguous) {
		t.Fatal(err)
	}
	if diff := cmp.Diff(accounts[:2], ambiguous.Matches, equal); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFindPutAside(t *testing.T) {
	v := create(t)
	for _, a := range []vault.Account{
		{ID: "l1ve", Key: hotp(t, "Shop:new", 0)},
		{ID: "sh0p", Key: hotp(t, "Shop:old", 0), Archived: now},
		{ID: "b1n1", Key: hotp(t, "Attic:1", 0), Trashed: now},
		{ID: "b1n2", Key: hotp(t, "Attic:2", 0), Archived: now},
		{ID: "n4me", Key: hotp(t, "sh0p:keeper", 0)},
	} {
		add(t, v, a)
	}
	for _, test := range []struct {
		query, find, inactive string
	}{
		{"shop", "l1ve", "sh0p"},
		{"shop:old", "sh0p", "sh0p"},
		{"sh0p", "sh0p", "sh0p"}, // an id before a name, wherever its account is
		{"attic", "ambiguous", "ambiguous"},
		{"keeper", "n4me", "n4me"},
	} {
		for i, find := range []func(string) (vault.Account, error){v.Find, v.FindInactive} {
			a, err := find(test.query)
			got, want := a.ID, []string{test.find, test.inactive}[i]
			var ambiguous *vault.AmbiguousError
			if errors.As(err, &ambiguous) {
				got = "ambiguous"
			}
			if got != want {
				t.Errorf("%s(%q) = %q, %v, want %s", []string{"Find", "FindInactive"}[i], test.query, got, err, want)
			}
		}
	}
}
