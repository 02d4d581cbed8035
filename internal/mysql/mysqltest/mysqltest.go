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
		{"load", onTables(testLoad)},
		{"load by insert", testLoadByInsert},
		{"load refused", testLoadRefused},
		{"load editions", onTables(testLoadEditions)},
		{"load at once", testLoadAtOnce},
		{"load cut off", onTables(testLoadCutOff)},
		{"scan", onTables(testScan)},
		{"attendance", onTables(testAttendance)},
		{"files", onTables(testFiles)},
		{"rejects", onTables(testRejects)},
		{"runs", onTables(testRuns)},
		{"run pages", onTables(testRunPages)},
		{"step logs", onTables(testStepLogs)},
		{"executions", onTables(testExecutions)},
		{"ledger", onTables(testLedger)},
		{"version names", onTables(testVersionNames)},
		{"version notes", onTables(testVersionNotes)},
		{"cover scenarios", onTables(testCoverScenarios)},
		{"ledger race", onTables(testLedgerRace)},
		{"data sets", onTables(testDataSets)},
		{"place sets", onTables(testPlaceSets)},
		{"attempts", onTables(testAttempts)},
		{"predictions", onTables(testPredictions)},
		{"asks", onTables(testAsks)},
		{"refused predictions", onTables(testRefused)},
		{"monitorings", onTables(testMonitorings)},
		{"realised", onTables(testRealised)},
		{"claims", onTables(testClaims)},
		{"alarms", onTables(testAlarms)},
		{"logged predictions", onTables(testLoggedPredictions)},
		{"answers", onTables(testAnswers)},
		{"settings", onTables(testSettings)},
		{"accounts", onTables(testAccounts)},
		{"accounts changed at once", onTables(testSwaps)},
		{"audit", onTables(testAudit)},
		{"backfills", onTables(testBackfills)},
		{"housekeeping", onTables(testHousekeeping)},
		{"records", onTables(testRecords)},
		{"sessions", onTables(testSessions)},
		{"codes", onTables(testCodes)},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

// onTables runs a test on a database that has all tables.
func onTables(run func(t *testing.T, db *mysql.DB)) func(*testing.T, config.MySQL) {
	return func(t *testing.T, cfg config.MySQL) { run(t, Open(t, cfg)) }
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
