package transfer_test

import (
	"testing"

	"github.com/authctl/authctl/otp/transfer"
)

// BenchmarkRead reads 1,000 accounts of each format that can be written.
func BenchmarkRead(b *testing.B) {
	for _, format := range transfer.Writable() {
		out, err := transfer.Write(format, entries(1000), transfer.WriteOptions{})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(string(format), func(b *testing.B) {
			b.SetBytes(int64(len(out.Data)))
			for b.Loop() {
				f, err := transfer.Read(b.Context(), out.Data, transfer.ReadOptions{})
				if err != nil || len(f.Entries) != 1000 {
					b.Fatal(len(f.Entries), err)
				}
			}
		})
	}
}

// BenchmarkReadEncrypted includes the key derivation, scrypt with 32 MiB.
func BenchmarkReadEncrypted(b *testing.B) {
	out, err := transfer.Write(transfer.Aegis, entries(1000), transfer.WriteOptions{Password: password})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := transfer.Read(b.Context(), out.Data, transfer.ReadOptions{Password: say(password)}); err != nil {
			b.Fatal(err)
		}
	}
}
