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
	var out []corner
	for i := range fs {
		for j := i + 1; j < len(fs); j++ {
			if apart(fs[i].size, fs[j].size) > 2 {
				continue
			}
			for k := j + 1; k < len(fs); k++ {
				if c, ok := b.corner(fs[i], fs[j], fs[k], colour); ok {
					out = append(out, c)
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b corner) int { return cmp.Compare(a.strain, b.strain) })
	return out
}

// corner puts three finders in order: the longest side of the triangle lies opposite the corner.
func (bm bitmap) corner(a, b, c finder, colour byte) (corner, bool) {
	ab, bc, ca := a.distance(b.point), b.distance(c.point), c.distance(a.point)
	switch max(ab, bc, ca) {
	case ab:
		a, c = c, a
	case ca:
		a, b = b, a
	}
	if b.sub(a.point).cross(c.sub(a.point)) < 0 {
		b, c = c, b // the picture's y axis points down: clockwise is positive
	}
	right, down := b.sub(a.point), c.sub(a.point)
	w, h := right.length(), down.length()
	m := max(apart(a.size, b.size), apart(a.size, c.size), apart(b.size, c.size))
	cos := math.Abs(right.dot(down) / (w * h))
	if w == 0 || h == 0 || m > 2 || apart(w, h) > 3 || cos > 0.85 {
		return corner{}, false
	}
	n := (w/bm.along(a, b, right, colour) + h/bm.along(a, c, down, colour)) / 2
	if n < 10 || n > 190 {
		return corner{}, false
	}
	return corner{a, b, c, n + 7, (m - 1) + (apart(w, h) - 1) + cos}, true
}

// along is the module size in the direction of the side between two finders, measured there where the finders let it.
func (b bitmap) along(f, g finder, side point, colour byte) float64 {
	dir := side.times(1 / side.length())
	m, _, ok := b.across(f.point, dir, colour, b.w+b.h)
	k, _, ok2 := b.across(g.point, dir, colour, b.w+b.h)
	switch {
	case ok && ok2:
		return (m + k) / 2
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
