package otp

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// MaxURI is the longest otpauth URI that is read, in bytes. The longest secret
// with room for a label fits well.
const MaxURI = 16 << 10

// ParseURI reads an otpauth URI as Google's key URI format describes it and as
// apps and services really write it. What is unusual but clear is read with a
// warning; what could give wrong codes is an error: an unknown or missing value,
// a parameter that stands twice, a secret that is not base32. Missing parameters
// mean SHA1, 6 digits (Steam: 5), 30 seconds and counter 0.
//
// steam://SECRET, as password managers write it, is read too. Kinds of keys that
// are known but that this package makes no codes for give [ErrUnsupported].
// Errors and warnings never hold the secret.
func ParseURI(s string) (Key, []Warning, error) {
	var p uriParser
	k, err := p.parse(strings.TrimSpace(s))
	if err != nil {
		return Key{}, nil, fmt.Errorf("read otpauth URI: %w", err)
	}
	return k, p.warnings, nil
}

// WrittenSecret is the secret of an otpauth URI as the URI spells it: not the key,
// but the bytes of the text, with its case, spaces and padding. Software that reads
// the text in another way makes other codes, which package diagnose finds. It is
// the zero Secret where s has no secret that [ParseURI] would read.
func WrittenSecret(s string) Secret {
	if _, _, err := ParseURI(s); err != nil {
		return Secret{}
	}
	scheme, rest, _ := strings.Cut(strings.TrimSpace(s), "://")
	text := steamSecret(rest)
	if !strings.EqualFold(scheme, "steam") {
		_, query, _ := strings.Cut(rest, "?")
		params, err := new(uriParser).params(query)
		if err != nil {
			return Secret{}
		}
		text, _ = params.get("secret")
	}
	secret, _ := NewSecret([]byte(text)) // none where spaces make it too long
	return secret
}

// uriParser collects the warnings of one URI.
type uriParser struct {
	warnings []Warning
	cased    bool // something that is usually lower case was not
}

func (p *uriParser) warn(code WarningCode, format string, args ...any) {
	p.warnings = append(p.warnings, warn(code, format, args...))
}

func (p *uriParser) parse(s string) (Key, error) {
	if len(s) > MaxURI {
		return Key{}, fmt.Errorf("%d bytes are more than %d", len(s), MaxURI)
	}
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		return Key{}, fmt.Errorf("it does not begin with otpauth://")
	}
	switch strings.ToLower(scheme) {
	case "otpauth":
		return p.parseOTPAuth(rest)
	case "steam":
		return p.parseSteam(rest)
	case "otpauth-migration":
		return Key{}, fmt.Errorf("it is a Google Authenticator export, which holds several keys: import it instead")
	case "motp", "phonefactor", "microsoft-authenticator", "duo", "tpm", "fido":
		return Key{}, fmt.Errorf("a %s key: %w: it is not an HOTP, TOTP or Steam key", strings.ToLower(scheme), ErrUnsupported)
	case "https":
		if strings.HasPrefix(strings.ToLower(rest), "s.team/") {
			return Key{}, fmt.Errorf("a Steam sign-in link: %w: it holds no key", ErrUnsupported)
		}
	}
	return Key{}, fmt.Errorf("it does not begin with otpauth://")
}

// parseSteam reads what follows steam://: the bare secret.
func (p *uriParser) parseSteam(rest string) (Key, error) {
	k := Key{Type: Steam}
	k.setDefaults()
	return k, p.setSecret(&k, steamSecret(rest))
}

func steamSecret(rest string) string { return strings.TrimSuffix(unescape(rest, false), "/") }

// parseOTPAuth reads what follows otpauth://. A # does not begin a fragment, since
// services write it unescaped in names: what follows it would be lost.
func (p *uriParser) parseOTPAuth(rest string) (Key, error) {
	path, query, _ := strings.Cut(rest, "?")
	typ, label, _ := strings.Cut(path, "/")
	if strings.ContainsAny(rest, "# ") || badEscape(rest) {
		p.warn(TextRaw, "a space, # or %% is not percent-encoded; it is taken as it stands")
	}
	var k Key
	var err error
	if k.Type, err = ParseType(typ); err != nil {
		return Key{}, err
	}
	params, err := p.params(query)
	if err != nil {
		return Key{}, err
	}
	if p.cased || typ != strings.ToLower(typ) {
		p.warn(TextCase, "the type and the names of parameters are usually in lower case")
	}
	if encoder, _ := params.get("encoder"); strings.EqualFold(encoder, "steam") { // KeePassXC, gopass
		k.Type = Steam
	}
	if err := p.setNumbers(&k, &params); err != nil {
		return Key{}, err
	}
	issuer, _ := params.get("issuer")
	p.setLabel(&k, label, issuer)
	if _, ok := params.get("digits"); p.isSteam(k, ok) {
		k.Type, k.Digits = Steam, steamDigits
	}
	if err := p.checkNumbers(&k); err != nil {
		return Key{}, err
	}
	secret, ok := params.get("secret")
	if !ok {
		return Key{}, fmt.Errorf("it has no secret")
	}
	return k, p.setSecret(&k, secret)
}

