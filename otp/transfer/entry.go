package transfer

import "github.com/authctl/authctl/otp"

// Entry is one account of a file: its key and what the app kept with it.
type Entry struct {
	Key      otp.Key
	Written  otp.Secret // the text that the file writes for the secret, where it is not canonical base32: see otp.WrittenSecret
	Note     string
	Tags     []string // groups, categories, folders
	Favorite bool     // pinned
	Trashed  bool     // in the app's bin
	Source   Source
	Warnings []otp.Warning // of this entry; those of the whole file are in the report of reading it
}

// Source says where an Entry came from.
type Source struct {
	Format Format
	Index  int // position in the file: line, or number of the entry, from 1
}

// Format is the stable name of a file format, such as "aegis" or "google-migration".
type Format string
