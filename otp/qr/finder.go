package qr

import (
	"cmp"
	"math"
	"slices"
)

// point is a place in a picture, in pixels from its upper left corner.
type point struct{ x, y float64 }

func (p point) add(q point) point            { return point{p.x + q.x, p.y + q.y} }
func (p point) sub(q point) point            { return point{p.x - q.x, p.y - q.y} }
func (p point) times(f float64) point        { return point{p.x * f, p.y * f} }
func (p point) length() float64              { return math.Hypot(p.x, p.y) }
func (p point) cross(q point) float64        { return p.x*q.y - p.y*q.x }
func (p point) dot(q point) float64          { return p.x*q.x + p.y*q.y }
func (p point) distance(q point) float64     { return p.sub(q).length() }
func (p point) near(q point, d float64) bool { return math.Abs(p.x-q.x) <= d && math.Abs(p.y-q.y) <= d }

// finder is one of the three large squares of a symbol (ISO/IEC 18004, 6.3.3): along any line through its middle, dark and light
// alternate as 1:1:3:1:1.
type finder struct {
	point
	size float64 // pixels a module, measured along rows and columns
	hits int     // rows that crossed it
}

// most bounds the finders that are kept of one colour: a page of text has hundreds of chance ones, a sheet of codes three a code.
const most = 240

// finders are the finder patterns of a bitmap, those that are dark on light and those that are light on dark.
func (b bitmap) finders() (out [2][]finder) {
	step := 1
	if b.h >= 720 {
		step = 2 // the heart of a finder pattern is three modules high: nothing readable is narrower than two rows
	}
	runs := make([]int, 0, b.w+2)
	for y := step / 2; y < b.h; y += step {
		runs = b.runs(runs[:0], y)
		for i := 0; i+5 < len(runs); i++ {
			r := [5]int{runs[i+1] - runs[i], runs[i+2] - runs[i+1], runs[i+3] - runs[i+2], runs[i+4] - runs[i+3], runs[i+5] - runs[i+4]}
			if b.framed {
				r = unframed(r)
			}
			if !squarish(r) {
				continue
			}
			colour := b.pix[y*b.w+runs[i]]
			x := float64(runs[i+2]+runs[i+3]) / 2
			if f, ok := b.confirm(x, float64(y)+0.5, colour); ok {
				out[1-colour] = merge(out[1-colour], f)
			}
		}
	}
	for i, fs := range out {
		slices.SortFunc(fs, func(a, b finder) int { return cmp.Compare(b.worth(), a.worth()) })
		out[i] = fs[:min(len(fs), most)]
	}
	return out
}

// worth is the share of the rows through the heart that were seen as crossing it; small chance patterns have few.
func (f finder) worth() float64 { return min(float64(f.hits)/(3*f.size), 1) * min(f.size, 3) }

// runs are the places in a row where the colour changes, with both ends.
func (b bitmap) runs(dst []int, y int) []int {
	row := b.pix[y*b.w : (y+1)*b.w]
	dst = append(dst, 0)
	last := row[0]
	for x, v := range row {
		if v != last {
			dst = append(dst, x)
			last = v
		}
	}
	return append(dst, b.w)
}

// unframed cuts the first or the last of five runs to the length of the other: where a symbol without a quiet zone lies on a dark ground, the
// two are one.
func unframed(r [5]int) [5]int {
	switch {
	case r[0] > 2*r[4]:
		r[0] = r[4]
	case r[4] > 2*r[0]:
		r[4] = r[0]
	}
	return r
}

// squarish reports whether five runs are about 1:1:3:1:1. A pixel's worth of play is left to small modules.
func squarish(r [5]int) bool {
	n := r[0] + r[1] + r[2] + r[3] + r[4]
	if n < 7 || 7*r[2] < n || r[2] < r[1] || r[2] < r[3] { // most runs end here
		return false
	}
	m := float64(n) / 7
	play := m*0.5 + 0.4
	for i, v := range r {
		want, tol := m, play
		if i == 2 {
			want, tol = 3*m, 1.5*m+0.4
		}
		if math.Abs(float64(v)-want) > tol {
			return false
		}
	}
	return true
}

// confirm looks at the pattern around a point along its column, its row and its diagonals, and finds its middle.
func (b bitmap) confirm(x, y float64, colour byte) (finder, bool) {
	limit := b.w + b.h
	v, off, ok := b.across(point{x, y}, point{0, 1}, colour, limit)
	if !ok {
		return finder{}, false
	}
	y += off
	h, off, ok := b.across(point{x, y}, point{1, 0}, colour, limit)
	if !ok || apart(h, v) > 5 {
		return finder{}, false
	}
	x += off
	const d = math.Sqrt2 / 2
	if _, _, ok := b.across(point{x, y}, point{d, d}, colour, limit); !ok {
		if _, _, ok := b.across(point{x, y}, point{d, -d}, colour, limit); !ok {
			return finder{}, false
		}
	}
	return finder{point{x, y}, math.Sqrt(h * v), 1}, true
}

// across walks both ways from the middle of a pattern and measures the five runs: pixels a module, how far the middle is off,
// and whether the runs are those of a finder pattern.
func (b bitmap) across(from, dir point, colour byte, limit int) (module, off float64, ok bool) {
	f, ok1 := b.walk(from, dir, colour, limit)
	g, ok2 := b.walk(from, dir.times(-1), colour, limit)
	if !ok1 || !ok2 {
		return 0, 0, false
	}
	// Both walks count the pixel they start from.
	r := [5]int{g[2], g[1], g[0] + f[0] - 1, f[1], f[2]}
	if b.framed {
		r = unframed(r)
	}
	n := r[0] + r[1] + r[2] + r[3] + r[4]
	return float64(n) / 7, float64(f[0]-g[0]) / 2, squarish(r)
}

// walk counts the pixels of the next three runs.
func (b bitmap) walk(p, dir point, colour byte, limit int) (r [3]int, ok bool) {
	for i := range r {
		for p.x >= 0 && p.y >= 0 {
			x, y := int(p.x), int(p.y)
			if x >= b.w || y >= b.h || b.pix[y*b.w+x] != colour {
				break
			}
			if r[i]++; r[i] > limit {
				return r, b.framed && i == 2
			}
			p.x, p.y = p.x+dir.x, p.y+dir.y
		}
		if r[i] == 0 {
			return r, false
		}
		colour = 1 - colour
		if i == 0 {
			limit = 2 * (r[0] + 1)
		}
	}
	return r, true
}

func (b bitmap) inside(p point) bool {
	return p.x >= 0 && p.y >= 0 && p.x < float64(b.w) && p.y < float64(b.h)
}

// merge adds a sighting to the finder it belongs to.
func merge(fs []finder, f finder) []finder {
	for i := range fs {
		g := &fs[i]
		if g.near(f.point, g.size*1.5) && f.size < 1.6*g.size && g.size < 1.6*f.size {
			n := float64(g.hits)
			g.point = g.point.times(n).add(f.point).times(1 / (n + 1))
			g.size = (g.size*n + f.size) / (n + 1)
			g.hits++
			return fs
		}
	}
	return append(fs, f)
}
