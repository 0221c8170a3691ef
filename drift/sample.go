package drift

import "time"

// Kind says how a source was asked.
type Kind string

// The kinds of source.
const (
	NTP   Kind = "ntp"   // RFC 5905, not authenticated
	NTS   Kind = "nts"   // RFC 8915: authenticated NTP
	HTTPS Kind = "https" // the Date header of a host with a valid certificate
)

// A Sample is one answer, or the reason why there is none.
type Sample struct {
	Name    string    // the name that was asked; samples of one name are one vote
	Address string    // the address that answered, host:port
	Kind    Kind      // how it was asked
	At      time.Time // this clock when the answer came

	Offset   Interval // what the answer proves; only if Rejected is empty
	Rejected string   // why there is no usable answer, as a clause
	Kiss     string   // the kiss-o'-death code, if it sent one (RFC 5905 §7.4)
}

// A Vote is what one source contributes to a Report: all samples of one name.
type Vote struct {
	Name    string
	Address string
	Kind    Kind

	Offset   Interval // Everything, if it gave none
	Used     bool     // it stands behind the verdict
	Rejected string   // why it does not, as a clause; empty if it was usable
	Kiss     string
}

// dateWander is how far the Date headers of well-kept hosts stray from true
// time: they are cached by the server for a second or two, and nobody checks.
const dateWander = 2 * time.Second

// tally gathers samples into votes, in the order in which names first appear.
// Offsets are widened to hold at the given time.
func tally(samples []Sample, at time.Time) []Vote {
	var votes []Vote
	index := map[string]int{}
	for _, s := range samples {
		n, seen := index[s.Name]
		if !seen {
			n = len(votes)
			index[s.Name] = n
			votes = append(votes, Vote{Name: s.Name, Kind: s.Kind, Offset: Everything})
		}
		votes[n].count(s, at, !seen)
	}
	rejectTwins(votes)
	return votes
}

// count adds a sample to the vote. A usable answer outweighs a failure; two
// usable answers must overlap, and their overlap is what the vote says.
func (v *Vote) count(s Sample, at time.Time, first bool) {
	if s.Kiss != "" {
		v.Kiss = s.Kiss
	}
	switch {
	case s.Rejected != "":
		// Of several failures a kiss tells most, and then the latest.
		if first || v.Offset == Everything && (s.Kiss != "" || v.Kiss == "") {
			v.Address, v.Rejected = s.Address, s.Rejected
		}
		return
	case v.Offset == Everything:
		v.Address, v.Kind, v.Rejected = s.Address, s.Kind, ""
	}
	i := s.Offset
	if s.Kind == HTTPS {
		i = i.Widen(dateWander)
	}
	if !at.IsZero() && !s.At.IsZero() {
		i = i.Widen(wander(between(at, s.At)))
	}
	if !i.Overlaps(v.Offset) {
		v.Rejected = "its own answers contradict each other"
		return
	}
	v.Offset = Interval{max(i.Lo, v.Offset.Lo), min(i.Hi, v.Offset.Hi)}
}

func (v *Vote) usable() bool { return v.Rejected == "" }

// rejectTwins leaves one vote to each address, for two names of one server
// cannot confirm each other. The authenticated one stays.
func rejectTwins(votes []Vote) {
	owner := map[string]*Vote{}
	for n := range votes {
		v := &votes[n]
		if !v.usable() || v.Address == "" {
			continue
		}
		twin := owner[v.Address]
		if twin == nil {
			owner[v.Address] = v
			continue
		}
		if v.Kind == NTS && twin.Kind != NTS {
			v, twin = twin, v
			owner[twin.Address] = twin
		}
		v.Rejected = "the same server as " + twin.Name
	}
}

// of picks the usable votes of some kinds.
func of(votes []Vote, kinds ...Kind) []Interval {
	var out []Interval
	for _, v := range votes {
		for _, k := range kinds {
			if v.Kind == k && v.usable() {
				out = append(out, v.Offset)
			}
		}
	}
	return out
}
