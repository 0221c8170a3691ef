package transfer

// Zip archives: 1Password (export.data), Proton Pass (data.json), Raivo, WinAuth,
// Authenticator Plus, or any other that holds files of formats that are known.
// The members may be encrypted, see zipcrypt.go.

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/authctl/authctl/otp"
)

const maxArchiveFiles = 100

func isArchive(in *input) bool { return in.hasPrefix("PK\x03\x04") && in.depth == 0 }

func readArchive(ctx context.Context, in *input, f *File) error {
	z, err := zip.NewReader(bytes.NewReader(in.data), int64(len(in.data)))
	if err != nil {
		return fmt.Errorf("%w: the zip archive cannot be read", ErrDamaged)
	}
	files := archiveFiles(z)
	if len(files) > maxArchiveFiles {
		return fmt.Errorf("%w: a zip archive of %d files", ErrTooLarge, len(files))
	}
	left := in.options.MaxSize // for all members together
	found, other := 0, 0
	var refused error
	for _, file := range files {
		if found > 0 && isPage(file) {
			continue
		}
		data, err := in.unpack(ctx, f, file, left)
		if err != nil {
			return err
		}
		left -= int64(len(data))
		known, err := in.readMember(ctx, f, data)
		switch {
		case errors.Is(err, otp.ErrUnsupported):
			refused, other = err, other+1
		case err != nil:
			return err
		case known:
			found++
		default:
			other++
		}
	}
	if found == 0 && refused != nil {
		return refused
	}
	if found == 0 {
		return fmt.Errorf("%w: a zip archive in which no file is of an app that is known", ErrUnknownFormat)
	}
	if other > 0 {
		f.warn(FilesIgnored, "%d files of the archive cannot be read: they are of no format that is known", other)
	}
	return nil
}

// isPage reports whether a member is a web page, which repeats what stands beside it.
func isPage(file *zip.File) bool { return strings.HasSuffix(file.Name, ".html") }

// archiveFiles are the members to be read, web pages last. Where one is the export,
// the others are attachments.
func archiveFiles(z *zip.Reader) []*zip.File {
	var files []*zip.File
	for _, file := range z.File {
		name := path.Base(file.Name)
		switch {
		case strings.HasSuffix(file.Name, "/") || strings.HasPrefix(file.Name, "__MACOSX/") || name == ".DS_Store",
			strings.HasPrefix(file.Name, "attachments/"): // of Bitwarden
			continue
		case name == "export.data", strings.HasSuffix(file.Name, "Proton Pass/data.json"): // 1Password, Proton Pass
			return []*zip.File{file}
		}
		files = append(files, file)
	}
	place := func(file *zip.File) string {
		if isPage(file) {
			return "\xff" + file.Name
		}
		return file.Name
	}
	slices.SortStableFunc(files, func(a, b *zip.File) int { return strings.Compare(place(a), place(b)) })
	return files
}

// readMember adds to f what the member of an archive holds. The file is then said
// to be of the member's format.
func (in *input) readMember(ctx context.Context, f *File, data []byte) (known bool, err error) {
	member, err := sniff(data, in.options)
	if err != nil {
		return false, err
	}
	member.depth = in.depth + 1
	if member.reader() == nil {
		return false, nil
	}
	inner, err := member.read(ctx)
	if err != nil {
		return true, err
	}
	f.Format, f.Version, f.Encrypted = inner.Format, inner.Version, f.Encrypted || inner.Encrypted
	f.Entries = append(f.Entries, inner.Entries...)
	f.Skipped = append(f.Skipped, inner.Skipped...)
	f.Warnings = append(f.Warnings, inner.Warnings...)
	f.Parts = append(f.Parts, inner.Parts...)
	f.Symbols = append(f.Symbols, inner.Symbols...)
	return true, in.room(f, 0)
}

// unpack reads a member, no more than limit bytes of it.
func (in *input) unpack(ctx context.Context, f *File, file *zip.File, limit int64) ([]byte, error) {
	const encrypted = 1
	if file.Flags&encrypted != 0 {
		password, err := in.password(ctx, f)
		if err != nil {
			return nil, err
		}
		return unpackEncrypted(file, password, limit)
	}
	r, err := file.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: a file of the zip archive cannot be read", ErrDamaged)
	}
	defer r.Close()
	return readLimited(r, limit)
}

func readLimited(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%w: the zip archive unpacks to more than %d bytes", ErrTooLarge, limit)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: a file of the zip archive does not unpack", ErrDamaged)
	}
	return data, nil
}
