package main

// noKeyError says that a picture holds no key, and what it holds instead.
type noKeyError struct {
	error
	symbols any
}

func (e *noKeyError) Unwrap() error { return e.error }
