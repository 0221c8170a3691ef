//go:build !unix

package boltstore

import "os"

var openFile = os.OpenFile

// syncFolder does nothing: folders cannot be synced here, and the file system
// keeps its names by itself.
func syncFolder(string) error { return nil }
