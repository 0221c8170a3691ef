package transfer

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/authctl/authctl/otp"
)

// Google Authenticator puts no more than ten accounts into a part. Long names make
// a part smaller, since a QR code of more than some 1,500 bytes is hard to scan.
const (
	migrationAccounts = 10
	migrationBytes    = 1000
	migrationMaxBytes = 1500 // of one account, that it fits into a code at all
)

// googleHolds reports what Google Authenticator would make wrong codes for.
func googleHolds(k otp.Key) *problem {
	switch {
	case k.Type == otp.Steam:
		return &problem{"type", "Google Authenticator makes no Steam codes"}
	case k.Digits != 6 && k.Digits != 8:
		return &problem{"digits", fmt.Sprintf("Google Authenticator makes codes of 6 or 8 digits, not of %d", k.Digits)}
	case k.Type == otp.TOTP && k.Period != 30:
		return &problem{"period", fmt.Sprintf("Google Authenticator knows only 30 seconds, not %d", k.Period)}
	case k.T0 != 0:
		return &problem{"t0", "Google Authenticator begins to count at 1970"}
	case len(appendMigrationAccount(nil, k)) > migrationMaxBytes:
		return &problem{"name", "secret and name are too long for a QR code"}
	}
	return nil
}

// writeMigration writes the parts of an export, one URI a line.
func writeMigration(o *Output, entries []Entry, opt WriteOptions) error {
	var id [4]byte
	if _, err := io.ReadFull(opt.Rand, id[:]); err != nil {
		return fmt.Errorf("read random bytes: %w", err)
	}
	batch := binary.BigEndian.Uint32(id[:])>>2 + 1 // not 0, and not negative
	parts := migrationParts(entries)
	for i, accounts := range parts {
		var b []byte
		for _, account := range accounts {
			b = appendProtoBytes(b, 1, account)
		}
		b = appendProtoVarint(b, 2, 1) // version
		b = appendProtoVarint(b, 3, uint64(len(parts)))
		b = appendProtoVarint(b, 4, uint64(i))
		b = appendProtoVarint(b, 5, uint64(batch))
		o.Parts = append(o.Parts, "otpauth-migration://offline?data="+escape(base64.StdEncoding.EncodeToString(b)))
	}
	o.Data = []byte(strings.Join(append(o.Parts, ""), "\n"))
	return nil
}

// migrationParts encodes the keys and divides them into parts.
func migrationParts(entries []Entry) [][][]byte {
	var parts [][][]byte
	size := 0
	for _, e := range entries {
		account := appendMigrationAccount(nil, e.Key)
		if n := len(parts); n == 0 || len(parts[n-1]) == migrationAccounts || size+len(account) > migrationBytes {
			parts, size = append(parts, nil), 0
		}
		last := &parts[len(parts)-1]
		*last = append(*last, account)
		size += len(account)
	}
	return parts
}

func appendMigrationAccount(b []byte, k otp.Key) []byte {
	b = appendProtoBytes(b, 1, k.Secret.Bytes())
	name := k.Account
	if k.Issuer == "" && strings.Contains(name, ":") || strings.HasPrefix(name, k.Issuer+":") {
		name = k.Issuer + ":" + name // else it would be cut at its own colon
	}
	b = appendProtoBytes(b, 2, []byte(name))
	if k.Issuer != "" {
		b = appendProtoBytes(b, 3, []byte(k.Issuer))
	}
	enum := func(number int, names []string, value string) {
		b = appendProtoVarint(b, number, uint64(slices.Index(names, value)))
	}
	enum(4, migrationAlgorithms, k.Algorithm.String())
	enum(5, migrationDigits, fmt.Sprint(k.Digits))
	enum(6, migrationTypes, k.Type.String())
	if k.Type == otp.HOTP {
		b = appendProtoVarint(b, 7, uint64(k.Counter))
	}
	return b
}
