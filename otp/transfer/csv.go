package transfer

// Password managers' exports as CSV, told apart by the names in their first row:
//
//	Bitwarden   folder,favorite,type,name,notes,fields,…,login_username,…,login_totp
//	KeePassXC   "Group","Title","Username",…,"TOTP",…
//	1Password   Title,Url,Username,…,OTPAuth,Favorite,…
//	Apple       Title,URL,Username,Password,Notes,OTPAuth
//	others      a column totp, otpurl or otpsecret (LastPass, Proton Pass, Dashlane, Zoho Vault)
//
// Columns come and go between versions, so each is found by name. Only title, user
// name, group and the one-time password are looked at. A table that went through a
// spreadsheet has semicolons or tabs for commas in much of the world.

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// dialect has the names of the columns of one app, in lower case.
type dialect struct {
	format                              Format
	totp, title, user, folder, favorite string
	lacks                               string // a column by which another is told from it
	comma                               rune   // of the file
}

var dialects = []dialect{
	{BitwardenCSV, "login_totp", "name", "login_username", "collections", "", "folder", 0}, // of an organization
	{BitwardenCSV, "login_totp", "name", "login_username", "folder", "favorite", "", 0},
	{KeePassXC, "totp", "title", "username", "group", "", "", 0},
	{AppleCSV, "otpauth", "title", "username", "", "", "favorite", 0},
	{OnePasswordCSV, "otpauth", "title", "username", "", "favorite", "", 0},
	{CSV, "totp", "name", "username", "grouping", "fav", "", 0}, // LastPass, Proton Pass
	{CSV, "otpurl", "title", "username", "category", "", "", 0}, // Dashlane
	{CSV, "otpsecret", "title", "username", "category", "", "", 0},
	{CSV, "totp", "name", "login", "", "", "", 0},
	{CSV, "totp", "password name", "", "folder name", "favorite", "", 0}, // Zoho Vault, which keeps the user name among the passwords
	{CSV, "totp", "secret name", "", "folder name", "favorite", "", 0},
	{CSV, "timeotp-secret-base32", "title", "user name", "group", "", "", 0}, // KeePass, of extract_otp_secrets
}

// csvDialect is the dialect of the first row of a CSV file, or nil.
func csvDialect(data []byte) *dialect {
	line, _, _ := bytes.Cut(data, []byte("\n"))
	if len(line) > 4096 {
		return nil
	}
	for _, comma := range ",;\t" {
		if d := headerDialect(line, comma); d != nil {
			with := *d
			with.comma = comma
			return &with
		}
	}
	return nil
}

func headerDialect(line []byte, comma rune) *dialect {
	header, err := newCSV(line, comma).Read()
	if err != nil || len(header) < 2 {
		return nil
	}
	for i, name := range header {
		header[i] = csvName(name)
	}
	var best *dialect // Bitwarden Authenticator writes no column for the user name
	for i := range dialects {
		d := &dialects[i]
		if !slices.Contains(header, d.totp) || !slices.Contains(header, d.title) || d.lacks != "" && slices.Contains(header, d.lacks) {
			continue
		}
		if slices.Contains(header, d.user) {
			return d
		}
		best = cmp.Or(best, d)
	}
	return best
}

func csvName(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func newCSV(data []byte, comma rune) *csv.Reader {
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma = comma
	r.FieldsPerRecord = -1
	r.ReuseRecord = true
	return r
}

// csvReader is the reader of a format that is CSV.
func csvReader(format Format) reader {
	return reader{format, func(in *input) bool { return in.dialect != nil && in.dialect.format == format }, readCSV}
}

func readCSV(_ context.Context, in *input, f *File) error {
	r := newCSV(in.data, in.dialect.comma)
	header, err := r.Read()
	if err != nil {
		return fmt.Errorf("%w: its first row cannot be read", ErrDamaged)
	}
	columns := map[string]int{}
	for i, name := range header {
		columns[csvName(name)] = i
	}
	empty := 0
	for index := 1; ; index++ {
		row, err := r.Read()
		if err == io.EOF {
			break
		}
		if err := in.room(f, 1); err != nil {
			return err
		}
		if err != nil {
			f.skip(index, "", rowError(err))
			continue
		}
		cell := func(name string) string {
			if i, ok := columns[name]; ok && name != "" && i < len(row) {
				return row[i]
			}
			return ""
		}
		if cell(in.dialect.totp) == "" {
			empty++
			continue
		}
		f.takeRow(index, in.dialect, cell)
	}
	f.withoutKey(empty)
	return nil
}

// rowError says where a row is wrong. After a quote that is not closed there is no
// telling where the next row begins.
func rowError(err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return fmt.Errorf("lines %d to %d cannot be read as CSV: a quote is missing or too many", parse.StartLine, parse.Line)
	}
	return fmt.Errorf("it cannot be read as CSV")
}

func (f *File) takeRow(index int, d *dialect, cell func(string) string) {
	before := len(f.Entries)
	folder, user := cell(d.folder), cell(d.user)
	e := Entry{Favorite: slices.Contains([]string{"1", "true"}, strings.ToLower(cell(d.favorite)))}
	if d.format == KeePassXC { // the groups begin with the root, whose name is free; deleted entries are in a group
		_, folder, _ = strings.Cut(folder, "/")
		e.Trashed = strings.HasPrefix(folder, "Recycle Bin")
	}
	e.Tags = []string{folder}
	if d.folder == "collections" {
		e.Tags = strings.Split(folder, ",")
	}
	f.takeTOTP(index, cell(d.totp), cell(d.title), user, e)
	if d.format == KeePassXC {
		f.withoutNone(before, user)
	}
}
