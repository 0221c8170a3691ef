package transfer

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/authctl/authctl/otp"
	"golang.org/x/crypto/scrypt"
)

// aegisDB is version 3 of the content.
type aegisDB struct {
	Version int           `json:"version"`
	Entries []aegisEntry  `json:"entries"`
	Groups  []*aegisGroup `json:"groups"`
}

type aegisGroup struct {
	UUID string `json:"uuid"`
	Name string `json:"name"`
}

type aegisEntry struct {
	Type     string    `json:"type"`
	UUID     string    `json:"uuid"`
	Name     string    `json:"name"`
	Issuer   string    `json:"issuer"`
	Note     string    `json:"note"`
	Favorite bool      `json:"favorite"`
	Icon     *string   `json:"icon"`
	Info     aegisInfo `json:"info"`
	Groups   []string  `json:"groups"`
}

type aegisInfo struct {
	Secret  string `json:"secret"`
	Algo    string `json:"algo"`
	Digits  int    `json:"digits"`
	Period  int    `json:"period,omitempty"`
	Counter *int64 `json:"counter,omitempty"`
}

// writeAegis writes the plain form, or with a password the encrypted one.
func writeAegis(o *Output, entries []Entry, opt WriteOptions) error {
	db := aegisDB{Version: 3, Entries: []aegisEntry{}, Groups: []*aegisGroup{}}
	groups := map[string]*aegisGroup{}
	for _, e := range entries {
		a := newAegisEntry(e)
		var err error
		if a.UUID, err = newUUID(opt.Rand); err != nil {
			return err
		}
		for _, tag := range e.Tags {
			if groups[tag] == nil {
				uuid, err := newUUID(opt.Rand)
				if err != nil {
					return err
				}
				groups[tag] = &aegisGroup{uuid, tag}
				db.Groups = append(db.Groups, groups[tag])
			}
			a.Groups = append(a.Groups, groups[tag].UUID)
		}
		db.Entries = append(db.Entries, a)
	}
	file := struct {
		Version int         `json:"version"`
		Header  aegisHeader `json:"header"`
		DB      any         `json:"db"`
	}{Version: 1, DB: db}
	if opt.Password != "" {
		plain, err := json.Marshal(db)
		if err != nil {
			return err
		}
		if file.Header, file.DB, err = sealAegis(plain, opt); err != nil {
			return err
		}
	}
	var err error
	o.Data, err = json.MarshalIndent(file, "", "    ")
	return err
}

func newAegisEntry(e Entry) aegisEntry {
	k := e.Key
	a := aegisEntry{
		Type: k.Type.String(), Name: k.Account, Issuer: k.Issuer, Note: e.Note, Favorite: e.Favorite, Groups: []string{},
		Info: aegisInfo{Secret: k.Secret.Base32(), Algo: k.Algorithm.String(), Digits: k.Digits, Period: k.Period},
	}
	if k.Type == otp.HOTP {
		a.Info.Counter = &k.Counter
	}
	return a
}

// sealAegis encrypts the content under a new master key, and that under the
// password with the cost that Aegis has.
func sealAegis(plain []byte, opt WriteOptions) (aegisHeader, []byte, error) {
	slot := aegisSlot{Type: aegisPassword, N: 1 << 15, R: 8, P: 1, Repaired: true}
	random := make([]byte, 64)
	if _, err := io.ReadFull(opt.Rand, random); err != nil {
		return aegisHeader{}, nil, fmt.Errorf("read random bytes: %w", err)
	}
	master := random[:32]
	slot.Salt = random[32:]
	var err error
	if slot.UUID, err = newUUID(opt.Rand); err != nil {
		return aegisHeader{}, nil, err
	}
	key, err := scrypt.Key([]byte(opt.Password), slot.Salt, slot.N, slot.R, slot.P, 32)
	if err != nil {
		return aegisHeader{}, nil, err
	}
	if slot.KeyParams, slot.Key, err = sealAegisText(opt.Rand, key, master); err != nil {
		return aegisHeader{}, nil, err
	}
	params, db, err := sealAegisText(opt.Rand, master, plain)
	return aegisHeader{[]aegisSlot{slot}, &params}, db, err
}

// sealAegisText parts the tag from the ciphertext, as Aegis does.
func sealAegisText(random io.Reader, key, plain []byte) (aegisSealed, []byte, error) {
	nonce, sealed, err := sealGCM(random, key, plain)
	if err != nil {
		return aegisSealed{}, nil, err
	}
	n := len(sealed) - gcmTag
	return aegisSealed{nonce, sealed[n:]}, sealed[:n], nil
}

// newUUID is a random UUID (RFC 9562 §5.4).
func newUUID(random io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("read random bytes: %w", err)
	}
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b[:])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-"), nil
}
