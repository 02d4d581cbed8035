package mysql

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/go-sql-driver/mysql"

	"lfb/internal/lfb"
)

// Server error numbers that mean something to us.
const (
	errTooManyConns     = 1040
	errShutdown         = 1053
	errDuplicateColumn  = 1060
	errDuplicateKeyName = 1061
	errDuplicate        = 1062
	errUnknown          = 1105
	errLockTimeout      = 1205
	errDeadlock         = 1213 // on the embedded database also: a concurrent commit changed the same rows
	errInterrupted      = 1317
	errSnapshotTooOld   = 1020
)

// maxAttempts bounds the tries of one statement or transaction. They are few: what
// loads is an activity, which Temporal runs again.
const maxAttempts = 3

// Transact runs do in a transaction on pool, a *sql.DB or *sql.Conn, and again where the server gave it
// up for another one (1213, 1205). It is the only place that retries. do must
// bear being run again.
func Transact(ctx context.Context, pool beginner, do func(*sql.Tx) error) error {
	return retryContended(ctx, func() error {
		tx, err := pool.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback() // nothing after a commit
		if err := do(tx); err != nil {
			return err
		}
		return tx.Commit()
	})
}

type beginner interface {
	BeginTx(ctx context.Context, opts *sql.TxOptions) (*sql.Tx, error)
}

// execWrite runs one writing statement that does what op names, with retries.
func (db *DB) execWrite(ctx context.Context, op, query string, args ...any) error {
	_, err := db.execCounted(ctx, op, query, args...)
	return err
}

// execCounted is execWrite, and counts the rows that became others.
func (db *DB) execCounted(ctx context.Context, op, query string, args ...any) (changed int64, err error) {
	if err := checkText(args...); err != nil {
		return 0, Wrap(err, "%s", op)
	}
	err = retryContended(ctx, func() error {
		res, err := db.write.ExecContext(ctx, query, args...)
		if err == nil {
			changed, err = res.RowsAffected()
		}
		return err
	})
	return changed, Wrap(err, "%s", op)
}

// retryContended runs do until it succeeds, fails for good, or was tried maxAttempts times.
// The pauses are random within bounds: two that met once would meet again.
func retryContended(ctx context.Context, do func() error) error {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.Multiplier = 50*time.Millisecond, 4
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := do()
		if err != nil && !isContended(err) {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithMaxTries(maxAttempts), backoff.WithBackOff(pauses))
	return err
}

func errorNumber(err error) uint16 {
	var e *mysql.MySQLError
	if errors.As(err, &e) {
		return e.Number
	}
	return 0
}

// isTaken reports whether another row has the key of the one that was inserted, or was about to.
func isTaken(err error) bool {
	n := errorNumber(err)
	return n == errDuplicate || n == errDeadlock
}

// isThereAlready reports whether the server refused to add a column, or a key, that is there already.
func isThereAlready(err error) bool {
	var e *mysql.MySQLError
	return errors.As(err, &e) && (e.Number == errDuplicateColumn || e.Number == errDuplicateKeyName ||
		e.Number == errUnknown && strings.HasPrefix(e.Message, "Column ") && strings.HasSuffix(e.Message, "already exists") ||
		e.Number == errUnknown && strings.HasPrefix(e.Message, "Duplicate key name "))
}

// isContended reports whether the server gave a transaction up for another one, so that it may be run again.
func isContended(err error) bool {
	n := errorNumber(err)
	return n == errDeadlock || n == errLockTimeout || n == errSnapshotTooOld || hasLostSession(err)
}

// hasLostSession reports whether the embedded database lost what a session begins with, as
// it may where another connection was cut off at that moment; the next time it has it.
func hasLostSession(err error) bool {
	var e *mysql.MySQLError
	return errors.As(err, &e) && e.Number == errUnknown && strings.Contains(e.Message, "no root value found in session")
}

// Wrap names the operation and says what a caller can do: one of lfb's
// sentinels where there is one.
func Wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	op := fmt.Sprintf(format, args...)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%s: %w", op, lfb.ErrNotFound)
	}
	if kind := kindOf(err); kind != nil && !errors.Is(err, kind) {
		return fmt.Errorf("%s: %w: %w", op, err, kind)
	}
	return fmt.Errorf("%s: %w", op, err)
}

func kindOf(err error) error {
	var (
		e    *mysql.MySQLError
		dial net.Error
	)
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return nil
	case errors.As(err, &e):
		return kindOfServer(e)
	case errors.Is(err, driver.ErrBadConn), errors.Is(err, mysql.ErrInvalidConn), errors.Is(err, io.EOF),
		errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &dial):
		return lfb.ErrUnavailable
	}
	return nil
}

func kindOfServer(e *mysql.MySQLError) error {
	switch e.Number {
	case 1049: // unknown database
		return lfb.ErrNotFound
	case errUnknown: // the embedded database's number for most things
		if hasLostSession(e) {
			return lfb.ErrUnavailable
		}
		for _, refusal := range []string{"too large for column", "out of range", "set a value of null"} {
			if strings.Contains(e.Message, refusal) {
				return lfb.ErrInvalid
			}
		}
	case errDuplicate:
		return lfb.ErrConflict
	case errTooManyConns, errShutdown, errLockTimeout, errDeadlock, errSnapshotTooOld, errInterrupted,
		1021, 1114, // disk or table full
		1044, 1045, 1142, 1698, // access denied
		1146, 1290, 1836: // the schema is not there yet; read only
		return lfb.ErrUnavailable
	case 1048, // column cannot be null
		1264, // out of range
		1265, // truncated
		1292, // incorrect date
		1300, // invalid characters
		1366, // incorrect value
		1406: // too long
		return lfb.ErrInvalid
	}
	return nil
}
