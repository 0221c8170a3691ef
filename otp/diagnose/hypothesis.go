package diagnose

import (
	"cmp"
	"iter"
	"math"
	"slices"
	"unicode"

	"github.com/authctl/authctl/otp"
)

const maxInputs = 8 // inputs beyond these are not looked at

// family is a hypothesis: a cause, how common it is, and every code that it would
// let the authenticator show.
type family struct {
	cause  Cause
	prior  float64         // share of refusals, see priors.go
	near   bool            // close enough at hand that one code may make it likely
	record bool            // the case itself speaks for it: a measured clock, the last accepted code
	probes iter.Seq[probe] // the candidates
}

// probe is a run of candidates: the codes of one key over a range of steps.
type probe struct {
	key      otp.Key
	gen      *otp.Generator            // of key; nil: prepare it
	codes    []string                  // the inputs as codes of key; nil: normalise them
	from, to int64                     // steps, relative to the one expected of key
	weight   func(delta int64) float64 // probability of each step given the family and this probe
	share    float64                   // probability of this probe given the family
	luck     float64                   // probability that a candidate matches by luck; 0: that of the inputs
	entry    string                    // the other key's name, for the evidence
	setting  string                    // what is different, for the evidence
}

// hit is a probe that matches every input under examination.
type hit struct {
	family   *family
	probe    probe
	step     int64   // of the first input
	delta    int64   // from the step expected of probe.key
	joint    float64 // prior × probability of these inputs under the hypothesis
	agreeing int
	tries    int // candidates of the family
	chance   float64
}

// scan tries every candidate of a family on the attempts, which were typed in
// this order. The first finds steps, the others must follow on.
func (x *examiner) scan(f *family, attempts []attempt) []hit {
	var hits []hit
	tries, missed := 0, 0.0 // missed: log of the probability that none matches by luck
	for p := range f.probes {
		if !p.prepare(attempts) {
			continue
		}
		base := x.base(p.key, attempts[0].at)
		from, to := addSaturated(base, p.from), addSaturated(base, p.to)
		if p.key.Type == otp.HOTP {
			from = max(from, -1) // some apps begin one too early
		}
		if from > to {
			continue
		}
		tries += int(to - from + 1)
		missed += float64(to-from+1) * math.Log1p(-p.luck)
		for step := range p.gen.Search(p.codes[0], from, to) {
			follow := x.follow(p, step, attempts)
			if follow == 0 {
				continue
			}
			h := hit{family: f, probe: p, step: step, delta: step - base, agreeing: len(attempts)}
			h.joint = f.prior * p.share * p.weight(h.delta) * follow
			hits = append(hits, h)
		}
	}
	for i := range hits {
		hits[i].tries, hits[i].chance = tries, -math.Expm1(missed)
	}
	return hits
}

// prepare fills what a probe leaves out. It reports false where the inputs cannot
// be codes of the probe's key.
func (p *probe) prepare(attempts []attempt) bool {
	if p.codes == nil {
		p.codes = normalize(p.key, attempts)
	}
	if p.codes == nil {
		return false
	}
	if p.luck == 0 {
		p.luck = noiseLikelihood(attempts)
	}
	for range attempts[1:] {
		p.luck *= 3 // a later input may follow in three places
	}
	if p.gen != nil {
		return true
	}
	var err error
	p.gen, err = otp.Prepare(p.key)
	return err == nil
}

// normalize reads each text as a code of k; nil unless all of them are.
func normalize(k otp.Key, attempts []attempt) []string {
	codes := make([]string, len(attempts))
	for i, a := range attempts {
		code, _, err := k.Normalize(a.text)
		if err != nil {
			return nil
		}
		codes[i] = code
	}
	return codes
}

// follow is the probability of the later inputs given where the first matched: a
// device goes on at its own pace, and typing may be a step early or late.
func (x *examiner) follow(p probe, step int64, attempts []attempt) float64 {
	likelihood := 1.0
	for i := 1; i < len(attempts); i++ {
		advance := int64(1)
		if p.key.Type != otp.HOTP && !attempts[i].follows {
			advance = x.base(p.key, attempts[i].at) - x.base(p.key, attempts[i-1].at)
		}
		found := false
		for s := range p.gen.Search(p.codes[i], addSaturated(step, max(advance-1, 1)), addSaturated(step, max(advance+1, 1))) {
			if s-step == advance {
				likelihood *= followOnTime
			} else {
				likelihood *= followOffByOne
			}
			step, found = s, true
			break
		}
		if !found {
			return 0
		}
	}
	return likelihood
}

// noiseLikelihood is the probability of these very inputs if they have nothing to
// do with the key.
func noiseLikelihood(attempts []attempt) float64 {
	p := 1.0
	for _, a := range attempts {
		p *= luckOf(a.text)
	}
	return p
}

// luckOf is the probability that a random code is this one: each symbol is one of
// ten, or of 26 where a letter shows that it is a Steam code.
func luckOf(code string) float64 {
	symbols, n := 10.0, 0
	for _, r := range code {
		if unicode.IsLetter(r) {
			symbols = 26
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			n++
		}
	}
	return math.Pow(symbols, -float64(n))
}

// ranked is a cause with all that speaks for it.
type ranked struct {
	best      hit // the most probable
	posterior float64
}

// rank weighs all hits against each other and against luck (Bayes' theorem): the
// posterior of a cause is the sum of its hits' joint probabilities over the sum of
// everything. It returns the causes, the most probable first, and the posterior of
// luck.
func rank(hits []hit, luck float64) ([]ranked, float64) {
	total := luck
	var causes []ranked
	for _, h := range hits {
		total += h.joint
		cause := h.family.cause
		i := slices.IndexFunc(causes, func(r ranked) bool { return r.best.family.cause == cause })
		if i < 0 {
			causes = append(causes, ranked{best: h, posterior: h.joint})
			continue
		}
		if h.joint > causes[i].best.joint {
			causes[i].best = h
		}
		causes[i].posterior += h.joint
	}
	for i := range causes {
		causes[i].posterior /= total
	}
	slices.SortStableFunc(causes, func(a, b ranked) int { return cmp.Compare(b.posterior, a.posterior) })
	return causes, luck / total
}

// confidence applies the rules of doc/diagnosis.md.
func (r ranked) confidence() Confidence {
	h := r.best
	switch {
	case r.posterior < minPosterior:
		return Possible
	case h.family.record && h.chance <= recordChance, h.agreeing >= 2 && h.chance <= agreeingChance:
		return Certain
	case h.family.near && h.chance <= likelyChance:
		return Likely
	}
	return Possible
}

func addSaturated(a, b int64) int64 {
	s := a + b
	switch {
	case b > 0 && s < a:
		return math.MaxInt64
	case b < 0 && s > a:
		return math.MinInt64
	}
	return s
}
