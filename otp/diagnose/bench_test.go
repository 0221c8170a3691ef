package diagnose_test

import (
	"testing"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/diagnose"
)

// BenchmarkExplain has one code that nothing explains, so that the whole space is
// searched: the worst case of one input.
func BenchmarkExplain(b *testing.B) {
	c := diagnose.Case{Key: exampleKey(), At: unix(1111111109), Inputs: []diagnose.Input{{Text: "123456"}}}
	b.ReportAllocs()
	for b.Loop() {
		if r := diagnose.Explain(c); r.Findings[0].Cause != diagnose.Unknown {
			b.Fatal(r.Findings[0].Cause)
		}
	}
}

// BenchmarkExplainTwo is the longest search: two codes that nothing explains.
func BenchmarkExplainTwo(b *testing.B) {
	c := diagnose.Case{Key: exampleKey(), At: unix(1111111109), Inputs: []diagnose.Input{{Text: "123456"}, {Text: "654320"}}}
	b.ReportAllocs()
	for b.Loop() {
		if r := diagnose.Explain(c); r.Findings[0].Cause != diagnose.Unknown {
			b.Fatal(r.Findings[0].Cause)
		}
	}
}

// BenchmarkExplainAccepted is what a login costs that needs no explanation.
func BenchmarkExplainAccepted(b *testing.B) {
	c := diagnose.Case{Key: exampleKey(), At: unix(1111111109), Inputs: []diagnose.Input{{Text: "081804"}}}
	b.ReportAllocs()
	for b.Loop() {
		if diagnose.Explain(c).Outcome != diagnose.Accepted {
			b.Fatal("refused")
		}
	}
}

// BenchmarkDay is the part of the space that is ±24 h under three algorithms.
func BenchmarkDay(b *testing.B) {
	key := exampleKey()
	base := key.Step(unix(1111111109))
	b.ReportAllocs()
	for b.Loop() {
		for _, algorithm := range []otp.Algorithm{otp.SHA1, otp.SHA256, otp.SHA512} {
			k := key
			k.Algorithm = algorithm
			g, err := otp.Prepare(k)
			if err != nil {
				b.Fatal(err)
			}
			for range g.Search("123456", base-2880, base+2880) {
			}
		}
	}
}
