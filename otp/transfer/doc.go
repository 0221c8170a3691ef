// Package transfer reads and writes the files of authenticator apps.
package transfer
