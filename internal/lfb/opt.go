package lfb

// Opt is a value that may be missing (NULL, empty or absent in the file).
type Opt[T any] struct {
	V  T
	OK bool
}

// Some is a present value.
func Some[T any](v T) Opt[T] { return Opt[T]{V: v, OK: true} }
