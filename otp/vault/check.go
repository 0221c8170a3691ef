package vault

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/authctl/authctl/otp"
)

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
