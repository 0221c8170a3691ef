package qr_test

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/skip2/go-qrcode"
	"golang.org/x/image/bmp"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/tiff"
)

// A fixture is a picture made for a test and the texts in it. The file is what a program would be given.
type fixture struct {
	kind  string
	index int
	texts []string
	file  []byte
}

// fixtures makes n pictures of every kind. The same n gives the same pictures. With AUTHCTL_FIXTURES they are also written to that folder,
// for programs that are not linked into the test.
func fixtures(t testing.TB, n int) []fixture {
	t.Helper()
	out := make([]fixture, len(kinds)*n)
	var wg sync.WaitGroup
	for half := range 2 {
		wg.Go(func() {
			for i := half; i < len(out); i += 2 {
				kind := kinds[i/n]
				s := newStudio(t, i/n+1, i%n+1)
				file := kind.make(s)
				out[i] = fixture{kind.name, i % n, s.texts, file}
			}
		})
	}
	wg.Wait()
	if dir := os.Getenv("AUTHCTL_FIXTURES"); dir != "" {
		for _, f := range out {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d", f.kind, f.index)), f.file, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return out
}

func newStudio(t testing.TB, kind, index int) *studio {
	return &studio{T: t, r: rand.New(rand.NewPCG(uint64(kind), uint64(index)))}
}

// A studio makes one picture.
type studio struct {
	T     testing.TB
	r     *rand.Rand
	texts []string
}

func (s *studio) between(lo, hi float64) float64 { return lo + s.r.Float64()*(hi-lo) }

// uri is a key such as a login page shows.
func (s *studio) uri() string {
	issuers := []string{"Acme", "GitHub", "Example Bank", "Zürich Cloud", "日本サービス", "mail.example.org"}
	secret := make([]byte, []int{10, 20, 20, 32}[s.r.IntN(4)])
	for i := range secret {
		secret[i] = byte(s.r.Uint32())
	}
	issuer := issuers[s.r.IntN(len(issuers))]
	u := fmt.Sprintf("otpauth://totp/%s:user%d@example.com?secret=%s&issuer=%s", url.PathEscape(issuer), s.r.IntN(1000),
		base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret), url.QueryEscape(issuer))
	if s.r.IntN(2) == 0 {
		u += "&algorithm=SHA1&digits=6&period=30"
	}
	return u
}

// migration is an export of ten accounts by its size: what is in it does not matter to a scanner.
func (s *studio) migration() string {
	data := make([]byte, 420+s.r.IntN(160))
	for i := range data {
		data[i] = byte(s.r.Uint32())
	}
	return "otpauth-migration://offline?data=" + url.QueryEscape(base64.StdEncoding.EncodeToString(data))
}

// symbol is the modules of a code, true dark, without a quiet zone.
func (s *studio) symbol(text string, l qrcode.RecoveryLevel) [][]bool {
	q, err := qrcode.New(text, l)
	if err != nil {
		s.T.Fatal(err)
	}
	q.DisableBorder = true
	s.texts = append(s.texts, text)
	return q.Bitmap()
}

func (s *studio) key() [][]bool {
	return s.symbol(s.uri(), []qrcode.RecoveryLevel{qrcode.Low, qrcode.Medium, qrcode.Medium, qrcode.High}[s.r.IntN(4)])
}

// A look is how a symbol is drawn: its colours, the shape of its modules and the width of its quiet zone.
type look struct {
	dark, light color.NRGBA
	quiet       float64
	dot         float64                        // radius of round modules in modules; 0 is square
	logo        float64                        // side of the logo as a share of the symbol
	paint       func(u, v float64) color.NRGBA // replaces dark
}

var (
	black, white = color.NRGBA{0, 0, 0, 255}, color.NRGBA{255, 255, 255, 255}
	classic      = look{dark: black, light: white, quiet: 4}
)

// at is the colour at a place of the symbol given in modules, and whether the symbol or its quiet zone is there.
func (l look) at(m [][]bool, x, y float64) (color.NRGBA, bool) {
	n := float64(len(m))
	if x < -l.quiet || y < -l.quiet || x >= n+l.quiet || y >= n+l.quiet {
		return color.NRGBA{}, false
	}
	if x < 0 || y < 0 || x >= n || y >= n {
		return l.light, true
	}
	if d := max(math.Abs(x/n-0.5), math.Abs(y/n-0.5)); d < l.logo/2 {
		if d > l.logo/2*0.85 {
			return l.light, true
		}
		return color.NRGBA{uint8(200 * x / n), 90, uint8(220 * y / n), 255}, true
	}
	i, j := int(x), int(y)
	isDark := m[j][i]
	if l.dot > 0 && !(i < 7 && j < 7 || i >= len(m)-7 && j < 7 || i < 7 && j >= len(m)-7) {
		isDark = isDark && math.Hypot(x-float64(i)-0.5, y-float64(j)-0.5) < l.dot
	}
	switch {
	case !isDark:
		return l.light, true
	case l.paint != nil:
		return l.paint(x/n, y/n), true
	}
	return l.dark, true
}

// A warp takes a pixel to a place in the symbol, in modules.
type warp func(x, y float64) (u, v float64)

// placed has the symbol upright with its corner at (x0, y0).
func placed(x0, y0, scaleX, scaleY float64) warp {
	return func(x, y float64) (float64, float64) { return (x - x0) / scaleX, (y - y0) / scaleY }
}

// turned has the symbol's middle at (cx, cy), turned by an angle and seen from aslant: tiltX and tiltY are perspective, 0 none.
func turned(n int, cx, cy, scale, angle, tiltX, tiltY float64) warp {
	sin, cos := math.Sincos(angle)
	return func(x, y float64) (float64, float64) {
		x, y = (x-cx)/scale, (y-cy)/scale
		w := 1 - (tiltX*x+tiltY*y)/float64(n)
		x, y = x/w, y/w
		return cos*x + sin*y + float64(n)/2, -sin*x + cos*y + float64(n)/2
	}
}

// draw puts a symbol on the picture, every pixel the mean of samples² places.
func (s *studio) draw(img *image.NRGBA, m [][]bool, l look, w warp, samples int) {
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			var r, g, bl, a, hit float64
			for k := range samples * samples {
				u, v := w(float64(x)+(float64(k%samples)+0.5)/float64(samples), float64(y)+(float64(k/samples)+0.5)/float64(samples))
				c, ok := l.at(m, u, v)
				if !ok {
					if hit == 0 && k == 0 && (u < -9 || v < -9 || u > float64(len(m))+9 || v > float64(len(m))+9) {
						break
					}
					c = img.NRGBAAt(x, y)
				} else {
					hit++
				}
				r, g, bl, a = r+float64(c.R)*float64(c.A), g+float64(c.G)*float64(c.A), bl+float64(c.B)*float64(c.A), a+float64(c.A)
			}
			if hit == 0 || a == 0 {
				if hit > 0 {
					img.SetNRGBA(x, y, color.NRGBA{})
				}
				continue
			}
			img.SetNRGBA(x, y, color.NRGBA{uint8(r/a + 0.5), uint8(g/a + 0.5), uint8(bl/a + 0.5), uint8(a/float64(samples*samples) + 0.5)})
		}
	}
}

