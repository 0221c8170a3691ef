package transfer

// Apps' databases (SQLite, from a phone with root access).
//
//	Google Authenticator     accounts(email: label, secret: base32, counter, type 0 TOTP|1 HOTP, issuer, isencrypted?)
//	Microsoft Authenticator  accounts(name: issuer, username, oath_secret_key, account_type 0 others'|1 Microsoft's own)
//	Stratum                  authenticator(type, issuer, username, secret, algorithm, digits, period, counter)
//
// Google's and Microsoft's keep neither algorithm, digits nor period. Microsoft's
// own accounts, and those of work or school, are push keys.

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/authctl/authctl/otp"
)

// databaseReader is the reader of a format that is a database in which a table has
// these columns.
func databaseReader(format Format, table string, columns []string, take func(f *File, index int, row map[string]string)) reader {
	open := func(in *input) (*sqlite, sqliteTable, bool) {
		if !in.hasPrefix(sqliteMagic) {
			return nil, sqliteTable{}, false
		}
		db, err := openSQLite(in.data)
		if err != nil {
			return nil, sqliteTable{}, false
		}
		tables, _ := db.tables()
		t, ok := tables[table]
		for _, c := range columns {
			ok = ok && slices.Contains(t.columns, c)
		}
		return db, t, ok
	}
	return reader{format, func(in *input) bool { _, _, ok := open(in); return ok },
		func(_ context.Context, in *input, f *File) error {
			db, t, _ := open(in)
			const writeAheadLog = 2
			if in.data[18] == writeAheadLog {
				f.warn(Lossy, "the database keeps its latest changes in a second file (-wal), which is not read")
			}
			if format != StratumDatabase {
				f.warn(Lossy, "the app keeps neither algorithm, digits nor period: keys that are not SHA1, 6 digits and 30 s make other codes")
			}
			index := 0
			return db.rows(t, func(row map[string]string) error {
				index++
				take(f, index, row)
				return in.room(f, 0)
			})
		}}
}

func takeGoogleRow(f *File, index int, row map[string]string) {
	p := params{secret: row["secret"], counter: row["counter"]}
	p.issuer, p.account = splitLabel(row["issuer"], row["email"])
	switch {
	case row["isencrypted"] == "1":
		f.skip(index, p.name(), fmt.Errorf("its secret is encrypted by the phone: %w: use the app's own export", otp.ErrUnsupported))
		return
	case row["type"] == "1":
		p.typ = "hotp"
	}
	f.take(index, p, Entry{})
}

func takeMicrosoftRow(f *File, index int, row map[string]string) {
	p := params{issuer: row["name"], account: row["username"], secret: row["oath_secret_key"]}
	if row["account_type"] != "0" || p.secret == "" {
		f.skip(index, p.name(), fmt.Errorf("a Microsoft push account, or one whose secret the phone has encrypted: %w: enrol again with the service", otp.ErrUnsupported))
		return
	}
	f.take(index, p, Entry{})
}

func takeStratumRow(f *File, index int, row map[string]string) {
	number := func(column string) int {
		n, err := strconv.Atoi(row[column])
		if err != nil {
			return -1
		}
		return n
	}
	f.take(index, params{
		typ: stratumTypes[number("type")], issuer: row["issuer"], account: row["username"], secret: row["secret"],
		algorithm: stratumAlgorithms[number("algorithm")], digits: row["digits"], period: row["period"], counter: row["counter"],
	}, Entry{})
}
