package transfer

// Enpass (.json).
//
//	{"folders":[{"uuid", "title"}], "items":[{"title", "favorite":0|1, "trashed":0|1, "archived", "folders":[uuid],
//	    "fields":[{"type":"totp"|"username"|"email"|…, "value": URI|base32, "deleted":0|1}]}]}
//
// An item may have several keys. Its passwords and other fields are not kept.

import (
	"cmp"
	"context"
)

func isEnpass(in *input) bool {
	m, _ := firstMembers(in.object["items"])
	return hasAll(m, []string{"title", "uuid"})
}

func readEnpass(_ context.Context, in *input, f *File) error {
	var head struct {
		Folders []struct{ UUID, Title string }
	}
	if err := decode(in.data, &head); err != nil {
		return err
	}
	folders := map[string]string{}
	for _, folder := range head.Folders {
		folders[folder.UUID] = folder.Title
	}
	type item struct {
		Title             string
		Favorite, Trashed text
		Folders           []string
		Fields            []struct {
			Type, Value string
			Deleted     text
		}
	}
	empty := 0
	err := each(in, f, in.object["items"], func(i int, item item) {
		e := Entry{Favorite: item.Favorite == "1", Trashed: item.Trashed == "1"}
		for _, id := range item.Folders {
			e.Tags = append(e.Tags, folders[id])
		}
		var user, mail string
		var keys []string
		for _, field := range item.Fields {
			switch {
			case field.Value == "" || field.Deleted == "1":
			case field.Type == "username":
				user = cmp.Or(user, field.Value)
			case field.Type == "email":
				mail = cmp.Or(mail, field.Value)
			case field.Type == "totp":
				keys = append(keys, field.Value)
			}
		}
		if len(keys) == 0 {
			empty++
		}
		for _, key := range keys {
			f.takeTOTP(i, key, item.Title, cmp.Or(user, mail), e)
		}
	})
	f.withoutKey(empty)
	return err
}