func canvas(w, h int, c color.NRGBA) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.Draw(img, img.Rect, image.NewUniform(c), image.Point{}, draw.Src)
	return img
}

// upright is one symbol, its modules so many pixels wide, on a ground of its own light colour.
func (s *studio) upright(m [][]bool, l look, scale float64, samples int) *image.NRGBA {
	side := int(math.Ceil((float64(len(m)) + 2*l.quiet) * scale))
	img := canvas(side, side, l.light)
	s.draw(img, m, l, placed(l.quiet*scale, l.quiet*scale, scale, scale), samples)
	return img
}

// photo is one symbol seen through a camera: turned, aslant, on a table.
func (s *studio) photo(m [][]bool, l look, scale, angle, tilt float64) *image.NRGBA {
	side := int((float64(len(m))+2*l.quiet)*scale*1.5) + 20
	img := canvas(side, side, color.NRGBA{168, 160, 150, 255})
	a := s.between(0, 2*math.Pi)
	s.draw(img, m, l, turned(len(m), float64(side)/2, float64(side)/2, scale, angle, tilt*math.Cos(a), tilt*math.Sin(a)), 3)
	return img
}

// each changes every pixel's channels.
func each(img *image.NRGBA, f func(x, y int, v float64) float64) *image.NRGBA {
	b := img.Bounds()
	for y := range b.Dy() {
		for x := range b.Dx() {
			p := img.Pix[y*img.Stride+4*x:]
			for c := range 3 {
				p[c] = uint8(min(max(f(x, y, float64(p[c])), 0), 255))
			}
		}
	}
	return img
}

