package drift

import (
	"cmp"
	"slices"
	"time"
)

// A Policy is how samples are judged. Its zero value is usable.
type Policy struct {
	// Limit is the offset that is too much. Zero means DefaultLimit.
	Limit time.Duration
	// At is what the clock read when the judgement is made; older samples are
	// widened to hold then. Zero means that they are taken as they are.
	At time.Time
	// Sole says that the user named exactly one source and so chose to trust
	// it: its answer is judged, though nothing confirms it. Otherwise one
	// unauthenticated answer is never enough.
	Sole bool
	// SlowBy is what is known without asking: the clock is at least this slow,
	// because it reads a time before this program was written. Zero: nothing.
	SlowBy time.Duration
}

// Combine judges samples. It is pure: the same samples give the same report.
//
// Each source has one vote. Of n NTP votes (NTS ones among them) at least two
// and a strict majority must share a point; the offset reported is the hull of
// all points that a strict majority shares. (Marzullo's sweep, RFC 5905
// §11.2.1, but not its intersection of the survivors: a liar that overlaps the
// honest servers would trim the truth away, while the hull contains it as long
// as fewer than half lie.) One NTS vote is enough alone; so are two HTTPS hosts
// that agree. Where such groups contradict each other the offset covers them
// all, and unless every offset in it has one verdict, that is Unknown.
func Combine(samples []Sample, p Policy) Report {
	if p.Limit <= 0 {
		p.Limit = DefaultLimit
	}
	r := Report{Limit: p.Limit, At: p.At, Sources: tally(samples, p.At)}
	groups := quorums(r.Sources)
	r.Confirmed = len(groups) > 0
	if only, ok := soleVote(r.Sources); !r.Confirmed && p.Sole && ok {
		groups = []Interval{only}
	}
	r.Offset = cover(groups)
	if len(groups) == 0 && p.SlowBy > 0 {
		r.Offset.Lo = p.SlowBy
	}
	markUsed(r.Sources, groups)
	r.Verdict = Judge(r.Offset, p.Limit)
	r.Reason = r.sentence(groups)
	return r
}

// cover is the first group's offset, stretched over every group that
// contradicts it.
func cover(groups []Interval) Interval {
	if len(groups) == 0 {
		return Everything
	}
	out := groups[0]
	for _, g := range groups[1:] {
		if !g.Overlaps(groups[0]) {
			out = out.hull(g)
		}
	}
	return out
}

// quorums gives the offset of each group that can speak alone, the most
// trusted first: NTS, then NTP, then HTTPS.
func quorums(votes []Vote) []Interval {
	var out []Interval
	for _, g := range []struct {
		least int
		votes []Interval
	}{
		{1, of(votes, NTS)},
		{2, of(votes, NTP, NTS)},
		{2, of(votes, HTTPS)},
	} {
		if i, ok := shared(g.votes, max(g.least, len(g.votes)/2+1)); ok {
			out = append(out, i)
		}
	}
	return out
}

// shared is the hull of all points that lie in at least k of the intervals.
func shared(intervals []Interval, k int) (Interval, bool) {
	type edge struct {
		at    time.Duration
		delta int // +1 where an interval begins, −1 where it ends
	}
	edges := make([]edge, 0, 2*len(intervals))
	for _, i := range intervals {
		edges = append(edges, edge{i.Lo, +1}, edge{i.Hi, -1})
	}
	// Where one begins as another ends they share that point: begin first.
	slices.SortFunc(edges, func(a, b edge) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(b.delta, a.delta))
	})
	var hull Interval
	depth, found := 0, false
	for _, e := range edges {
		if e.delta > 0 {
			if depth++; depth == k && !found {
				hull.Lo, found = e.at, true
			}
			continue
		}
		if depth == k {
			hull.Hi = e.at
		}
		depth--
	}
	return hull, found
}

// soleVote is the answer of the only source there is.
func soleVote(votes []Vote) (Interval, bool) {
	if len(votes) != 1 || !votes[0].usable() {
		return Everything, false
	}
	return votes[0].Offset, true
}

// markUsed notes which votes stand behind the result, and why others do not.
func markUsed(votes []Vote, groups []Interval) {
	if len(groups) == 0 {
		return
	}
	for n := range votes {
		v := &votes[n]
		if !v.usable() {
			continue
		}
		v.Used = slices.ContainsFunc(groups, v.Offset.Overlaps)
		if !v.Used {
			v.Rejected = "disagrees with the majority"
		}
	}
}

// settled reports whether the verdict will stand whatever the pending NTP
// sources may yet answer: with j more votes of any kind, a majority of all must
// still exist, and no point that could then have a majority may have another
// verdict.
func settled(samples []Sample, pending int, p Policy) bool {
	r := Combine(samples, p)
	// Counted anew: in r the votes that the majority overruled are rejected.
	all := tally(samples, p.At)
	votes := of(all, NTP)
	if r.Verdict == Unknown || len(of(all, NTS, HTTPS)) > 0 {
		return false
	}
	for j := range pending + 1 {
		k := (len(votes)+j)/2 + 1
		if _, ok := shared(votes, max(2, k)); !ok || k-j < 1 {
			return false
		}
		if reach, _ := shared(votes, k-j); Judge(reach, r.Limit) != r.Verdict {
			return false
		}
	}
	return true
}
