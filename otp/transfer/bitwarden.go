package transfer

// Bitwarden, Bitwarden Authenticator and Vaultwarden (.json), plain and encrypted
// with a password of the file.
//
//	{"encrypted":false, "folders":[{"id", "name"}], "items":[item]}         of an organization: "collections"
//	item: {"type":1, "name", "folderId"?, "collectionIds"?, "favorite", "login":{"username", "totp": null|URI|base32}}
//
//	{"encrypted":true, "passwordProtected":true, "salt", "kdfType":0|1, "kdfIterations", "kdfMemory", "kdfParallelism",
//	 "encKeyValidation_DO_NOT_EDIT":sealed, "data":sealed}
//	sealed: "2.iv|ct|mac", base64: AES-256-CBC, then HMAC-SHA256 over iv and ct
//
// The salt is used as its text. Exports that are bound to the account have
// encrypted without passwordProtected and cannot be opened elsewhere. Logins,
// notes and passwords are not kept.

import (
	"bytes"
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/authctl/authctl/otp"
)

func isBitwarden(in *input) bool {
	return in.has("encrypted", "items") || in.has("encrypted", "data") || in.has("items", "folders") && !isEnpass(in)
}

func readBitwarden(ctx context.Context, in *input, f *File) error {
	if string(in.object["encrypted"]) == "true" {
		plain, err := in.openBitwarden(ctx, f)
		if err != nil {
			return err
		}
		if in, err = in.inside(plain, "items"); err != nil {
			return err
		}
	}
	folders := map[string]string{}
	for _, member := range []string{"folders", "collections"} {
		var list []struct{ ID, Name string }
		if in.object[member] == nil {
			continue
		}
		if err := decode(in.object[member], &list); err != nil {
			return err
		}
		for _, folder := range list {
			folders[folder.ID] = folder.Name
		}
	}
	type item struct {
		Name, FolderID string
		CollectionIDs  []string
		Favorite       bool
		Login          struct{ Username, TOTP string }
	}
	empty := 0
	err := each(in, f, in.object["items"], func(i int, item item) {
		if item.Login.TOTP == "" {
			empty++
			return
		}
		e := Entry{Favorite: item.Favorite}
		for _, id := range append([]string{item.FolderID}, item.CollectionIDs...) {
			e.Tags = append(e.Tags, folders[id])
		}
		f.takeTOTP(i, item.Login.TOTP, item.Name, item.Login.Username, e)
	})
	f.withoutKey(empty)
	return err
}

func (in *input) openBitwarden(ctx context.Context, f *File) ([]byte, error) {
	f.Encrypted = true
	var head struct {
		PasswordProtected                                 bool
		Salt                                              string
		KDFType, KDFIterations, KDFMemory, KDFParallelism int
		Check                                             string `json:"encKeyValidation_DO_NOT_EDIT"`
		Data                                              string
	}
	if err := decode(in.data, &head); err != nil {
		return nil, err
	}
	if !head.PasswordProtected {
		return nil, fmt.Errorf("%w: this export is bound to the Bitwarden account and opens only there; export again as .json, or encrypted with a password of the file", otp.ErrUnsupported)
	}
	password, err := in.password(ctx, f)
	if err != nil {
		return nil, err
	}
	var key []byte
	switch head.KDFType {
	case 0:
		key, err = in.pbkdf2(ctx, sha256.New, password, []byte(head.Salt), head.KDFIterations, 32)
	case 1:
		salt := sha256.Sum256([]byte(head.Salt))
		if head.KDFMemory > 1<<20 { // MiB; so that KiB do not overflow
			return nil, fmt.Errorf("%w: Argon2id with %d MiB", ErrTooCostly, head.KDFMemory)
		}
		key, err = in.argon2id(ctx, password, salt[:], head.KDFIterations, head.KDFMemory<<10, head.KDFParallelism)
	default:
		err = fmt.Errorf("%w: key derivation number %d is not known", ErrDamaged, head.KDFType)
	}
	if err != nil {
		return nil, err
	}
	if _, err := openBitwardenText(key, head.Check); err == errPasswordOrDamage {
		return nil, ErrWrongPassword
	} else if err != nil {
		return nil, err
	}
	plain, err := openBitwardenText(key, head.Data)
	if err == errPasswordOrDamage {
		return nil, fmt.Errorf("%w: the password is right, but the content does not open", ErrDamaged)
	}
	return plain, err
}

// openBitwardenText opens "2.iv|ct|mac".
func openBitwardenText(key []byte, s string) ([]byte, error) {
	rest, ok := strings.CutPrefix(s, "2.")
	var parts [3][]byte
	texts := strings.Split(rest, "|")
	if !ok || len(texts) != len(parts) {
		return nil, fmt.Errorf("%w: its encrypted part is not of type 2 with iv, text and mac", ErrDamaged)
	}
	for i, text := range texts {
		var err error
		if parts[i], err = base64.StdEncoding.DecodeString(text); err != nil {
			return nil, fmt.Errorf("%w: its encrypted part is not base64", ErrDamaged)
		}
	}
	encKey, err := hkdf.Expand(sha256.New, key, "enc", 32)
	if err != nil {
		return nil, err
	}
	macKey, err := hkdf.Expand(sha256.New, key, "mac", 32)
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, macKey)
	mac.Write(bytes.Join([][]byte{parts[0], parts[1]}, nil))
	if !hmac.Equal(mac.Sum(nil), parts[2]) {
		return nil, errPasswordOrDamage
	}
	return openCBC(encKey, parts[0], parts[1])
}
