package transfer

// 1Password (.1pux): a zip with export.data.
//
//	{"accounts":[{"vaults":[{"attrs":{"name"}, "items":[item]}]}]}
//	item: {"favIndex", "state", "overview":{"title", "tags":[…]}, "details":{
//	       "loginFields":[{"designation":"username", "value"}], "sections":[{"fields":[{"value":{"totp": URI|base32}}]}]}}
//
// An item may have several keys. Its passwords and other fields are not kept.

import (
	"context"
	"encoding/json"
)

type onePasswordItem struct {
	FavIndex int
	Overview struct {
		Title string
		Tags  []string
	}
	Details struct {
		LoginFields []struct{ Designation, Value string }
		Sections    []struct {
			Fields []struct{ Value map[string]json.RawMessage }
		}
	}
}

func isOnePassword(in *input) bool {
	m, _ := firstMembers(in.object["accounts"])
	return hasAll(m, []string{"vaults"})
}

func readOnePassword(_ context.Context, in *input, f *File) error {
	var head struct {
		Accounts []struct {
			Vaults []struct {
				Attrs struct{ Name string }
				Items json.RawMessage
			}
		}
	}
	if err := decode(in.data, &head); err != nil {
		return err
	}
	empty := 0
	for _, account := range head.Accounts {
		for _, vault := range account.Vaults {
			err := each(in, f, vault.Items, func(i int, item onePasswordItem) {
				if !f.takeOnePassword(i, item, vault.Attrs.Name) {
					empty++
				}
			})
			if err != nil {
				return err
			}
		}
	}
	f.withoutKey(empty)
	return nil
}

// takeOnePassword reports whether the item has a key.
func (f *File) takeOnePassword(index int, item onePasswordItem, vault string) (found bool) {
	user := ""
	for _, field := range item.Details.LoginFields {
		if field.Designation == "username" {
			user = field.Value
		}
	}
	for _, section := range item.Details.Sections {
		for _, field := range section.Fields {
			var value string
			if json.Unmarshal(field.Value["totp"], &value) != nil || value == "" {
				continue
			}
			found = true
			tags := append([]string{vault}, item.Overview.Tags...)
			f.takeTOTP(index, value, item.Overview.Title, user, Entry{Favorite: item.FavIndex > 0, Tags: tags})
		}
	}
	return found
}
