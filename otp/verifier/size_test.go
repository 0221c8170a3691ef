package verifier_test

import "testing"

// BenchmarkState reports what a typical account takes: a TOTP key and ten recovery
// codes.
func BenchmarkState(b *testing.B) {
	l, _, _ := enrolled(b)
	s, err := l.store.Load(b.Context(), "ann")
	if err != nil {
		b.Fatal(err)
	}
	size := 0
	for b.Loop() {
		data, err := s.MarshalBinary()
		if err != nil {
			b.Fatal(err)
		}
		size = len(data)
	}
	b.ReportMetric(float64(size), "bytes")
}
