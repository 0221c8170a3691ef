package verifier

import (
	"slices"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/diagnose"
)

// explainer is the diagnosis of a refused code, to be made when it is asked for;
// nil where there is no code to explain.
func (t *turn) explainer(e Event) func() (diagnose.Report, error) {
	if e.Kind != LoginRefused && e.Kind != ResyncRefused && e.Kind != KeyRefused ||
		t.input == "" && t.more == nil || len(t.s.Keys) == 0 {
		return nil
	}
	typed := t.more
	if typed == nil {
		typed = []string{t.input}
	}
	v, id, keys := t.v, t.id, slices.Clone(t.s.Keys)
	c := diagnose.Case{At: t.now.Time()}
	for _, text := range typed {
		c.Inputs = append(c.Inputs, diagnose.Input{Text: text})
	}
	if until := t.s.Codes.until(); e.Outcome == Locked && until != 0 {
		c.LockedUntil = until.Time()
	}
	return func() (diagnose.Report, error) {
		if err := v.fillCase(&c, id, keys, e.Kind == KeyRefused); err != nil {
			return diagnose.Report{}, err
		}
		return diagnose.Explain(c).Audit(), nil
	}
}

// fillCase adds the keys to a case: the one that the code should belong to, which
// at Confirm is the pending one, and the others.
func (v *Verifier) fillCase(c *diagnose.Case, id string, keys []Enrolled, pending bool) error {
	c.Others, c.Key = nil, otp.Key{}
	for i := len(keys) - 1; i >= 0; i-- { // the newest that fits is the one that is meant
		e := &keys[i]
		k, err := v.open(id, e)
		if err != nil {
			return err
		}
		if meant := e.live() && !pending || e.Status == Pending && pending; meant && c.Key.Type == 0 {
			c.Key, c.Created = k, e.Since.Time()
			window := v.policy.Window
			if k.Type == otp.HOTP {
				window = otp.Window{Ahead: v.policy.lookAhead(k.Digits)}
			}
			c.Window = &window
			if e.Next > 0 {
				last := e.Next - 1
				c.Last = &last
			}
			continue
		}
		c.Others = append(c.Others, diagnose.Named{
			Name: k.Name(), Key: k, Archived: e.Status == Retiring, Unconfirmed: e.Status == Pending, Created: e.Since.Time(),
		})
	}
	return nil
}
