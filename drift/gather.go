package drift

import (
	"context"
	"time"
)

const (
	headStart = 300 * time.Millisecond // of NTP before the default HTTPS hosts
	grace     = 50 * time.Millisecond  // for sources to say why they failed
)

// A gathering is one round of asking.
type gathering struct {
	plan   *plan
	anchor *anchor
	asked  []asked
	later  []Source // not asked yet
	inbox  chan message
	over   chan struct{} // closed when nobody listens to the inbox any more
}

// asked is a source and what it has answered so far.
type asked struct {
	Source
	samples []Sample
	done    bool
}

// A message is a sample from one of the asked, or word that it has no more.
type message struct {
	from   int
	sample Sample
	done   bool
}

// gather asks the sources and returns when the verdict is settled, when all have
// answered, or when ctx ends. A source that never returns is left behind.
func gather(ctx context.Context, p *plan, a *anchor) []Sample {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	g := &gathering{plan: p, anchor: a, later: p.later, inbox: make(chan message), over: make(chan struct{})}
	defer close(g.over)
	g.ask(ctx, p.now)

	behind := time.NewTimer(headStart)
	defer behind.Stop()
	ended := ctx.Done()
	var overdue <-chan time.Time
	for !g.finished() {
		select {
		case m := <-g.inbox:
			g.take(m)
			if g.waiting() == 0 && g.report().Verdict == Unknown {
				g.askLater(ctx)
			}
		case <-behind.C:
			g.askLater(ctx)
		case <-ended:
			ended, overdue = nil, time.After(grace)
		case <-overdue:
			return g.samples("no answer in time")
		}
	}
	return g.samples("not waited for: the verdict was settled")
}

// ask sets sources to work.
func (g *gathering) ask(ctx context.Context, sources []Source) {
	env := Env{Now: g.anchor.now, Resolver: g.plan.Resolver}
	for _, s := range sources {
		from := len(g.asked)
		g.asked = append(g.asked, asked{Source: s})
		go func() {
			s.Ask(ctx, env, func(x Sample) { g.send(message{from: from, sample: x}) })
			g.send(message{from: from, done: true})
		}()
	}
}

func (g *gathering) askLater(ctx context.Context) {
	g.ask(ctx, g.later)
	g.later = nil
}

func (g *gathering) send(m message) {
	select {
	case g.inbox <- m:
	case <-g.over:
	}
}

func (g *gathering) take(m message) {
	s := &g.asked[m.from]
	if m.done {
		s.done = true
		return
	}
	s.samples = append(s.samples, m.sample)
}

// waiting counts the sources that have not given anything.
func (g *gathering) waiting(kinds ...Kind) int {
	n := 0
	for _, s := range g.asked {
		if len(s.samples) == 0 && !s.done && (len(kinds) == 0 || s.Kind() == kinds[0]) {
			n++
		}
	}
	return n
}

// finished reports whether asking on is of no use.
func (g *gathering) finished() bool {
	if g.waiting() == 0 {
		return g.report().Verdict != Unknown || len(g.later) == 0 && g.allDone()
	}
	// Authenticated sources that the user named might contradict: await them.
	for _, s := range g.asked[:len(g.plan.now)] {
		if s.Kind() != NTP && len(s.samples) == 0 && !s.done {
			return false
		}
	}
	return settled(g.all(), g.waiting(NTP), g.policy())
}

func (g *gathering) allDone() bool {
	for _, s := range g.asked {
		if !s.done {
			return false
		}
	}
	return true
}

func (g *gathering) report() Report { return Combine(g.all(), g.policy()) }

// policy leaves out what is known without asking: it is no reason to stop.
func (g *gathering) policy() Policy {
	p := g.plan.judging(g.anchor.now())
	p.SlowBy = 0
	return p
}

// all is what has been answered, in the order of asking.
func (g *gathering) all() []Sample {
	var out []Sample
	for _, s := range g.asked {
		out = append(out, s.samples...)
	}
	return out
}

// samples is the answers, with a rejected one for each source that gave none.
func (g *gathering) samples(missing string) []Sample {
	var out []Sample
	for _, s := range g.asked {
		if len(s.samples) == 0 {
			out = append(out, Sample{Name: s.Name(), Kind: s.Kind(), Offset: Everything, Rejected: missing})
		}
		out = append(out, s.samples...)
	}
	return out
}
