// Package pgconn names the error of the driver that package pgx stands in for.
package pgconn

// PgError is never returned.
type PgError struct{ Code, Message string }

// Error implements error.
func (e *PgError) Error() string { return e.Message }
