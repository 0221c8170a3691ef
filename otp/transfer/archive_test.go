package transfer_test

import (
	"archive/zip"
	"bytes"
	"testing"

	"github.com/authctl/authctl/otp/transfer"
)

// archive zips files, given as name, content, name, content.
func archive(files ...string) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		_ = must(must(w.Create(files[i])).Write([]byte(files[i+1])))
	}
	_ = w.Close()
	return b.String()
}

func TestArchives(t *testing.T) {
	bitwarden := `{"encrypted":false,"items":[{"name":"Acme","login":{"totp":"` + totp.URI() + `"}}]}`
	page := "<html>" + totp.URI() + "</html>"
	for name, x := range map[string]struct {
		data   string
		format transfer.Format
		warned int
	}{
		"the attachments of Bitwarden": {archive("attachments/1/key.txt", hotp.URI(), "data.json", bitwarden), transfer.Bitwarden, 0},
		"data beside a list":           {archive("data.json", `{"x":1}`, "keys.txt", totp.URI()), transfer.OTPAuth, 1},
		"what macOS adds":              {archive("keys.txt", totp.URI(), "__MACOSX/._keys.txt", "\x00\x05\x16\x07", ".DS_Store", "x"), transfer.OTPAuth, 0},
		"a page that repeats":          {archive("a.html", page, "b.txt", totp.URI()), transfer.OTPAuth, 0},
		"a page alone":                 {archive("a.html", page), transfer.HTML, 0},
		"something else":               {archive("a.bin", "\x00", "b.txt", totp.URI()), transfer.OTPAuth, 1},
	} {
		f := read(t, x.data)
		if len(f.Entries) != 1 || !f.Entries[0].Key.Equal(totp) || f.Format != x.format || len(f.Warnings) != x.warned {
			t.Errorf("%s: %d entries, %s, %v", name, len(f.Entries), f.Format, f.Warnings)
		}
	}
}
