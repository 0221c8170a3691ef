package transfer_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/png"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/transfer"
)

func TestCostlyFilesAreRefused(t *testing.T) {
	aegis := func(n, r, p int) string {
		return strings.NewReplacer(`"n":32768`, fmt.Sprintf(`"n":%d`, n), `"r":8`, fmt.Sprintf(`"r":%d`, r), `"p":1`, fmt.Sprintf(`"p":%d`, p)).
			Replace(sealAegis(`{"db":{"entries":[]}}`))
	}
	bitwarden := func(kdf string) string { return sealBitwardenWith("{}", make([]byte, 32), `"salt":"x",`+kdf) }
	ente := func(memory, passes int) string {
		return fmt.Sprintf(`{"version":1,"kdfParams":{"memLimit":%d,"opsLimit":%d,"salt":"AAAA"},"encryptedData":"","encryptionNonce":""}`, memory, passes)
	}
	for name, data := range map[string]string{
		"aegis memory":          aegis(1<<30, 8, 1),
		"aegis overflow":        aegis(1<<62, 1<<30, 1),
		"aegis passes":          aegis(1<<15, 8, 1<<20),
		"bitwarden rounds":      bitwarden(`"kdfType":0,"kdfIterations":2000000000`),
		"bitwarden argon2":      bitwarden(`"kdfType":1,"kdfIterations":100000,"kdfMemory":1024,"kdfParallelism":4`),
		"bitwarden argon2 size": bitwarden(`"kdfType":1,"kdfIterations":1,"kdfMemory":2000000000,"kdfParallelism":4`),
		"ente memory":           ente(1<<40, 1),
		"ente memory overflow":  ente(1<<62, 1),
		"ente passes":           ente(1<<30, 1000),
	} {
		start := time.Now()
		_, err := transfer.Read(t.Context(), []byte(data), transfer.ReadOptions{Password: say(password)})
		if !errors.Is(err, transfer.ErrTooCostly) || !strings.ContainsAny(err.Error(), "0123456789") {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(start); took > time.Minute {
			t.Errorf("%s: took %v", name, took)
		}
	}
}

// Parameters that the key derivations themselves would panic at.
func TestImpossibleCostsAreDamage(t *testing.T) {
	for name, kdf := range map[string]string{
		"no rounds": `"kdfType":0,"kdfIterations":0`,
		"negative":  `"kdfType":0,"kdfIterations":-5`,
		"no lanes":  `"kdfType":1,"kdfIterations":1,"kdfMemory":1,"kdfParallelism":0`,
		"no passes": `"kdfType":1,"kdfIterations":0,"kdfMemory":1,"kdfParallelism":1`,
		"no memory": `"kdfType":1,"kdfIterations":1,"kdfMemory":-1,"kdfParallelism":1`,
		"lanes":     `"kdfType":1,"kdfIterations":1,"kdfMemory":1,"kdfParallelism":1000`,
		"unknown":   `"kdfType":7`,
	} {
		data := sealBitwardenWith("{}", make([]byte, 32), `"salt":"x",`+kdf)
		if _, err := transfer.Read(t.Context(), []byte(data), transfer.ReadOptions{Password: say(password)}); !errors.Is(err, transfer.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLargeFilesAreRefused(t *testing.T) {
	const million = 1_000_000
	bomb := func(text string) string { // compresses a thousandfold
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		m := must(w.Create("keys.txt"))
		for range 64 {
			must(m.Write([]byte(strings.Repeat(text, million))))
		}
		_ = w.Close()
		return b.String()
	}
	for name, x := range map[string]struct {
		data string
		want error
	}{
		"a million lines":       {strings.Repeat("steam://"+secretA+"\n", million/2), transfer.ErrTooLarge},
		"a million bad lines":   {totp.URI() + "\n" + strings.Repeat("x\n", million), transfer.ErrTooLarge},
		"a million entries":     {`{"schemaVersion":4,"services":[` + strings.Repeat(`{},`, million) + `{}]}`, transfer.ErrTooLarge},
		"a million members":     {`{"header":0,"db":0,` + strings.Repeat(`"a":0,`, million) + `"b":0}`, transfer.ErrTooLarge},
		"a million rows":        {"name,login_username,login_totp\n" + strings.Repeat("a,b,c\n", million), transfer.ErrTooLarge},
		"a million parts":       {strings.Repeat("otpauth-migration://offline?data=!\n", million/2), transfer.ErrTooLarge},
		"nesting":               {`{"header":{},"db":` + strings.Repeat("[", million), transfer.ErrTooLarge},
		"nesting in an entry":   {`{"schemaVersion":4,"services":[{"otp":` + strings.Repeat(`{"a":`, million), transfer.ErrTooLarge},
		"more than the limit":   {strings.Repeat(" ", 33<<20), transfer.ErrTooLarge},
		"base64 without end":    {"otpauth-migration://offline?data=" + strings.Repeat("A", 30<<20), nil},
		"base64 in short lines": {"otpauth-migration://offline?data=" + strings.Repeat("A\n", million), transfer.ErrTooLarge},
		"a bomb":                {bomb("x"), transfer.ErrTooLarge},
		"XML elements":          {"<map>" + strings.Repeat(`<int name="a" value="1"/>`, million), transfer.ErrUnknownFormat},
		"XML nesting":           {"<map>" + strings.Repeat("<a>", million), transfer.ErrUnknownFormat},
		"a zip of many files":   {manyFiles(2000), transfer.ErrTooLarge},
		"a zip in a zip":        {zipped("keys.zip")(zipped("keys.txt")(totp.URI())), transfer.ErrUnknownFormat},
		"a million groups":      {"<KeePassFile>" + strings.Repeat("<Group>", million), transfer.ErrDamaged},
		"groups in groups": {"<KeePassFile>" + strings.Repeat("<Group><Name>a</Name>", million/4) +
			strings.Repeat("<Entry><String><Key>otp</Key><Value>"+secretA+"</Value></String></Entry>", 5000) + strings.Repeat("</Group>", million/4) + "</KeePassFile>", nil},
		"a page of pictures":    {"<html>" + strings.Repeat(`<img src="data:image/png;base64,`+b64(blank())+`">`, 1000), transfer.ErrTooLarge},
		"a page of other codes": {"<html>" + strings.Repeat(`<img src="data:image/png;base64,`+b64(drawn("hello"))+`">`, 1000), transfer.ErrTooLarge},
		"a page without quotes": {"<html>" + strings.Repeat("data:image/", million), otp.ErrUnsupported},
		"a page of schemes":     {"<html>" + strings.Repeat("://", million), otp.ErrUnsupported},
		"a database with loop":  {loopedDatabase(), nil},
	} {
		before := allocated()
		f, err := transfer.Read(t.Context(), []byte(x.data), transfer.ReadOptions{Password: say(password)})
		if x.want != nil && !errors.Is(err, x.want) || len(f.Entries) > 0 {
			t.Errorf("%s: %v, %d entries", name, err, len(f.Entries))
		}
		if spent := allocated() - before; spent > 700<<20 {
			t.Errorf("%s: %d MiB were allocated", name, spent>>20)
		}
	}
}

func manyFiles(n int) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := range n {
		must(w.Create(fmt.Sprint(i)))
	}
	_ = w.Close()
	return b.String()
}

// blank is a picture without a code.
func blank() []byte {
	var b bytes.Buffer
	_ = png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8)))
	return b.Bytes()
}

