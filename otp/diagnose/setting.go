package diagnose

import (
	"fmt"
	"strings"

	"github.com/authctl/authctl/otp"
)

// settingFamilies are the hypotheses that the authenticator has the secret but
// other settings: apps ignore what they do not know, and people choose wrongly.
func (x *examiner) settingFamilies(a attempt) []*family {
	n := len(digitsOf(a.text))
	var all []*family
	all = append(all, x.digitFamilies(n)...)
	all = append(all, x.algorithmFamilies()...)
	all = append(all, x.periodFamilies(false)...)
	all = append(all, x.typeFamilies(n, false)...)
	return append(all, x.defaultsFamily(n))
}

// variants makes the families of one setting: live, with a clock that is off by
// minutes, and by up to a day where far is set. One code makes such a pair likely
// only if its length speaks for it.
func variants(cause Cause, prior float64, far bool, keys []otp.Key, setting func(otp.Key) string) []*family {
	share := 1 / float64(len(keys))
	var now, skewed, distant []probe
	for _, k := range keys {
		now = append(now, liveProbe(k, share))
		skewed = append(skewed, skewProbes(k, nearby, share)...)
		distant = append(distant, skewProbes(k, day, share)...)
	}
	for _, probes := range [][]probe{now, skewed, distant} {
		for i := range probes {
			probes[i].setting = setting(probes[i].key)
		}
	}
	all := []*family{
		{cause: cause, prior: prior, near: true, probes: each(now...)},
		{cause: cause, prior: min(priorSkew, prior), near: cause == WrongDigits, probes: each(skewed...)},
	}
	if far {
		all = append(all, &family{cause: cause, prior: priorSkewFar, probes: each(distant...)})
	}
	return all
}

func (x *examiner) digitFamilies(n int) []*family {
	k := x.Key
	if k.Type == otp.Steam || n == k.Digits || n < otp.MinDigits || n > otp.MaxDigits {
		return nil
	}
	k.Digits = n
	prior := priorDigits
	if n < 6 || n > 8 { // no app shows these
		prior /= 10
	}
	return variants(WrongDigits, prior, true, []otp.Key{k}, func(k otp.Key) string { return fmt.Sprintf("%d digits", k.Digits) })
}

func (x *examiner) algorithmFamilies() []*family {
	if x.Key.Type == otp.Steam {
		return nil
	}
	var keys []otp.Key
	for _, a := range []otp.Algorithm{otp.SHA1, otp.SHA256, otp.SHA512} {
		if k := x.Key; a != k.Algorithm {
			k.Algorithm = a
			keys = append(keys, k)
		}
	}
	return variants(WrongAlgorithm, priorAlgorithm, true, keys, func(k otp.Key) string { return k.Algorithm.String() })
}

// periodFamilies have, where far is set, clocks that are off by up to a day as well.
func (x *examiner) periodFamilies(far bool) []*family {
	if x.Key.Type != otp.TOTP {
		return nil
	}
	var all []*family
	for _, class := range []struct {
		prior   float64
		periods []int
	}{
		{priorPeriod, []int{15, 30, 60, 120}},
		{priorPeriodRare, []int{10, 20, 45, 90, 180, 240, 300, 600, 900, 1800, 3600, 30_000}}, // the last: seconds taken for milliseconds
	} {
		var keys []otp.Key
		for _, period := range class.periods {
			if k := x.Key; period != k.Period {
				k.Period = period
				keys = append(keys, k)
			}
		}
		all = append(all, variants(WrongPeriod, class.prior, far, keys, func(k otp.Key) string { return fmt.Sprintf("%d s", k.Period) })...)
	}
	return all
}

// typeFamilies read the secret as another type of key. n is the number of digits
// of the input, which an authenticator of another type may well show differently.
// far is that of periodFamilies.
func (x *examiner) typeFamilies(n int, far bool) []*family {
	k := x.Key
	if n >= 6 && n <= 8 {
		k.Digits = n
	} else if k.Type == otp.Steam {
		k.Digits = 6
	}
	name := func(k otp.Key) string {
		if k.Type == otp.Steam {
			return "Steam Guard"
		}
		return strings.ToUpper(k.Type.String())
	}
	timed, pressed, steam := k, k, k
	timed.Type, timed.Counter, timed.Period = otp.TOTP, 0, 30
	pressed.Type, pressed.Counter, pressed.Period, pressed.T0 = otp.HOTP, 0, 0, 0
	steam.Type, steam.Digits, steam.Algorithm, steam.Counter, steam.Period = otp.Steam, 5, otp.SHA1, 0, 30

	var others []otp.Key
	if k.Type != otp.TOTP {
		others = append(others, timed)
	}
	if k.Type != otp.Steam {
		others = append(others, steam)
	}
	all := variants(WrongType, priorType, far, others, name)
	if k.Type == otp.HOTP {
		return all
	}
	few := probe{key: pressed, from: 0, to: 19, share: 1, setting: name(pressed), weight: func(d int64) float64 { return harmonic(20)(d + 1) }}
	many := probe{key: pressed, from: 20, to: farPress, share: 1, setting: name(pressed), weight: uniform(farPress - 20)}
	return append(all,
		&family{cause: WrongType, prior: priorType, near: true, probes: each(few)},
		&family{cause: WrongType, prior: priorSkew, probes: each(many)})
}

// defaultsFamily is an app that ignores several settings at once. It is called after
// the first of digits, period and algorithm that differs.
func (x *examiner) defaultsFamily(n int) *family {
	k, differs := defaults(x.Key, n)
	f := &family{prior: priorSkew * 3, near: true, probes: each()}
	switch {
	case k.Digits != x.Key.Digits:
		f.cause = WrongDigits
	case k.Period != x.Key.Period:
		f.cause = WrongPeriod
	default:
		f.cause = WrongAlgorithm
	}
	if len(differs) < 2 { // one has a family of its own
		return f
	}
	p := liveProbe(k, 1)
	p.setting = strings.Join(differs, ", ")
	f.probes = each(p)
	return f
}

// defaults is a key as apps have it that show the same for every key: SHA1, 30 s,
// and as many digits as were typed, n. It also names what then differs.
func defaults(k otp.Key, n int) (otp.Key, []string) {
	var differs []string
	if k.Type == otp.Steam || n < 6 || n > 8 {
		return k, nil
	}
	if k.Digits != n {
		k.Digits = n
		differs = append(differs, fmt.Sprintf("%d digits", n))
	}
	if k.Type == otp.TOTP && k.Period != 30 {
		k.Period = 30
		differs = append(differs, "30 s")
	}
	if k.Algorithm != otp.SHA1 {
		k.Algorithm = otp.SHA1
		differs = append(differs, "SHA1")
	}
	return k, differs
}
