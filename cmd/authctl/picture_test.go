package main

import (
	"encoding/xml"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const picture = "../../doc/live.svg"

// TestPicture: the picture in README.md is what the live list draws.
// AUTHCTL_PICTURE=1 draws it anew.
func TestPicture(t *testing.T) {
	accounts := accountsOf(t,
		"otpauth://totp/Deno:mason?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Deno",
		"otpauth://totp/Example:alice%40example.com?secret=MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U&issuer=Example&period=60",
		"otpauth://hotp/Issuu:james?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Issuu&digits=8&counter=7",
		"otpauth://steam/Steam:sophia?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Steam",
		"otpauth://totp/%E9%8A%80%E8%A1%8C:%E8%8A%B1%E5%AD%90?secret=MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U&issuer=%E9%8A%80%E8%A1%8C&digits=8",
	)
	s := &screen{
		app:      &app{terminal: true, getenv: func(string) string { return "" }},
		accounts: accounts, now: func() time.Time { return time.Unix(1_800_000_022, 0) },
		columns: 62, lines: 10, cursor: 1,
	}
	got := drawSVG(append([]string{"\x1b[2m$ \x1b[0mauthctl", ""}, s.render()...), s.columns)
	if os.Getenv("AUTHCTL_PICTURE") != "" {
		if err := os.WriteFile(picture, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(picture)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is not what the list draws (-want +got):\n%s", picture, diff)
	}
}

// sequence is what the list sends to a terminal: a style (SGR) or a column (CHA).
var sequence = regexp.MustCompile(`\x1b\[([0-9;]*)([mG])`)

// drawSVG draws the lines of a terminal as a picture.
func drawSVG(lines []string, columns int) string {
	const width, height, margin = 8.4, 21, 18 // of a character in 14 px, and around all
	styles := map[string]string{bold: "b", dim: "d", red: "r", green: "g", yellow: "y"}
	var b strings.Builder
	w, h := float64(columns)*width+2*margin, len(lines)*height+2*margin
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" width="%.0f" height="%d" font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">
<style>text { fill: #d8dee9 } .b { fill: #fff; font-weight: bold } .d { fill: #8b95a7 } .r { fill: #ff7b72 } .g { fill: #7ee787 } .y { fill: #e3b341 }</style>
<rect width="100%%" height="100%%" rx="10" fill="#161b22"/>
`, w, h)
	for i, line := range lines {
		line += "\x1b[m" // a sequence ends every text
		column, style, from := 0, "", 0
		for _, at := range sequence.FindAllStringSubmatchIndex(line, -1) {
			if text := line[from:at[0]]; strings.TrimSpace(text) != "" {
				fmt.Fprintf(&b, `<text x="%.1f" y="%d" class="%s">`, margin+float64(column)*width, margin+i*height+15, style)
				xml.EscapeText(&b, []byte(text))
				b.WriteString("</text>\n")
			}
			column += cells(line[from:at[0]])
			from = at[1]
			switch parameter := line[at[2]:at[3]]; line[at[4]:at[5]] {
			case "m":
				style = styles[parameter]
			case "G":
				column = atoi(parameter) - 1
			}
		}
	}
	b.WriteString("</svg>\n")
	return b.String()
}
