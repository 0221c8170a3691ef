package transfer

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/authctl/authctl/otp"
)

// WriteOptions are the choices of [Write].
type WriteOptions struct {
	Password string           // encrypts the file; empty: the secrets are readable in it
	Now      func() time.Time // the time of the export, where the format has one; nil: time.Now
	Rand     io.Reader        // nil: crypto/rand
}

// Output is a file that was written.
type Output struct {
	Data   []byte
	Parts  []string // GoogleMigration: the URIs, each for a QR code of its own, to be scanned in this order
	Losses []Loss
}

// Loss is something of an entry that the target format cannot hold.
type Loss struct {
	Index   int    // of the entry in the argument of Write, from 0
	Name    string // issuer:account
	Field   string // note, tags, favorite, trashed, period, digits, algorithm, type, counter, t0, name, secret
	Message string
	LeftOut bool // the whole entry is not in the file: without this field its codes would be wrong
}

// ErrNotWritable says that a format is read only.
var ErrNotWritable = errors.New("this format is not written")

// writer knows how to write one format.
type writer struct {
	format Format
	holds  holds
	write  func(o *Output, entries []Entry, opt WriteOptions) error
}

// holds says what a format has room for beside the key.
type holds struct {
	note, favorite, trashed bool
	tags                    int                      // how many of an entry
	encrypted               bool                     // can be written with a password
	oneOfSecret             bool                     // the app keeps one account of each secret
	key                     func(k otp.Key) *problem // nil if the key is held as it is
}

// problem is why a key cannot be written.
type problem struct{ field, message string }

var writers = []writer{
	{OTPAuth, holds{key: func(otp.Key) *problem { return nil }}, writeURIList},
	{GoogleMigration, holds{key: googleHolds}, writeMigration},
	{Aegis, holds{note: true, favorite: true, tags: manyTags, encrypted: true, key: noT0}, writeAegis},
	{TwoFAS, holds{tags: 1, oneOfSecret: true, key: twofasHolds}, writeTwofas},
	{Bitwarden, holds{note: true, favorite: true, tags: 1, key: bitwardenHolds}, writeBitwarden},
	{Ente, holds{note: true, favorite: true, trashed: true, tags: manyTags, key: noT0}, writeEnte},
}

// Writable lists the formats of [Write].
func Writable() []Format {
	var formats []Format
	for _, w := range writers {
		formats = append(formats, w.format)
	}
	return formats
}

// Write makes a file of a format from entries. What the format cannot hold is in
// [Output].Losses: an entry whose codes would be wrong is left out of the file,
// one that only loses its note or the like is written. Formats other than those of
// [Writable] give [ErrNotWritable]; a password for a format without encryption
// gives [otp.ErrUnsupported].
func Write(format Format, entries []Entry, opt WriteOptions) (Output, error) {
	i := slices.IndexFunc(writers, func(w writer) bool { return w.format == format })
	if i < 0 {
		return Output{}, fmt.Errorf("write %s file: %w", format, ErrNotWritable)
	}
	w := writers[i]
	if opt.Password != "" && !w.holds.encrypted {
		return Output{}, fmt.Errorf("write %s file: a password: %w by this format", format, otp.ErrUnsupported)
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Rand == nil {
		opt.Rand = rand.Reader
	}
	var o Output
	var fit []Entry
	seen := map[string]bool{} // secrets
	for i, e := range entries {
		if err := e.Key.Validate(); err != nil {
			return Output{}, fmt.Errorf("write %s file: entry %d: %w", format, i+1, err)
		}
		if !o.check(w.holds, i, e) {
			continue
		}
		fit = append(fit, e)
		secret := e.Key.Secret.Base32()
		if w.holds.oneOfSecret && seen[secret] {
			o.Losses = append(o.Losses, Loss{i, e.Key.Name(), "secret", "the app keeps one account of each secret, and another in the file has this one", false})
		}
		seen[secret] = true
	}
	if err := w.write(&o, fit, opt); err != nil {
		return Output{}, fmt.Errorf("write %s file: %w", format, err)
	}
	return o, nil
}

// check notes what is lost of an entry and reports whether it can be written.
func (o *Output) check(h holds, index int, e Entry) bool {
	if p := h.key(e.Key); p != nil {
		o.Losses = append(o.Losses, Loss{index, e.Key.Name(), p.field, p.message, true})
		return false
	}
	for _, part := range []struct {
		field   string
		lost    bool
		message string
	}{
		{"note", e.Note != "" && !h.note, "the format has no notes"},
		{"tags", len(e.Tags) > h.tags, fmt.Sprintf("the format has room for %d tags of an entry, not %d", h.tags, len(e.Tags))},
		{"favorite", e.Favorite && !h.favorite, "the format has no favourites"},
		{"trashed", e.Trashed && !h.trashed, "the format has no bin: the entry comes back as a usual one"},
	} {
		if part.lost {
			o.Losses = append(o.Losses, Loss{index, e.Key.Name(), part.field, part.message, false})
		}
	}
	return true
}

// writeURIList writes each key as the URI that every app reads the same way.
func writeURIList(o *Output, entries []Entry, _ WriteOptions) error {
	for _, e := range entries {
		o.Data = append(append(o.Data, e.Key.URI()...), '\n')
	}
	return nil
}

// manyTags is for formats without a limit.
const manyTags = 1 << 30

// noT0 is for formats that hold every key of the otpauth format.
func noT0(k otp.Key) *problem {
	if k.T0 != 0 {
		return &problem{"t0", "the format counts steps from 1970 only"}
	}
	return nil
}
