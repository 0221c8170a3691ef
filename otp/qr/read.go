package qr

import (
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
)

// read decodes a square of modules, 1 dark.
func read(cells []byte, n int) (text string, ok bool) {
	// The decoder indexes by what it reads, and a square that is no symbol can lead it out of range. That is a miss like any other.
	defer func() {
		if recover() != nil {
			text, ok = "", false
		}
	}()
	// The standard's default is ISO 8859-1 but everybody writes UTF-8: it is taken where it is valid, else the decoder guesses.
	utf8 := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_CHARACTER_SET: "UTF-8"}
	text, ok = decode(cells, n, utf8)
	if ok && strings.ContainsRune(text, '\uFFFD') {
		return decode(cells, n, nil)
	}
	return text, ok
}

func decode(cells []byte, n int, hints map[gozxing.DecodeHintType]any) (string, bool) {
	bits, err := gozxing.NewSquareBitMatrix(n)
	if err != nil {
		return "", false
	}
	for i, v := range cells {
		if v == 1 {
			bits.Set(i%n, i/n)
		}
	}
	r, err := decoder.NewDecoder().Decode(bits, hints)
	if err != nil || r.GetText() == "" { // noise may pass for a symbol that says nothing
		return "", false
	}
	return r.GetText(), true
}

// bits are the modules of a guess as the bitmap has them at their middles.
func (g *guess) bits(b bitmap) []byte {
	n := g.fixed.modules
	out := make([]byte, n*n)
	for i := range out {
		p := g.grid.at(float64(i%n)+0.5, float64(i/n)+0.5)
		out[i] = 1 - (b.at(p.x, p.y) ^ g.colour)
	}
	return out
}

// greys are the modules of a guess in grey, each the mean of nine places in its middle half, dark being low whatever the colour.
func (g *guess) greys(p plane) []float64 {
	n := g.fixed.modules
	out := make([]float64, n*n)
	for i := range out {
		sum := 0.0
		for k := range 9 {
			q := g.grid.at(float64(i%n)+0.25*float64(k%3+1), float64(i/n)+0.25*float64(k/3+1))
			sum += p.at(q.x, q.y)
		}
		out[i] = sum / 9
		if g.colour == 0 {
			out[i] = 255 - out[i]
		}
	}
	return out
}

// sharpen undoes some of a blur: each module moves away from the mean of its neighbours.
func sharpen(v []float64, n int, by float64) []float64 {
	out := make([]float64, len(v))
	for i := range v {
		x, y := i%n, i/n
		sum, k := 0.0, 0.0
		for _, d := range [4][2]int{{-1, 0}, {1, 0}, {0, -1}, {0, 1}} {
			if s, t := x+d[0], y+d[1]; s >= 0 && t >= 0 && s < n && t < n {
				sum += v[t*n+s]
				k++
			}
		}
		out[i] = v[i] + by*(v[i]-sum/k)
	}
	return out
}

// nearby parts dark modules from light by the mean of the square of modules around each: masking sees to it that both are there.
func nearby(v []float64, n, r int) []byte {
	out := make([]byte, len(v))
	sums := make([]float64, (n+1)*(n+1))
	for y := range n {
		for x := range n {
			sums[(y+1)*(n+1)+x+1] = v[y*n+x] + sums[y*(n+1)+x+1] + sums[(y+1)*(n+1)+x] - sums[y*(n+1)+x]
		}
	}
	for i := range v {
		x0, y0, x1, y1 := max(i%n-r, 0), max(i/n-r, 0), min(i%n+r+1, n), min(i/n+r+1, n)
		sum := sums[y1*(n+1)+x1] - sums[y0*(n+1)+x1] - sums[y1*(n+1)+x0] + sums[y0*(n+1)+x0]
		if v[i]*float64((x1-x0)*(y1-y0)) < sum {
			out[i] = 1
		}
	}
	return out
}
