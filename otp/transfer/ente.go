package transfer

// Ente Auth, plain (.txt) and encrypted (.json).
//
// Plain is a list of otpauth URIs with a parameter codeDisplay, JSON, for what
// Ente keeps beside the key:
//
//	…&codeDisplay={"pinned", "trashed", "tags":[…], "note", …}
//
// For some time each URI stood in JSON instead, with what Ente keeps beside it:
//
//	{"items":[{"rawData": URI, "display":{"pinned", …}}]}
//
// Encrypted is the list:
//
//	{"version":1, "kdfParams":{"memLimit": bytes, "opsLimit": passes, "salt": base64},
//	 "encryptedData": base64, "encryptionNonce": base64}
//
// under Argon2id with one lane, as one message of libsodium's secretstream.

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
)

type codeDisplay struct {
	Pinned     bool     `json:"pinned"`
	Trashed    bool     `json:"trashed"`
	LastUsedAt int      `json:"lastUsedAt"`
	TapCount   int      `json:"tapCount"`
	Tags       []string `json:"tags"`
	Note       string   `json:"note"`
}

const codeDisplayParam = "codeDisplay="

func isEnteList(in *input) bool {
	return isURIList(in) && bytes.Contains(in.data, []byte("&"+codeDisplayParam))
}

// splitCodeDisplay takes codeDisplay out of a URI. If it cannot be read, it is left
// to be reported as a parameter without meaning.
func splitCodeDisplay(uri string) (string, Entry) {
	before, after, ok := strings.Cut(uri, "&"+codeDisplayParam)
	if !ok {
		return uri, Entry{}
	}
	value, rest, more := strings.Cut(after, "&")
	decoded, err := url.QueryUnescape(value)
	var c codeDisplay
	if err == nil && !json.Valid([]byte(decoded)) {
		decoded = strings.ReplaceAll(decoded, "%2C", ",") // escaped twice where an export was imported and exported again
	}
	if err != nil || json.Unmarshal([]byte(decoded), &c) != nil {
		return uri, Entry{}
	}
	if more {
		before += "&" + rest
	}
	return before, c.entry()
}

func (c codeDisplay) entry() Entry {
	return Entry{Note: c.Note, Tags: c.Tags, Favorite: c.Pinned, Trashed: c.Trashed}
}

func isEnteItems(in *input) bool {
	m, _ := firstMembers(in.object["items"])
	return hasAll(m, []string{"rawData"})
}

func readEnteItems(_ context.Context, in *input, f *File) error {
	type item struct {
		RawData string
		Display codeDisplay
	}
	return each(in, f, in.object["items"], func(i int, item item) {
		uri, e := splitCodeDisplay(item.RawData)
		if uri == item.RawData {
			e = item.Display.entry()
		}
		f.takeURI(i, uri, "", "", e)
	})
}

func isEnteEncrypted(in *input) bool { return in.has("kdfParams", "encryptedData") }

func readEnteEncrypted(ctx context.Context, in *input, f *File) error {
	f.Encrypted = true
	var head struct {
		Version   text
		KDFParams struct {
			MemLimit int64
			OpsLimit int
			Salt     []byte
		}
		EncryptedData, EncryptionNonce []byte
	}
	if err := decode(in.data, &head); err != nil {
		return err
	}
	f.Version = string(head.Version)
	memory := head.KDFParams.MemLimit / 1024
	if memory > 1<<31 {
		return fmt.Errorf("%w: Argon2id with %d bytes of memory", ErrTooCostly, head.KDFParams.MemLimit)
	}
	password, err := in.password(ctx, f)
	if err != nil {
		return err
	}
	key, err := in.argon2id(ctx, password, head.KDFParams.Salt, head.KDFParams.OpsLimit, int(memory), 1)
	if err != nil {
		return err
	}
	plain, err := openSecretStream(key, head.EncryptionNonce, head.EncryptedData)
	if err != nil {
		return err
	}
	inner, err := sniff(plain, in.options)
	if err != nil {
		return err
	}
	if isEnteItems(inner) {
		return readEnteItems(ctx, inner, f)
	}
	return readURIList(ctx, inner, f)
}

// writeEnte writes the plain form.
func writeEnte(o *Output, entries []Entry, _ WriteOptions) error {
	for _, e := range entries {
		display, err := json.Marshal(codeDisplay{Pinned: e.Favorite, Trashed: e.Trashed, Tags: append([]string{}, e.Tags...), Note: e.Note})
		if err != nil {
			return err
		}
		o.Data = fmt.Appendf(o.Data, "%s&%s%s\n", e.Key.URI(), codeDisplayParam, escape(string(display)))
	}
	return nil
}
