package qr

import (
	"cmp"
	"math"
	"slices"

	"github.com/makiuchi-d/gozxing/qrcode/decoder"
)

// cell is a module whose colour the standard fixes.
type cell struct {
	x, y float64 // its middle
	dark bool
}

// fixed are the function patterns of a symbol (ISO/IEC 18004, 6.3): how well they are met says how well a grid lies.
type fixed struct {
	modules                    int
	finders, timing, alignment []cell
	rows                       []float64 // middles of the rows, and columns, of alignment patterns
}

func newFixed(n int) fixed {
	f := fixed{modules: n}
	for _, o := range [3][2]int{{3, 3}, {n - 4, 3}, {3, n - 4}} {
		for y := max(o[1]-4, 0); y <= min(o[1]+4, n-1); y++ {
			for x := max(o[0]-4, 0); x <= min(o[0]+4, n-1); x++ {
				r := max(abs(x-o[0]), abs(y-o[1]))
				f.finders = append(f.finders, newCell(x, y, r != 2 && r != 4))
			}
		}
	}
	for i := 8; i < n-8; i++ {
		f.timing = append(f.timing, newCell(i, 6, i%2 == 0), newCell(6, i, i%2 == 0))
	}
	v, err := decoder.Version_GetVersionForNumber((n - 17) / 4)
	if err != nil {
		return f
	}
	at := v.GetAlignmentPatternCenters()
	for _, cy := range at {
		f.rows = append(f.rows, float64(cy)+0.5)
		for _, cx := range at {
			if cx == 6 && cy == 6 || cx == 6 && cy == n-7 || cx == n-7 && cy == 6 {
				continue // the finder patterns are there
			}
			for y := -2; y <= 2; y++ {
				for x := -2; x <= 2; x++ {
					f.alignment = append(f.alignment, newCell(cx+x, cy+y, max(abs(x), abs(y)) != 1))
				}
			}
		}
	}
	return f
}

// side is newFixed, made once.
func side(sides map[int]*fixed, n int) *fixed {
	if sides[n] == nil {
		sides[n] = new(newFixed(n))
	}
	return sides[n]
}

func newCell(x, y int, dark bool) cell { return cell{float64(x) + 0.5, float64(y) + 0.5, dark} }

func abs(i int) int { return max(i, -i) }

// fit says how well a grid over a bitmap meets the function patterns: 1 wholly, about 0 for a picture of anything else. colour is the value
// of dark modules, 0 in an inverted symbol.
func (f *fixed) fit(b bitmap, g *grid, colour byte, spread bool) float64 {
	s := f.agree(b, g, colour, f.finders, spread) + 2*f.agree(b, g, colour, f.timing, spread)
	if len(f.alignment) == 0 {
		return s / 3
	}
	return (s + 2*f.agree(b, g, colour, f.alignment, spread)) / 5
}

// agree is the fit of some of the cells. With spread, four places around the middle of a module count too, so that the score grows
// towards the middle of the modules.
func (f *fixed) agree(b bitmap, g *grid, colour byte, cells []cell, spread bool) float64 {
	places := beside[:1]
	if spread {
		places = beside[:]
	}
	sum := 0
	for _, c := range cells {
		want := colour
		if !c.dark {
			want = 1 - colour
		}
		for _, d := range places {
			if p := g.at(c.x+d.x, c.y+d.y); b.at(p.x, p.y) == want {
				sum++
			}
		}
	}
	return 2*float64(sum)/float64(len(cells)*len(places)) - 1
}

var beside = [5]point{{0, 0}, {-0.3, -0.3}, {0.3, -0.3}, {-0.3, 0.3}, {0.3, 0.3}}

// guess is a grid laid over three finders, with its score.
type guess struct {
	corner
	*fixed
	from, to quad
	bend     bend
	grid     grid
	colour   byte
	score    float64
}

// lay is the score of the guess with other points and another bend.
func (g *guess) lay(b bitmap, to quad, bent bend, spread bool) float64 {
	m := newGrid(g.fixed.modules, g.from, to, bent)
	if !m.sound() {
		return -1
	}
	return g.fit(b, &m, g.colour, spread)
}

// guesses lays grids over a corner: for each side the symbol could have, with the fourth point where the three would have it seen from
// straight above, where their sizes would have it seen aslant, and where there seems to be an alignment pattern.
func guesses(b bitmap, c corner, colour byte, sides map[int]*fixed) []guess {
	var out []guess
	vs := c.versions()
	for _, n := range vs[:min(len(vs), 4)] {
		f := side(sides, n)
		d := float64(n)
		for _, fourth := range c.fourths(d) {
			g := guess{corner: c, fixed: f, colour: colour,
				from: quad{{3.5, 3.5}, {d - 3.5, 3.5}, {d - 3.5, d - 3.5}, {3.5, d - 3.5}},
				to:   quad{c.tl.point, c.tr.point, fourth, c.bl.point},
			}
			g.grid = newGrid(n, g.from, g.to, bend{})
			if !g.grid.sound() {
				continue
			}
			met := f.agree(b, &g.grid, colour, f.finders, false)
			if met < 0.2 {
				continue
			}
			out = append(out, g)
			if n == 21 || met < 0.4 {
				continue
			}
			found := align(b, &g.grid, colour)
			g.from[2] = point{d - 6.5, d - 6.5}
			for _, p := range found {
				g.to[2] = p
				out = append(out, g)
			}
		}
	}
	for i := range out {
		g := &out[i]
		g.grid = newGrid(g.fixed.modules, g.from, g.to, bend{})
		g.score = g.lay(b, g.to, bend{}, false)
	}
	slices.SortFunc(out, func(a, b guess) int { return cmp.Compare(b.score, a.score) })
	return out[:min(len(out), 3)]
}

