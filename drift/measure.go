package drift

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"
)

// DefaultServers are asked when the user names none: five operators, so that
// two may fail or lie. Each is run on many continents for anyone to use. The
// pool of ntp.org is not among them: it asks that software bring a zone of its
// own.
var DefaultServers = []string{
	"time.cloudflare.com",
	"time.google.com",
	"time.apple.com",
	"time.windows.com",
	"time.aws.com",
}

// DefaultHTTPS are asked in addition when the default servers have given no
// majority after a moment: many networks block UDP port 123.
var DefaultHTTPS = []string{
	"https://www.cloudflare.com/",
	"https://www.google.com/",
	"https://www.apple.com/",
}

// DefaultTimeout bounds a measurement, looking up names included.
const DefaultTimeout = 1500 * time.Millisecond

// Options say whom to ask and what to judge by. The zero value asks the default
// servers about the clock of this machine.
type Options struct {
	// Servers are NTP servers: "host", "host:port", "[address]:port". If
	// Servers, HTTPS and Sources are all empty, the defaults are asked.
	Servers []string
	// HTTPS are URLs whose Date header tells the time.
	HTTPS []string
	// Sources are asked as well: see package drift/nts.
	Sources []Source

	// Limit is the offset that is too much. Zero means DefaultLimit.
	Limit time.Duration
	// Timeout bounds everything. Zero means DefaultTimeout.
	Timeout time.Duration

	// Clock is the clock in question. Nil means Machine.
	Clock Clock
	// Resolver looks up names. Nil means net.DefaultResolver.
	Resolver Resolver
	// RootCAs are trusted for HTTPS. Nil means those of the system.
	RootCAs *x509.CertPool
}

// A plan is Options made ready, with no zero left to interpret.
type plan struct {
	Options
	now    []Source // asked at once
	later  []Source // asked if those bring no majority
	policy Policy
}

func (o Options) plan() (*plan, error) {
	p := &plan{Options: o}
	if o.Limit < 0 || o.Timeout < 0 {
		return nil, fmt.Errorf("limit %s, timeout %s: neither may be negative", o.Limit, o.Timeout)
	}
	if p.Timeout == 0 {
		p.Timeout = DefaultTimeout
	}
	if p.Clock == nil {
		p.Clock = Machine
	}
	if p.Resolver == nil {
		p.Resolver = net.DefaultResolver
	}
	p.now = slices.Clone(o.Sources)
	servers, urls := o.Servers, o.HTTPS
	defaults := len(o.Servers)+len(o.HTTPS)+len(o.Sources) == 0
	if defaults {
		servers, urls = DefaultServers, DefaultHTTPS
	}
	for _, name := range servers {
		s, err := newServer(name)
		if err != nil {
			return nil, err
		}
		p.now = append(p.now, s)
	}
	for _, u := range urls {
		h, err := newHost(u, o.RootCAs)
		if err != nil {
			return nil, err
		}
		if defaults {
			p.later = append(p.later, h)
		} else {
			p.now = append(p.now, h)
		}
	}
	p.policy = Policy{Limit: o.Limit, Sole: len(p.now) == 1 && !defaults}
	return p, nil
}

// Measure asks the sources at once and judges the clock by their answers. It
// returns as soon as no outstanding answer can change the verdict, and at the
// latest when the timeout is over. A network that fails is not an error but a
// Report with the verdict Unknown, which says why; errors are options that make
// no sense, and ctx being cancelled.
func Measure(ctx context.Context, o Options) (Report, error) {
	p, err := o.plan()
	if err != nil {
		return Report{}, fmt.Errorf("measure the clock: %w", err)
	}
	timed, cancel := context.WithTimeout(ctx, p.Timeout)
	defer cancel()
	begun := time.Now()
	r, stepped := p.measure(timed)
	if stepped && timed.Err() == nil {
		r, stepped = p.measure(timed)
	}
	if stepped {
		r = disturbed(r)
	}
	r.Elapsed = time.Since(begun)
	if errors.Is(ctx.Err(), context.Canceled) {
		return r, fmt.Errorf("measure the clock: %w", context.Cause(ctx))
	}
	return r, nil
}

// disturbed is the report when the clock was set, or the machine slept, while it
// was being measured: what was measured is not the clock as it is now.
func disturbed(r Report) Report {
	r.Verdict, r.Confirmed, r.Offset = Unknown, false, Everything
	r.Reason = "This clock was set, or the machine slept, while it was being measured: measure again."
	for n := range r.Sources {
		r.Sources[n].Used = false
	}
	return r
}

// measure makes one round and reports whether the wall was set meanwhile.
func (p *plan) measure(ctx context.Context) (r Report, stepped bool) {
	a := newAnchor(p.Clock)
	samples := gather(ctx, p, a)
	at := a.clock()
	moved := between(at.Wall, a.at(at))
	for n := range samples {
		samples[n].Offset = shifted(samples[n].Offset, -moved)
	}
	policy := p.judging(a.at(at))
	r = Combine(samples, policy)
	r.At = at.Wall
	return r, magnitude(moved) > slewing
}

// shifted moves an offset from the anchor's time to the wall's, keeping both
// where the wall is being slewed between them.
func shifted(i Interval, d time.Duration) Interval {
	return i.hull(Interval{add(i.Lo, d), add(i.Hi, d)})
}

// judging is the policy at a moment of the clock.
func (p *plan) judging(at time.Time) Policy {
	policy := p.policy
	policy.At = at
	if slow := between(floor, at); slow > 0 {
		policy.SlowBy = slow
	}
	return policy
}
