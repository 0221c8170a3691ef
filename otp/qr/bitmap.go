package qr

// bitmap is a picture in two colours, one byte a pixel: 1 dark, 0 light.
type bitmap struct {
	w, h   int
	pix    []byte
	framed bool // symbols may lie on a dark ground without a quiet zone between
}

// at is the pixel that holds the point; what lies outside is light.
func (b bitmap) at(x, y float64) byte {
	if i, j := int(x), int(y); x >= 0 && y >= 0 && i < b.w && j < b.h {
		return b.pix[j*b.w+i]
	}
	return 0
}

const (
	block    = 8  // side of the squares whose contrast is measured
	reach    = 2  // squares to each side that share a threshold
	contrast = 24 // a square with less has no edge in it, only noise
)

// local parts dark from light by the edges nearby: the threshold of a square is the middle between the darkest and the lightest value of
// the squares around it, those with the most contrast counting most. Unlike a mean, it stays in the middle of an edge where little
// is dark, and a surface without edges stays whole.
func (p plane) local() bitmap {
	bw, bh := (p.w+block-1)/block, (p.h+block-1)/block
	weight, middle := make([]int32, bw*bh), make([]int32, bw*bh)
	for y := range bh {
		for x := range bw {
			lo, hi := p.extremes(x*block, y*block)
			if c := int32(hi) - int32(lo); c >= contrast {
				weight[y*bw+x] = c * c
				middle[y*bw+x] = (int32(lo) + int32(hi)) / 2
			}
		}
	}
	whole := p.otsu()
	out := bitmap{w: p.w, h: p.h, pix: make([]byte, len(p.pix))}
	for y := range bh {
		for x := range bw {
			var sum, n int64
			for j := max(y-reach, 0); j <= min(y+reach, bh-1); j++ {
				for i := max(x-reach, 0); i <= min(x+reach, bw-1); i++ {
					sum += int64(weight[j*bw+i]) * int64(middle[j*bw+i])
					n += int64(weight[j*bw+i])
				}
			}
			t := whole
			if n > 0 {
				t = byte(sum / n)
			}
			p.cut(out, x*block, y*block, t)
		}
	}
	return out
}

// extremes are the darkest and the lightest value of a square.
func (p plane) extremes(x, y int) (lo, hi byte) {
	lo, hi = 255, 0
	for j := y; j < min(y+block, p.h); j++ {
		for _, v := range p.pix[j*p.w+x : j*p.w+min(x+block, p.w)] {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	return lo, hi
}

// cut fills a square of out by one threshold.
func (p plane) cut(out bitmap, x, y int, t byte) {
	for j := y; j < min(y+block, p.h); j++ {
		src := p.pix[j*p.w+x : j*p.w+min(x+block, p.w)]
		dst := out.pix[j*p.w+x : j*p.w+x+len(src)]
		for i, v := range src {
			dst[i] = dark(v, t)
		}
	}
}

// dark is 1 where v is at most t. Written without a branch: noise would make the processor guess wrong every other time.
func dark(v, t byte) byte { return byte((int32(v)-int32(t)-1)>>31) & 1 }

// global parts dark from light by one threshold for the whole picture.
func (p plane) global(t byte) bitmap {
	out := bitmap{w: p.w, h: p.h, pix: make([]byte, len(p.pix))}
	for i, v := range p.pix {
		out.pix[i] = dark(v, t)
	}
	return out
}

// mean parts dark from light by the mean of the (2r+1)² pixels around each, which follows shadows closer than local does.
func (p plane) mean(r int) bitmap {
	m := p.blurred(r)
	out := bitmap{w: p.w, h: p.h, pix: make([]byte, len(p.pix))}
	for i, v := range p.pix {
		out.pix[i] = dark(v, byte(max(int(m.pix[i])-4, 0)))
	}
	return out
}

// otsu is the threshold that parts the values into the two classes that differ most (N. Otsu, 1979).
func (p plane) otsu() byte {
	n, all := p.histogram()
	sum := 0
	for v, c := range n {
		sum += v * c
	}
	best, at, below, part := 0.0, 127, 0, 0
	for v, c := range n {
		below, part = below+c, part+v*c
		if above := all - below; below > 0 && above > 0 {
			d := float64(part)/float64(below) - float64(sum-part)/float64(above)
			if s := d * d * float64(below) * float64(above); s > best {
				best, at = s, v
			}
		}
	}
	return byte(at)
}
