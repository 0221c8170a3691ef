//go:build race

package qr_test

// race says that the race detector is on, under which scanning takes ten times as long.
const race = true
