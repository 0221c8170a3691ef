package transfer

import (
	"encoding/json"

	"github.com/authctl/authctl/otp"
)

// bitwardenHolds reports what Bitwarden makes no or other codes for.
func bitwardenHolds(k otp.Key) *problem {
	switch {
	case k.Type == otp.HOTP:
		return &problem{"type", "Bitwarden makes no HOTP codes"}
	case k.Type == otp.Steam && k.Period != 30:
		return &problem{"period", "Bitwarden makes Steam codes of 30 seconds only"}
	}
	return noT0(k)
}

type bitwardenOut struct {
	Encrypted bool                 `json:"encrypted"`
	Folders   []bitwardenOutFolder `json:"folders"`
	Items     []bitwardenOutItem   `json:"items"`
}

type bitwardenOutFolder struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type bitwardenOutItem struct {
	ID       string            `json:"id"`
	FolderID *string           `json:"folderId"`
	Type     int               `json:"type"` // 1: login
	Name     string            `json:"name"`
	Notes    *string           `json:"notes"`
	Favorite bool              `json:"favorite"`
	Login    bitwardenOutLogin `json:"login"`
}

type bitwardenOutLogin struct {
	Username string `json:"username"`
	TOTP     string `json:"totp"`
}

func writeBitwarden(o *Output, entries []Entry, opt WriteOptions) error {
	file := bitwardenOut{Folders: []bitwardenOutFolder{}, Items: []bitwardenOutItem{}}
	folders := map[string]string{}
	for _, e := range entries {
		id, err := newUUID(opt.Rand)
		if err != nil {
			return err
		}
		item := bitwardenOutItem{ID: id, Type: 1, Name: e.Key.Issuer, Favorite: e.Favorite,
			Login: bitwardenOutLogin{e.Key.Account, e.Key.URI()}}
		if e.Key.Type == otp.Steam { // the only spelling that Bitwarden makes Steam codes for
			item.Login.TOTP = "steam://" + e.Key.Secret.Base32()
		}
		if e.Note != "" {
			item.Notes = &e.Note
		}
		if len(e.Tags) > 0 {
			tag := e.Tags[0]
			if folders[tag] == "" {
				if folders[tag], err = newUUID(opt.Rand); err != nil {
					return err
				}
				file.Folders = append(file.Folders, bitwardenOutFolder{folders[tag], tag})
			}
			folder := folders[tag]
			item.FolderID = &folder
		}
		file.Items = append(file.Items, item)
	}
	var err error
	o.Data, err = json.MarshalIndent(file, "", "  ")
	return err
}
