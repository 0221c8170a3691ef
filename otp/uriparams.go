package otp

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

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
