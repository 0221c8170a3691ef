package transfer_test

import (
	"testing"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/transfer"
	"github.com/google/go-cmp/cmp"
)

// Where a URI in a text ends, and who reads a text that looks like several things.
func TestKeysInText(t *testing.T) {
	uri := "otpauth://totp/Acme:bob%40example.org?secret=" + secretA + "&issuer=Acme"
	for name, x := range map[string]struct {
		data   string
		format transfer.Format
		keys   []otp.Key
	}{
		"a cell":                 {"github," + uri + ",hunter2\nx;" + uri + ";hunter3\n", transfer.Embedded, []otp.Key{easy, easy}},
		"code in Markdown":       {"Use `" + uri + "`, or <" + uri + ">.\n", transfer.Embedded, []otp.Key{easy, easy}},
		"the same two times":     {"a = \"" + uri + "\"\nb = \"" + uri + "\"\n", transfer.Embedded, []otp.Key{easy, easy}},
		"a link and its text":    {"<p><a class=x HREF=\"" + uri + "\">" + uri + "</a></p>", transfer.Embedded, []otp.Key{easy}},
		"a table that says html": {"folder,favorite,type,name,notes,login_username,login_totp\n,,login,Acme,<html>,bob@example.org," + secretA + "\n", transfer.BitwardenCSV, []otp.Key{easy}},
		"JSON that says html":    {`{"note":"<html>","key":"otpauth:\/\/totp\/Acme:bob%40example.org?issuer=Acme\u0026secret=` + secretA + `"}`, transfer.Embedded, []otp.Key{easy}},
	} {
		f := read(t, x.data)
		var keys []otp.Key
		for _, e := range f.Entries {
			keys = append(keys, e.Key)
		}
		if diff := cmp.Diff(x.keys, keys); diff != "" || f.Format != x.format || len(f.Skipped) > 0 {
			t.Errorf("%s: read as %s, %d skipped, %s", name, f.Format, len(f.Skipped), diff)
		}
	}
}

// A note with a URI in it must not hide that the keys of a page are in its pictures.
func TestPageSaysThatPicturesAreLeft(t *testing.T) {
	picture := `<img src="data:image/png;base64,` + b64(drawn(totp.URI())) + `">`
	f := read(t, "<html>"+hotp.URI()+" "+picture+picture+"</html>")
	if len(f.Entries) != 1 || len(f.Warnings) != 1 || f.Warnings[0].Code != transfer.FilesIgnored {
		t.Errorf("%d entries, %v", len(f.Entries), f.Warnings)
	}
}