// loopedDatabase has an interior page that is its own child.
func loopedDatabase() string {
	db := make([]byte, 4096)
	copy(db, "SQLite format 3\x00")
	binary.BigEndian.PutUint16(db[16:], 1024)
	page := db[100:]
	page[0] = 0x05
	binary.BigEndian.PutUint16(page[3:], 200)
	binary.BigEndian.PutUint32(page[8:], 1)
	for i := range 200 {
		binary.BigEndian.PutUint16(page[12+2*i:], 700)
	}
	binary.BigEndian.PutUint32(db[700:], 1)
	return string(db)
}

func TestCancelledReading(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var steps []string
	_, err := transfer.Read(ctx, []byte(sealBitwarden("{}")), transfer.ReadOptions{
		Password: say(password),
		Progress: func(step string) { steps = append(steps, step); cancel() },
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if len(steps) != 1 || steps[0] != "deriving the key (PBKDF2, 600000 rounds)" {
		t.Errorf("progress %q", steps)
	}
}

func TestFilesThatCannotBeImported(t *testing.T) {
	for data, words := range map[string]string{
		"age-encryption.org/v1\n-> scrypt": "restored, not imported",
		"\x03\xd9\xa2\x9a\x65\xfbK\xb5":    "export it as XML",
		"-----BEGIN PGP MESSAGE-----\n":    "decrypt it with gpg",
		"<!DOCTYPE html><html></html>":     "export from the app as JSON",
		"%PDF-1.7\n":                       "take pictures of its QR codes",
		"bplist00\xd4\x01":                 "the QR code of each account",
		"MIME-Version: 1.0\r\nContent-transfer-encoding: Quoted-Printable\r\n\r\notpauth://totp/a?secret=3DJBSWY3DPEHPK3PXP": "copy its text",
		"SQLite format 3\x00": "the app's own export",
		`{"encrypted":true,"encKeyValidation_DO_NOT_EDIT":"2.a|b|c","items":[]}`: "bound to the Bitwarden account",
	} {
		_, err := transfer.Read(t.Context(), []byte(data), transfer.ReadOptions{})
		if !errors.Is(err, otp.ErrUnsupported) || !strings.Contains(err.Error(), words) {
			t.Errorf("%.30q: %v", data, err)
		}
	}
}

// A file cut short anywhere is never read as if it were whole.
func TestTruncatedFiles(t *testing.T) {
	for _, x := range fixtures {
		if x.data[0] != '{' && x.data[0] != '[' || x.format == transfer.FreeOTP {
			continue
		}
		for cut := len(x.data) / 2; cut < len(x.data)-1; cut += 37 {
			f, err := transfer.Read(t.Context(), []byte(x.data[:cut]), transfer.ReadOptions{})
			if err == nil || len(f.Entries) > 0 {
				t.Errorf("%s cut at %d: %d entries", x.name, cut, len(f.Entries))
			}
			if f.Format != "" && !errors.Is(err, transfer.ErrDamaged) {
				t.Errorf("%s cut at %d: %v", x.name, cut, err)
			}
		}
	}
}

// allocated is how many bytes were ever put on the heap.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}
