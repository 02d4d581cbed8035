package lfb

import "errors"

// The sentinels say what a caller can do about an error. Wrap them with the
// operation and the offending value.
var (
	// ErrInvalid marks input that will be refused however often it is sent.
	ErrInvalid = errors.New("invalid")
	// ErrNotFound marks a thing that does not exist.
	ErrNotFound = errors.New("not found")
	// ErrConflict marks a change made from a state that is no longer current:
	// read again, then decide.
	ErrConflict = errors.New("conflict")
	// ErrUnavailable marks a dependency that does not answer now: try later.
	ErrUnavailable = errors.New("unavailable")
)
