package otp

import (
	"crypto/subtle"
	"iter"
	"math"
	"strings"
)

// MaxWindow bounds each side of a [Window]: the widest resynchronisation that
// policies allow. Looking further is diagnosis, see [Generator.Search].
const MaxWindow = 1500

// Window is how far from the expected step or counter a code may be. Sides below
// zero count as zero, sides over [MaxWindow] as MaxWindow. The zero Window is the
// expected step alone; [Key.Window] is the usual one; {Behind: 1} takes only the
// present and the past.
type Window struct{ Behind, Ahead int64 }

// Match tells where a code matched. Two steps of a window can show the same
// digits: Counter is the one nearest to the expected step (of two equally near,
// the older), Latest the last one. Whoever accepts the code must consume Latest,
// or the same digits pass a second time.
type Match struct {
	Counter int64 // the nearest step or counter that matched
	Latest  int64 // the last step or counter of the window that matched
	Delta   int64 // Counter minus the expected one; negative: the code is old
}

// Match compares a normalised code with every step of the window around at. It
// evaluates all of them in constant time, whether and wherever one matches. For
// HOTP, counters below zero do not exist and are left out.
func (g *Generator) Match(code string, at int64, w Window) (Match, bool) {
	want, ok := g.number(code)
	if !ok {
		return Match{}, false
	}
	lo, hi := g.bounds(at, w)
	if hi < lo { // HOTP: the window ends below zero
		return Match{}, false
	}
	var m Match
	found, nearest := 0, math.MaxInt32
	for c := lo; ; c++ {
		equal := equal64(uint64(g.Truncated(c))%g.modulus, want)
		distance := int(max(c-at, at-c))
		nearer := equal & subtle.ConstantTimeLessOrEq(distance+1, nearest)
		nearest = subtle.ConstantTimeSelect(nearer, distance, nearest)
		m.Counter = select64(nearer, c, m.Counter)
		m.Latest = select64(equal, c, m.Latest)
		found |= equal
		if c == hi {
			break
		}
	}
	if found == 0 {
		return Match{}, false
	}
	m.Delta = m.Counter - at
	return m, true
}

// Search yields, in order, every step or counter from one to the other, both
// included, whose code is code. It is for diagnosis: it is not constant-time, and
// in a long range codes repeat by chance.
func (g *Generator) Search(code string, from, to int64) iter.Seq[int64] {
	return func(yield func(int64) bool) {
		want, ok := g.number(code)
		if !ok || from > to {
			return
		}
		for c := from; ; c++ {
			if uint64(g.Truncated(c))%g.modulus == want && !yield(c) || c == to {
				return
			}
		}
	}
}

// number reads a code as the number in whose base it is written. The length is
// checked here, on the string: as numbers, 012345 and 12345 are equal.
func (g *Generator) number(code string) (uint64, bool) {
	if len(code) != g.digits {
		return 0, false
	}
	var n, place uint64 = 0, 1
	for i := range len(code) {
		if g.base == 10 {
			if code[i] < '0' || code[i] > '9' {
				return 0, false
			}
			n = n*10 + uint64(code[i]-'0')
			continue
		}
		value := strings.IndexByte(steamAlphabet, code[i])
		if value < 0 {
			return 0, false
		}
		n, place = n+uint64(value)*place, place*g.base
	}
	return n, true
}

// bounds is the window around at, cut to what exists.
func (g *Generator) bounds(at int64, w Window) (lo, hi int64) {
	lo = subSaturated(at, min(max(w.Behind, 0), MaxWindow))
	hi = subSaturated(at, -min(max(w.Ahead, 0), MaxWindow))
	if g.hotp {
		lo = max(lo, 0)
	}
	return lo, hi
}

// equal64 is 1 if x and y, both under 2^63, are equal, else 0.
func equal64(x, y uint64) int { return int(((x ^ y) - 1) >> 63) }

// select64 is x if v is 1 and y if it is 0.
func select64(v int, x, y int64) int64 {
	mask := -int64(v)
	return x&mask | y&^mask
}
