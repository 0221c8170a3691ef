package diagnose

import (
	"iter"
	"regexp"
	"strings"
	"sync"
	"time"
)

// keyFamilies are the hypotheses that the code comes from another key that is
// known: one that was replaced, one that the service does not use yet, or another
// account's.
func (x *examiner) keyFamilies(a attempt) []*family {
	var all []*family
	for _, class := range []struct {
		cause Cause
		prior float64
	}{
		{StaleSecret, priorStale},
		{KeyNotConfirmed, priorNotConfirmed},
		{OtherEntry, priorOtherEntry},
	} {
		var keys []Named
		for _, n := range x.Others {
			if n.Key.Validate() == nil && x.classify(n) == class.cause && !x.sameSecret(n) {
				keys = append(keys, n)
			}
		}
		now := &family{cause: class.cause, prior: class.prior, near: true, probes: func(yield func(probe) bool) {
			for _, n := range keys {
				p := liveProbe(n.Key, 1/float64(len(keys)))
				p.entry = n.Name
				if !yield(p) {
					return
				}
			}
		}}
		skewed := &family{cause: class.cause, prior: priorKeySkew, probes: skewOf(keys, nearby)}
		ignored := &family{cause: class.cause, prior: priorKeySkew, near: true, probes: defaultsOf(keys, len(digitsOf(a.text)))}
		all = append(all, now, skewed, ignored)
		if len(keys) <= fewKeys {
			all = append(all, &family{cause: class.cause, prior: priorSkewFar, probes: skewOf(keys, day)})
		}
	}
	return all
}

// skewOf has the codes of keys on a device whose clock or counter is off.
func skewOf(keys []Named, reach time.Duration) iter.Seq[probe] {
	return func(yield func(probe) bool) {
		for _, n := range keys {
			for _, p := range skewProbes(n.Key, reach, 1/float64(len(keys))) {
				p.entry = n.Name
				if !yield(p) {
					return
				}
			}
		}
	}
}

// defaultsOf has the live codes of keys in an app that ignores their settings. n is
// the number of digits of the input.
func defaultsOf(keys []Named, n int) iter.Seq[probe] {
	return func(yield func(probe) bool) {
		for _, other := range keys {
			k, differs := defaults(other.Key, n)
			if len(differs) == 0 {
				continue
			}
			p := liveProbe(k, 1/float64(len(keys)))
			p.entry, p.setting = other.Name, strings.Join(differs, ", ")
			if !yield(p) {
				return
			}
		}
	}
}

// classify says what it would mean that a code comes from this key.
func (x *examiner) classify(n Named) Cause {
	switch {
	case n.Archived:
		return StaleSecret
	case n.Unconfirmed:
		return KeyNotConfirmed
	case !x.sameAccount(n) && ageMark().MatchString(n.Name):
		return StaleSecret
	case !x.sameAccount(n):
		return OtherEntry
	case !x.Created.IsZero() && n.Created.After(x.Created):
		return KeyNotConfirmed // the newer of two keys for one account, and the service still wants the older
	}
	return StaleSecret
}

// sameAccount reports whether two keys bear the same names, as far as people do
// not mark one of them as the old one.
func (x *examiner) sameAccount(n Named) bool {
	return x.Key.Name() != "" && unmarked(n.Key.Issuer) == unmarked(x.Key.Issuer) && unmarked(n.Key.Account) == unmarked(x.Key.Account)
}

var ageMark = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)[ ([_-]*(\b|_)(old|archived?|backup|previous|former|copy)(\b|_)[ )\]_-]*|[ (（]*旧[ )）]*`)
})

// unmarked is a name without what marks it as the old one.
func unmarked(name string) string {
	return strings.ToLower(strings.TrimSpace(ageMark().ReplaceAllString(name, "")))
}

// sameSecret reports whether n is the key itself under another name; other
// settings of the same secret are settingFamilies.
func (x *examiner) sameSecret(n Named) bool {
	return n.Key.Type == x.Key.Type && n.Key.Secret.Equal(x.Key.Secret)
}