func (s *studio) noise(img *image.NRGBA, sigma float64) *image.NRGBA {
	return each(img, func(_, _ int, v float64) float64 { return v + s.r.NormFloat64()*sigma })
}

// blur is a Gaussian blur; with only along the rows it is that of a moving hand.
func blur(img *image.NRGBA, sigmaX, sigmaY float64) *image.NRGBA {
	pass := func(src *image.NRGBA, dx, dy int, sigma float64) *image.NRGBA {
		if sigma == 0 {
			return src
		}
		r := int(3*sigma) + 1
		dst := image.NewNRGBA(src.Rect)
		w, h := src.Rect.Dx(), src.Rect.Dy()
		kernel := make([]float64, 2*r+1)
		for i := range kernel {
			kernel[i] = math.Exp(-float64((i-r)*(i-r)) / (2 * sigma * sigma))
		}
		for y := range h {
			for x := range w {
				var sum [3]float64
				n := 0.0
				for i, k := range kernel {
					p := src.Pix[min(max(y+(i-r)*dy, 0), h-1)*src.Stride+4*min(max(x+(i-r)*dx, 0), w-1):]
					for c := range 3 {
						sum[c] += k * float64(p[c])
					}
					n += k
				}
				d := dst.Pix[y*dst.Stride+4*x:]
				for c := range 3 {
					d[c] = uint8(sum[c]/n + 0.5)
				}
				d[3] = 255
			}
		}
		return dst
	}
	return pass(pass(img, 1, 0, sigmaX), 0, 1, sigmaY)
}

// page is a screenshot: lines of text, a title bar, buttons.
func (s *studio) page(w, h int, ink, paper color.NRGBA) *image.NRGBA {
	img := canvas(w, h, paper)
	draw.Draw(img, image.Rect(0, 0, w, 32), image.NewUniform(color.NRGBA{70, 90, 130, 255}), image.Point{}, draw.Src)
	words := []string{"scan", "this", "code", "with", "your", "authenticator", "app", "or", "enter", "the", "key", "by", "hand", "settings", "security"}
	for y := 60; y < h; y += 18 {
		d := font.Drawer{Dst: img, Src: image.NewUniform(ink), Face: basicfont.Face7x13, Dot: fixed.P(20, y)}
		for d.Dot.X.Round() < w-100 {
			d.DrawString(words[s.r.IntN(len(words))] + " ")
		}
	}
	for range 12 {
		x, y := s.r.IntN(w), s.r.IntN(h)
		draw.Draw(img, image.Rect(x, y, x+20+s.r.IntN(160), y+10+s.r.IntN(30)), image.NewUniform(color.NRGBA{uint8(s.r.IntN(256)), uint8(s.r.IntN(256)), uint8(s.r.IntN(256)), 255}), image.Point{}, draw.Src)
	}
	return img
}

// on puts an upright symbol somewhere on a picture.
func (s *studio) on(img *image.NRGBA, m [][]bool, l look, scale float64, samples int) *image.NRGBA {
	part := s.upright(m, l, scale, samples)
	at := image.Pt(s.r.IntN(max(img.Rect.Dx()-part.Rect.Dx(), 1)), s.r.IntN(max(img.Rect.Dy()-part.Rect.Dy(), 1)))
	draw.Draw(img, part.Rect.Add(at), part, image.Point{}, draw.Src)
	return img
}

func (s *studio) png(img image.Image) []byte {
	var b bytes.Buffer
	s.check((&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, img))
	return b.Bytes()
}

func (s *studio) jpeg(img image.Image, quality int) []byte {
	var b bytes.Buffer
	s.check(jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}))
	return b.Bytes()
}

func (s *studio) check(err error) {
	if err != nil {
		s.T.Fatal(err)
	}
}

func (s *studio) gif(img image.Image) []byte {
	var b bytes.Buffer
	s.check(gif.Encode(&b, img, nil))
	return b.Bytes()
}

func (s *studio) bmp(img image.Image) []byte {
	var b bytes.Buffer
	s.check(bmp.Encode(&b, img))
	return b.Bytes()
}

func (s *studio) tiff(img image.Image) []byte {
	var b bytes.Buffer
	s.check(tiff.Encode(&b, img, &tiff.Options{Compression: tiff.Deflate, Predictor: true}))
	return b.Bytes()
}
