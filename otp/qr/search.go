package qr

import (
	"cmp"
	"context"
	"image"
	"math"
	"slices"
)

// search is one climb of the ladder.
type search struct {
	ctx   context.Context
	sides map[int]*fixed
	found []sighting
	open  []finder // middles of what looked like a symbol but could not be read
}

// sighting is a symbol that was read, with its corners in the picture.
type sighting struct {
	text   string
	quad   quad
	module float64 // its width
}

// run reads the symbols of a picture, in the order of their places from top to bottom.
func (s search) run(img image.Image) []Symbol {
	grey := lightness(img)
	grey.stretch()
	s.climb(picture{img, grey})
	var out []Symbol
	for _, f := range s.found {
		out = append(out, newSymbol(f.text, f.bounds(img.Bounds())))
	}
	slices.SortStableFunc(out, func(a, b Symbol) int {
		return cmp.Or(cmp.Compare(a.Bounds.Min.Y, b.Bounds.Min.Y), cmp.Compare(a.Bounds.Min.X, b.Bounds.Min.X))
	})
	return out
}

// climb goes up the ladder until every symbol that was seen has been read, or time is up.
func (s *search) climb(pic picture) {
	for _, rung := range ladder {
		s.open = nil
		for p := range rung(pic) {
			if s.ctx.Err() != nil {
				return
			}
			s.look(p)
		}
		if len(s.found) > 0 && !s.pending() {
			return
		}
	}
}

// pending reports whether something that looked like a symbol lies outside all that were read.
func (s *search) pending() bool {
	return slices.ContainsFunc(s.open, func(f finder) bool { return !s.taken(f) })
}

// taken reports whether a place in the picture belongs to a symbol that was read. One of much smaller modules is another's, drawn into it.
func (s *search) taken(f finder) bool {
	return slices.ContainsFunc(s.found, func(g sighting) bool { return f.size > 0.65*g.module && g.quad.holds(f.point) })
}

const (
	maxCorners = 150  // threes of finders that are looked at in a pass and colour
	maxReads   = 40   // guesses that are read as they are
	maxClimbs  = 8    // guesses that are improved first
	maxMeshes  = 12   // corners over which a mesh is laid
	minScore   = 0.35 // a guess below is not a symbol
	minCurl    = 0.45 // a guess below is not improved any further
	certain    = 0.7  // a guess above is read at once
	likely     = 0.8  // a guess above is a symbol even if it cannot be read
)

// look reads every symbol that one pass shows: at once where the grid fits well, for what is read takes its finders away from chance
// combinations with others; then the rest, the best first; then what needs its grid improved.
func (s *search) look(p pass) {
	for i, fs := range p.finders() {
		colour := byte(1 - i)
		fs = slices.DeleteFunc(fs, func(f finder) bool { return s.taken(p.back(f)) })
		var unread []corner
		var later []guess
		for _, c := range corners(fs) {
			if s.ctx.Err() != nil {
				return
			}
			if len(unread) == maxCorners {
				break
			}
			if s.touches(p, c) || slices.ContainsFunc(unread, c.same) || !p.measure(&c, colour) {
				continue
			}
			gs := guesses(p.bitmap, c, colour, s.sides)
			if len(gs) > 0 && gs[0].score > certain && s.try(p, gs[:1], 1, straight) {
				continue
			}
			unread = append(unread, c)
			for _, g := range gs {
				if g.score > minScore {
					later = append(later, g)
				}
			}
		}
		slices.SortStableFunc(later, func(a, b guess) int { return cmp.Compare(b.score, a.score) })
		s.try(p, later, maxReads, straight)
		s.try(p, later, maxClimbs, thorough)
		for _, c := range unread[:min(len(unread), maxMeshes)] {
			if s.ctx.Err() == nil && c.side > leastMesh*0.9 && !s.touches(p, c) {
				s.try(p, woven(p.bitmap, c, colour, s.sides), 2, (*guess).readAll)
			}
		}
		for _, g := range later {
			if g.score > likely {
				middle := g.grid.at(g.grid.modules/2, g.grid.modules/2)
				s.open = append(s.open, p.back(finder{point: middle, size: g.tl.size}))
			}
		}
	}
}

