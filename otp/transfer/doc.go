// Package transfer reads and writes the files of authenticator apps.
//
// [Read] takes the content of any file, finds out by the content which app wrote
// it, and returns every account of it: those that can be used as an [Entry] with
// an [otp.Key], the others as [Skipped] with the reason. Nothing is dropped in
// silence, and nothing is merged: two entries that look the same stay two. [Join]
// settles which parts of a Google Authenticator export are missing when it comes
// as several files.
//
// [Write] makes a file that another app imports, and says what of each entry that
// app's format cannot hold. [Writable] lists the formats.
//
// Icons, and the passwords and other secrets in the files of password managers,
// are never kept. Errors and warnings name a line, an entry's number or an
// account; they never hold a secret or quote a file.
//
// Files may be hostile. Reading is bounded in memory and in the cost of key
// derivation; see [ReadOptions]. What is past a bound is an error that says by how
// much, [ErrTooLarge] or [ErrTooCostly].
//
// doc/formats.md lists the formats, their versions, and what each one loses.
package transfer
