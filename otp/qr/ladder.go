package qr

import (
	"image"
	"iter"
	"slices"
)

// pass is one way to look at a picture: the grey plane that modules are sampled from and the bitmap that finders are looked for in.
type pass struct {
	plane
	bitmap
	scale  float64 // pixels of the plane for one of the picture
	margin float64 // pixels of the plane that were added around it
}

// rung is a group of passes. The search may end after a rung, never within one, so that a rung is where codes of
// different size or colour in one picture are found together.
type rung func(picture) iter.Seq[pass]

// picture is what the ladder climbs over.
type picture struct {
	image.Image
	grey plane
}

// ladder goes from what reads most pictures at least cost to what reads a few at great cost; doc/qr.md has what each rung is worth.
var ladder = []rung{
	plain,
	ground,
	framed,
	enlarge,
	rough,
	smooth,
	channels,
	sharp,
}

// smallest is the side below which a picture is not halved again.
const smallest = 120

// pyramid yields the plane at its full size, half, a quarter and so on. Large modules confuse a local threshold, but at one of
// the sizes they are four to eight pixels wide, whatever they were. Sizes above four megapixels come last, the least first: they may cost
// the whole budget, and most large pictures are photos with a large code.
func pyramid(p plane) iter.Seq2[plane, float64] {
	return func(yield func(plane, float64) bool) {
		type level struct {
			plane
			scale float64
		}
		var large []level
		for scale := 1.0; ; scale /= 2 {
			if len(p.pix) > 4_000_000 {
				large = append(large, level{p, scale})
			} else if !yield(p, scale) {
				return
			}
			if min(p.w, p.h) < 2*smallest {
				break
			}
			p = p.half()
		}
		for _, l := range slices.Backward(large) {
			if !yield(l.plane, l.scale) {
				return
			}
		}
	}
}

// plain is the picture as it is.
func plain(pic picture) iter.Seq[pass] {
	return func(yield func(pass) bool) {
		for p, scale := range pyramid(pic.grey) {
			if !yield(pass{p, p.local(), scale, 0}) {
				return
			}
		}
	}
}

// ground looks at a transparent picture on black, and by its opacity alone.
func ground(pic picture) iter.Seq[pass] {
	return func(yield func(pass) bool) {
		if !transparent(pic.Image) {
			return
		}
		for _, v := range []view{opacity, onBlack} {
			for p, scale := range pyramid(seen(pic.Image, v)) {
				if !yield(pass{p, p.local(), scale, 0}) {
					return
				}
			}
		}
	}
}

// framed looks for symbols on a dark ground without a quiet zone.
func framed(pic picture) iter.Seq[pass] {
	return func(yield func(pass) bool) {
		for p := range plain(pic) {
			p.bitmap.framed = true
			if !yield(p) {
				return
			}
		}
	}
}

// enlarge reads modules of less than two pixels, and codes without a quiet zone, to which it adds a margin.
func enlarge(pic picture) iter.Seq[pass] {
	return func(yield func(pass) bool) {
		for _, f := range []float64{2, 3, 1.5} {
			if float64(len(pic.grey.pix))*f*f > 12e6 {
				continue
			}
			p := pic.grey.enlarged(f, 20)
			if !yield(pass{p, p.local(), f, 20}) || !yield(pass{p, p.global(p.otsu()), f, 20}) {
				return
			}
		}
	}
}

// rough takes other thresholds: one for the whole picture, and one that follows shadows closely.
func rough(pic picture) iter.Seq[pass] {
	return func(yield func(pass) bool) {
		for p, scale := range pyramid(pic.grey) {
			t := p.otsu()
			for _, b := range []bitmap{p.global(t), p.mean(max(min(p.w, p.h)/20, 4)), p.global(t / 2), p.global(t/2 + 127)} {
				if !yield(pass{p, b, scale, 0}) {
					return
				}
			}
		}
	}
}

// smooth blurs noise, raster and modules drawn as dots away.
func smooth(pic picture) iter.Seq[pass] {
	return func(yield func(pass) bool) {
		for p, scale := range pyramid(pic.grey) {
			for r := 1; r <= 3; r++ {
				q := p.blurred(r)
				if !yield(pass{q, q.local(), scale, 0}) {
					return
				}
			}
		}
	}
}

// channels looks at one colour at a time.
func channels(pic picture) iter.Seq[pass] {
	return func(yield func(pass) bool) {
		if !coloured(pic.Image) {
			return
		}
		for _, v := range []view{red, blue, green} {
			q := seen(pic.Image, v)
			q.stretch()
			for p, scale := range pyramid(q) {
				if !yield(pass{p, p.local(), scale, 0}) {
					return
				}
			}
		}
	}
}

// sharp undoes a blur.
func sharp(pic picture) iter.Seq[pass] {
	return func(yield func(pass) bool) {
		for p, scale := range pyramid(pic.grey) {
			for _, r := range []int{2, 4, 6} {
				q := p.sharpened(r)
				if !yield(pass{q, q.local(), scale, 0}) {
					return
				}
			}
		}
	}
}
