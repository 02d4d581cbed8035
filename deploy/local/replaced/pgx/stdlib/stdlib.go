// Package stdlib is database/sql's side of the driver that package pgx stands in for.
package stdlib

import (
	"context"
	"database/sql/driver"

	"github.com/jackc/pgx/v5"
)

// Option is ignored.
type Option struct{}

// OptionAfterConnect gives an Option.
func OptionAfterConnect(func(context.Context, *pgx.Conn) error) Option { return Option{} }

// GetConnector is never reached, since pgx.ParseConfig refuses.
func GetConnector(pgx.ConnConfig, ...Option) driver.Connector { return nil }

// GetDefaultDriver gives nothing.
func GetDefaultDriver() driver.Driver { return nil }
