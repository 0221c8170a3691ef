package qr_test

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"

	"github.com/skip2/go-qrcode"
)

// kinds are the pictures that people hand to a scanner: what login pages, screenshots, cameras, designers and chat programs make of a code.
var kinds = []struct {
	name string
	make func(*studio) []byte
}{
	{"clean", func(s *studio) []byte { return s.png(s.upright(s.key(), classic, 6, 1)) }},
	{"clean-3px", func(s *studio) []byte { return s.png(s.upright(s.key(), classic, 3, 1)) }},
	{"huge-modules", func(s *studio) []byte { return s.png(s.upright(s.key(), classic, s.between(30, 50), 1)) }},
	{"odd-scale-nearest", func(s *studio) []byte { return s.png(s.upright(s.key(), classic, s.between(2.1, 4), 1)) }},
	{"1.6px-nearest", func(s *studio) []byte { return s.png(s.upright(s.symbol(s.uri(), qrcode.Medium), classic, 1.6, 1)) }},
	{"1.6px-smooth", func(s *studio) []byte { return s.png(s.upright(s.key(), classic, 1.6, 4)) }},
	{"1px", func(s *studio) []byte { return s.png(s.upright(s.key(), classic, 1, 1)) }},
	{"stretched", func(s *studio) []byte {
		m := s.key()
		img := canvas(700, 700, white)
		s.draw(img, m, classic, placed(60, 60, s.between(3, 7), s.between(3, 7)), 2)
		return s.png(img)
	}},
	{"inverted", func(s *studio) []byte {
		return s.png(s.upright(s.key(), look{dark: white, light: black, quiet: 4}, s.between(3, 8), 2))
	}},
	{"dark-page", func(s *studio) []byte {
		img := s.page(1280, 720, color.NRGBA{220, 220, 220, 255}, color.NRGBA{24, 26, 32, 255})
		return s.png(s.on(img, s.key(), look{dark: color.NRGBA{235, 235, 235, 255}, light: color.NRGBA{24, 26, 32, 255}, quiet: 4}, s.between(2.5, 6), 2))
	}},
	{"white-on-transparent", func(s *studio) []byte {
		return s.png(s.upright(s.key(), look{dark: white, quiet: 4}, s.between(3, 8), 1))
	}},
	{"black-on-transparent", func(s *studio) []byte {
		return s.png(s.upright(s.key(), look{dark: black, quiet: 2}, s.between(3, 8), 1))
	}},
	{"yellow-on-white", func(s *studio) []byte {
		return s.png(s.upright(s.key(), look{dark: color.NRGBA{255, 236, uint8(s.between(0, 90)), 255}, light: white, quiet: 4}, s.between(3, 8), 2))
	}},
	{"same-lightness", func(s *studio) []byte {
		return s.png(s.upright(s.key(), look{dark: color.NRGBA{230, 20, 20, 255}, light: color.NRGBA{20, uint8(s.between(100, 140)), 20, 255}, quiet: 4}, s.between(3, 8), 2))
	}},
	{"brand-colours", func(s *studio) []byte {
		return s.png(s.upright(s.key(), look{dark: color.NRGBA{uint8(s.between(0, 120)), uint8(s.between(0, 90)), uint8(s.between(60, 200)), 255}, light: color.NRGBA{uint8(s.between(200, 255)), uint8(s.between(200, 255)), 230, 255}, quiet: 4}, s.between(3, 8), 2))
	}},
	{"gradient-modules", func(s *studio) []byte {
		l := classic
		l.paint = func(u, v float64) color.NRGBA {
			return color.NRGBA{uint8(180 * u), uint8(110 * v), uint8(200 - 150*u), 255}
		}
		return s.png(s.upright(s.key(), l, s.between(4, 9), 2))
	}},
	{"pale", func(s *studio) []byte {
		v := s.between(150, 220)
		g := func(v float64) color.NRGBA { return color.NRGBA{uint8(v), uint8(v), uint8(v), 255} }
		return s.jpeg(s.upright(s.key(), look{dark: g(v), light: g(v + s.between(14, 30)), quiet: 4}, s.between(3, 8), 2), 92)
	}},
	{"no-quiet-zone", func(s *studio) []byte {
		l := classic
		l.quiet = 0
		return s.png(s.upright(s.key(), l, s.between(2, 7), 2))
	}},
	{"no-quiet-zone-on-grey", func(s *studio) []byte {
		l := classic
		l.quiet = 0
		return s.png(s.on(canvas(500, 500, color.NRGBA{110, 110, 110, 255}), s.key(), l, s.between(2, 6), 2))
	}},
	{"quiet-zone-one-on-black", func(s *studio) []byte {
		l := classic
		l.quiet = 1
		return s.png(s.on(canvas(600, 600, black), s.key(), l, s.between(2, 6), 2))
	}},
	{"logo", func(s *studio) []byte {
		l := classic
		l.logo = s.between(0.15, 0.24)
		return s.png(s.upright(s.symbol(s.uri(), qrcode.High), l, s.between(4, 8), 2))
	}},
	{"logo-large", func(s *studio) []byte {
		l := classic
		l.logo = s.between(0.26, 0.32)
		return s.png(s.upright(s.symbol(s.uri(), qrcode.Highest), l, s.between(4, 8), 2))
	}},
	{"round-modules", func(s *studio) []byte {
		l := classic
		l.dot = s.between(0.45, 0.6)
		return s.png(s.upright(s.key(), l, s.between(5, 10), 3))
	}},
	{"dots", func(s *studio) []byte {
		l := classic
		l.dot = s.between(0.25, 0.34)
		return s.png(s.upright(s.key(), l, s.between(6, 12), 3))
	}},
	{"rotated", func(s *studio) []byte {
		return s.png(s.photo(s.key(), classic, s.between(3, 7), s.between(0.17, 6.1), 0))
	}},
	{"rotated-low-res", func(s *studio) []byte {
		return s.png(s.photo(s.key(), classic, s.between(2, 2.6), s.between(0.17, 6.1), 0))
	}},
	{"mirrored", func(s *studio) []byte {
		m := s.key()
		for _, row := range m {
			for i, j := 0, len(row)-1; i < j; i, j = i+1, j-1 {
				row[i], row[j] = row[j], row[i]
			}
		}
		return s.png(s.upright(m, classic, s.between(3, 7), 2))
	}},
	{"perspective", func(s *studio) []byte {
		return s.png(s.photo(s.key(), classic, s.between(4, 7), s.between(0, 6.28), s.between(0.1, 0.3)))
	}},
	{"perspective-strong", func(s *studio) []byte {
		return s.jpeg(s.photo(s.key(), classic, s.between(6, 9), s.between(0, 6.28), s.between(0.35, 0.5)), 85)
	}},
	{"curved", func(s *studio) []byte {
		m := s.key()
		n := float64(len(m))
		img := canvas(640, 640, color.NRGBA{200, 200, 200, 255})
		k, scale := s.between(0.02, 0.06), 440/n
		s.draw(img, m, classic, func(x, y float64) (float64, float64) {
			u, v := (x-320)/scale, (y-320)/scale
			return u + n/2, v + n/2 + k*n*math.Cos(u/n*math.Pi)
		}, 3)
		return s.jpeg(img, 85)
	}},
	{"lens", func(s *studio) []byte {
		m := s.key()
		n := float64(len(m))
		img := canvas(640, 640, white)
		k, scale := s.between(-0.25, 0.25), 400/n
		s.draw(img, m, classic, func(x, y float64) (float64, float64) {
			u, v := (x-320)/scale, (y-320)/scale
			f := 1 + k*(u*u+v*v)/(n*n)
			return u*f + n/2, v*f + n/2
		}, 3)
		return s.png(img)
	}},
	{"shade", func(s *studio) []byte {
		img := s.photo(s.key(), classic, s.between(4, 7), s.between(-0.3, 0.3), 0.05)
		w := float64(img.Rect.Dx())
		return s.jpeg(each(img, func(x, y int, v float64) float64 { return v * (0.2 + 0.8*float64(x)/w) }), 85)
	}},
	{"shadow-edge", func(s *studio) []byte {
		img := s.photo(s.key(), classic, s.between(4, 7), s.between(-0.3, 0.3), 0.05)
		w, a := img.Rect.Dx(), s.between(-1, 1)
		return s.jpeg(each(img, func(x, y int, v float64) float64 {
			if float64(x-w/2) > a*float64(y-w/2) {
				return v * 0.35
			}
			return v
		}), 85)
	}},
	{"glare", func(s *studio) []byte {
		img := s.photo(s.symbol(s.uri(), qrcode.High), classic, s.between(4, 7), s.between(-0.3, 0.3), 0.05)
		w := float64(img.Rect.Dx())
		cx, cy := s.between(0.4, 0.6)*w, s.between(0.4, 0.6)*w
		return s.jpeg(each(img, func(x, y int, v float64) float64 {
			return v*0.8 + 230*math.Exp(-(math.Pow(float64(x)-cx, 2)+math.Pow(float64(y)-cy, 2))/(2*math.Pow(w*0.08, 2)))
		}), 85)
	}},
	{"noise", func(s *studio) []byte {
		return s.png(s.noise(s.upright(s.key(), classic, s.between(3, 7), 2), s.between(25, 55)))
	}},
	{"noise-heavy", func(s *studio) []byte {
		return s.png(s.noise(s.upright(s.key(), classic, s.between(5, 8), 2), s.between(70, 100)))
	}},
	{"salt-and-pepper", func(s *studio) []byte {
		img, share := s.upright(s.key(), classic, s.between(4, 8), 2), s.between(0.04, 0.1)
		for i := 0; i < len(img.Pix); i += 4 {
			if s.r.Float64() < share {
				v := uint8(255 * s.r.IntN(2))
				img.Pix[i], img.Pix[i+1], img.Pix[i+2] = v, v, v
			}
		}
		return s.png(img)
	}},
	{"blurred", func(s *studio) []byte {
		scale := s.between(4, 8)
		b := scale * s.between(0.35, 0.6)
		return s.jpeg(blur(s.upright(s.key(), classic, scale, 2), b, b), 90)
	}},
	{"blurred-much", func(s *studio) []byte {
		scale := s.between(5, 9)
		b := scale * s.between(0.6, 0.7)
		return s.jpeg(blur(s.upright(s.key(), classic, scale, 2), b, b), 95)
	}},
	{"moved", func(s *studio) []byte {
		scale := s.between(5, 9)
		return s.jpeg(blur(s.photo(s.key(), classic, scale, s.between(-0.4, 0.4), 0.05), scale*s.between(0.4, 0.7), 0.5), 90)
	}},
	{"jpeg-20", func(s *studio) []byte { return s.jpeg(s.upright(s.key(), classic, s.between(3, 6), 2), 20) }},
	{"jpeg-5", func(s *studio) []byte { return s.jpeg(s.upright(s.key(), classic, s.between(3.5, 6), 2), 5) }},
	{"dithered", func(s *studio) []byte {
		img := s.photo(s.key(), classic, s.between(4, 8), s.between(0, 6), 0)
		p := image.NewPaletted(img.Rect, color.Palette{color.Black, color.White})
		draw.FloydSteinberg.Draw(p, p.Rect, img, image.Point{})
		return s.gif(p)
	}},
	{"screen-raster", func(s *studio) []byte {
		img := s.photo(s.key(), classic, s.between(6, 9), s.between(-0.3, 0.3), s.between(0, 0.15))
		p, q, a := s.between(2.1, 3.8), s.between(2.1, 3.8), s.between(-0.3, 0.3)
		return s.jpeg(s.noise(each(img, func(x, y int, v float64) float64 {
			u, w := float64(x)+a*float64(y), float64(y)-a*float64(x)
			return v * (0.65 + 0.2*math.Sin(2*math.Pi*u/p) + 0.15*math.Sin(2*math.Pi*w/q))
		}), 8), 80)
	}},
	{"phone-photo", func(s *studio) []byte {
		scale := s.between(4, 8)
		img := s.photo(s.key(), classic, scale, s.between(0, 6.28), s.between(0.05, 0.25))
		img = blur(img, scale*0.25, scale*0.25)
		w := float64(img.Rect.Dx())
		img = each(img, func(x, y int, v float64) float64 { return v * (0.45 + 0.5*float64(y)/w) })
		return s.jpeg(s.noise(img, 12), 60)
	}},
	{"photo-12mp", func(s *studio) []byte {
		m := s.key()
		img := canvas(2400, 1800, color.NRGBA{90, 80, 70, 255})
		s.draw(img, m, classic, turned(len(m), 1200, 900, s.between(8, 18), s.between(0, 6.28), 0.1, 0.1), 1)
		return s.jpeg(s.noise(img, 8), 75)
	}},
	{"screenshot-2px", func(s *studio) []byte { return s.png(s.on(s.page(1920, 1080, black, white), s.key(), classic, 2, 1)) }},
	{"screenshot-scaled", func(s *studio) []byte {
		return s.jpeg(s.on(s.page(1920, 1080, black, white), s.key(), classic, s.between(2.2, 5), 3), 75)
	}},
	{"screenshot-4k", func(s *studio) []byte { return s.png(s.on(s.page(3840, 2160, black, white), s.key(), classic, 3, 1)) }},
	{"two-codes", func(s *studio) []byte {
		img := canvas(900, 450, white)
		s.draw(img, s.key(), classic, placed(30, 30, 5, 5), 2)
		s.draw(img, s.key(), classic, placed(480, 40, 4.5, 4.5), 2)
		return s.png(img)
	}},
	{"two-colours", func(s *studio) []byte {
		img := canvas(900, 450, white)
		s.draw(img, s.key(), classic, placed(30, 30, 5, 5), 2)
		s.draw(img, s.key(), look{dark: white, light: black, quiet: 4}, placed(490, 40, 4.5, 4.5), 2)
		return s.png(img)
	}},
	{"two-sizes", func(s *studio) []byte {
		img := s.page(1600, 900, black, white)
		s.draw(img, s.key(), classic, placed(80, 80, 12, 12), 2)
		s.draw(img, s.key(), classic, placed(1000, 300, 2.5, 2.5), 2)
		return s.png(img)
	}},
	{"four-codes", func(s *studio) []byte {
		img := canvas(900, 900, white)
		for i := range 4 {
			s.draw(img, s.key(), classic, placed(40+float64(i%2)*430, 40+float64(i/2)*430, 5.5, 5.5), 2)
		}
		return s.png(img)
	}},
	{"sheet-of-nine", func(s *studio) []byte {
		img := canvas(1000, 1000, white)
		for i := range 9 {
			m := s.key()
			s.draw(img, m, classic, turned(len(m), 170+float64(i%3)*330, 170+float64(i/3)*330, 3.6, 0.15, 0, 0), 2)
		}
		return s.jpeg(img, 80)
	}},
	{"migration", func(s *studio) []byte {
		return s.png(s.upright(s.symbol(s.migration(), qrcode.Low), classic, s.between(2, 6), 2))
	}},
	{"migration-screenshot", func(s *studio) []byte {
		img := canvas(1080, 2200, color.NRGBA{32, 33, 36, 255})
		m := s.symbol(s.migration(), qrcode.Low)
		scale := 860 / float64(len(m)+8)
		s.draw(img, m, classic, placed(110+4*scale, 600, scale, scale), 2)
		return s.jpeg(img, 60)
	}},
	{"migration-photo", func(s *studio) []byte {
		scale := s.between(4.5, 7)
		img := blur(s.photo(s.symbol(s.migration(), qrcode.Low), classic, scale, s.between(-0.5, 0.5), s.between(0.05, 0.2)), scale*0.2, scale*0.2)
		return s.jpeg(s.noise(img, 8), 75)
	}},
	{"migration-curved", func(s *studio) []byte {
		m := s.symbol(s.migration(), qrcode.Low)
		n := float64(len(m))
		img := canvas(900, 900, color.NRGBA{200, 200, 200, 255})
		k, scale := s.between(0.01, 0.04), 700/n
		s.draw(img, m, classic, func(x, y float64) (float64, float64) {
			u, v := (x-450)/scale, (y-450)/scale
			return u + n/2 + k/2*n*math.Sin(v/n*math.Pi), v + n/2 + k*n*math.Cos(u/n*math.Pi)
		}, 3)
		return s.jpeg(img, 85)
	}},
	{"scratched", func(s *studio) []byte {
		img := s.upright(s.symbol(s.uri(), qrcode.High), classic, 7, 1)
		w := float64(img.Rect.Dx())
		for range 4 {
			a, b := s.between(0.25, 0.9)*w, s.between(-0.5, 0.5)
			each(img, func(x, y int, v float64) float64 {
				if math.Abs(float64(y)-a-b*(float64(x)-w/2)) < 4 {
					return 200
				}
				return v
			})
		}
		return s.jpeg(img, 80)
	}},
	{"on-photo", func(s *studio) []byte {
		img := canvas(800, 600, white)
		a, b, c := s.between(0.01, 0.05), s.between(0.01, 0.05), s.between(0, 6)
		each(img, func(x, y int, v float64) float64 {
			return 127 + 70*math.Sin(a*float64(x)+c)*math.Cos(b*float64(y)) + 40*math.Sin(0.3*float64(x+2*y)) + s.r.NormFloat64()*20
		})
		return s.jpeg(s.on(img, s.key(), look{dark: black, light: white, quiet: 2}, s.between(3, 6), 2), 70)
	}},
	{"bmp", func(s *studio) []byte { return s.bmp(s.upright(s.key(), classic, 4, 1)) }},
	{"tiff", func(s *studio) []byte { return s.tiff(s.upright(s.key(), classic, 4, 1)) }},
	{"gif", func(s *studio) []byte { return s.gif(s.upright(s.key(), classic, 4, 2)) }},
	{"no-quiet-zone-on-black", func(s *studio) []byte {
		l := classic
		l.quiet = 0
		return s.png(s.on(canvas(500, 500, black), s.key(), l, s.between(3, 6), 2))
	}},
	{"sheet-of-sixty", func(s *studio) []byte {
		img := canvas(1640, 1000, color.NRGBA{190, 185, 180, 255})
		for i := range 60 {
			m := s.symbol(fmt.Sprintf("otpauth://totp/%d?secret=GEZDGNBVGY3TQOJQ", i), qrcode.Low)
			s.draw(img, m, classic, turned(len(m), 100+float64(i%10)*160, 100+float64(i/10)*160, 3.6, 0.05, 0, 0), 2)
		}
		return s.jpeg(img, 85)
	}},
	{"code-in-code", func(s *studio) []byte {
		l := classic
		l.quiet = 1
		img := canvas(700, 700, white)
		m := s.symbol(s.uri(), qrcode.Highest)
		scale := 600 / float64(len(m))
		s.draw(img, m, classic, placed(50, 50, scale, scale), 1)
		m = s.symbol("otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ", qrcode.Low)
		scale = 140 / float64(len(m))
		s.draw(img, m, l, turned(len(m), 350, 350, scale, s.between(0, 6.28), 0, 0), 3)
		return s.png(img)
	}},
	{"corner-lifted", func(s *studio) []byte {
		m := s.symbol(fmt.Sprintf("%022d", s.r.Uint32()), qrcode.Medium)
		n, lift := float64(len(m)), s.between(-2.6, -1.8)
		img := canvas(400, 400, white)
		s.draw(img, m, classic, func(x, y float64) (float64, float64) {
			u, v := (x-60)/12, (y-60)/12
			return u + lift*u*v/n/n, v + lift*u*v/n/n
		}, 3)
		return s.jpeg(img, 85)
	}},
	{"aslant", func(s *studio) []byte {
		m := s.key()
		n := float64(len(m))
		img := canvas(700, 700, color.NRGBA{200, 200, 200, 255})
		scale, squeeze, tilt := 420/n, s.between(0.3, 0.45), s.between(0.1, 0.3)
		sin, cos := math.Sincos(s.between(-0.7, 0.7))
		s.draw(img, m, classic, func(x, y float64) (float64, float64) {
			u, v := (x-350)/scale/squeeze, (y-350)/scale
			w := 1 - tilt*u/n
			u, v = u/w, v/w
			return cos*u + sin*v + n/2, -sin*u + cos*v + n/2
		}, 3)
		return s.jpeg(img, 85)
	}},
}
