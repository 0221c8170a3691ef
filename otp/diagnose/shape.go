package diagnose

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode"

	"github.com/authctl/authctl/otp"
)

// digitKey reads decimal digits of any script, whatever their number.
var digitKey = otp.Key{Type: otp.TOTP, Digits: 6}

// steamKey does the same for the symbols of Steam codes.
var steamKey = otp.Key{Type: otp.Steam, Digits: 5}

// digitsOf is the text as decimal digits, however many; "" if it has anything
// else but spaces and hyphens.
func digitsOf(text string) string { return symbols(digitKey, text) }

func symbolsOf(text string) string { return symbols(steamKey, text) }

func symbols(k otp.Key, text string) string {
	if len(text) > 64 {
		return ""
	}
	code, _, err := k.Normalize(text)
	if bad, ok := err.(*otp.CodeError); ok && bad.Invalid > 0 {
		return ""
	}
	return code
}

// shape is what an input is that cannot be a code of the key.
type shape struct {
	cause      Cause
	confidence Confidence
	text, fix  string
}

var (
	recoveryForm = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^[A-Z0-9]{4}[- ][A-Z0-9]{4}$|^[A-Z0-9]{4,5}(-[A-Z0-9]{4,5}){1,7}$`)
	})
	phoneForm   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\+?[\d ().-]{9,25}$`) })
	smsForm     = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Z]{1,3}-\d{4,8}$`) })
	messageForm = sync.OnceValue(func() *regexp.Regexp { // a number among words, which some scripts write without spaces
		const number, signs = `\b\d{4,8}\b`, `[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]`
		return regexp.MustCompile(`(\pL{2}\D*\s|` + signs + `)\D*` + number + `|` + number + `\D*(\s\D*\pL{2}|` + signs + `)`)
	})
	spaces     = strings.NewReplacer("%20", " ", "%C2%A0", " ", "&nbsp;", " ", "&#160;", " ")
	lookDigits = strings.NewReplacer("O", "0", "o", "0", "Q", "0", "D", "0", "I", "1", "l", "1", "i", "1", "|", "1", "!", "1", "L", "1",
		"О", "0", "о", "0", "З", "3", "з", "3", // Cyrillic
		"Z", "2", "z", "2", "A", "4", "S", "5", "s", "5", "G", "6", "b", "6", "T", "7", "B", "8", "g", "9", "q", "9")
)

// shapeOf says what the input is, where its form alone shows that it is no code
// of the key.
func (x *examiner) shapeOf(a attempt) shape {
	text := strings.TrimSpace(a.text)
	upper := strings.ToUpper(text)
	digits := digitsOf(text)
	const other = "Enter the code of the authenticator app in this field."
	switch {
	case len(text) == 0:
		return shape{MalformedInput, Certain, "The field was empty.", "Enter the code that the authenticator shows."}
	case strings.Contains(text, "://"):
		return shape{OtherField, Certain, "A link was entered, not a code.", other}
	case strings.Contains(text, "@"):
		return shape{OtherField, Likely, "A mail address was entered, not a code.", other}
	case x.isSecret(text):
		return shape{OtherField, Certain, "The setup key was entered, not a code.", other + " Never give the setup key to a login page."}
	case digits == "" && x.isLive(lookDigits.Replace(text)):
		return shape{MalformedInput, Certain, "There are letters in the code that look like digits; read as digits it is right.", "Enter it again with digits only: zero, not the letter O; one, not the letter l or I."}
	case len(digits) == 2*x.Key.Digits && digits[:x.Key.Digits] == digits[x.Key.Digits:]:
		return shape{MalformedInput, Likely, "The same code stands there twice, as happens when it is pasted or filled in twice.", "Empty the field and enter the code once, by hand."}
	case x.isPair(cmp.Or(digits, withoutSigns(text))):
		return shape{MalformedInput, Certain, "Two codes of this key, one after the other, were entered as one.", "Enter one code only, the one that the authenticator shows just now."}
	case phoneForm().MatchString(text) && len(digits) != x.Key.Digits && len(onlyDigits(text)) >= 9 && !x.holdsLive(text):
		return shape{OtherField, Likely, "This has the form of a phone number.", other}
	case digits == "" && x.isLive(withoutSigns(text)):
		return shape{MalformedInput, Certain, "There are signs between the digits; without them the code is right.", "Enter it again with digits only."}
	case digits == "" && x.isLive(spaces.Replace(text)):
		return shape{MalformedInput, Certain, "A space in the code arrived as its encoded form; without it the code is right.", "Enter it again by hand, without spaces."}
	case digits == "" && x.lostZeros(text):
		return shape{Truncated, Likely, "It is a number as a table or a program writes it: the zeros in front are lost. With them the code is right.", fix(Truncated, "")}
	case smsForm().MatchString(upper) && !x.holdsLive(text):
		return shape{OtherField, Likely, "This looks like a code from a text message (letters, a hyphen, digits).", other}
	case recoveryForm().MatchString(upper) && (digits == "" || strings.ContainsAny(text, "- ") && len(digits) != x.Key.Digits):
		return shape{OtherField, likelyUnless(digits != ""), "This has the form of a recovery code.", "Recovery codes have a field of their own: look for \"use a recovery code\"."}
	case x.holdsLive(text):
		return shape{MalformedInput, Likely, "The right code is in it, with other characters around it, as happens when it is pasted or filled in twice.", "Empty the field and enter the code once, by hand."}
	case digits == "" && messageForm().MatchString(text):
		return shape{OtherField, Likely, "The text of a message was entered, and the number in it is no code of this key just now.", other}
	case digits == "" && x.Key.Type != otp.Steam && len(symbolsOf(text)) == 5:
		return shape{MalformedInput, Possible, "It has letters. This key makes digits; five letters and digits are rather a Steam code.", x.formFix()}
	case digits == "" && len([]rune(text)) >= 8:
		return shape{OtherField, Possible, "It has letters or signs and is too long for a code: it may be a password or a recovery code.", other}
	case digits == "":
		return shape{MalformedInput, Certain, "It has characters that no code has.", x.formFix()}
	}
	return x.lengthShape(text, len(digits))
}

// lengthShape judges digits that are too many or too few.
func (x *examiner) lengthShape(text string, n int) shape {
	want := x.Key.Digits
	said := fmt.Sprintf("The code has %s, and this key makes codes of %d.", count(n, "digit"), want)
	switch {
	case n >= 9 && (n >= otp.MaxDigits || strings.HasPrefix(text, "+")):
		return shape{OtherField, Likely, fmt.Sprintf("These are %d digits, as in a phone number, not a code of %d.", n, want), "Enter the code of the authenticator app in this field."}
	case n == 4 && want > 5:
		return shape{OtherField, Possible, said + " Four digits are rather a PIN or the end of a phone number.", "Enter the code of the authenticator app in this field."}
	case n >= 6 && n <= 8 && (n-want >= 2 || want-n >= 2):
		return shape{OtherField, Possible, said + " It may be from a text message or from another app.", x.formFix()}
	case n >= 6 && n <= 8:
		return shape{MalformedInput, Possible, said, x.formFix()}
	}
	return shape{MalformedInput, Likely, said, x.formFix()}
}

func (x *examiner) formFix() string {
	if x.Key.Type == otp.Steam {
		return fmt.Sprintf("Enter the %d letters and digits that the app shows.", x.Key.Digits)
	}
	return fmt.Sprintf("Enter all %d digits that the app shows, zeros in front as well.", x.Key.Digits)
}

func likelyUnless(doubt bool) Confidence {
	if doubt {
		return Possible
	}
	return Likely
}

// isSecret reports whether the text is the setup key itself, or has its form.
func (x *examiner) isSecret(text string) bool {
	s := compact(text)
	if len(s) < 16 || digitsOf(text) != "" {
		return false
	}
	return s == compact(x.written()) || len(s) >= 16 && strings.Trim(s, base32Alphabet) == "" && strings.ContainsAny(s, "234567")
}

// isLive reports whether the verifier would take the text just now.
func (x *examiner) isLive(text string) bool {
	code, _, err := x.Key.Normalize(text)
	if err != nil || len(x.attempts) == 0 {
		return false
	}
	_, ok := x.gen.Match(code, x.base(x.Key, x.attempts[0].at), x.window)
	return ok
}

// isPair reports whether the digits are two codes in a row, of whatever time or
// counter one code is looked for at.
func (x *examiner) isPair(digits string) bool {
	n := x.Key.Digits
	if x.Key.Type == otp.Steam || len(digits) != 2*n {
		return false
	}
	reach := steps(x.Key, day)
	if x.Key.Type == otp.HOTP {
		reach = farPress
	}
	base := x.base(x.Key, x.attempts[0].at)
	for step := range x.gen.Search(digits[:n], addSaturated(base, -reach), addSaturated(base, reach)) {
		if x.gen.Code(addSaturated(step, 1)) == digits[n:] {
			return true
		}
	}
	return false
}

// withoutSigns is a text of digits and signs without the signs; "" if it has
// letters.
func withoutSigns(text string) string {
	if strings.IndexFunc(text, unicode.IsLetter) >= 0 {
		return ""
	}
	return onlyDigits(text)
}

var fraction = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[.,]0+$`) })

// lostZeros reports whether the text is a number, grouped or with a fraction of
// zeros, that a live code is when it is taken for one: "12,345" or "12345.0".
func (x *examiner) lostZeros(text string) bool {
	for _, number := range []string{withoutSigns(text), withoutSigns(fraction().ReplaceAllString(text, ""))} {
		missing := x.Key.Digits - len(number)
		if number != "" && missing >= 0 && x.Key.Type != otp.Steam && x.isLive(strings.Repeat("0", missing)+number) {
			return true
		}
	}
	return false
}

// holdsLive reports whether a code that is live now is a part of the text.
func (x *examiner) holdsLive(text string) bool {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
	if len(text) > 256 || len(text) < x.Key.Digits+2 {
		return false
	}
	p := x.typed("", "", 1)
	base := x.base(x.Key, x.attempts[0].at)
	for d := p.from; d <= p.to; d++ {
		if strings.Contains(text, x.gen.Code(addSaturated(base, d))) {
			return true
		}
	}
	return false
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%s %ss", thousands(n), noun)
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}
