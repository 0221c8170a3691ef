package transfer_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/transfer"
	"github.com/google/go-cmp/cmp"
)

func read(t *testing.T, data string) transfer.File {
	t.Helper()
	f, err := transfer.Read(t.Context(), []byte(data), transfer.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestListIsReadByLine(t *testing.T) {
	f := read(t, "hunter2\r\n"+
		"# my keys\r\n\r\n"+
		"otpauth://totp/Acme:bob?secret=JBSWY3DPEHPK3PXP&issuer=Acme\r\n"+
		"otpauth://totp/Bad?secret=10!\r\n"+
		"steam://JBSWY3DPEHPK3PXP\r\n"+
		"phonefactor://activate_account?code=1\r\n"+
		"motp://box?secret=00ff\r\n")
	if f.Format != transfer.OTPAuth || len(f.Entries) != 2 || len(f.Skipped) != 4 {
		t.Fatalf("%+v", f)
	}
	if e := f.Entries[0]; e.Key.Name() != "Acme:bob" || e.Source != (transfer.Source{Format: transfer.OTPAuth, Index: 4}) {
		t.Errorf("first entry: %+v", e)
	}
	if e := f.Entries[1]; e.Key.Type != otp.Steam || e.Source.Index != 6 {
		t.Errorf("second entry: %+v", e)
	}
	var lines []int
	var unsupported []bool
	for _, s := range f.Skipped {
		lines, unsupported = append(lines, s.Index), append(unsupported, s.Unsupported)
		if strings.Contains(s.Reason, "hunter2") || strings.Contains(s.Reason, "10!") {
			t.Errorf("the reason quotes the file: %s", s.Reason)
		}
	}
	if diff := cmp.Diff([]int{1, 5, 7, 8}, lines); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]bool{false, false, true, true}, unsupported); diff != "" {
		t.Error(diff)
	}
}

// A secret that is not in canonical base32 is kept as it is written, for diagnoses.
func TestWrittenSecret(t *testing.T) {
	f := read(t, "otpauth://totp/plain?secret=JBSWY3DPEHPK3PXP\n"+
		"otpauth://totp/spaced?secret=jbsw+y3dp%20ehpk+3pxp\n"+
		"steam://JBSW%20Y3DPEHPK3PXP\n")
	var written []string
	for _, e := range f.Entries {
		written = append(written, string(e.Written.Bytes()))
	}
	if diff := cmp.Diff([]string{"", "jbsw y3dp ehpk 3pxp", "JBSW Y3DPEHPK3PXP"}, written); diff != "" {
		t.Error(diff)
	}
	f = read(t, `{"version":1,"header":{"slots":null,"params":null},"db":{"version":3,"entries":[
		{"type":"totp","name":"a","issuer":"b","info":{"secret":"jbswy3dpehpk3pxp","algo":"SHA1","digits":6,"period":30}}]}}`)
	if len(f.Entries) != 1 || string(f.Entries[0].Written.Bytes()) != "jbswy3dpehpk3pxp" {
		t.Errorf("%d entries, written in another way", len(f.Entries))
	}
	if text := fmt.Sprintf("%+v %#v", f, f); strings.Contains(text, "jbsw") {
		t.Error("a file prints its secrets")
	}
}

func TestListInUTF16(t *testing.T) {
	data := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune("otpauth://totp/Zoë?secret=JBSWY3DPEHPK3PXP\r\n")) {
		data = append(data, byte(u), byte(u>>8))
	}
	if f := read(t, string(data)); len(f.Entries) != 1 || f.Entries[0].Key.Account != "Zoë" {
		t.Errorf("%+v", f)
	}
}

func entries(n int) []transfer.Entry {
	var list []transfer.Entry
	for i := range n {
		secret, _ := otp.NewSecret([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, byte(i >> 8), byte(i)})
		list = append(list, transfer.Entry{Key: otp.Key{Type: otp.TOTP, Issuer: "Acme", Account: "user" + string(rune('a'+i%26)),
			Secret: secret, Algorithm: otp.SHA1, Digits: 6, Period: 30}})
	}
	return list
}

