package vault

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/authctl/authctl/otp"
)

// schema is the version of the content that is written. Every change of the
// format, a new optional field included, counts it up: a program that does not
// know a field would drop it on its next save, so it refuses the file instead.
// Older schemas are read for ever.
const schema = 1

// content is what a vault holds, decrypted.
type content struct {
	created    time.Time
	backedUp   time.Time
	recipients []string
	accounts   []Account
}

func (c content) clone() content {
	c.accounts = cloneAccounts(c.accounts)
	return c
}

// The JSON of schema 1, as doc/vault.md describes it.
type (
	document struct {
		Schema     int       `json:"schema"`
		Created    time.Time `json:"created"`
		BackedUp   time.Time `json:"backed_up,omitzero"`
		Recipients []string  `json:"recipients,omitempty"`
		Accounts   []record  `json:"accounts"`
	}
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

func (c content) encode() ([]byte, error) {
	d := document{
		Schema: schema, Created: c.created, BackedUp: c.backedUp, Recipients: c.recipients,
		Accounts: make([]record, len(c.accounts)),
	}
	for i, a := range c.accounts {
		d.Accounts[i] = a.record()
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // the & of URIs stays readable
	if err := enc.Encode(d); err != nil {
		return nil, fmt.Errorf("write the content: %w", err)
	}
	return b.Bytes(), nil
}

// decodeContent reads what encode wrote. Its errors never quote the content.
func decodeContent(plain []byte) (content, error) {
	c, n, err := readContent(plain)
	if err != nil && n == 0 {
		n = schemaOf(plain) // it stands after what failed
	}
	switch {
	case n > schema:
		return content{}, fmt.Errorf("schema %d: %w (this one reads up to %d)", n, ErrNewer, schema)
	case errors.Is(err, ErrDamaged):
		return content{}, err
	case err != nil || n < 1:
		return content{}, fmt.Errorf("the content is not a vault's of schema %d: %w", schema, ErrDamaged)
	}
	return c, nil
}

// readContent reads a content and its schema. It takes one account at a time, so
// that a large vault needs little memory beside its accounts.
func readContent(plain []byte) (c content, n int, err error) {
	d := json.NewDecoder(bytes.NewReader(plain))
	d.DisallowUnknownFields()
	err = delimiter(d, '{')
	for err == nil && d.More() {
		var name json.Token
		if name, err = d.Token(); err != nil {
			break
		}
		switch name {
		case "schema":
			err = d.Decode(&n)
		case "created":
			err = d.Decode(&c.created)
		case "backed_up":
			err = d.Decode(&c.backedUp)
		case "recipients":
			err = d.Decode(&c.recipients)
		case "accounts":
			c.accounts = make([]Account, 0, min(len(plain)/128, 10_000)) // an account takes some 200 bytes
			err = c.readAccounts(d)
		default:
			err = fmt.Errorf("unknown field")
		}
	}
	if err == nil {
		err = delimiter(d, '}')
	}
	if err == nil && d.More() {
		err = fmt.Errorf("something follows the content")
	}
	return c, n, err
}

func (c *content) readAccounts(d *json.Decoder) error {
	if err := delimiter(d, '['); err != nil {
		return err
	}
	var r record // one for all: a fresh one for each would cost more memory than the accounts
	for d.More() {
		r = record{}
		if err := d.Decode(&r); err != nil {
			return err
		}
		a, err := r.account()
		if err != nil {
			return fmt.Errorf("account %s: %w: %w", r.ID, err, ErrDamaged)
		}
		c.accounts = append(c.accounts, a)
	}
	return cmp.Or(delimiter(d, ']'), c.checkIDs())
}

// checkIDs refuses accounts without an id of their own.
func (c content) checkIDs() error {
	ids := make([]string, len(c.accounts))
	for i := range c.accounts {
		ids[i] = c.accounts[i].ID
	}
	slices.Sort(ids)
	for i, id := range ids {
		if id == "" || i > 0 && id == ids[i-1] {
			return fmt.Errorf("account %q has no id of its own: %w", id, ErrDamaged)
		}
	}
	return nil
}

// delimiter takes the next token, which must be want.
func delimiter(d *json.Decoder, want json.Delim) error {
	token, err := d.Token()
	if err == nil && token != want {
		err = fmt.Errorf("%v stands where %v belongs", token, want)
	}
	return err
}

// schemaOf is the schema of a content that failed to decode before its number was
// reached.
func schemaOf(plain []byte) int {
	var head struct {
		Schema int `json:"schema"`
	}
	if json.Unmarshal(plain, &head) != nil {
		return 0
	}
	return head.Schema
}

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

// The longest texts of an account, in bytes.
const (
	maxName = 512
	maxNote = 64 << 10
	maxTags = 64
)

// check refuses what would not come back from the file as it went in, and what
// could rewrite a terminal line.
func (a Account) check() error {
	switch {
	case a.Name != otp.CleanText(a.Name) || len(a.Name) > maxName:
		return fmt.Errorf("the name has control characters, spaces around it or over %d bytes", maxName)
	case a.Note != CleanNote(a.Note) || len(a.Note) > maxNote:
		return fmt.Errorf("the note has control characters, spaces around it or over %d bytes", maxNote)
	case len(a.Tags) > maxTags:
		return fmt.Errorf("%d tags are more than %d", len(a.Tags), maxTags)
	}
	for _, tag := range a.Tags {
		if tag == "" || tag != otp.CleanText(tag) || len(tag) > maxName {
			return fmt.Errorf("a tag is empty or has control characters or spaces around it")
		}
	}
	for _, c := range a.Recovery {
		if text := string(c.Code.Bytes()); text == "" || text != otp.CleanText(text) {
			return fmt.Errorf("a recovery code is empty or has control characters or spaces around it")
		}
	}
	if err := checkKey(a.Key); err != nil {
		return err
	}
	for _, o := range a.Older {
		if err := checkKey(o.Key); err != nil {
			return fmt.Errorf("older key: %w", err)
		}
	}
	return nil
}

func checkKey(k otp.Key) error {
	if err := k.Validate(); err != nil {
		return err
	}
	back, _, err := otp.ParseURI(k.URI())
	if err != nil {
		return fmt.Errorf("the key cannot be stored: %w", err)
	}
	if !back.Equal(k) {
		return fmt.Errorf("the key cannot be stored: its URI would read as another key")
	}
	return nil
}

// CleanNote is text as a note may be: valid UTF-8 without control characters, line
// breaks and tabs excepted, and without spaces around it. For names, tags and
// recovery codes, which are one line, there is [otp.CleanText].
func CleanNote(text string) string {
	text = strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
	return strings.TrimSpace(text)
}
