package main

import (
	"math"
	"time"

	"github.com/authctl/authctl/drift"
)

// driftJSON is the answer of `authctl drift --json`: one object, or with --watch
// one a line. Times that end in _s are seconds, positive where the clock is slow.
type driftJSON struct {
	Schema    int    `json:"schema"`
	Verdict   string `json:"verdict"`   // ok, warn, bad, unknown
	Confirmed bool   `json:"confirmed"` // false where only one source, named by the user, stands behind it

	Offset offsetJSON    `json:"offset"`
	LimitS float64       `json:"limit_s"`
	Reason string        `json:"reason"`
	Codes  acceptedJSON  `json:"codes"`
	Votes  []voteJSON    `json:"sources"`
	At     time.Time     `json:"at"` // by this clock, uncorrected
	Took   float64       `json:"elapsed_ms"`
	Sync   driftSyncJSON `json:"os_sync"`

	*observedJSON // only with --watch
}

// offsetJSON bounds true time minus this clock; null where there is no bound.
type offsetJSON struct {
	Lo  *float64 `json:"lo_s"`
	Hi  *float64 `json:"hi_s"`
	Mid *float64 `json:"mid_s"`
}

// acceptedJSON is the probability that a code made now is accepted by a verifier
// that tolerates one step of 30 s.
type acceptedJSON struct {
	Lo   float64 `json:"accepted_lo"`
	Hi   float64 `json:"accepted_hi"`
	Text string  `json:"text"`
}

type voteJSON struct {
	Name    string   `json:"name"`
	Address string   `json:"address"`
	Kind    string   `json:"kind"` // ntp, nts, https
	Lo      *float64 `json:"lo_s"`
	Hi      *float64 `json:"hi_s"`
	Used    bool     `json:"used"`
	Reject  string   `json:"rejected"` // why it was not used, or ""
	Kiss    string   `json:"kiss"`     // kiss-o'-death code, or ""
}

// driftSyncJSON is what the system says; null is not known.
type driftSyncJSON struct {
	Service      *string `json:"service"`
	Synchronized *bool   `json:"synchronized"`
}

// observedJSON is what a series of measurements adds.
type observedJSON struct {
	Event    string        `json:"event"` // step, suspend, or ""
	MovedS   float64       `json:"moved_s"`
	Rate     *rateJSON     `json:"rate"`     // null until it is known
	Crossing *crossingJSON `json:"crossing"` // null where it cannot be foretold
}

type rateJSON struct {
	Lo float64 `json:"lo_ppm"`
	Hi float64 `json:"hi_ppm"`
}

type crossingJSON struct {
	Earliest float64 `json:"earliest_s"`
	Latest   float64 `json:"latest_s"`
}

func newDriftJSON(r drift.Report, sync drift.Sync) driftJSON {
	codes := r.Offset.Window(codePeriod, codeSkew)
	out := driftJSON{
		Schema: schema, Verdict: string(r.Verdict), Confirmed: r.Confirmed, Offset: newOffsetJSON(r.Offset),
		LimitS: r.Limit.Seconds(), Reason: r.Reason, Codes: acceptedJSON{codes.Lo, codes.Hi, codes.String()},
		Votes: []voteJSON{}, At: r.At, Took: float64(r.Elapsed) / 1e6, Sync: newSyncJSON(sync),
	}
	for _, v := range r.Sources {
		o := newOffsetJSON(v.Offset)
		out.Votes = append(out.Votes, voteJSON{v.Name, v.Address, string(v.Kind), o.Lo, o.Hi, v.Used, v.Rejected, v.Kiss})
	}
	return out
}

func newOffsetJSON(i drift.Interval) offsetJSON {
	var o offsetJSON
	if i.Lo != math.MinInt64 {
		o.Lo = new(i.Lo.Seconds())
	}
	if i.Hi != math.MaxInt64 {
		o.Hi = new(i.Hi.Seconds())
	}
	if o.Lo != nil && o.Hi != nil {
		o.Mid = new(i.Mid().Seconds())
	}
	return o
}

func newSyncJSON(s drift.Sync) driftSyncJSON {
	var out driftSyncJSON
	if s.Service != "" {
		out.Service = &s.Service
	}
	if s.Known {
		out.Synchronized = &s.Synchronized
	}
	return out
}

func newObservedJSON(x drift.Observation) *observedJSON {
	out := &observedJSON{Event: string(x.Event), MovedS: x.Moved.Seconds()}
	if x.Rate.Known() {
		out.Rate = &rateJSON{x.Rate.Lo * 1e6, x.Rate.Hi * 1e6}
	}
	if x.Crossing.Foretold() {
		out.Crossing = &crossingJSON{x.Crossing.Earliest.Seconds(), x.Crossing.Latest.Seconds()}
	}
	return out
}
