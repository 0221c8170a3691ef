package transfer

// Keeper (.json).
//
//	{"records":[{"title", "login"?, "custom_fields":{"$oneTimeCode": URI, "$oneTimeCode:label": URI, …},
//	             "folders":[{"folder"|"shared_folder": path}]}]}
//
// Older exports call the field "TFC:Keeper". Passwords and other fields are not kept.

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

func isKeeper(in *input) bool {
	m, _ := firstMembers(in.object["records"])
	return hasAll(m, []string{"title"}) && (in.has("shared_folders") || hasAll(m, []string{"uid"}) || hasAll(m, []string{"custom_fields"}))
}

func readKeeper(_ context.Context, in *input, f *File) error {
	type record struct {
		Title, Login string
		CustomFields map[string]json.RawMessage `json:"custom_fields"`
		Folders      []struct {
			Folder       string
			SharedFolder string `json:"shared_folder"`
		}
	}
	empty := 0
	err := each(in, f, in.object["records"], func(i int, r record) {
		var e Entry
		for _, folder := range r.Folders {
			e.Tags = append(e.Tags, cmp.Or(folder.Folder, folder.SharedFolder))
		}
		found := false
		for _, name := range slices.Sorted(maps.Keys(r.CustomFields)) {
			if name != "TFC:Keeper" && !strings.HasPrefix(name, "$oneTimeCode") {
				continue
			}
			keys, err := oneOrMore(r.CustomFields[name])
			if err != nil {
				f.skip(i, r.Title, err)
			}
			for _, key := range keys {
				f.takeTOTP(i, key, r.Title, r.Login, e)
			}
			found = found || err != nil || len(keys) > 0
		}
		if !found {
			empty++
		}
	})
	f.withoutKey(empty)
	return err
}

// oneOrMore is a string of JSON, or a list of them, without empty ones.
func oneOrMore(data json.RawMessage) ([]string, error) {
	var one string
	var more []string
	if json.Unmarshal(data, &one) == nil {
		more = []string{one}
	} else if json.Unmarshal(data, &more) != nil {
		return nil, fmt.Errorf("its one-time code is neither a text nor a list of them")
	}
	return slices.DeleteFunc(more, func(s string) bool { return strings.TrimSpace(s) == "" }), nil
}
