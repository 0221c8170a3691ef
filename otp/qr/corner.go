package qr

import (
	"cmp"
	"math"
	"slices"
)

// corner is three finder patterns that may belong to one symbol: the one at the corner and its neighbours clockwise and counter-clockwise.
type corner struct {
	tl, tr, bl *finder
	side       float64 // of the symbol in modules, estimated by measure
	strain     float64 // how far from three equal squares at a right angle; 0 is perfect
}

const (
	alone   = 48 // finders that are combined each with all
	company = 12 // how many near it of about the same size each of more than these is combined with
)

// corners are the threes that could be symbols, the likeliest first. In a sheet of codes finders of several lie as straight as those of
// one, so that there every other is a three that lies close together.
func corners(fs []finder) []corner {
	var straight, tight []corner
	few := fs[:min(len(fs), alone)]
	for i := range few {
		for j := i + 1; j < len(few); j++ {
			if apart(few[i].size, few[j].size) > 3 {
				continue
			}
			for k := j + 1; k < len(few); k++ {
				straight = few[i].corners(&few[j], &few[k], straight)
			}
		}
	}
	slices.SortFunc(straight, func(a, b corner) int { return cmp.Compare(a.strain, b.strain) })
	if len(fs) <= company {
		return straight
	}
	for i := range fs {
		near := fs[i].nearest(fs)
		for j, f := range near {
			for _, g := range near[j+1:] {
				tight = fs[i].corners(f, g, tight)
			}
		}
	}
	slices.SortFunc(tight, func(a, b corner) int { return cmp.Compare(a.strain+a.width()/50, b.strain+b.width()/50) })
	var out []corner
	for len(straight)+len(tight) > 0 {
		for _, from := range []*[]corner{&straight, &tight} {
			if len(*from) > 0 {
				out, *from = append(out, (*from)[0]), (*from)[1:]
			}
		}
	}
	return out
}

// width is roughly how far the finders lie from each other, in modules.
func (c corner) width() float64 {
	return (math.Abs(c.tr.x-c.bl.x) + math.Abs(c.tr.y-c.bl.y)) / c.tl.size
}

// same reports whether another corner is of the same finders in the same order: close together and straight, it is listed twice.
func (c corner) same(d corner) bool { return c.tl == d.tl && c.tr == d.tr && c.bl == d.bl }

// nearest are the others of about the same size next to a finder.
func (a *finder) nearest(fs []finder) []*finder {
	var out []*finder
	for i := range fs {
		if b := &fs[i]; b != a && apart(a.size, b.size) < 1.5 {
			out = append(out, b)
		}
	}
	slices.SortFunc(out, func(b, c *finder) int { return cmp.Compare(a.distance(b.point), a.distance(c.point)) })
	return out[:min(len(out), company)]
}

// corners adds those that three finders make to a list. The longest side of the triangle lies opposite the corner, but seen aslant it may be
// shorter than another.
func (a *finder) corners(b, c *finder, to []corner) []corner {
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
func (b bitmap) along(f, g *finder, side point, colour byte) float64 {
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
