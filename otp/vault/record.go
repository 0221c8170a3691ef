package vault

import (
	"fmt"
	"time"

	"github.com/authctl/authctl/otp"
)

// An account in the JSON of schema 1.
type (
	record struct {
		ID       string           `json:"id"`
		URI      string           `json:"uri"`
		Name     string           `json:"name,omitempty"`
		Note     string           `json:"note,omitempty"`
		Tags     []string         `json:"tags,omitempty"`
		Favorite bool             `json:"favorite,omitempty"`
		Created  time.Time        `json:"created"`
		LastUsed time.Time        `json:"last_used,omitzero"`
		Archived time.Time        `json:"archived,omitzero"`
		Trashed  time.Time        `json:"trashed,omitzero"`
		Older    []olderRecord    `json:"older,omitempty"`
		Recovery []recoveryRecord `json:"recovery,omitempty"`
	}
	olderRecord struct {
		URI string    `json:"uri"`
		At  time.Time `json:"at"`
		By  string    `json:"by"`
	}
	recoveryRecord struct {
		Code string    `json:"code"`
		Used time.Time `json:"used,omitzero"`
	}
)

func (a Account) record() record {
	r := record{
		ID: a.ID, URI: a.Key.URI(), Name: a.Name, Note: a.Note, Tags: a.Tags, Favorite: a.Favorite,
		Created: stamp(a.Created), LastUsed: stamp(a.LastUsed), Archived: stamp(a.Archived), Trashed: stamp(a.Trashed),
	}
	for _, o := range a.Older {
		r.Older = append(r.Older, olderRecord{o.Key.URI(), stamp(o.At), o.By})
	}
	for _, c := range a.Recovery {
		r.Recovery = append(r.Recovery, recoveryRecord{string(c.Code.Bytes()), stamp(c.Used)})
	}
	return r
}

func (r record) account() (Account, error) {
	key, _, err := otp.ParseURI(r.URI)
	if err != nil {
		return Account{}, err
	}
	a := Account{
		ID: r.ID, Key: key, Name: r.Name, Note: r.Note, Tags: r.Tags, Favorite: r.Favorite,
		Created: r.Created, LastUsed: r.LastUsed, Archived: r.Archived, Trashed: r.Trashed,
	}
	for _, o := range r.Older {
		key, _, err := otp.ParseURI(o.URI)
		if err != nil {
			return Account{}, fmt.Errorf("older key: %w", err)
		}
		a.Older = append(a.Older, OlderKey{key, o.At, o.By})
	}
	for i, c := range r.Recovery {
		code, err := otp.NewSecret([]byte(c.Code))
		if err != nil {
			return Account{}, fmt.Errorf("recovery code %d is empty or too long", i+1)
		}
		a.Recovery = append(a.Recovery, RecoveryCode{code, c.Used})
	}
	return a, nil
}

// stamp is t as it is written: UTC, whole seconds.
func stamp(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
