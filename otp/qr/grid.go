package qr

import "math"

// matrix is a projective transform, by rows.
type matrix [9]float64

// grid maps modules to pixels. Module (0, 0) begins at the symbol's upper left corner.
type grid struct {
	matrix
	modules float64
	bend    bend
	mesh    *mesh // takes the place of both
}

// bend is how far, in modules, the middle of a symbol is pushed off by paper that is not flat or a lens that is not straight: for each
// coordinate, by a parabola along the columns and one along the rows.
type bend [4]float64

// quad is four points in the order upper left, upper right, lower right, lower left.
type quad [4]point

// newGrid is the grid for a symbol of n modules that takes each point of from to its fellow in to.
func newGrid(n int, from, to quad, b bend) grid {
	return grid{fromSquare(to).times(fromSquare(from).adjoint()), float64(n), b, nil}
}

// fromSquare maps the unit square to a quadrilateral (P. Heckbert, Fundamentals of Texture Mapping and Image Warping, 1989, 2.2.3).
func fromSquare(q quad) matrix {
	s := q[0].sub(q[1]).add(q[2]).sub(q[3])
	d1, d2 := q[1].sub(q[2]), q[3].sub(q[2])
	den := d1.cross(d2)
	g, h := s.cross(d2)/den, d1.cross(s)/den
	return matrix{
		q[1].x - q[0].x + g*q[1].x, q[3].x - q[0].x + h*q[3].x, q[0].x,
		q[1].y - q[0].y + g*q[1].y, q[3].y - q[0].y + h*q[3].y, q[0].y,
		g, h, 1,
	}
}

// adjoint is the inverse but for a factor, which a projective transform does not notice.
func (m matrix) adjoint() matrix {
	return matrix{
		m[4]*m[8] - m[5]*m[7], m[2]*m[7] - m[1]*m[8], m[1]*m[5] - m[2]*m[4],
		m[5]*m[6] - m[3]*m[8], m[0]*m[8] - m[2]*m[6], m[2]*m[3] - m[0]*m[5],
		m[3]*m[7] - m[4]*m[6], m[1]*m[6] - m[0]*m[7], m[0]*m[4] - m[1]*m[3],
	}
}

func (m matrix) times(n matrix) (out matrix) {
	for i := range 3 {
		for j := range 3 {
			out[3*i+j] = m[3*i]*n[j] + m[3*i+1]*n[3+j] + m[3*i+2]*n[6+j]
		}
	}
	return out
}

// at is the pixel place of a module place.
func (g *grid) at(x, y float64) point {
	if g.mesh != nil {
		return g.mesh.place(x, y)
	}
	m := &g.matrix
	if g.bend != (bend{}) {
		s, t := x/g.modules, y/g.modules
		s, t = 4*s*(1-s), 4*t*(1-t)
		x, y = x+g.bend[0]*s+g.bend[1]*t, y+g.bend[2]*s+g.bend[3]*t
	}
	w := 1 / (m[6]*x + m[7]*y + m[8])
	return point{(m[0]*x + m[1]*y + m[2]) * w, (m[3]*x + m[4]*y + m[5]) * w}
}

// sound reports whether the transform is finite over the symbol, and its horizon not within it.
func (g *grid) sound() bool {
	m, d := &g.matrix, g.modules
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, c := range [4]point{{0, 0}, {d, 0}, {0, d}, {d, d}} {
		w := m[6]*c.x + m[7]*c.y + m[8]
		lo, hi = min(lo, w), max(hi, w)
	}
	return lo*hi > 0 && apart(math.Abs(lo), math.Abs(hi)) < 4 // NaN fails too
}

// outline are the four corners of the symbol.
func (g *grid) outline() quad {
	d := g.modules
	return quad{g.at(0, 0), g.at(d, 0), g.at(d, d), g.at(0, d)}
}

// holds reports whether the point lies within the quadrilateral, whichever way round it goes.
func (q quad) holds(p point) bool {
	left, right := false, false
	for i := range q {
		c := q[(i+1)%4].sub(q[i]).cross(p.sub(q[i]))
		left, right = left || c < 0, right || c > 0
	}
	return !(left && right)
}
