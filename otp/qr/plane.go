package qr

import (
	"image"
	"image/color"
	"image/draw"
)

// plane is a grey picture, one byte a pixel, 0 black, without padding.
type plane struct {
	w, h int
	pix  []byte
}

// view says which grey value stands for a colour. Red, green and blue are premultiplied with alpha, as image/color has them.
type view func(r, g, b, a uint32) byte

// luma is the weight that image/color gives to the three channels.
func luma(r, g, b uint32) uint32 { return (19595*r + 38470*g + 7471*b + 1<<15) >> 16 }

var (
	// onWhite is what most viewers show.
	onWhite view = func(r, g, b, a uint32) byte { return byte(min(luma(r, g, b)+255-a, 255)) }
	onBlack view = func(r, g, b, a uint32) byte { return byte(luma(r, g, b)) }
	// opacity reads drawings in any colour, white too, on a transparent ground.
	opacity view = func(r, g, b, a uint32) byte { return byte(255 - a) }
	// One channel parts colours of the same lightness, and yellow from white.
	red   view = func(r, g, b, a uint32) byte { return byte(min(r+255-a, 255)) }
	green view = func(r, g, b, a uint32) byte { return byte(min(g+255-a, 255)) }
	blue  view = func(r, g, b, a uint32) byte { return byte(min(b+255-a, 255)) }
)

// lightness is the view on white by the short way for the types that the decoders return.
func lightness(img image.Image) plane {
	r := img.Bounds()
	p := plane{r.Dx(), r.Dy(), make([]byte, r.Dx()*r.Dy())}
	switch m := img.(type) {
	case *image.Gray:
		for y := range p.h {
			copy(p.row(y), m.Pix[y*m.Stride:])
		}
	case *image.YCbCr:
		for y := range p.h {
			copy(p.row(y), m.Y[m.YOffset(r.Min.X, r.Min.Y+y):])
		}
	case *image.RGBA:
		if !m.Opaque() {
			return seen(img, onWhite)
		}
		for y := range p.h {
			src := m.Pix[m.PixOffset(r.Min.X, r.Min.Y+y):]
			for x, dst := 0, p.row(y); x < len(dst); x++ {
				s := src[4*x : 4*x+3 : 4*x+3]
				dst[x] = byte(luma(uint32(s[0]), uint32(s[1]), uint32(s[2])))
			}
		}
	default:
		return seen(img, onWhite)
	}
	return p
}

// seen is the picture in the given view.
func seen(img image.Image, v view) plane {
	r := img.Bounds()
	p := plane{r.Dx(), r.Dy(), make([]byte, r.Dx()*r.Dy())}
	switch m := img.(type) {
	case *image.RGBA:
		for y := range p.h {
			premultiplied(p.row(y), m.Pix[m.PixOffset(r.Min.X, r.Min.Y+y):], v)
		}
	case *image.NRGBA:
		for y := range p.h {
			unmultiplied(p.row(y), m.Pix[m.PixOffset(r.Min.X, r.Min.Y+y):], v)
		}
	case *image.Paletted:
		lut := palette(m.Palette, v)
		for y := range p.h {
			row := m.Pix[m.PixOffset(r.Min.X, r.Min.Y+y):]
			for x, dst := 0, p.row(y); x < p.w; x++ {
				dst[x] = lut[row[x]]
			}
		}
	default:
		line := image.NewRGBA(image.Rect(0, 0, p.w, 1))
		for y := range p.h {
			draw.Draw(line, line.Rect, img, image.Pt(r.Min.X, r.Min.Y+y), draw.Src)
			premultiplied(p.row(y), line.Pix, v)
		}
	}
	return p
}

func premultiplied(dst, src []byte, v view) {
	for x := range dst {
		s := src[4*x : 4*x+4 : 4*x+4]
		dst[x] = v(uint32(s[0]), uint32(s[1]), uint32(s[2]), uint32(s[3]))
	}
}

func unmultiplied(dst, src []byte, v view) {
	for x := range dst {
		s := src[4*x : 4*x+4 : 4*x+4]
		r, g, b, a := uint32(s[0]), uint32(s[1]), uint32(s[2]), uint32(s[3])
		if a != 255 {
			r, g, b = r*a/255, g*a/255, b*a/255
		}
		dst[x] = v(r, g, b, a)
	}
}

func palette(p color.Palette, v view) (lut [256]byte) {
	for i, c := range p[:min(len(p), 256)] {
		r, g, b, a := c.RGBA()
		lut[i] = v(r>>8, g>>8, b>>8, a>>8)
	}
	return lut
}

// transparent reports whether any pixel lets the ground through.
func transparent(img image.Image) bool {
	o, ok := img.(interface{ Opaque() bool })
	return ok && !o.Opaque()
}

// coloured reports whether the channels can differ.
func coloured(img image.Image) bool {
	switch img.(type) {
	case *image.Gray, *image.Gray16:
		return false
	}
	return true
}

func (p plane) row(y int) []byte { return p.pix[y*p.w : (y+1)*p.w : (y+1)*p.w] }