// fourths are where the middle of a fourth finder pattern could be in a symbol of n modules. Seen aslant, what is nearer is larger: the size
// of a finder goes with the power −3/2 of its homogeneous coordinate (one of its sides with −1, the other with −2), and that is linear.
func (c corner) fourths(n float64) []point {
	square := c.tr.add(c.bl.point).sub(c.tl.point)
	r, d := math.Pow(c.tl.size/c.tr.size, 2./3), math.Pow(c.tl.size/c.bl.size, 2./3)
	if r+d-1 < 0.3 {
		return []point{square}
	}
	aslant := c.tr.times(r).add(c.bl.times(d)).sub(c.tl.point).times(1 / (r + d - 1))
	if aslant.distance(square) < 1.5*c.tl.distance(c.tr.point)/n {
		return []point{square}
	}
	return []point{square, aslant}
}

// align looks for the lower right alignment pattern around where a grid has it and returns the best places, at most two.
func align(b bitmap, g *grid, colour byte) []point {
	at := g.modules - 6.5
	middle := g.at(at, at)
	u, v := g.at(at+0.5, at).sub(g.at(at-0.5, at)), g.at(at, at+0.5).sub(g.at(at, at-0.5))
	reach := 3 + 0.12*g.modules
	type place struct {
		point
		score float64
	}
	var found []place
	for y := -reach; y <= reach; y += 0.5 {
		for x := -reach; x <= reach; x += 0.5 {
			p := middle.add(u.times(x)).add(v.times(y))
			if b.at(p.x, p.y) != colour || !b.inside(p) {
				continue
			}
			if s := target(b, p, u, v, colour); s > 0.55 {
				// Of two that look alike the nearer is the likelier.
				found = append(found, place{p, s - 0.1*max(x, -x, y, -y)/reach})
			}
		}
	}
	slices.SortFunc(found, func(a, b place) int { return cmp.Compare(b.score, a.score) })
	var out []point
	for _, f := range found {
		if len(out) == 1 && f.near(out[0], 1.5*max(u.length(), v.length())) {
			continue
		}
		if out = append(out, f.point); len(out) == 2 {
			break
		}
	}
	return out
}

// target says how much the place looks like an alignment pattern, in whose heart, ring and rim each count the same. The heart is dark already.
func target(b bitmap, p, u, v point, colour byte) float64 {
	ring, rim := 0, 0
	for i, d := range around {
		q := point{p.x + u.x*d.x + v.x*d.y, p.y + u.y*d.x + v.y*d.y}
		isDark := b.at(q.x, q.y) == colour
		switch {
		case i < 8 && !isDark:
			ring++
		case i >= 8 && isDark:
			rim++
		}
		if i == 7 && ring < 6 {
			return -1
		}
	}
	return 2*(1+float64(ring)/8+float64(rim)/16)/3 - 1
}

// around are the ring of an alignment pattern and then its rim, as seen from its heart.
var around = func() (out [24]point) {
	i := 0
	for r := 1; r <= 2; r++ {
		for y := -r; y <= r; y++ {
			for x := -r; x <= r; x++ {
				if max(abs(x), abs(y)) == r {
					out[i] = point{float64(x), float64(y)}
					i++
				}
			}
		}
	}
	return out
}()

// climb moves the four points, one at a time by ever smaller steps, as long as the fit gets better. It makes up for perspective, for
// finders that lie askew and for an alignment pattern that was not found.
func (g *guess) climb(b bitmap) {
	n := g.fixed.modules
	u := g.to[1].sub(g.to[0]).times(1 / float64(n-7))
	v := g.to[3].sub(g.to[0]).times(1 / float64(n-7))
	best := g.lay(b, g.to, g.bend, true)
	for _, step := range [3]float64{0.8, 0.4, 0.15} {
		for moved, round := true, 0; moved && round < 6; round++ {
			moved = false
			for _, i := range [4]int{2, 1, 3, 0} {
				for _, d := range [4]point{u, v, u.times(-1), v.times(-1)} {
					to := g.to
					to[i] = to[i].add(d.times(step))
					if s := g.lay(b, to, g.bend, true); s > best {
						best, g.to, moved = s, to, true
					}
				}
			}
		}
	}
	g.grid, g.score = newGrid(n, g.from, g.to, g.bend), best
}

// curl finds how the symbol is bent. Timing patterns look right again two modules further on, so each way of bending is tried over its
// whole range before any is refined.
func (g *guess) curl(b bitmap) {
	best := g.lay(b, g.to, g.bend, true)
	try := func(i int, by float64) (better bool) {
		bent := g.bend
		bent[i] += by
		if s := g.lay(b, g.to, bent, true); s > best+1e-9 {
			best, g.bend, better = s, bent, true
		}
		return better
	}
	most := 0.06 * float64(g.fixed.modules)
	for range 2 {
		for i := range g.bend {
			from := g.bend[i]
			for x := -most; x <= most; x += 0.4 {
				try(i, from+x-g.bend[i])
			}
		}
	}
	for _, step := range [2]float64{0.2, 0.1} {
		for i := range g.bend {
			_ = try(i, step) || try(i, -step)
		}
	}
	g.grid, g.score = newGrid(g.fixed.modules, g.from, g.to, g.bend), best
}
