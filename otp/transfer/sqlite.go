package transfer

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/authctl/authctl/otp"
)

const (
	sqliteMagic      = "SQLite format 3\x00"
	sqliteHeader     = 100
	sqliteMaxDepth   = 20
	sqliteInterior   = 0x05
	sqliteLeaf       = 0x0d
	sqliteMaxColumns = 200
)

// sqlite reads the tables of a database file (sqlite.org/fileformat2.html), as
// much as apps' small databases need: rowid tables in UTF-8, without indexes.
type sqlite struct {
	data     []byte
	pageSize int
	usable   int
	left     int // pages that may still be visited: a hostile tree has loops
}

type sqliteTable struct {
	root    int
	columns []string
}

func openSQLite(data []byte) (*sqlite, error) {
	if len(data) < sqliteHeader {
		return nil, fmt.Errorf("%w: the database breaks off", ErrDamaged)
	}
	size := int(binary.BigEndian.Uint16(data[16:]))
	if size == 1 {
		size = 65536
	}
	db := &sqlite{data: data, pageSize: size, usable: size - int(data[20])}
	if size < 512 || db.usable < 480 || len(data) < size {
		return nil, fmt.Errorf("%w: the database has pages of %d bytes", ErrDamaged, size)
	}
	if encoding := binary.BigEndian.Uint32(data[56:]); encoding > 1 {
		return nil, fmt.Errorf("a database in UTF-16: %w", otp.ErrUnsupported)
	}
	db.left = 4 * (len(data)/size + 1)
	return db, nil
}

// tables reads the schema.
func (db *sqlite) tables() (map[string]sqliteTable, error) {
	tables := map[string]sqliteTable{}
	err := db.rows(sqliteTable{1, []string{"type", "name", "tbl_name", "rootpage", "sql"}}, func(row map[string]string) error {
		if root, err := strconv.Atoi(row["rootpage"]); err == nil && row["type"] == "table" {
			tables[row["name"]] = sqliteTable{root, sqliteColumns(row["sql"])}
		}
		return nil
	})
	return tables, err
}

// sqliteColumns are the names of the columns in a CREATE TABLE statement.
func sqliteColumns(sql string) []string {
	_, list, _ := strings.Cut(sql, "(")
	var columns []string
	depth, start := 0, 0
	for i := range len(list) {
		switch c := list[i]; {
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case depth == 0 && (c == ',' || c == ')'):
			name, _, _ := strings.Cut(strings.TrimSpace(list[start:i]), " ")
			columns = append(columns, strings.ToLower(strings.Trim(name, "\"`[]'")))
			start = i + 1
		}
		if len(columns) == sqliteMaxColumns {
			break
		}
	}
	return columns
}

// rows calls row for each row of a table, with its values as text; NULL is "".
func (db *sqlite) rows(t sqliteTable, row func(map[string]string) error) error {
	return db.walk(t.root, 0, func(payload []byte) error {
		values := map[string]string{}
		for i, v := range sqliteRecord(payload) {
			if i < len(t.columns) {
				values[t.columns[i]] = v
			}
		}
		return row(values)
	})
}

// walk visits the cells of the b-tree below a page in order.
func (db *sqlite) walk(page, depth int, cell func(payload []byte) error) error {
	b, err := db.page(page)
	if err != nil {
		return err
	}
	if depth > sqliteMaxDepth {
		return errSQLite
	}
	start := 0
	if page == 1 {
		start = sqliteHeader
	}
	kind, count := b[start], int(binary.BigEndian.Uint16(b[start+3:]))
	pointers := start + 8
	if kind == sqliteInterior {
		pointers = start + 12
	}
	if pointers+2*count > len(b) || kind != sqliteInterior && kind != sqliteLeaf {
		return errSQLite
	}
	for i := range count {
		at := int(binary.BigEndian.Uint16(b[pointers+2*i:]))
		if at+4 > len(b) {
			return errSQLite
		}
		if kind == sqliteInterior {
			err = db.walk(int(binary.BigEndian.Uint32(b[at:])), depth+1, cell)
		} else {
			err = db.leafCell(b[at:], cell)
		}
		if err != nil {
			return err
		}
	}
	if kind == sqliteInterior {
		return db.walk(int(binary.BigEndian.Uint32(b[start+8:])), depth+1, cell)
	}
	return nil
}

