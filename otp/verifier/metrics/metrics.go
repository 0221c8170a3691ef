// Package metrics counts what a [verifier.Verifier] does, for Prometheus: logins by
// outcome, events, the delta of codes, and how long the store takes.
//
//	m, err := metrics.New(prometheus.DefaultRegisterer)
//	v, err := verifier.New(m.Store(store), ring, verifier.Config{Handle: m.Handle(alert)})
//
// No metric has an account, a source or a name of a person in its labels, and every
// label has a fixed set of values. A dashboard for Grafana is in doc/grafana.json.
package metrics

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/authctl/authctl/otp/verifier"
)

// Metrics are the metrics of one or several verifiers.
type Metrics struct {
	logins   *prometheus.CounterVec
	events   *prometheus.CounterVec
	lost     prometheus.Counter
	failures prometheus.Counter
	delta    prometheus.Histogram
	store    *prometheus.HistogramVec
	again    prometheus.Counter
}

// New registers the metrics. Each registerer takes them once.
func New(r prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{
		logins: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "authctl_logins_total", Help: "Attempts to sign in, by method and outcome.",
		}, []string{"method", "outcome"}),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "authctl_events_total", Help: "Events that were handled, by kind.",
		}, []string{"kind"}),
		lost: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "authctl_events_lost_total", Help: "Events that a full outbox dropped.",
		}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "authctl_event_failures_total", Help: "Events whose handler failed; they are handed over again.",
		}),
		delta: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "authctl_code_delta_steps", Help: "Step of an accepted TOTP code minus the expected one; negative: the code was old.",
			Buckets: []float64{-3, -2, -1, 0, 1, 2, 3},
		}),
		store: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "authctl_store_seconds", Help: "Duration of the store's operations, by result.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 2.5, 12), // 0.1 ms to 2.4 s
		}, []string{"operation", "result"}),
		again: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "authctl_store_conflicts_total", Help: "Updates that ran again because another was faster.",
		}),
	}
	for _, c := range []prometheus.Collector{m.logins, m.events, m.lost, m.failures, m.delta, m.store, m.again} {
		if err := r.Register(c); err != nil {
			return nil, fmt.Errorf("register metrics: %w", err)
		}
	}
	return m, nil
}

// The values that labels may have; others are "other".
var (
	methods  = []string{"", string(verifier.ByTOTP), string(verifier.ByHOTP), string(verifier.ByRecovery), string(verifier.ByLink), string(verifier.ByRequest)}
	outcomes = []string{
		string(verifier.Accepted), string(verifier.Invalid), string(verifier.Replayed), string(verifier.Locked), string(verifier.Limited),
		string(verifier.Malformed), string(verifier.NotEnrolled), string(verifier.NeedsResync), string(verifier.Resynced),
	}
	kinds = kindNames(
		verifier.LoginAccepted, verifier.LoginRefused, verifier.CodesLocked, verifier.CodesShut, verifier.FailuresAlert,
		verifier.RecoveryLocked, verifier.Recovered, verifier.KeyBegun, verifier.KeyConfirmed, verifier.KeyRefused,
		verifier.KeyAdopted, verifier.KeyRetiring, verifier.KeySuperseded, verifier.KeyRevoked, verifier.KeyExpired,
		verifier.KeyResynced, verifier.ResyncRefused, verifier.DriftLearned, verifier.RecoveryCreated, verifier.RecoveryKept,
		verifier.LinkMade, verifier.LinkDropped, verifier.AccountUnlocked, verifier.AccountReset, verifier.AccountRestored,
		verifier.RequestMade, verifier.RequestDropped, verifier.RequestMoved,
	)
)

func kindNames(kinds ...verifier.Kind) (names []string) {
	for _, k := range kinds {
		names = append(names, string(k))
	}
	return names
}

func among(known []string, value string) string {
	if slices.Contains(known, value) {
		return value
	}
	return "other"
}

// Handle counts events and hands them on to next, which may be nil. An event that
// next refuses comes again, and is counted as an event only once next took it.
func (m *Metrics) Handle(next func(context.Context, verifier.Event) error) func(context.Context, verifier.Event) error {
	return func(ctx context.Context, e verifier.Event) error {
		if next != nil {
			if err := next(ctx, e); err != nil {
				m.failures.Inc()
				return err
			}
		}
		m.events.WithLabelValues(among(kinds, string(e.Kind))).Inc()
		m.lost.Add(float64(e.Lost))
		if e.Kind != verifier.LoginAccepted && e.Kind != verifier.LoginRefused {
			return nil
		}
		m.logins.WithLabelValues(among(methods, string(e.Method)), among(outcomes, string(e.Outcome))).Inc()
		if e.Outcome == verifier.Accepted && e.Method == verifier.ByTOTP {
			m.delta.Observe(float64(e.Delta))
		}
		return nil
	}
}

// Store measures a store.
func (m *Metrics) Store(s verifier.Store) verifier.Store { return measured{s, m} }

type measured struct {
	verifier.Store
	m *Metrics
}

// Load implements [verifier.Store].
func (s measured) Load(ctx context.Context, id string) (verifier.State, error) {
	begin := time.Now()
	state, err := s.Store.Load(ctx, id)
	s.m.observe("load", begin, result(err))
	return state, err
}

// Update implements [verifier.Store].
func (s measured) Update(ctx context.Context, id string, fn func(*verifier.State) error) error {
	begin, runs := time.Now(), 0
	var refusal error
	err := s.Store.Update(ctx, id, func(state *verifier.State) error {
		runs++
		refusal = fn(state)
		return refusal
	})
	r := result(err)
	if refusal != nil && errors.Is(err, refusal) {
		r = "refused"
	}
	s.m.observe("update", begin, r)
	s.m.again.Add(float64(max(0, runs-1)))
	return err
}

// IDs implements [verifier.Store].
func (s measured) IDs(ctx context.Context, after string, n int) ([]string, error) {
	begin := time.Now()
	ids, err := s.Store.IDs(ctx, after, n)
	s.m.observe("ids", begin, result(err))
	return ids, err
}

// Close closes the store, if it can be.
func (s measured) Close() error {
	if c, ok := s.Store.(interface{ Close() error }); ok {
		return c.Close()
	}
	return nil
}

func (m *Metrics) observe(operation string, begin time.Time, result string) {
	m.store.WithLabelValues(operation, result).Observe(time.Since(begin).Seconds())
}

// result is the label of what became of an operation: a refusal is the caller's own
// error, by which nothing was kept.
func result(err error) string {
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, verifier.ErrUnknownOutcome):
		return "unknown"
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "canceled"
	}
	return "error"
}
