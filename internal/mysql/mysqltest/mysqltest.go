package mysqltest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/mysql"
)

// FreshName is a database name that no other test has.
func FreshName() string { return "t_" + strings.ToLower(rand.Text()) }

// Run checks package mysql on a server. open names a database that does not
// exist yet, a different one at each call.
func Run(t *testing.T, open func(t *testing.T) config.MySQL) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, cfg config.MySQL)
	}{
		{"migrate", testMigrate},
		{"unavailable", testUnavailable},
		{"round trip", testRoundTrip},
		{"load by insert", testLoadByInsert},
		{"load refused", testLoadRefused},
		{"load at once", testLoadAtOnce},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
	// These share one database, as making its tables costs more than most of them.
	db := Open(t, open(t))
	for _, c := range []struct {
		name string
		run  func(t *testing.T, db *mysql.DB)
	}{
		{"load", testLoad},
		{"load editions", testLoadEditions},
		{"load cut off", testLoadCutOff},
		{"scan", testScan},
		{"attendance", testAttendance},
		{"files", testFiles},
		{"rejects", testRejects},
		{"runs", testRuns},
		{"run pages", testRunPages},
		{"step logs", testStepLogs},
		{"executions", testExecutions},
		{"ledger", testLedger},
		{"version names", testVersionNames},
		{"version notes", testVersionNotes},
		{"cover scenarios", testCoverScenarios},
		{"ledger race", testLedgerRace},
		{"data sets", testDataSets},
		{"place sets", testPlaceSets},
		{"attempts", testAttempts},
		{"predictions", testPredictions},
		{"asks", testAsks},
		{"refused predictions", testRefused},
		{"monitorings", testMonitorings},
		{"realised", testRealised},
		{"claims", testClaims},
		{"alarms", testAlarms},
		{"logged predictions", testLoggedPredictions},
		{"answers", testAnswers},
		{"settings", testSettings},
		{"accounts", testAccounts},
		{"accounts changed at once", testSwaps},
		{"audit", testAudit},
		{"backfills", testBackfills},
		{"housekeeping", testHousekeeping},
		{"records", testRecords},
		{"sessions", testSessions},
		{"codes", testCodes},
	} {
		t.Run(c.name, func(t *testing.T) {
			emptyTables(t, db)
			c.run(t, db)
		})
	}
}

// emptyTables deletes all rows but the record of what was migrated.
func emptyTables(t *testing.T, db *mysql.DB) {
	t.Helper()
	names := queryText(t, db, `SELECT GROUP_CONCAT(TABLE_NAME) FROM information_schema.TABLES
		WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE' AND TABLE_NAME <> 'schema_migration'`)
	for name := range strings.SplitSeq(names, ",") {
		queryText(t, db, "DELETE FROM `"+name+"`")
	}
}

// createDatabase makes the database, without tables, and drops it with the test.
func createDatabase(t testing.TB, cfg config.MySQL) *mysql.DB {
	t.Helper()
	ctx := t.Context()
	if err := mysql.CreateDatabase(ctx, cfg); err != nil {
		t.Fatal(err)
	}
	db, err := mysql.Open(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		queryText(t, db, "DROP DATABASE "+cfg.Database)
		db.Close()
	})
	return db
}

// Open creates the database with all tables, for as long as the test lasts.
func Open(t testing.TB, cfg config.MySQL) *mysql.DB {
	t.Helper()
	db := createDatabase(t, cfg)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

// queryText runs a statement past package mysql's methods, and returns the first
// column of its first row, if there is one.
func queryText(t testing.TB, db *mysql.DB, query string) (got string) {
	t.Helper()
	err := db.Reader().QueryRowContext(context.WithoutCancel(t.Context()), query).Scan(&got)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		t.Fatalf("%s: %v", query, err)
	}
	return got
}

// File is a stored file of the given content.
func File(name string, kind lfb.Kind, content string) lfb.SourceFile {
	sha := lfb.RefTo("", []byte(content)).SHA256
	return lfb.SourceFile{
		SHA256: sha, Name: name, Source: "dir", Version: "v-" + content, Kind: kind, Origin: lfb.Real,
		Ref:      lfb.Ref{Key: "raw/" + sha, SHA256: sha, Bytes: 12345, Rows: 7},
		StoredAt: time.Date(2024, 3, 1, 12, 0, 0, 123456000, time.UTC),
	}
}

func mustGet[T any](t *testing.T, op string) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(op, err)
		}
		return v
	}
}

func mustSucceed(t *testing.T, op string, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(fmt.Errorf("%s: %w", op, err))
	}
}

// wantErr checks that err is, or wraps, want.
func wantErr(t *testing.T, op string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s = %v, want %v", op, err, want)
	}
}

// secondError and third are the error among a call's results.
func secondError[T any](_ T, err error) error        { return err }
func thirdError[T, U any](_ T, _ U, err error) error { return err }

// wantSame checks that got is want to the last field.
func wantSame[T any](t *testing.T, op string, want, got T, opts ...cmp.Option) {
	t.Helper()
	if d := cmp.Diff(want, got, opts...); d != "" {
		t.Errorf("%s (-want +got):\n%s", op, d)
	}
}

// wantResult checks that a call gives want.
func wantResult[T any](t *testing.T, op string, want T) func(got T, err error) {
	return func(got T, err error) {
		t.Helper()
		mustSucceed(t, op, err)
		wantSame(t, op, want, got)
	}
}