// ourParams are the parameters that mean something here; otherParams are those that
// other apps are known to write.
var (
	ourParams   = [...]string{"secret", "issuer", "algorithm", "digits", "period", "counter", "encoder", "t0"}
	otherParams = []string{"image", "icon", "color", "lock", "codedisplay", "pin_length", "tags", "note", "serial"}
)

// params are the values of ourParams, in that order, and which of them were given.
type params struct {
	value [len(ourParams)]string
	given [len(ourParams)]bool
}

// get is the value of one of ourParams.
func (p *params) get(name string) (value string, ok bool) {
	i := slices.Index(ourParams[:], name)
	return p.value[i], p.given[i]
}

// params splits the query. Names are taken in any case; a name that stands twice
// is refused, since readers disagree on which value counts.
func (p *uriParser) params(query string) (params, error) {
	var all params
	var ours [len(ourParams)]bool // names that were seen
	var others map[string]bool
	n := 0
	for param := range strings.SplitSeq(query, "&") {
		n++
		if param == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(param, "=")
		name := strings.TrimSpace(unescape(rawName, true))
		lower := strings.ToLower(name)
		p.cased = p.cased || lower != name
		name = lower
		i := slices.Index(ourParams[:], name)
		if i >= 0 && ours[i] || others[name] {
			return params{}, fmt.Errorf("%s stands twice", shownParam(name, n))
		}
		if i < 0 {
			if others == nil {
				others = map[string]bool{}
			}
			others[name] = true
			p.warn(ParamIgnored, "%s has no meaning here and is ignored", shownParam(name, n))
			continue
		}
		ours[i] = true
		if rawValue == "" && name != "secret" && name != "issuer" && name != "counter" {
			p.warn(ParamEmpty, "%s has no value: the default is taken", shownParam(name, n))
			continue
		}
		all.value[i], all.given[i] = unescape(rawValue, true), true
	}
	return all, nil
}

// shownParam names the nth parameter. A name that is not known is not shown: it may
// be a secret that lost its own.
func shownParam(name string, n int) string {
	if slices.Contains(ourParams[:], name) || slices.Contains(otherParams, name) {
		return "parameter " + name
	}
	return fmt.Sprintf("parameter %d", n)
}

// setNumbers sets algorithm, digits, period, T0 and counter.
func (p *uriParser) setNumbers(k *Key, params *params) error {
	if s, ok := params.get("algorithm"); ok {
		var err error
		if k.Algorithm, err = ParseAlgorithm(s); err != nil {
			return err
		}
		if !strings.EqualFold(s, k.Algorithm.String()) {
			p.warn(AlgorithmSpelling, "algorithm is not spelt %v", k.Algorithm)
		}
	}
	moves := k.Type == HOTP // its codes follow a counter, not the time
	for _, n := range [...]struct {
		name   string
		counts bool // a key of this type has it
		lo, hi int64
	}{
		{"digits", true, MinDigits, MaxDigits},
		{"period", !moves, 1, MaxPeriod},
		{"t0", !moves, -maxT0, maxT0},
		{"counter", moves, 0, math.MaxInt64},
	} {
		s, ok := params.get(n.name)
		if !ok {
			continue
		}
		if !n.counts {
			p.warn(ParamIgnored, "a %v key has no %s: it is ignored", k.Type, n.name)
			continue
		}
		v, err := parseNumber(n.name, s, n.lo, n.hi)
		if err != nil {
			return err
		}
		switch n.name {
		case "digits":
			k.Digits = int(v)
		case "period":
			k.Period = int(v)
		case "t0":
			k.T0 = v
		case "counter":
			k.Counter = v
		}
	}
	if _, ok := params.get("counter"); !ok && k.Type == HOTP {
		p.warn(CounterMissing, "an HOTP key without counter: 0 is taken")
	}
	k.setDefaults()
	return nil
}

