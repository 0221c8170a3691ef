// Package liboath measures the C library liboath beside package otp, in one run:
//
//	go test -tags liboath -bench . ./otp/internal/liboath
//
// It needs cgo and liboath's headers (Debian: liboath-dev) and has nothing to
// import.
package liboath
