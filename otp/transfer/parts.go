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

// Join settles which parts of Google Authenticator exports are missing when an
// export comes as several files, such as one picture for each QR code: what Read
// missed in one file another may have. It replaces the warnings PartMissing.
func Join(files []File) {
	var parts []Part
	last := -1
	for i := range files {
		files[i].Warnings = without(files[i].Warnings, PartMissing)
		parts = append(parts, files[i].Parts...)
		if len(files[i].Parts) > 0 {
			last = i
		}
	}
	if last >= 0 {
		files[last].Warnings = append(files[last].Warnings, missingParts(parts)...)
	}
}

// missingParts warns of parts that are not there. Parts of one export have their
// batch in common, or where that is left out, their number.
func missingParts(parts []Part) []otp.Warning {
	type export struct {
		batch int32
		size  int
	}
	have := map[export][]int{}
	var exports []export
	for _, p := range parts {
		e := export{p.Batch, p.Size}
		if have[e] == nil {
			exports = append(exports, e)
		}
		have[e] = append(have[e], p.Index)
	}
	var warnings []otp.Warning
	for _, e := range exports {
		var missing []string
		for i := 0; i < e.size && len(missing) < 100; i++ {
			if !slices.Contains(have[e], i) {
				missing = append(missing, strconv.Itoa(i+1))
			}
		}
		if len(missing) > 0 {
			warnings = append(warnings, otp.Warning{Code: PartMissing, Message: fmt.Sprintf(
				"the Google Authenticator export has %d parts; missing: %s", e.size, strings.Join(missing, ", "))})
		}
	}
	return warnings
}
