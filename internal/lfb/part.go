package lfb

// PartError says which part of what was asked is wrong. It is ErrInvalid.
type PartError struct {
	Pointer string // as JSON, RFC 6901
	Reason  string // a sentence
}

func (e *PartError) Error() string { return e.Reason }

// Unwrap is ErrInvalid.
func (e *PartError) Unwrap() error { return ErrInvalid }