// histogram counts the values, of a large picture those of every fifth pixel, and says how many it counted.
func (p plane) histogram() (n [256]int, all int) {
	step := 1
	if len(p.pix) > 500_000 {
		step = 5
	}
	for i := 0; i < len(p.pix); i += step {
		n[p.pix[i]]++
		all++
	}
	return n, all
}

// stretch spreads the values of a pale picture over the whole range. One in two hundred may be lost at each end.
func (p plane) stretch() {
	n, all := p.histogram()
	lo, hi := 0, 255
	for lost := n[lo]; lost <= all/200 && lo < hi; lost += n[lo] {
		lo++
	}
	for lost := n[hi]; lost <= all/200 && hi > lo; lost += n[hi] {
		hi--
	}
	if hi-lo > 160 || hi-lo < 4 {
		return
	}
	var lut [256]byte
	for i := range lut {
		lut[i] = byte(min(max((i-lo)*255/(hi-lo), 0), 255))
	}
	for i, v := range p.pix {
		p.pix[i] = lut[v]
	}
}

// half is the picture at half its size: each pixel the mean of four.
func (p plane) half() plane {
	q := plane{p.w / 2, p.h / 2, make([]byte, (p.w/2)*(p.h/2))}
	for y := range q.h {
		a, b, dst := p.row(2*y), p.row(2*y+1), q.row(y)
		for x := range dst {
			dst[x] = byte((int(a[2*x]) + int(a[2*x+1]) + int(b[2*x]) + int(b[2*x+1]) + 2) / 4)
		}
	}
	return q
}

// enlarged is the picture f times its size, interpolated linearly, with a light margin of m pixels of the result.
func (p plane) enlarged(f float64, m int) plane {
	w, h := int(float64(p.w)*f), int(float64(p.h)*f)
	q := plane{w + 2*m, h + 2*m, make([]byte, (w+2*m)*(h+2*m))}
	if m > 0 {
		for i := range q.pix {
			q.pix[i] = 255
		}
	}
	type tap struct{ i, w int }
	cols := make([]tap, w)
	for x := range cols {
		s := min(max((float64(x)+0.5)/f-0.5, 0), float64(p.w-1))
		cols[x] = tap{min(int(s), max(p.w-2, 0)), 0}
		cols[x].w = int((s - float64(cols[x].i)) * 256)
	}
	for y := range h {
		s := min(max((float64(y)+0.5)/f-0.5, 0), float64(p.h-1))
		i := min(int(s), max(p.h-2, 0))
		v := int((s - float64(i)) * 256)
		a, b, dst := p.row(i), p.row(min(i+1, p.h-1)), q.row(y + m)[m:]
		for x, t := range cols {
			j := min(t.i+1, p.w-1)
			top := int(a[t.i])*(256-t.w) + int(a[j])*t.w
			low := int(b[t.i])*(256-t.w) + int(b[j])*t.w
			dst[x] = byte((top*(256-v) + low*v + 1<<15) >> 16)
		}
	}
	return q
}

// blurred is the picture with each pixel the mean of the (2r+1)² around it. It takes away noise, screen raster and dots.
func (p plane) blurred(r int) plane {
	t := plane{p.w, p.h, make([]byte, len(p.pix))}
	q := plane{p.w, p.h, make([]byte, len(p.pix))}
	for y := range p.h {
		slide(t.pix[y*p.w:], p.pix[y*p.w:], p.w, 1, r)
	}
	for x := range p.w {
		slide(q.pix[x:], t.pix[x:], p.h, p.w, r)
	}
	return q
}

// slide takes the running mean of n values that lie step apart.
func slide(dst, src []byte, n, step, r int) {
	sum, count := 0, 0
	for i := 0; i < min(r, n); i++ {
		sum += int(src[i*step])
		count++
	}
	for i := range n {
		if i+r < n {
			sum += int(src[(i+r)*step])
			count++
		}
		if i-r-1 >= 0 {
			sum -= int(src[(i-r-1)*step])
			count--
		}
		dst[i*step] = byte((sum + count/2) / count)
	}
}

// at is the value between pixels, x and y being measured from the corner of the picture. Outside lies the nearest pixel.
func (p plane) at(x, y float64) float64 {
	x, y = min(max(x-0.5, 0), float64(p.w-1)), min(max(y-0.5, 0), float64(p.h-1))
	i, j := int(x), int(y)
	u, v := x-float64(i), y-float64(j)
	k := j*p.w + i
	right, down := 1, p.w
	if i == p.w-1 {
		right = 0
	}
	if j == p.h-1 {
		down = 0
	}
	top := float64(p.pix[k])*(1-u) + float64(p.pix[k+right])*u
	low := float64(p.pix[k+down])*(1-u) + float64(p.pix[k+down+right])*u
	return top*(1-v) + low*v
}

// sharpened moves every pixel away from the mean around it.
func (p plane) sharpened(r int) plane {
	q := p.blurred(r)
	for i, v := range p.pix {
		q.pix[i] = byte(min(max(int(v)+2*(int(v)-int(q.pix[i])), 0), 255))
	}
	return q
}
