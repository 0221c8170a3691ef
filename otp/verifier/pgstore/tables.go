package pgstore

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
)

// DefaultPrefix begins the names of the tables.
const DefaultPrefix = "authctl_"

// tables says where the tables are.
type tables struct{ schema, prefix string }

// PostgreSQL cuts names at 63 bytes in silence; two stores must not meet there.
const maxName = 63

var prefixForm = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,39}$`)

func tablesOf(o Options) (tables, error) {
	if o.Prefix == "" {
		o.Prefix = DefaultPrefix
	}
	if !prefixForm.MatchString(o.Prefix) {
		return tables{}, fmt.Errorf("prefix %q is not 1 to 40 lower-case letters, digits and _, of which the first is no digit", o.Prefix)
	}
	if len(o.Schema) > maxName || strings.Contains(o.Schema, "\x00") {
		return tables{}, fmt.Errorf("schema %q is no name of up to %d bytes", o.Schema, maxName)
	}
	return tables{o.Schema, o.Prefix}, nil
}

// name is the quoted name of a table.
func (t tables) name(table string) string {
	if t.schema == "" {
		return pgx.Identifier{t.prefix + table}.Sanitize()
	}
	return pgx.Identifier{t.schema, t.prefix + table}.Sanitize()
}

// fill puts the names of the tables into SQL.
func (t tables) fill(sql string) string {
	return strings.NewReplacer("{{accounts}}", t.name("accounts"), "{{schema}}", t.name("schema")).Replace(sql)
}
