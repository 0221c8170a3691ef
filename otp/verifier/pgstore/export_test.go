package pgstore

import "io/fs"

// UseMigrations puts others in the place of the embedded files, until undo.
func UseMigrations(files fs.FS) (undo func()) {
	before := migrations
	migrations = files
	return func() { migrations = before }
}
