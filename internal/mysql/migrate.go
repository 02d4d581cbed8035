package mysql

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"lfb/internal/lfb"
)

//go:embed schema/*.sql
var schema embed.FS

// Migrate brings the tables to the newest schema. It may be repeated, and run by
// several processes at once. A migration that was applied with another text, or
// one that this program does not know, gives lfb.ErrConflict.
//
// A file holds statements that end in a semicolon at the end of a line. MySQL
// commits each of them by itself, so each must be safe to repeat: a kill between
// two of them runs the file again from its top. Adding a column is: that it is there
// already is no error.
func (db *DB) Migrate(ctx context.Context) error {
	all, err := readMigrations(schema)
	if err != nil {
		return err
	}
	return db.migrate(ctx, all)
}

func (db *DB) migrate(ctx context.Context, all []migration) error {
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return Wrap(err, "migrate")
	}
	defer conn.Close()
	return db.WithLock(ctx, conn, "migrate", func() error {
		done, err := readApplied(ctx, conn)
		if err != nil {
			return err
		}
		if err := checkKnown(all, done); err != nil {
			return err
		}
		for _, m := range all {
			if _, ok := done[m.name]; ok {
				continue
			}
			if err := applyMigration(ctx, conn, m); err != nil {
				return err
			}
		}
		return nil
	})
}

type migration struct {
	name, sum  string
	statements []string
}

func readMigrations(files fs.FS) ([]migration, error) {
	names, err := fs.Glob(files, "schema/*.sql") // sorted
	if err != nil {
		return nil, err
	}
	var all []migration
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(text)
		m := migration{name: strings.TrimPrefix(name, "schema/"), sum: hex.EncodeToString(sum[:])}
		for s := range strings.SplitSeq(string(text), ";\n") {
			if s = strings.TrimSpace(s); s != "" {
				m.statements = append(m.statements, s)
			}
		}
		all = append(all, m)
	}
	return all, nil
}

// readApplied returns the checksums of the migrations that were applied, by name.
func readApplied(ctx context.Context, conn *sql.Conn) (map[string]string, error) {
	_, err := conn.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS schema_migration (
		Name      VARCHAR(128) NOT NULL PRIMARY KEY,
		SHA256    CHAR(64)     NOT NULL,
		AppliedAt DATETIME(6)  NOT NULL)`)
	if err != nil {
		return nil, Wrap(err, "table schema_migration")
	}
	done := map[string]string{}
	var name, sum string
	for err := range Stream(ctx, conn, []any{&name, &sum}, "SELECT Name, SHA256 FROM schema_migration") {
		if err != nil {
			return nil, Wrap(err, "read schema_migration")
		}
		done[name] = sum
	}
	return done, nil
}

// checkKnown checks that what was applied is what this program would have applied.
func checkKnown(all []migration, done map[string]string) error {
	seen := 0
	var errs []error
	for _, m := range all {
		sum, ok := done[m.name]
		if ok {
			seen++
		}
		if ok && sum != m.sum {
			errs = append(errs, fmt.Errorf("migration %s: applied with checksum %.12s, this program has %.12s: %w",
				m.name, sum, m.sum, lfb.ErrConflict))
		}
	}
	if seen < len(done) {
		errs = append(errs, fmt.Errorf("%d migrations were applied that this program does not know; run a newer one: %w",
			len(done)-seen, lfb.ErrConflict))
	}
	return errors.Join(errs...)
}

func applyMigration(ctx context.Context, conn *sql.Conn, m migration) error {
	for i, s := range m.statements {
		if _, err := conn.ExecContext(ctx, s); err != nil && !isThereAlready(err) {
			return Wrap(err, "migration %s, statement %d", m.name, i+1)
		}
	}
	_, err := conn.ExecContext(ctx, "INSERT INTO schema_migration (Name, SHA256, AppliedAt)"+
		" VALUES (?, ?, UTC_TIMESTAMP(6))", m.name, m.sum)
	return Wrap(err, "migration %s", m.name)
}
