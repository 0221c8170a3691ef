//go:build !race

package qr_test

const race = false
