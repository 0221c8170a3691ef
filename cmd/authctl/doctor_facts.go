package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/authctl/authctl/drift"
	"github.com/authctl/authctl/otp/diagnose"
	"github.com/authctl/authctl/otp/diagnose/guide"
)

// open finds the key, and in the vault what is known beside it.
func (d *doctor) open(ctx context.Context, source string, f sourceFlags) error {
	d.facts.Key = true
	if !f.isQuery(source) {
		entry, err := d.app.one(ctx, source, f)
		c := caseOfEntry(entry)
		d.known = &c
		return err
	}
	v, acc, err := d.app.fromVault(ctx, source, f)
	if err != nil {
		return err
	}
	all := v.Accounts()
	c := caseOfAccount(acc, all)
	d.known = &c
	left := acc.RecoveryLeft()
	d.facts.Vault, d.facts.RecoveryCodes, d.facts.KeyCreated = "ok", &left, acc.Created
	if n := len(acc.Older); n > 0 {
		d.facts.KeyCreated = acc.Older[n-1].At // the key that is current superseded it then
	}
	d.facts.Twins = []string{}
	for _, other := range active(all) {
		if other.ID != acc.ID && strings.EqualFold(other.Key.Name(), acc.Key.Name()) {
			d.facts.Twins = append(d.facts.Twins, fmt.Sprintf("%s (%s)", other.Title(), other.ID))
		}
	}
	return nil
}

// examine gathers the facts that need no asking.
func (d *doctor) examine(ctx context.Context, flags clockFlags) error {
	auto := flags.clock == "auto" || flags.clock == "" && flags.at == ""
	if auto && flags.at == "" {
		flags.clock = "" // measured below, and not knowing is no error here
	}
	now, err := flags.read(ctx, d.app)
	if err != nil {
		return err
	}
	zone, east := now.at.Zone()
	d.facts.At, d.facts.Zone = now.at, zoneName(zone, east)
	sync := drift.Synchronization(ctx)
	d.facts.System = string(sync.System)
	if sync.Known {
		d.facts.TimeService = &guide.TimeService{Name: sync.Service, Synchronized: sync.Synchronized}
	}
	switch {
	case auto:
		return d.measure(ctx)
	case now.offset != nil:
		o := drift.Interval{Lo: now.offset.lo, Hi: now.offset.hi}
		d.clock = now.interval()
		d.facts.Clock = &guide.Clock{Verdict: string(drift.Judge(o, drift.DefaultLimit)), Lo: o.Lo, Hi: o.Hi}
	}
	return nil
}

// measure asks time servers. What codes are compared with must be known well.
func (d *doctor) measure(ctx context.Context) error {
	d.app.progress("%s", d.say("measuring"))
	r, err := drift.Measure(ctx, d.app.timeSources())
	if err != nil {
		return driftError(ctx, err)
	}
	d.facts.Clock = &guide.Clock{Verdict: string(r.Verdict), Lo: r.Offset.Lo, Hi: r.Offset.Hi, Sources: r.Used()}
	if r.Offset.Bounded() && r.Offset.Half() <= vague {
		d.clock = &diagnose.Interval{Lo: r.Offset.Lo, Hi: r.Offset.Hi}
	}
	return nil
}

// zoneName is "JST (UTC+09:00)", "UTC", or for a zone without a name "UTC+09:00".
func zoneName(name string, east int) string {
	offset := time.Unix(0, 0).In(time.FixedZone("", east)).Format("UTC-07:00")
	switch {
	case name == "UTC":
		return name
	case name == "" || strings.HasPrefix(name, "+") || strings.HasPrefix(name, "-"):
		return offset
	}
	return name + " (" + offset + ")"
}

// diagnose tells the session what codes show, the first of which was read at a
// moment and the others in the steps after it.
func (d *doctor) diagnose(codes []string, at time.Time) {
	c := *d.known
	c.At, c.Clock = at, d.clock
	for _, code := range codes {
		c.Inputs = append(c.Inputs, diagnose.Input{Text: code})
	}
	r := diagnose.Explain(c)
	found := &guide.Diagnosis{Accepted: r.Outcome == diagnose.Accepted}
	if len(r.Findings) > 0 {
		f := r.Findings[0]
		found.Cause, found.Confidence, found.Evidence = string(f.Cause), string(f.Confidence), f.Evidence.Text
		if o := f.Evidence.Offset; o != nil {
			found.Lo, found.Hi = o.Lo, o.Hi
		}
	}
	d.facts.Code = found
	d.session.Know(d.facts)
}

// splitCodes takes a line of codes apart at its spaces, except that groups of one
// length which divides that of a code are parts of codes: "123 456".
func splitCodes(line string, digits int) []string {
	fields := strings.Fields(line)
	if len(fields) == 0 {
		return nil
	}
	size := len([]rune(fields[0]))
	for _, f := range fields {
		if n := len([]rune(f)); n != size || n >= digits || digits%n != 0 {
			return fields
		}
	}
	var codes []string
	for group := range slices.Chunk(fields, digits/size) {
		codes = append(codes, strings.Join(group, " "))
	}
	return codes
}
