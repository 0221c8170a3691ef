package transfer

// Aegis (.json), plain and encrypted, vault versions 1 to 3.
//
//	{"version":1, "header":{"slots":null|[slot], "params":null|{"nonce":hex, "tag":hex}}, "db":db|base64}
//	db:    {"version":3, "entries":[entry], "groups":[{"uuid", "name"}]}
//	entry: {"type", "uuid", "name": account, "issuer", "note", "favorite", "groups":[uuid],
//	        "info":{"secret": base32, "algo", "digits", "period"|"counter"}}
//	slot:  {"type":1, "key":hex, "key_params":{"nonce", "tag"}, "n", "r", "p", "salt":hex}
//
// Versions 1 and 2 have the name of one group in "group". The counter is the next
// one. An encrypted db is AES-256-GCM under a master key, which each slot of type 1
// holds under scrypt of a password (there may be one for backups beside the main
// one); slots of other types belong to the phone.

import (
	"context"
	"encoding/json"
	"fmt"
)

type aegisHeader struct {
	Slots  []aegisSlot  `json:"slots"`
	Params *aegisSealed `json:"params"`
}

type aegisSlot struct {
	Type      int         `json:"type"`
	UUID      string      `json:"uuid"`
	Key       hexBytes    `json:"key"`
	KeyParams aegisSealed `json:"key_params"`
	N         int         `json:"n"`
	R         int         `json:"r"`
	P         int         `json:"p"`
	Salt      hexBytes    `json:"salt"`
	Repaired  bool        `json:"repaired"`
	IsBackup  bool        `json:"is_backup"`
}

type aegisSealed struct {
	Nonce hexBytes `json:"nonce"`
	Tag   hexBytes `json:"tag"`
}

// aegisPassword is the type of a slot that a password opens.
const aegisPassword = 1

// aegisMaxSlots bounds how often a file can ask for a key derivation.
const aegisMaxSlots = 8

func isAegis(in *input) bool { return in.has("header", "db") }

func readAegis(ctx context.Context, in *input, f *File) error {
	db := in.object["db"]
	if len(db) > 0 && db[0] == '"' {
		var err error
		if db, err = in.openAegis(ctx, f, db); err != nil {
			return err
		}
	}
	var vault struct {
		Version text            `json:"version"`
		Entries json.RawMessage `json:"entries"`
		Groups  []struct{ UUID, Name string }
	}
	if err := decode(db, &vault); err != nil {
		return err
	}
	f.Version = string(vault.Version)
	groups := map[string]string{}
	for _, g := range vault.Groups {
		groups[g.UUID] = g.Name
	}
	type entry struct {
		Type, Issuer, Name, Note, Group string
		Favorite                        bool
		Groups                          []string
		Info                            struct {
			Secret, Algo            string
			Digits, Period, Counter text
		}
	}
	return each(in, f, vault.Entries, func(i int, e entry) {
		tags := []string{e.Group}
		for _, uuid := range e.Groups {
			tags = append(tags, groups[uuid])
		}
		f.take(i, params{
			typ: e.Type, issuer: e.Issuer, account: e.Name,
			secret: e.Info.Secret, algorithm: e.Info.Algo,
			digits: string(e.Info.Digits), period: string(e.Info.Period), counter: string(e.Info.Counter),
		}, Entry{Note: e.Note, Favorite: e.Favorite, Tags: tags})
	})
}

// openAegis decrypts db. Each slot that a password opens is tried; the tag of the
// slot tells a wrong password from a damaged db.
func (in *input) openAegis(ctx context.Context, f *File, db json.RawMessage) ([]byte, error) {
	f.Encrypted = true
	var header aegisHeader
	var sealed []byte
	if err := decode(in.object["header"], &header); err != nil {
		return nil, err
	}
	if err := decode(db, &sealed); err != nil {
		return nil, err
	}
	var slots []aegisSlot
	for _, s := range header.Slots {
		if s.Type == aegisPassword {
			slots = append(slots, s)
		}
	}
	if header.Params == nil || len(slots) == 0 || len(slots) > aegisMaxSlots {
		return nil, fmt.Errorf("%w: it has %d slots for a password", ErrDamaged, len(slots))
	}
	password, err := in.password(ctx, f)
	if err != nil {
		return nil, err
	}
	for _, s := range slots {
		key, err := in.scrypt(ctx, password, s.Salt, s.N, s.R, s.P)
		if err != nil {
			return nil, err
		}
		master, err := openGCM(key, s.KeyParams.Nonce, append(s.Key, s.KeyParams.Tag...), nil)
		if err != nil {
			continue
		}
		plain, err := openGCM(master, header.Params.Nonce, append(sealed, header.Params.Tag...), nil)
		if err != nil {
			return nil, fmt.Errorf("%w: the password is right, but the content does not open", ErrDamaged)
		}
		return plain, nil
	}
	return nil, ErrWrongPassword
}
