package verifier

import (
	"context"
	"errors"
)

// ErrUnknownOutcome is what a Store returns when an Update may or may not have
// been kept, because the reply was lost or the disk failed. Access is denied, and
// nothing tries again by itself.
var ErrUnknownOutcome = errors.New("it is not known whether the change was kept")

// Store keeps the state of accounts. Package storetest checks one against this
// contract.
type Store interface {
	// Load returns the state of id. An id that was never written has the zero State.
	Load(ctx context.Context, id string) (State, error)

	// Update runs fn on the state of id, atomically against every other Update of
	// id by anyone who shares the store, and keeps what fn left before it returns
	// (durably, where the store says so).
	//
	// fn may run more than once, one run after the other and none after Update has
	// returned, so it has no side effects and does not keep the State. If fn returns
	// an error, Update returns it and keeps nothing. A state that fn left unchanged is
	// not written, and an id that was never written is not created by a zero State.
	// If ctx ends before fn has run, nothing is kept and the error wraps ctx.Err().
	// An error that wraps ErrUnknownOutcome means that the state may have been kept;
	// every other error means that it was not.
	Update(ctx context.Context, id string, fn func(*State) error) error

	// IDs returns up to n ids greater than after, in ascending order of bytes. An
	// empty slice is the end.
	IDs(ctx context.Context, after string, n int) ([]string, error)
}