var errSQLite = fmt.Errorf("%w: the database's pages do not fit together", ErrDamaged)

func (db *sqlite) page(n int) ([]byte, error) {
	db.left--
	if n < 1 || n > len(db.data)/db.pageSize || db.left < 0 {
		return nil, errSQLite
	}
	return db.data[(n-1)*db.pageSize : n*db.pageSize], nil
}

// leafCell reads the payload of a cell, which may go on on overflow pages.
func (db *sqlite) leafCell(b []byte, cell func(payload []byte) error) error {
	size, n := sqliteVarint(b)
	_, m := sqliteVarint(b[min(n, len(b)):]) // rowid
	b = b[min(n+m, len(b)):]
	if n == 0 || m == 0 || size > uint64(len(db.data)) {
		return errSQLite
	}
	total, most := int(size), db.usable-35
	if total <= most {
		if total > len(b) {
			return errSQLite
		}
		return cell(b[:total])
	}
	least := (db.usable-12)*32/255 - 23
	local := least + (total-least)%(db.usable-4)
	if local > most {
		local = least
	}
	if local+4 > len(b) {
		return errSQLite
	}
	payload, next := append([]byte{}, b[:local]...), int(binary.BigEndian.Uint32(b[local:]))
	for len(payload) < total {
		page, err := db.page(next)
		if err != nil {
			return err
		}
		next = int(binary.BigEndian.Uint32(page))
		payload = append(payload, page[4:min(db.usable, 4+total-len(payload))]...)
	}
	return cell(payload)
}

// sqliteRecord decodes the values of a record: integers, reals, text and blobs. It
// stops where the record is malformed.
func sqliteRecord(b []byte) []string {
	header, n := sqliteVarint(b)
	if n == 0 || header > uint64(len(b)) || header < uint64(n) {
		return nil
	}
	types, body := b[n:header], b[header:]
	var values []string
	for len(types) > 0 && len(values) < sqliteMaxColumns {
		t, n := sqliteVarint(types)
		size := sqliteSize(t)
		if n == 0 || size > uint64(len(body)) {
			break
		}
		values = append(values, sqliteValue(t, body[:size]))
		types, body = types[n:], body[size:]
	}
	return values
}

func sqliteSize(t uint64) uint64 {
	switch {
	case t >= 12:
		return (t - 12) / 2
	case t > 7:
		return 0
	}
	return []uint64{0, 1, 2, 3, 4, 6, 8, 8}[t]
}

func sqliteValue(t uint64, b []byte) string {
	switch {
	case t == 0 || t == 10 || t == 11:
		return ""
	case t == 8 || t == 9:
		return strconv.FormatUint(t-8, 10)
	case t >= 12:
		return string(b)
	}
	var v int64
	if b[0] >= 0x80 {
		v = -1
	}
	for _, c := range b {
		v = v<<8 | int64(c)
	}
	if t == 7 {
		return strconv.FormatFloat(math.Float64frombits(uint64(v)), 'g', -1, 64)
	}
	return strconv.FormatInt(v, 10)
}

// sqliteVarint reads up to nine bytes, the most significant first; n is 0 if b
// breaks off.
func sqliteVarint(b []byte) (v uint64, n int) {
	for i, c := range b {
		if i == 8 {
			return v<<8 | uint64(c), 9
		}
		v = v<<7 | uint64(c&0x7f)
		if c < 0x80 {
			return v, i + 1
		}
	}
	return 0, 0
}
