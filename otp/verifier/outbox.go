package verifier

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// lateAfter is how old an event must be before Deliver takes it: a younger one is
// probably with the Verifier that made it.
const lateAfter = time.Minute

// emit records an event that comes with a change of the state. It is kept in the
// outbox by the same Update, so that it is not lost between commit and handler.
func (t *turn) emit(e Event) {
	if t.v.config.Handle == nil {
		return
	}
	t.fill(&e)
	t.s.Events++
	e.Number = t.s.Events
	if n := len(t.s.Outbox); n >= t.v.policy.KeepLimit {
		i := max(slices.IndexFunc(t.s.Outbox, func(e Event) bool { return e.Kind == LoginRefused }), 0)
		e.Lost += 1 + t.s.Outbox[i].Lost
		t.s.Outbox = slices.Delete(t.s.Outbox, i, i+1)
	}
	t.s.Outbox = append(t.s.Outbox, e)
	e.Explain = t.explainer(e)
	t.events = append(t.events, e)
}

// tell records an event that comes with no change. It is handed over once and not
// kept, so that refusals during a lock cost no writes.
func (t *turn) tell(e Event) {
	if t.v.config.Handle == nil {
		return
	}
	t.fill(&e)
	e.Explain = t.explainer(e)
	t.events = append(t.events, e)
}

func (t *turn) fill(e *Event) {
	e.Account, e.At, e.Source, e.By = t.id, t.now.Time(), t.source, t.by
	e.Failures = t.s.failures()
}

// handOver gives the events of a committed Update to the handler and takes those
// that it took out of the outbox. What fails here stays there for Deliver.
func (v *Verifier) handOver(ctx context.Context, id string, events []Event) error {
	if len(events) == 0 {
		return nil
	}
	ctx = context.WithoutCancel(ctx) // the change is made: its events follow it
	var failed error
	var taken []uint64
	for _, e := range events {
		if err := v.config.Handle(ctx, e); err != nil {
			failed = fmt.Errorf("hand over event %s of %q: %w", e.Kind, id, err)
			break // the later ones must not overtake it
		}
		if e.Number != 0 {
			taken = append(taken, e.Number)
		}
	}
	if len(taken) == 0 {
		return failed
	}
	err := v.store.Update(ctx, id, func(s *State) error {
		s.Outbox = slices.DeleteFunc(s.Outbox, func(e Event) bool { return slices.Contains(taken, e.Number) })
		if len(s.Outbox) == 0 {
			s.Outbox = nil
		}
		return nil
	})
	return errors.Join(failed, err)
}

// Deliver walks the store and hands over the events that are still in an outbox
// a minute after they were made, because a process ended or a handler failed. It
// also closes recovery requests whose time is over, so that somebody hears of it. Call
// it at start and every few minutes. It returns how many events it handed over.
func (v *Verifier) Deliver(ctx context.Context) (n int, err error) {
	if v.config.Handle == nil {
		return 0, nil
	}
	now := v.config.Now()
	before := now.Add(-lateAfter)
	err = v.walk(ctx, func(id string) error {
		s, err := v.store.Load(ctx, id)
		if err != nil {
			return fmt.Errorf("load %q: %w", id, err)
		}
		late := slices.DeleteFunc(s.Outbox, func(e Event) bool { return e.At.After(before) })
		if err := v.handOver(ctx, id, late); err != nil {
			return err
		}
		n += len(late)
		if !s.Request.late(v.policy, instant(now)) {
			return nil
		}
		t := &turn{id: id}
		err = v.update(ctx, t, func(*turn) error { return nil }) // settles it
		n += len(t.events)
		return err
	})
	return n, err
}

// walk calls fn for every account. One that fails does not stop the walk.
func (v *Verifier) walk(ctx context.Context, fn func(id string) error) error {
	var failed []error
	for after := ""; ; {
		ids, err := v.store.IDs(ctx, after, 256)
		if err != nil {
			return errors.Join(append(failed, fmt.Errorf("list accounts after %q: %w", after, err))...)
		}
		if len(ids) == 0 {
			return errors.Join(failed...)
		}
		for _, id := range ids {
			if err := ctx.Err(); err != nil {
				return errors.Join(append(failed, err)...)
			}
			if err := fn(id); err != nil && len(failed) < 16 {
				failed = append(failed, err)
			}
		}
		after = ids[len(ids)-1]
	}
}
