package diagnose

import (
	"fmt"
	"strings"
)

// lookAlikes are the characters that people and fonts confuse, each with those it
// is taken for, as far as all are base32. What is not (0, 1, 8, 9) apps replace or
// drop, which comes to one of these or to a missing character.
var lookAlikes = [...]struct{ from, to string }{
	{"O", "QD"}, {"Q", "O"}, {"D", "O"}, {"I", "LJT"}, {"L", "I"}, {"J", "I"}, {"T", "I7"}, {"7", "T2"}, {"B", "36E"}, {"3", "BE"},
	{"E", "3F"}, {"F", "EP"}, {"S", "5"}, {"5", "S"}, {"Z", "27"}, {"2", "Z7"}, {"G", "6C"}, {"6", "GB"}, {"C", "G"}, {"U", "VW"},
	{"V", "UYW"}, {"W", "VU"}, {"Y", "VX"}, {"X", "YK"}, {"K", "XR"}, {"M", "N"}, {"N", "MH"}, {"H", "N"}, {"P", "RF"}, {"R", "PK"},
	{"A", "4"}, {"4", "A"},
}

// misreadings are the secrets that are one slip of the eye or the finger away from
// the written one, s. Where the length says that a character is missing, each
// character in each place is tried.
func misreadings(s string) []variant {
	if len(s) > maxWritten {
		return nil
	}
	out := groupSlips(s)
	add := func(text, what string) { out = append(out, variant{fromBase32(text), what}) }
	for _, l := range lookAlikes {
		if strings.Count(s, l.from) < 2 {
			continue
		}
		add(strings.ReplaceAll(s, l.from, l.to[:1]), "a character is taken each time for one that looks like it")
		add(strings.ReplaceAll(s, l.from, ""), "a character is left out each time")
	}
	for i := range len(s) {
		place := fmt.Sprintf("character %d", i+1)
		add(s[:i]+s[i+1:], place+" is left out")
		add(s[:i+1]+s[i:], place+" is doubled")
		for _, c := range confusedWith(s[i : i+1]) {
			add(s[:i]+string(c)+s[i+1:], place+" is taken for one that looks like it")
		}
		if i+1 < len(s) && s[i] != s[i+1] {
			add(s[:i]+s[i+1:i+2]+s[i:i+1]+s[i+2:], fmt.Sprintf("characters %d and %d are swapped", i+1, i+2))
		}
	}
	if rest := len(s) % 8; rest == 1 || rest == 3 || rest == 6 || rest == 7 && len(s) < 40 {
		for i := range len(s) + 1 {
			for _, c := range base32Alphabet {
				add(s[:i]+string(c)+s[i:], fmt.Sprintf("a character is missing here at %d", i+1))
			}
		}
	}
	return out
}

// groupSlips are the slips of people who copy four characters at a time, as most
// services show them.
func groupSlips(s string) []variant {
	const size = 4
	var out []variant
	add := func(text, what string, args ...any) {
		out = append(out, variant{fromBase32(text), fmt.Sprintf(what, args...)})
	}
	for i := 0; i+size <= len(s); i += size {
		next := min(i+2*size, len(s))
		if i+size < len(s) { // else it is cut, which cuts has
			add(s[:i]+s[i+size:], "characters %d to %d are left out", i+1, i+size)
		}
		add(s[:i+size]+s[i:], "characters %d to %d are doubled", i+1, i+size)
		add(s[:i]+s[i+size:next]+s[i:i+size]+s[next:], "characters %d to %d and those after them are swapped", i+1, i+size)
		add(s[i:], "only the last %d characters are there", len(s)-i)
	}
	return out
}

// substitutions are the secrets in which any one character is another, one more, or
// has changed places: too many for one code to tell.
func substitutions(s string) []variant {
	if len(s) > maxWritten/2 {
		return nil
	}
	var out []variant
	for i := range len(s) + 1 {
		place := fmt.Sprintf("character %d", i+1)
		for _, c := range base32Alphabet {
			out = append(out, variant{fromBase32(s[:i] + string(c) + s[i:]), place + " is one too many"})
			if i < len(s) {
				out = append(out, variant{fromBase32(s[:i] + string(c) + s[i+1:]), place + " is another"})
			}
		}
		for j := i + 2; j < len(s); j++ {
			swapped := s[:i] + s[j:j+1] + s[i+1:j] + s[i:i+1] + s[j+1:]
			out = append(out, variant{fromBase32(swapped), fmt.Sprintf("characters %d and %d are swapped", i+1, j+1)})
		}
	}
	return out
}

func confusedWith(character string) string {
	for _, l := range lookAlikes {
		if l.from == character {
			return l.to
		}
	}
	return ""
}
