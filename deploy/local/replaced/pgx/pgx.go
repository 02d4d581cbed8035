// Package pgx stands in for the PostgreSQL driver that Temporal's server can keep
// its state with. Here it keeps it in SQLite: connecting refuses.
package pgx

import "errors"

// What Temporal's server names.
type (
	Conn       struct{}
	ConnConfig struct{}
	TypeMap    struct{}
)

// ParseConfig refuses.
func ParseConfig(string) (*ConnConfig, error) {
	return nil, errors.New("postgresql is not built into this program")
}

// TypeMap gives nothing.
func (*Conn) TypeMap() *TypeMap { return nil }

// RegisterDefaultPgType does nothing.
func (*TypeMap) RegisterDefaultPgType(any, string) {}
