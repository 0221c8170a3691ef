package transfer

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/authctl/authctl/otp"
)

// Part is one QR code of a Google Authenticator export.
type Part struct {
	Batch int32 // what the parts of one export have in common; 0 in newer exports
	Size  int   // number of parts
	Index int   // from 0
}

// export is what the parts of one export have in common: their batch or, where that
// is left out, their number.
type export struct {
	batch int32
	size  int
}

func (p Part) export() export { return export{p.Batch, p.Size} }

// Join settles which parts of Google Authenticator exports are missing when an
// export comes as several files, such as one picture for each QR code: what Read
// missed in one file another may have. It replaces the warnings PartMissing; that
// of an export stands at the last file with a part of it.
func Join(files []File) {
	var parts []Part
	last := map[export]int{}
	for i := range files {
		files[i].Warnings = without(files[i].Warnings, PartMissing)
		parts = append(parts, files[i].Parts...)
		for _, p := range files[i].Parts {
			last[p.export()] = i
		}
	}
	for _, m := range missingParts(parts) {
		f := &files[last[m.of]]
		f.Warnings = append(f.Warnings, m.warning)
	}
}

// missing warns of the parts of an export that are not there.
type missing struct {
	of      export
	warning otp.Warning
}

func missingParts(parts []Part) (list []missing) {
	have := map[export][]int{}
	var exports []export
	for _, p := range parts {
		e := p.export()
		if have[e] == nil {
			exports = append(exports, e)
		}
		have[e] = append(have[e], p.Index)
	}
	for _, e := range exports {
		var numbers []string
		for i := 0; i < e.size && len(numbers) < 100; i++ {
			if !slices.Contains(have[e], i) {
				numbers = append(numbers, strconv.Itoa(i+1))
			}
		}
		if len(numbers) > 0 {
			list = append(list, missing{e, otp.Warning{Code: PartMissing, Message: fmt.Sprintf(
				"the Google Authenticator export has %d parts; missing: %s", e.size, strings.Join(numbers, ", "))}})
		}
	}
	return list
}
