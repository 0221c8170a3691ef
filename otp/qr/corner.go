package qr

import (
	"cmp"
	"math"
	"slices"
)

// corner is three finder patterns that may belong to one symbol: the one at the corner and its neighbours clockwise and counter-clockwise.
type corner struct {
	tl, tr, bl finder
	side       float64 // of the symbol in modules, estimated
	strain     float64 // how far from three equal squares at a right angle; 0 is perfect
}

// corners are the threes that could be symbols, the likeliest first.
func (b bitmap) corners(fs []finder, colour byte) []corner {
	var all []corner
	for i := range fs {
		for j := i + 1; j < len(fs); j++ {
			if apart(fs[i].size, fs[j].size) > 3 {
				continue
			}
			for k := j + 1; k < len(fs); k++ {
				all = fs[i].corners(fs[j], fs[k], all)
			}
		}
	}
	slices.SortFunc(all, func(a, b corner) int { return cmp.Compare(a.strain, b.strain) })
	out := all[:0]
	for _, c := range all {
		if len(out) < maxCorners && b.measure(&c, colour) {
			out = append(out, c)
		}
	}
	return out
}

// corners adds those that three finders make to a list. The longest side of the triangle lies opposite the corner, but seen aslant it may be
// shorter than another.
func (a finder) corners(b, c finder, to []corner) []corner {
	m := max(apart(a.size, b.size), apart(a.size, c.size), apart(b.size, c.size))
	if m > 3 {
		return to
	}
	ab, bc, ca := a.distance(b.point), b.distance(c.point), c.distance(a.point)
	longest := max(ab, bc, ca)
	for range 3 {
		right, down := b.sub(a.point), c.sub(a.point)
		cos := math.Abs(right.dot(down) / (ab * ca))
		if bc > 0.6*longest && apart(ab, ca) < 3 && cos < 0.9 {
			at := corner{tl: a, tr: b, bl: c, strain: (m - 1) + (apart(ab, ca) - 1) + (longest/bc - 1) + cos}
			if right.cross(down) < 0 {
				at.tr, at.bl = c, b // the picture's y axis points down: clockwise is positive
			}
			to = append(to, at)
		}
		a, b, c, ab, bc, ca = b, c, a, bc, ca, ab
	}
	return to
}

// measure estimates how many modules the side of a symbol has, and reports whether there are symbols of that size.
func (b bitmap) measure(c *corner, colour byte) bool {
	right, down := c.tr.sub(c.tl.point), c.bl.sub(c.tl.point)
	n := (right.length()/b.along(c.tl, c.tr, right, colour) + down.length()/b.along(c.tl, c.bl, down, colour)) / 2
	c.side = n + 7
	return n >= 10 && n <= 190
}

// along is the module size in the direction of the side between two finders, measured there where the finders let it. Seen aslant, the
// geometric mean of both ends is that of the whole side.
func (b bitmap) along(f, g finder, side point, colour byte) float64 {
	dir := side.times(1 / side.length())
	m, _, ok := b.across(f.point, dir, colour, b.w+b.h)
	k, _, ok2 := b.across(g.point, dir, colour, b.w+b.h)
	switch {
	case ok && ok2:
		return math.Sqrt(m * k)
	case ok:
		return m
	case ok2:
		return k
	}
	// Rows and columns cut a turned square slantwise.
	return (f.size + g.size) / 2 * max(math.Abs(dir.x), math.Abs(dir.y))
}

// apart is the ratio of two lengths, at least 1.
func apart(a, b float64) float64 { return max(a, b) / max(min(a, b), 1e-9) }

// versions are the sides in modules that the symbol could have, the likeliest first.
func (c corner) versions() []int {
	var out []int
	for v := 1; v <= 40; v++ {
		if d := float64(17 + 4*v); math.Abs(d-c.side) < 4+c.side*0.15 {
			out = append(out, 17+4*v)
		}
	}
	slices.SortFunc(out, func(a, b int) int {
		return cmp.Compare(math.Abs(float64(a)-c.side), math.Abs(float64(b)-c.side))
	})
	return out
}
