package qr

import (
	"bufio"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"sync"

	"github.com/skip2/go-qrcode"
)

// Quiet is the width of the light margin of every drawing, in modules (ISO/IEC 18004, 6.3.8).
const Quiet = 4

// DefaultScale is a width of a module, in pixels, that cameras and people are comfortable with.
const DefaultScale = 8

// Code is a text as a QR code, ready to be drawn. Printing one does not show its modules: whoever has them has the text.
type Code struct {
	side int
	dark func(x, y int) bool // a function because fmt can print neither it nor what it holds, not even in an unexported field
}

// Encode makes the smallest code that holds the text with error correction level M (15 %), or L (7 %) where M has no room. At most 2,953 bytes
// fit.
func Encode(text string) (Code, error) {
	if text == "" {
		return Code{}, errors.New("encode QR code: the text is empty")
	}
	q, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		q, err = qrcode.New(text, qrcode.Low)
	}
	if err != nil {
		// The library's error may quote the text.
		return Code{}, fmt.Errorf("encode QR code: %d bytes do not fit, at most 2953 do", len(text))
	}
	q.DisableBorder = true
	m := q.Bitmap()
	return Code{len(m), func(x, y int) bool { return m[y][x] }}, nil
}

// Side is the number of modules along one edge, without the margin.
func (c Code) Side() int { return c.side }

// Dark reports whether a module is dark. Those outside the code are light.
func (c Code) Dark(x, y int) bool {
	return x >= 0 && y >= 0 && x < c.side && y < c.side && c.dark(x, y)
}

// String says how large the code is.
func (c Code) String() string { return fmt.Sprintf("QR code of %d × %d modules", c.side, c.side) }

// GoString is String.
func (c Code) GoString() string { return c.String() }

// PNG writes the code as a picture in black and white with so many pixels a module, 1 to 64; 0 means DefaultScale.
func (c Code) PNG(w io.Writer, scale int) error {
	if scale == 0 {
		scale = DefaultScale
	}
	if scale < 1 || scale > 64 {
		return fmt.Errorf("draw QR code: %d pixels a module, must be 1 to 64", scale)
	}
	side := (c.side + 2*Quiet) * scale
	img := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	for y := range c.side {
		first := img.Pix[(y+Quiet)*scale*side:][:side]
		for x := range c.side {
			if c.dark(x, y) {
				row := first[(x+Quiet)*scale:][:scale]
				for i := range row {
					row[i] = 1
				}
			}
		}
		for i := 1; i < scale; i++ {
			copy(first[i*side:(i+1)*side:(i+1)*side], first)
		}
	}
	if err := encoder.Encode(w, img); err != nil {
		return fmt.Errorf("draw QR code: %w", err)
	}
	return nil
}

// encoder keeps the compressor's megabyte for the next picture.
var encoder = png.Encoder{BufferPool: new(buffers)}

type buffers struct{ sync.Pool }

func (b *buffers) Get() *png.EncoderBuffer {
	e, _ := b.Pool.Get().(*png.EncoderBuffer)
	return e
}

func (b *buffers) Put(e *png.EncoderBuffer) { b.Pool.Put(e) }

// SVG writes the code as a drawing that has no size of its own: one unit is one module.
func (c Code) SVG(w io.Writer) error {
	b := bufio.NewWriter(w)
	side := c.side + 2*Quiet
	fmt.Fprintf(b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges">`+"\n", side, side)
	fmt.Fprintf(b, `<path fill="#fff" d="M0 0h%dv%dH0z"/>`+"\n"+`<path d="`, side, side)
	for y := range c.side {
		for x := 0; x < c.side; x++ {
			n := 0
			for c.Dark(x+n, y) {
				n++
			}
			if n > 0 {
				fmt.Fprintf(b, "M%d %dh%dv1h-%dz", x+Quiet, y+Quiet, n, n)
				x += n
			}
		}
	}
	fmt.Fprint(b, `"/>`+"\n</svg>\n")
	if err := b.Flush(); err != nil {
		return fmt.Errorf("draw QR code: %w", err)
	}
	return nil
}

// Terminal writes the code in half blocks, two rows of modules a line. Blocks have the colour of letters: where these are light on a dark ground,
// as on most terminals, they stand for light modules; on a light ground for dark ones.
func (c Code) Terminal(w io.Writer, light bool) error {
	b := bufio.NewWriter(w)
	for y := -Quiet; y < c.side+Quiet; y += 2 {
		for x := -Quiet; x < c.side+Quiet; x++ {
			// Below the last row the line is half empty: there is no module to draw.
			upper, lower := c.Dark(x, y) == light, c.Dark(x, y+1) == light && y+1 < c.side+Quiet
			switch {
			case upper && lower:
				b.WriteString("█")
			case upper:
				b.WriteString("▀")
			case lower:
				b.WriteString("▄")
			default:
				b.WriteByte(' ')
			}
		}
		b.WriteByte('\n')
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("draw QR code: %w", err)
	}
	return nil
}
