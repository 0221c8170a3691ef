package diagnose

import (
	"slices"
	"strings"

	"github.com/authctl/authctl/otp"
)

const (
	decimalAlphabet = "0123456789"
	steamAlphabet   = "23456789BCDFGHJKMNPQRTVWXY"
)

// typingFamilies are the hypotheses that the right code was live and did not
// arrive as it was: a slip of the finger, or a part cut off on the way.
func (x *examiner) typingFamilies(a attempt) []*family {
	text, alphabet := digitsOf(a.text), decimalAlphabet
	if x.Key.Type == otp.Steam {
		text, alphabet = symbolsOf(a.text), steamAlphabet
	}
	if text == "" {
		return nil
	}
	return []*family{x.mistypedFamily(text, alphabet), x.truncatedFamily(a, text), x.zeroSkewFamily(text)}
}

// mistypedFamily has every code that one slip turns into the text.
func (x *examiner) mistypedFamily(text, alphabet string) *family {
	codes := slips(text, alphabet, x.Key.Digits)
	share := 1 / float64(max(len(codes), 1))
	switch len(text) { // the number of texts that a slip makes of one code
	case x.Key.Digits - 1:
		share = 1 / float64(x.Key.Digits)
	case x.Key.Digits + 1:
		share = 1 / float64(x.Key.Digits*len(alphabet))
	}
	return &family{cause: Mistyped, prior: priorMistyped, near: true, probes: func(yield func(probe) bool) {
		for _, s := range codes {
			if !yield(x.typed(s.code, s.what, share)) {
				return
			}
		}
	}}
}

// typed is the probe for a code that is live now, to be read in place of the
// input.
func (x *examiner) typed(code, what string, share float64) probe {
	p := liveProbe(x.Key, share)
	p.gen, p.codes, p.setting, p.luck = x.gen, []string{code}, what, luckOf(code)
	if x.Key.Type == otp.HOTP {
		p.to = min(p.to, 2)
	}
	return p
}

// slip is a code and what was done to it.
type slip struct{ code, what string }

// slips are the codes of n symbols that are one slip away from a text: a symbol
// wrong, two neighbours swapped, one missing (other than a zero in front, which
// truncatedFamily has), or one too many.
func slips(text, alphabet string, n int) []slip {
	var out []slip
	seen := map[string]bool{text: true}
	add := func(code, what string) {
		if !seen[code] {
			seen[code] = true
			out = append(out, slip{code, what})
		}
	}
	switch len(text) {
	case n:
		for i := 0; i+1 < n; i++ {
			add(text[:i]+text[i+1:i+2]+text[i:i+1]+text[i+2:], "two neighbouring symbols are swapped")
		}
		for i := range n {
			for _, c := range alphabet {
				add(text[:i]+string(c)+text[i+1:], "one symbol is different")
			}
		}
	case n - 1:
		for i := range n {
			for _, c := range alphabet {
				if i > 0 || c != '0' {
					add(text[:i]+string(c)+text[i:], "one symbol is missing")
				}
			}
		}
	case n + 1:
		for i := range len(text) {
			add(text[:i]+text[i+1:], "there is one symbol too many")
		}
	}
	return out
}

// truncatedFamily has the live codes of which the text is a part, or of which a
// zero in front was lost because a program took the code for a number.
func (x *examiner) truncatedFamily(a attempt, text string) *family {
	n, missing := x.Key.Digits, x.Key.Digits-len(text)
	var probes []probe
	if x.Key.Type != otp.Steam && missing >= 1 {
		probes = append(probes, x.typed(strings.Repeat("0", missing)+text, "the zeros in front are missing", 0.6*whenZero))
	}
	if x.Key.Type != otp.Steam && missing == 0 && strings.HasSuffix(text, "0") {
		probes = append(probes, x.typed("0"+text[:n-1], "the zero in front stands at the end", 0.05*whenZero))
	}
	if missing >= 2 && len(text) >= 4 {
		for _, p := range []struct {
			fits func(code, part string) bool
			what string
		}{
			{strings.HasPrefix, "only the first symbols are there"},
			{strings.HasSuffix, "only the last symbols are there"},
		} {
			probes = append(probes, x.parts(a, text, p.what, p.fits)...)
		}
	}
	return &family{cause: Truncated, prior: priorTruncated, near: true, probes: slices.Values(probes)}
}

// zeroSkewFamily is a lost zero together with a clock or counter that is off.
func (x *examiner) zeroSkewFamily(text string) *family {
	f := &family{cause: Truncated, prior: priorSkew, near: true, probes: each()}
	if x.Key.Type == otp.Steam || len(text) != x.Key.Digits-1 {
		return f
	}
	probes := skewProbes(x.Key, nearby, whenZero)
	for i := range probes {
		p := x.typed("0"+text, "the zeros in front are missing", probes[i].share)
		p.from, p.to, p.weight = probes[i].from, probes[i].to, probes[i].weight
		probes[i] = p
	}
	f.probes = slices.Values(probes)
	return f
}

// parts looks at each live code whether the text is a part of it. A probe without
// a code finds nothing, and counts as tried.
func (x *examiner) parts(a attempt, text, what string, fits func(code, part string) bool) []probe {
	var probes []probe
	whole := x.typed("", what, 0.17)
	whole.luck = luckOf(text)
	base := x.base(x.Key, a.at)
	for delta := whole.from; delta <= whole.to; delta++ {
		p := whole
		p.from, p.to = delta, delta
		if code := x.gen.Code(addSaturated(base, delta)); fits(code, text) {
			p.codes = []string{code}
		}
		probes = append(probes, p)
	}
	return probes
}
