package vault

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
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

// document is the JSON of schema 1, as doc/vault.md describes it.
type document struct {
	Schema     int       `json:"schema"`
	Created    time.Time `json:"created"`
	BackedUp   time.Time `json:"backed_up,omitzero"`
	Recipients []string  `json:"recipients,omitempty"`
	Accounts   []record  `json:"accounts"`
}

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
