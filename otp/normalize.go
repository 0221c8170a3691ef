package otp

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// maxInput is the longest input that Normalize looks at, in bytes: a code with
// every character spaced out fits many times over.
const maxInput = 256

// Change is something that [Key.Normalize] did to an input.
type Change struct {
	Kind  ChangeKind `json:"kind"`
	Count int        `json:"count"` // how many characters it concerned
}

// ChangeKind is a stable name that programs can branch on.
type ChangeKind string

const (
	SpacesRemoved  ChangeKind = "spaces-removed"  // white space and characters without width
	HyphensRemoved ChangeKind = "hyphens-removed" // hyphens and dashes of any script
	DigitsMapped   ChangeKind = "digits-mapped"   // decimal digits of another script or full width
	LettersMapped  ChangeKind = "letters-mapped"  // Steam: lower case or full width
)

// String says the change as a sentence would: "3 spaces removed".
func (c Change) String() string {
	noun := map[ChangeKind]string{
		SpacesRemoved: "space%s removed", HyphensRemoved: "hyphen%s removed",
		DigitsMapped: "digit%s written as 0 to 9", LettersMapped: "letter%s written as A to Z",
	}[c.Kind]
	plural := "s"
	if c.Count == 1 {
		plural = ""
	}
	return fmt.Sprintf("%d "+noun, c.Count, plural)
}

// CodeError says why an input cannot be a code of the key. It never holds the
// input.
type CodeError struct {
	Want    int // symbols of a code
	Got     int // symbols of the input, where only their number is wrong; else 0
	Invalid int // position of the first character, from 1, that no code has; else 0
}

func (e *CodeError) Error() string {
	switch {
	case e.Invalid > 0:
		return fmt.Sprintf("character %d belongs to no code", e.Invalid)
	case e.Got == 0:
		return "the code is empty"
	default:
		return fmt.Sprintf("a code here has %d symbols, this has %d", e.Want, e.Got)
	}
}

// Normalize turns what was typed or pasted into the code that it means: it
// removes spaces and hyphens, and writes decimal digits of any script (for Steam,
// also letters in lower case or full width) in ASCII. It corrects nothing else,
// and says what it changed. The error is a *[CodeError]; the code is then what is
// left of the input as far as it is clear.
func (k Key) Normalize(input string) (code string, changes []Change, err error) {
	if len(input) > maxInput {
		return "", nil, &CodeError{Want: k.Digits, Got: len(input)}
	}
	counts := map[ChangeKind]int{}
	out := make([]byte, 0, MaxDigits)
	for pos, r := range []rune(input) {
		switch {
		case isSpace(r):
			counts[SpacesRemoved]++
		case isHyphen(r):
			counts[HyphensRemoved]++
		default:
			symbol, kind, ok := k.symbol(r)
			if !ok {
				return string(out), changeList(counts), &CodeError{Want: k.Digits, Invalid: pos + 1}
			}
			counts[kind]++
			out = append(out, symbol)
		}
	}
	if len(out) != k.Digits {
		err = &CodeError{Want: k.Digits, Got: len(out)}
	}
	return string(out), changeList(counts), err
}

func changeList(counts map[ChangeKind]int) []Change {
	var changes []Change
	for _, kind := range []ChangeKind{SpacesRemoved, HyphensRemoved, DigitsMapped, LettersMapped} {
		if n := counts[kind]; n > 0 {
			changes = append(changes, Change{kind, n})
		}
	}
	return changes
}

// symbol is r as a symbol of a code, and what had to be changed for it: "" for
// nothing.
func (k Key) symbol(r rune) (symbol byte, kind ChangeKind, ok bool) {
	if v, ok := decimalValue(r); ok {
		if r < utf8.RuneSelf {
			return byte(r), "", true
		}
		return '0' + v, DigitsMapped, true
	}
	if k.Type != Steam {
		return 0, "", false
	}
	ascii := r
	if '！' <= r && r <= '～' { // full-width forms
		ascii = r - '！' + '!'
	}
	if 'a' <= ascii && ascii <= 'z' {
		ascii -= 'a' - 'A'
	}
	if ascii < 'A' || ascii > 'Z' {
		return 0, "", false
	}
	if ascii != r {
		return byte(ascii), LettersMapped, true
	}
	return byte(r), "", true
}

// decimalValue is the value of a decimal digit of any script. Unicode gives each
// script ten digits in a row (The Unicode Standard §4.6), so the value is the
// distance from the start of the row; rows of the tables may hold several scripts.
func decimalValue(r rune) (byte, bool) {
	for _, row := range unicode.Nd.R16 {
		if rune(row.Lo) <= r && r <= rune(row.Hi) {
			return byte((r - rune(row.Lo)) % 10), true
		}
	}
	for _, row := range unicode.Nd.R32 {
		if rune(row.Lo) <= r && r <= rune(row.Hi) {
			return byte((r - rune(row.Lo)) % 10), true
		}
	}
	return 0, false
}
