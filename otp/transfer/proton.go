package transfer

// Proton Authenticator (.json), plain and encrypted, and Proton Pass (.zip).
//
//	{"version":1, "entries":[{"id", "content":{"uri", "entry_type":"Totp"|"Steam", "name"}, "note"?}]}
//	{"version":1, "salt": base64, "content": base64 of nonce and AES-256-GCM of the above}
//
// Encrypted: Argon2id, 2 passes over 19 MiB, with a fixed text as additional data.
// There is no HOTP.
//
//	Proton Pass: data.json {"vaults":{id:{"name", "items":[{"state":1|2, "pinned", "data":
//	    {"metadata":{"name"}, "content":{"itemUsername", "itemEmail", "totpUri", "sections":[{"sectionFields":[field]}]},
//	     "extraFields":[field]}}]}}}
//	field: {"type":"totp", "data":{"totpUri"}}

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
)

const protonAAD = "proton.authenticator.export.v1"

func isProton(in *input) bool {
	return in.has("version", "entries") || in.has("version", "salt", "content")
}

func readProton(ctx context.Context, in *input, f *File) error {
	if in.has("salt", "content") {
		plain, err := in.openProton(ctx, f)
		if err != nil {
			return err
		}
		if in, err = in.inside(plain, "entries"); err != nil {
			return err
		}
	}
	var version text
	if err := decode(in.object["version"], &version); err != nil {
		return err
	}
	f.Version = string(version)
	type entry struct {
		Content struct{ URI, Name string }
		Note    string
	}
	return each(in, f, in.object["entries"], func(i int, e entry) {
		f.takeURI(i, e.Content.URI, "", e.Content.Name, Entry{Note: e.Note})
	})
}

func (in *input) openProton(ctx context.Context, f *File) ([]byte, error) {
	var head struct{ Salt, Content []byte }
	if err := decode(in.data, &head); err != nil {
		return nil, err
	}
	password, err := in.password(ctx, f)
	if err != nil {
		return nil, err
	}
	key, err := in.argon2id(ctx, password, head.Salt, 2, 19<<10, 1)
	if err != nil {
		return nil, err
	}
	n := min(gcmNonce, len(head.Content))
	return openGCM(key, head.Content[:n], head.Content[n:], []byte(protonAAD))
}

func isProtonPass(in *input) bool { return in.has("vaults", "version") }

type protonField struct{ Data struct{ TOTPURI string } }

func readProtonPass(_ context.Context, in *input, f *File) error {
	var head struct {
		Version text
	}
	if err := decode(in.data, &head); err != nil {
		return err
	}
	f.Version = string(head.Version)
	type item struct {
		State  int
		Pinned bool
		Data   struct {
			Metadata struct{ Name string }
			Content  struct {
				ItemUsername, ItemEmail, Username, TOTPURI string
				Sections                                   []struct{ SectionFields []protonField }
			}
			ExtraFields []protonField
		}
	}
	vaults, err := members(in.object["vaults"])
	if err != nil {
		return err
	}
	empty := 0
	for _, id := range slices.Sorted(maps.Keys(vaults)) {
		var vault struct {
			Name  string
			Items json.RawMessage
		}
		if err := decode(vaults[id], &vault); err != nil {
			return err
		}
		err := each(in, f, vault.Items, func(i int, item item) {
			c, before := item.Data.Content, len(f.Entries)+len(f.Skipped)
			user := c.ItemUsername + c.Username
			if user == "" {
				user = c.ItemEmail
			}
			take := func(uri string) {
				if uri != "" {
					f.takeTOTP(i, uri, item.Data.Metadata.Name, user,
						Entry{Favorite: item.Pinned, Trashed: item.State == 2, Tags: []string{vault.Name}})
				}
			}
			take(c.TOTPURI)
			for _, field := range item.Data.ExtraFields {
				take(field.Data.TOTPURI)
			}
			for _, section := range c.Sections {
				for _, field := range section.SectionFields {
					take(field.Data.TOTPURI)
				}
			}
			if len(f.Entries)+len(f.Skipped) == before {
				empty++
			}
		})
		if err != nil {
			return err
		}
	}
	f.withoutKey(empty)
	return nil
}
