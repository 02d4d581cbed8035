package mysql

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"time"

	"lfb/internal/lfb"
)

// WithLock runs do while this connection holds the named lock of the database.
// The server lets go of it when the connection ends, so a killed process never
// blocks the next one. Row locks would not do: the embedded database has none.
func (db *DB) WithLock(ctx context.Context, conn *sql.Conn, name string, do func() error) error {
	for got := false; !got; {
		var err error
		// Wait in short turns: not every server notices a cancelled wait.
		if got, err = db.acquireLock(ctx, conn, name, 2); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil && !got {
			return err
		}
	}
	defer db.Unlock(ctx, conn, name)
	return do()
}

// TryLock takes the named lock where it is free.
func (db *DB) TryLock(ctx context.Context, conn *sql.Conn, name string) (bool, error) {
	return db.acquireLock(ctx, conn, name, 0)
}

func (db *DB) acquireLock(ctx context.Context, conn *sql.Conn, name string, seconds int) (bool, error) {
	var got sql.NullInt64
	err := conn.QueryRowContext(ctx, "SELECT GET_LOCK(?, ?)", db.lockName(name), seconds).Scan(&got)
	return got.Int64 == 1, Wrap(err, "lock %s", name)
}

// Unlock lets go of a named lock. It also runs where ctx is over. Where it does not succeed the connection
// is gone, and the lock with it.
func (db *DB) Unlock(ctx context.Context, conn *sql.Conn, name string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	var released sql.NullInt64
	_ = conn.QueryRowContext(ctx, "SELECT RELEASE_LOCK(?)", db.lockName(name)).Scan(&released)
}

// lockName is unique within the server, which may keep other databases, and
// within the 64 characters that it allows.
func (db *DB) lockName(name string) string {
	full := "lfb." + db.cfg.Database + "." + name
	if len(full) <= 64 {
		return full
	}
	sum := sha256.Sum256([]byte(full))
	return "lfb." + hex.EncodeToString(sum[:16])
}

// OriginCode is how Origin leads the keys.
func OriginCode(o lfb.Origin) (int, error) {
	switch o {
	case lfb.Real:
		return 1, nil
	case lfb.Synthetic:
		return 2, nil
	}
	return 0, fmt.Errorf("origin %q: %w", o, lfb.ErrInvalid)
}

func originOf(code int) lfb.Origin {
	if code == 1 {
		return lfb.Real
	}
	return lfb.Synthetic
}