// touches reports whether any of the three finders lies in a symbol that was read.
func (s *search) touches(p pass, c corner) bool {
	return s.taken(p.back(*c.tl)) || s.taken(p.back(*c.tr)) || s.taken(p.back(*c.bl))
}

// try reads the first n of the guesses that do not touch a symbol already read, and reports whether any could be.
func (s *search) try(p pass, gs []guess, n int, read func(*guess, pass) (string, bool)) (success bool) {
	for i := range gs {
		g := &gs[i]
		if s.touches(p, g.corner) {
			continue
		}
		if n--; n < 0 || s.ctx.Err() != nil {
			return success
		}
		if text, ok := read(g, p); ok {
			o := g.grid.outline()
			for i := range o {
				o[i] = p.back(finder{point: o[i]}).point
			}
			s.found, success = append(s.found, sighting{text, o, g.tl.size / p.scale}), true
		}
	}
	return success
}

// straight reads a guess as it is.
func straight(g *guess, p pass) (string, bool) { return read(g.bits(p.bitmap), g.fixed.modules) }

// thorough improves the grid of a guess, first as a plane, then bent, and samples it in every way there is.
func thorough(g *guess, p pass) (string, bool) {
	if len(g.alignment) == 0 && g.score > certain {
		if text, ok := g.lift(p); ok {
			return text, true
		}
	}
	g.climb(p.bitmap)
	if text, ok := g.readAll(p); ok || g.score < minCurl {
		return text, ok
	}
	g.curl(p.bitmap)
	g.climb(p.bitmap)
	return g.readAll(p)
}

// lift moves the fourth corner of a symbol of version 1, which has no pattern there to say where it is.
func (g *guess) lift(p pass) (string, bool) {
	from := *g
	u, v := g.to[1].sub(g.to[0]).times(0.5/14), g.to[3].sub(g.to[0]).times(0.5/14)
	for y := -4.0; y <= 4; y++ {
		for x := -4.0; x <= 4; x++ {
			to := from.to
			to[2] = to[2].add(u.times(x)).add(v.times(y))
			if g.grid = newGrid(21, g.from, to, g.bend); g.grid.sound() {
				if text, ok := straight(g, p); ok {
					return text, true
				}
			}
		}
	}
	*g = from
	return "", false
}

// readAll samples a guess in every way there is.
func (g *guess) readAll(p pass) (string, bool) {
	n := g.fixed.modules
	if text, ok := read(g.bits(p.bitmap), n); ok {
		return text, true
	}
	v := g.greys(p.plane)
	for _, by := range [3]float64{0, 0.5, 1.2} {
		w := sharpen(v, n, by)
		for _, r := range [2]int{4, n} {
			if text, ok := read(nearby(w, n, r), n); ok {
				return text, true
			}
		}
	}
	return "", false
}

// back is what is at a place in the pass as it is in the picture.
func (p pass) back(f finder) finder {
	f.point, f.size = point{(f.x - p.margin) / p.scale, (f.y - p.margin) / p.scale}, f.size/p.scale
	return f
}

// bounds is the smallest rectangle around the corners within the picture.
func (f sighting) bounds(r image.Rectangle) image.Rectangle {
	lo, hi := f.quad[0], f.quad[0]
	for _, p := range f.quad {
		lo.x, lo.y, hi.x, hi.y = min(lo.x, p.x), min(lo.y, p.y), max(hi.x, p.x), max(hi.y, p.y)
	}
	round := func(f float64) int { return int(math.Round(f)) }
	return image.Rect(round(lo.x), round(lo.y), round(hi.x), round(hi.y)).Add(r.Min).Intersect(r)
}
