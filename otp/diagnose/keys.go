package diagnose

import "strings"

// keyFamilies are the hypotheses that the code comes from another key that is
// known: one that was replaced, one that the service does not use yet, or another
// account's.
func (x *examiner) keyFamilies() []*family {
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
		skewed := &family{cause: class.cause, prior: priorKeySkew, near: true, probes: func(yield func(probe) bool) {
			for _, n := range keys {
				for _, p := range skewProbes(n.Key, nearby, 1/float64(len(keys))) {
					p.entry = n.Name
					if !yield(p) {
						return
					}
				}
			}
		}}
		all = append(all, now, skewed)
	}
	return all
}

// classify says what it would mean that a code comes from this key.
func (x *examiner) classify(n Named) Cause {
	switch {
	case n.Archived:
		return StaleSecret
	case n.Unconfirmed:
		return KeyNotConfirmed
	case !x.sameAccount(n):
		return OtherEntry
	case !x.Created.IsZero() && n.Created.After(x.Created):
		return KeyNotConfirmed // the newer of two keys for one account, and the service still wants the older
	}
	return StaleSecret
}

func (x *examiner) sameAccount(n Named) bool {
	return strings.EqualFold(n.Key.Issuer, x.Key.Issuer) && strings.EqualFold(n.Key.Account, x.Key.Account)
}

// sameSecret reports whether n is the key itself under another name; other
// settings of the same secret are settingFamilies.
func (x *examiner) sameSecret(n Named) bool {
	return n.Key.Type == x.Key.Type && n.Key.Secret.Equal(x.Key.Secret)
}