// isSteam reports whether a TOTP key is one of Steam in disguise: Steam's own tools
// write otpauth://totp/Steam:name without digits, and some apps write that it has
// five. Whoever says six means six.
func (p *uriParser) isSteam(k Key, saysDigits bool) bool {
	named := strings.EqualFold(k.Issuer, "Steam") || k.Issuer == "" && strings.EqualFold(k.Account, "Steam")
	if !named || k.Type != TOTP || k.Algorithm != SHA1 || saysDigits && k.Digits != steamDigits {
		return false
	}
	p.warn(TypeSteam, "a key of Steam: it is read as Steam Guard, whose codes are five letters and digits")
	return true
}

// checkNumbers gives a Steam key the only digits and algorithm that it has, and
// warns of values that are allowed but unusual.
func (p *uriParser) checkNumbers(k *Key) error {
	switch {
	case k.Type == Steam && k.Algorithm != SHA1:
		return fmt.Errorf("a Steam key with %v: Steam Guard has only SHA1", k.Algorithm)
	case k.Type == Steam && k.Digits != steamDigits:
		p.warn(DigitsUnusual, "a Steam code has %d symbols, not %d", steamDigits, k.Digits)
		k.Digits = steamDigits
	case k.Type != Steam && (k.Digits < 6 || k.Digits > 8):
		p.warn(DigitsUnusual, "%d digits: most apps make codes of 6 to 8", k.Digits)
	}
	if k.T0 != 0 {
		p.warn(T0Unusual, "T0 is %d: other apps know only 0 and make other codes", k.T0)
	}
	if k.Period > maxNewPeriod {
		p.warn(PeriodUnusual, "a code lives %d seconds: most apps know only 30", k.Period)
	}
	return nil
}

func (p *uriParser) setSecret(k *Key, s string) error {
	secret, warnings, err := ParseSecret(s)
	if err != nil {
		return err
	}
	p.warnings = append(p.warnings, warnings...)
	if n := secret.Len(); n < MinNewSecret {
		p.warn(SecretShort, "the secret has %d bits; RFC 4226 asks for 128", n*8)
	}
	k.Secret = secret
	return nil
}

// setLabel splits the label into issuer and account: after the issuer, where the
// parameter names it (it may hold a colon itself), else at the first colon that is
// not encoded, else at the first that is.
func (p *uriParser) setLabel(k *Key, label, issuer string) {
	k.Issuer = p.clean("issuer", issuer)
	full := unescape(label, false)
	if full == "{token.label}" { // FreeOTP+ writes this for an account whose issuer it does not know
		label, full = "", ""
	}
	prefix, account := "", full
	if issuer != "" && strings.HasPrefix(full, issuer+":") {
		account = full[len(issuer)+1:]
	} else if before, after, ok := strings.Cut(label, ":"); ok {
		prefix, account = unescape(before, false), unescape(after, false)
	} else if before, after, ok := strings.Cut(full, ":"); ok {
		prefix, account = before, after
		p.warn(LabelColon, "the colon between issuer and account is percent-encoded")
	}
	prefix = p.clean("issuer in the label", prefix)
	k.Account = p.clean("account", account)
	switch {
	case k.Issuer == "":
		k.Issuer = prefix
		if strings.Contains(prefix, "@") && !strings.Contains(k.Account, "@") && k.Account != "" {
			p.warn(LabelReversed, "issuer and account look exchanged")
		}
	case prefix != "" && !strings.EqualFold(prefix, k.Issuer):
		p.warn(IssuerMismatch, "the label says issuer %q, the parameter %q: the parameter is taken", prefix, k.Issuer)
	}
	if k.Name() == "" {
		p.warn(LabelEmpty, "it names neither issuer nor account")
	}
	if plus := strings.IndexByte(label, '+'); plus >= 0 && !strings.Contains(unescape(label[plus:], false), "@") {
		p.warn(LabelPlus, "the label has a +, which some services write for a space; it is taken as it stands")
	}
}

func (p *uriParser) clean(name, text string) string {
	clean := CleanText(text)
	if clean != strings.TrimSpace(text) {
		p.warn(TextCleaned, "the %s had control characters or was not UTF-8; they are left out", name)
	}
	return clean
}

// parseNumber reads a decimal number. Only digits are quoted in its errors: other
// text may be anything.
func parseNumber(name, s string, lo, hi int64) (int64, error) {
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil && strings.Trim(s, "-0123456789") != "" || s == "" || s[0] == '+' {
		return 0, fmt.Errorf("%s is not a number", name)
	}
	if err != nil || v < lo || v > hi {
		return 0, fmt.Errorf("%s is %.25s, not %d to %d", name, s, lo, hi)
	}
	return v, nil
}
