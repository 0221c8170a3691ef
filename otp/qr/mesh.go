package qr

import (
	"cmp"
	"slices"
)

// mesh maps modules to pixels through the alignment patterns of a large symbol, between which paper may bend as it likes. Versions 7 and
// up have at least six of them, in rows and columns that lie the same distances apart.
type mesh struct {
	at    []float64 // of the patterns' middles in modules, for rows and columns alike
	nodes []point   // by rows
}

// leastMesh is the side of version 7.
const leastMesh = 45

// place interpolates between the four nodes around a module, or extends the nearest four.
func (m *mesh) place(x, y float64) point {
	k := len(m.at)
	i, j := m.cell(x), m.cell(y)
	s := (x - m.at[i]) / (m.at[i+1] - m.at[i])
	t := (y - m.at[j]) / (m.at[j+1] - m.at[j])
	n := m.nodes[j*k+i:]
	upper := n[0].times(1 - s).add(n[1].times(s))
	lower := n[k].times(1 - s).add(n[k+1].times(s))
	return upper.times(1 - t).add(lower.times(t))
}

func (m *mesh) cell(x float64) int {
	for i := 1; i < len(m.at)-1; i++ {
		if x < m.at[i] {
			return i - 1
		}
	}
	return len(m.at) - 2
}

// woven are the guesses for a corner whose three finders fit but whose grid does not, by meshes. The size is not known well on bent
// paper, so all are tried: of the wrong ones neither timing nor alignment patterns fit.
func woven(b bitmap, c corner, colour byte, sides map[int]*fixed) []guess {
	var out []guess
	for _, n := range c.versions() {
		if n < leastMesh {
			continue
		}
		f := side(sides, n)
		d := float64(n)
		g := guess{corner: c, fixed: f, colour: colour,
			from: quad{{3.5, 3.5}, {d - 3.5, 3.5}, {d - 3.5, d - 3.5}, {3.5, d - 3.5}},
			to:   quad{c.tl.point, c.tr.point, c.tr.add(c.bl.point).sub(c.tl.point), c.bl.point},
		}
		g.grid = newGrid(n, g.from, g.to, bend{})
		if f.agree(b, &g.grid, colour, f.finders, false) < 0.5 {
			continue
		}
		g.weave(b)
		g.score = f.fit(b, &g.grid, colour, false)
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b guess) int { return cmp.Compare(b.score, a.score) })
	return out[:min(len(out), 2)]
}

// weave finds the alignment patterns one after the other from the upper left corner, each from those before it.
func (g *guess) weave(b bitmap) {
	m := &mesh{at: g.rows}
	k := len(m.at)
	m.nodes = make([]point, k*k)
	for j := range k {
		for i := range k {
			at := g.grid.at(m.at[i], m.at[j])
			if i+j == 0 || i == 0 && j == k-1 || i == k-1 && j == 0 {
				m.nodes[j*k+i] = at // beside a finder, where the grid is right
				continue
			}
			p, reach := m.expect(g, i, j)
			u := g.grid.at(m.at[i]+0.5, m.at[j]).sub(g.grid.at(m.at[i]-0.5, m.at[j]))
			v := g.grid.at(m.at[i], m.at[j]+0.5).sub(g.grid.at(m.at[i], m.at[j]-0.5))
			m.nodes[j*k+i] = seek(b, p, u, v, reach, g.colour)
		}
	}
	m.pin(0, 0, g.tl.point)
	m.pin(k-1, 0, g.tr.point)
	m.pin(0, k-1, g.bl.point)
	g.grid.mesh = m
}

// pin moves the node at a corner so that the mesh, extended, passes through the middle of the finder pattern there, three modules on.
func (m *mesh) pin(i, j int, finder point) {
	k := len(m.at)
	inward := func(i int) (step int, r float64) {
		if i == 0 {
			return 1, 3 / (m.at[1] - m.at[0])
		}
		return -1, 3 / (m.at[k-1] - m.at[k-2])
	}
	di, r := inward(i)
	dj, q := inward(j)
	beside, below, across := m.nodes[j*k+i+di], m.nodes[(j+dj)*k+i], m.nodes[(j+dj)*k+i+di]
	p := finder.add(beside.times(r * (1 + q))).add(below.times(q * (1 + r))).sub(across.times(r * q))
	m.nodes[j*k+i] = p.times(1 / ((1 + r) * (1 + q)))
}

// expect is where a node should be after those before it, and how far off, in modules, that may be.
func (m *mesh) expect(g *guess, i, j int) (p point, reach float64) {
	k := len(m.at)
	node := func(i, j int) point { return m.nodes[j*k+i] }
	switch {
	case i > 0 && j > 0:
		return node(i-1, j).add(node(i, j-1)).sub(node(i-1, j-1)), 3
	case i > 1:
		return node(i-1, j).add(node(i-1, j).sub(node(i-2, j)).times((m.at[i] - m.at[i-1]) / (m.at[i-1] - m.at[i-2]))), 4
	case j > 1:
		return node(i, j-1).add(node(i, j-1).sub(node(i, j-2)).times((m.at[j] - m.at[j-1]) / (m.at[j-1] - m.at[j-2]))), 4
	}
	return g.grid.at(m.at[i], m.at[j]), 7
}

// seek is the place within reach that looks most like an alignment pattern, or the middle where none does.
func seek(b bitmap, middle, u, v point, reach float64, colour byte) point {
	best, at := 0.55, middle
	for y := -reach; y <= reach; y += 0.5 {
		for x := -reach; x <= reach; x += 0.5 {
			p := middle.add(u.times(x)).add(v.times(y))
			if !b.inside(p) || b.at(p.x, p.y) != colour {
				continue
			}
			if s := target(b, p, u, v, colour) - 0.1*max(x, -x, y, -y)/reach; s > best {
				best, at = s, p
			}
		}
	}
	return at
}
