package transfer

// The keychain of rsc.io/2fa (~/.2fa).
//
//	name 6|7|8 BASE32[ 00000000000000000042]
//
// A line with a counter, of 20 digits, is HOTP; the counter is the LAST one that
// was used.

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"
)

var rscLine = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(\S+) ([678]) ([A-Za-z2-7]+=*)(?: ([0-9]{20}))?$`) })

func isRSC(in *input) bool {
	for line := range bytes.Lines(in.data) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			return rscLine().Match(line)
		}
	}
	return false
}

func readRSC(_ context.Context, in *input, f *File) error {
	number := 0
	for raw := range bytes.Lines(in.data) {
		if err := in.room(f, 1); err != nil {
			return err
		}
		number++
		line := strings.TrimSpace(string(raw))
		if line == "" {
			continue
		}
		m := rscLine().FindStringSubmatch(line)
		if m == nil {
			f.skip(number, "", fmt.Errorf("it is not a name, a number of digits and a secret"))
			continue
		}
		p := params{account: m[1], digits: m[2], secret: m[3]}
		if m[4] != "" {
			p.typ, p.counter, p.counterIsLast = "hotp", strings.TrimLeft(m[4][:19], "0")+m[4][19:], true
		}
		f.take(number, p, Entry{})
	}
	return nil
}