func write(t *testing.T, format transfer.Format, list []transfer.Entry, o transfer.WriteOptions) transfer.Output {
	t.Helper()
	out, err := transfer.Write(format, list, o)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestMigrationInParts(t *testing.T) {
	list := entries(23)
	out := write(t, transfer.GoogleMigration, list, transfer.WriteOptions{})
	if len(out.Parts) != 3 {
		t.Fatalf("%d parts", len(out.Parts))
	}
	whole := read(t, string(out.Data))
	if len(whole.Entries) != 23 || len(whole.Warnings) != 0 || whole.Entries[22].Source.Index != 23 {
		t.Errorf("read back %d entries, warnings %v", len(whole.Entries), whole.Warnings)
	}

	mixed := read(t, out.Parts[2]+"\n"+out.Parts[0]+"\n"+out.Parts[0])
	if len(mixed.Entries) != 13 || !mixed.Entries[0].Key.Secret.Equal(list[0].Key.Secret) {
		t.Errorf("parts out of order: %d entries, first %v", len(mixed.Entries), mixed.Entries[0].Key)
	}
	want := []otp.Warning{
		{Code: transfer.PartRepeated, Message: "1 parts of the export stand twice and were read once"},
		{Code: transfer.PartMissing, Message: "the Google Authenticator export has 3 parts; missing: 2"},
	}
	if diff := cmp.Diff(want, mixed.Warnings); diff != "" {
		t.Error(diff)
	}

	files := []transfer.File{mixed, read(t, out.Parts[1])}
	transfer.Join(files)
	if n := len(files[0].Warnings) + len(files[1].Warnings); n != 1 {
		t.Errorf("joined: %v, %v", files[0].Warnings, files[1].Warnings)
	}
}

// Mail programs break long lines, scanners turn + into a space.
func TestMigrationAsItArrives(t *testing.T) {
	uri := write(t, transfer.GoogleMigration, entries(9), transfer.WriteOptions{}).Parts[0]
	var broken strings.Builder
	for i, c := range uri {
		if i > 0 && i%76 == 0 {
			broken.WriteString("\r\n")
		}
		broken.WriteRune(c)
	}
	plain := strings.NewReplacer("%2B", "+", "%2F", "/", "%3D", "=").Replace(uri)
	scheme, data, _ := strings.Cut(plain, "?data=")
	for name, text := range map[string]string{
		"broken over lines": broken.String(),
		"not encoded":       plain,
		"plus as space":     strings.ReplaceAll(plain, "+", " "),
		"URL alphabet":      scheme + "?data=" + strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(data),
		"among other keys":  "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP\n" + uri,
	} {
		f := read(t, text)
		if n := len(f.Entries); n != 9 && (n != 10 || name != "among other keys") || len(f.Skipped) > 0 {
			t.Errorf("%s: %d entries, skipped %v", name, n, f.Skipped)
		}
	}
}

func TestMigrationLeavesOutWhatGoogleCannotShow(t *testing.T) {
	list := entries(5)
	list[1].Key.Period = 60
	list[2].Key.Digits = 7
	list[3].Key.Type, list[3].Key.Digits = otp.Steam, 5
	list[4].Note = "spare"
	out := write(t, transfer.GoogleMigration, list, transfer.WriteOptions{})
	var fields []string
	for _, l := range out.Losses {
		fields = append(fields, l.Field)
	}
	if diff := cmp.Diff([]string{"period", "digits", "type", "note"}, fields); diff != "" {
		t.Error(diff)
	}
	if f := read(t, string(out.Data)); len(f.Entries) != 2 {
		t.Errorf("wrote %d entries", len(f.Entries))
	}
}

func TestEmptyListIsSaidToBeOne(t *testing.T) {
	if _, err := transfer.Read(t.Context(), []byte("[ ]\n"), transfer.ReadOptions{}); err == nil || !strings.HasSuffix(err.Error(), "it is an empty list") {
		t.Error(err)
	}
}

func TestUnknownFiles(t *testing.T) {
	for _, data := range []string{"", "not-a-url", "{}", "[]", "[1]", `{"a":`, "\x00\x01\x02", "[section]\nkey=1"} {
		if _, err := transfer.Read(t.Context(), []byte(data), transfer.ReadOptions{}); !errors.Is(err, transfer.ErrUnknownFormat) {
			t.Errorf("%q: %v", data, err)
		}
	}
}
