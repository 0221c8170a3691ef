package transfer

// Google Authenticator's export ("Transfer accounts"): QR codes of
//
//	otpauth-migration://offline?data=<base64 of a MigrationPayload, percent-encoded>
//
//	MigrationPayload { repeated OtpParameters 1; version 2; batch_size 3; batch_index 4; batch_id 5 }
//	OtpParameters    { bytes secret 1; string name 2; string issuer 3; enum algorithm 4;
//	                   enum digits 5; enum type 6; int64 counter 7; string unique_id 8 }
//
// At most ten accounts go into a part. There is no period: it is always 30. The
// counter is the next one to use. Older versions of the app give the parts of an
// export a random batch_id; newer ones leave it out.

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// migration collects the parts of Google exports.
type migration struct {
	payloads []payload
	seen     map[string]bool // the data of payloads
	repeats  int
}

// payload is one part.
type payload struct {
	Part
	version  int32
	accounts [][]byte // OtpParameters, not yet decoded
}

func readMigration(_ context.Context, in *input, f *File) error {
	var m migration
	for l := range uriLines(in.data) {
		if err := in.room(f, 1); err != nil {
			return err
		}
		if _, err := m.add(l.uri); err != nil {
			f.skip(l.line, "", fmt.Errorf("part on line %d: %w", l.line, err))
		}
	}
	slices.SortStableFunc(m.payloads, func(a, b payload) int { // scanned in any order
		if a.Batch != b.Batch {
			return 0
		}
		return a.Index - b.Index
	})
	for _, p := range m.payloads {
		f.Version = strconv.Itoa(int(p.version))
		if err := p.take(in, f, 0); err != nil {
			return err
		}
	}
	m.report(f)
	return nil
}

// add decodes the part in a migration URI. A part that is there already is noted
// and gives an empty payload.
func (m *migration) add(uri string) (payload, error) {
	data, err := migrationData(uri)
	if err != nil {
		return payload{}, err
	}
	p, err := parsePayload(data)
	if err != nil {
		return payload{}, err
	}
	if m.seen[string(data)] {
		m.repeats++
		return payload{}, nil
	}
	if m.seen == nil {
		m.seen = map[string]bool{}
	}
	m.seen[string(data)] = true
	m.payloads = append(m.payloads, p)
	return p, nil
}

// migrationData is the payload in a migration URI. Scanners and mail programs
// deliver its base64 with spaces for +, in the URL alphabet and without padding.
func migrationData(uri string) ([]byte, error) {
	_, query, _ := strings.Cut(uri, "?")
	for param := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(param, "=")
		if !strings.EqualFold(name, "data") {
			continue
		}
		value = strings.NewReplacer("%2B", "+", "%2b", "+", "%2F", "/", "%2f", "/", "%3D", "", "%3d", "", "%20", "+",
			"=", "", " ", "+", "-", "+", "_", "/", "\t", "", "\r", "", "\n", "").Replace(value)
		data, err := base64.RawStdEncoding.DecodeString(value)
		if err != nil || len(data) == 0 {
			return nil, fmt.Errorf("its data is not base64")
		}
		return data, nil
	}
	return nil, fmt.Errorf("it has no data")
}

func parsePayload(data []byte) (payload, error) {
	var p payload
	for field, err := range protoFields(data) {
		if err != nil {
			return payload{}, err
		}
		switch field.number {
		case 1:
			p.accounts = append(p.accounts, field.bytes)
		case 2:
			p.version = int32(field.varint)
		case 3:
			p.Size = int(int32(field.varint))
		case 4:
			p.Index = int(int32(field.varint))
		case 5:
			p.Batch = int32(field.varint) // negative ones are written in ten bytes
		}
	}
	if len(p.accounts) == 0 && p.version == 0 && p.Size == 0 {
		return payload{}, errProto
	}
	p.Size = max(p.Size, 1)
	return p, nil
}

// take adds the accounts of a part. They are counted through the file, or have
// the index of the line that holds the part.
func (p payload) take(in *input, f *File, index int) error {
	for _, account := range p.accounts {
		if err := in.room(f, 1); err != nil {
			return err
		}
		i := index
		if i == 0 {
			i = len(f.Entries) + len(f.Skipped) + 1
		}
		if params, err := migrationParams(account); err != nil {
			f.skip(i, params.name(), err)
		} else {
			f.take(i, params, Entry{})
		}
	}
	return nil
}

var (
	migrationAlgorithms = []string{"", "SHA1", "SHA256", "SHA512", "MD5"}
	migrationDigits     = []string{"", "6", "8"}
	migrationTypes      = []string{"", "hotp", "totp"}
)

func migrationParams(b []byte) (p params, err error) {
	p = params{raw: []byte{}, counter: "0"}
	var algorithm, digits, typ uint64
	for field, err := range protoFields(b) {
		if err != nil {
			return p, err
		}
		switch field.number {
		case 1:
			p.raw = field.bytes
		case 2:
			p.account = string(field.bytes)
		case 3:
			p.issuer = string(field.bytes)
		case 4:
			algorithm = field.varint
		case 5:
			digits = field.varint
		case 6:
			typ = field.varint
		case 7:
			p.counter = strconv.FormatInt(int64(field.varint), 10)
		}
	}
	p.issuer, p.account = splitLabel(p.issuer, p.account)
	for _, enum := range []struct {
		name  string
		value uint64
		names []string
		set   *string
	}{
		{"algorithm", algorithm, migrationAlgorithms, &p.algorithm},
		{"digits", digits, migrationDigits, &p.digits},
		{"type", typ, migrationTypes, &p.typ},
	} {
		if enum.value >= uint64(len(enum.names)) {
			return p, fmt.Errorf("%s number %d is not known", enum.name, enum.value)
		}
		*enum.set = enum.names[enum.value]
	}
	return p, nil
}

// splitLabel takes the issuer out of a name that begins with it. Without an issuer
// the name is cut at its first colon, as in an otpauth label, unless a space
// follows: then it is more likely a sentence. A colon in front says that there is
// no issuer.
func splitLabel(issuer, name string) (string, string) {
	if issuer != "" {
		if rest, ok := strings.CutPrefix(name, issuer+":"); ok {
			return issuer, rest
		}
		return issuer, name
	}
	before, after, ok := strings.Cut(name, ":")
	if ok && after != "" && after[0] != ' ' || ok && before == "" {
		return before, after
	}
	return "", name
}

// report adds to f which parts were read.
func (m *migration) report(f *File) {
	for _, p := range m.payloads {
		f.Parts = append(f.Parts, p.Part)
	}
	if m.repeats > 0 {
		f.warn(PartRepeated, "%d parts of the export stand twice and were read once", m.repeats)
	}
	for _, m := range missingParts(f.Parts) {
		f.Warnings = append(f.Warnings, m.warning)
	}
}
