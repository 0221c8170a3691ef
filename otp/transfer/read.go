package transfer

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Errors that callers branch on. A kind of file that is known but that nobody can
// import, or this package does not, gives otp.ErrUnsupported and says what to do.
var (
	ErrUnknownFormat  = errors.New("not a file of an app that is known here")
	ErrPasswordNeeded = errors.New("the file is encrypted and no password was given")
	ErrWrongPassword  = errors.New("wrong password")
	ErrDamaged        = errors.New("the file is damaged")
	ErrTooLarge       = errors.New("larger than the limit")
	ErrTooCostly      = errors.New("too costly to open")
)

// errPasswordOrDamage is for formats that cannot tell one from the other: their
// authentication tag fails in the same way.
var errPasswordOrDamage = fmt.Errorf("%w, or the file is damaged (this format cannot tell)", ErrWrongPassword)

// ReadOptions are the choices of [Read]. The zero value reads every file that is
// not encrypted.
type ReadOptions struct {
	// Password is asked for the password of an encrypted file: at most once, and
	// only when it is needed. Its error is returned as it is. If it is nil,
	// encrypted files give ErrPasswordNeeded.
	Password func(context.Context, Format) (string, error)

	// Progress, if not nil, is told what is about to be done before each step that
	// can take longer than a second, such as "deriving the key (Argon2id, 1024 MiB)".
	Progress func(step string)

	// ScanBudget is how long to look for QR codes in a picture; 0: what package qr
	// takes.
	ScanBudget time.Duration

	MaxSize    int64 // bytes of a file, or of what is packed in it; 0: 32 MiB
	MaxEntries int   // 0: 20,000
	MaxMemory  int64 // bytes that scrypt or Argon2 may ask for, and fill 16 times (Argon2d 3 times); 0: 1 GiB
	MaxRounds  int   // rounds that PBKDF2 may ask for, and KeePass's AES ten times; 0: 10,000,000
}

func (o *ReadOptions) setDefaults() {
	if o.MaxSize == 0 {
		o.MaxSize = 32 << 20
	}
	if o.MaxEntries == 0 {
		o.MaxEntries = 20_000
	}
	if o.MaxMemory == 0 {
		o.MaxMemory = 1 << 30
	}
	if o.MaxRounds == 0 {
		o.MaxRounds = 10_000_000
	}
}

// Read reads a file of any known format. The format is told from the content
// alone. Entries that cannot be read do not fail the file: they are in
// [File].Skipped.
//
// A picture without a QR code gives qr.ErrNoCode; one whose codes hold no key has
// them in [File].Symbols and no entries.
//
// With an error, File still says the format and whether the file is encrypted, as
// far as that was found out, and holds no entries.
func Read(ctx context.Context, data []byte, o ReadOptions) (File, error) {
	o.setDefaults()
	if o.Password != nil {
		o.Password = once(o.Password)
	}
	in, err := sniff(data, o)
	if err != nil {
		return File{}, fmt.Errorf("read file: %w", err)
	}
	return in.read(ctx)
}

// read hands the input to the reader that knows it.
func (in *input) read(ctx context.Context) (File, error) {
	r := in.reader()
	if r == nil && in.broken != nil {
		return File{}, fmt.Errorf("read file: %w: it begins like JSON, but %w", ErrUnknownFormat, in.broken)
	}
	if r == nil {
		return File{}, fmt.Errorf("read file: %w%s", ErrUnknownFormat, in.resembles())
	}
	f := File{Format: r.format}
	err := in.broken
	if err == nil {
		err = r.read(ctx, in, &f)
	}
	if err == nil {
		err = in.room(&f, 0)
	}
	if err != nil {
		return File{Format: f.Format, Version: f.Version, Encrypted: f.Encrypted}, fmt.Errorf("read %s file: %w", f.Format, err)
	}
	return f, nil
}

// reader is the first reader that knows the input, or nil.
func (in *input) reader() *reader {
	for _, r := range readers() {
		if r.knows(in) {
			return &r
		}
	}
	return nil
}

// password asks for the password of f.
func (in *input) password(ctx context.Context, f *File) (string, error) {
	f.Encrypted = true
	if in.options.Password == nil {
		return "", ErrPasswordNeeded
	}
	return in.options.Password(ctx, f.Format)
}

// once makes ask remember its answer.
func once(ask func(context.Context, Format) (string, error)) func(context.Context, Format) (string, error) {
	var asked bool
	var password string
	var err error
	return func(ctx context.Context, f Format) (string, error) {
		if !asked {
			asked = true
			password, err = ask(ctx, f)
		}
		return password, err
	}
}

// room is an error when f cannot take n more entries.
func (in *input) room(f *File, n int) error {
	if len(f.Entries)+len(f.Skipped)+n > in.options.MaxEntries {
		return fmt.Errorf("%w: it has more than %d entries", ErrTooLarge, in.options.MaxEntries)
	}
	return nil
}
