package activities

import (
	"archive/tar"
	"compress/gzip"
	"database/sql"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"
	"go.uber.org/zap/zaptest"

	"lfb/internal/bundle"
	"lfb/internal/clean"
	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/mysql"
	"lfb/internal/mysql/load"
	"lfb/internal/s3/memblob"
	"lfb/internal/serve"
	"lfb/internal/spool"
)

// inherited is a database, a bucket and a spool as commit 969d8df left them: a
// synthetic city of 5,000 incidents, four candidates, two promotions, a monitor run of the
// champion, a backfill, an account with a key, and three answers not yet shipped.
const inherited = "testdata/inherited"

// TestInheritedStateOpens holds what people would miss after an upgrade: records are
// read, the old champion serves with the same numbers, its spool is shipped, the old
// files are known, and the line goes on: a retrain, a promotion, a rollback.
func TestInheritedStateOpens(t *testing.T) {
	t.Parallel()
	a, db, blobs := newActivities(t), inheritedDatabase(t), inheritedBucket(t)
	a.Blobs, a.Uploads, a.Objects = blobs, uploads{blobs}, aged{blobs}
	tables := load.NewTables(db)
	a.Loader, a.Rows = tables, tables
	a.Files, a.Rejects, a.DataSets, a.Runs, a.Ledger, a.Monitor, a.Backfills, a.Records = db, db, db, db, db, db, db, db
	h := &heir{t: t, a: a, db: db}
	h.champion = serve.NewChampion(db, blobs, t.TempDir(), time.Second, zaptest.NewLogger(t))
	h.records()
	h.serves("9c697e46b685", time.Date(2024, 7, 3, 14, 30, 0, 0, lfb.London), 353.16833995462434, 511.53681965745955)
	h.ships()
	h.retrains()
	h.promote("128080fb1737", "rollback")
	h.serves("128080fb1737", time.Date(2026, 11, 30, 6, 31, 29, 921898997, lfb.London), 347.1724823291407,
		484.80214280708907)
}

type heir struct {
	t        *testing.T
	a        *Activities
	db       *mysql.DB
	champion *serve.Champion
}

const inheritedLine = "lfb-attendance-synthetic"

// records reads one of each kind.
func (h *heir) records() {
	h.t.Helper()
	ctx := h.t.Context()
	run, candidates, err := h.db.Run(ctx, "20261130-063003-a8aa7a59")
	if err != nil || len(candidates) != 4 || run.Outcome != "promoted" {
		h.t.Errorf("run %+v with %d candidates, %v; want it promoted, with 4", run.ID, len(candidates), err)
	}
	if ps, err := h.db.Promotions(ctx, inheritedLine, 10); err != nil || len(ps) != 2 {
		h.t.Errorf("%d promotions, %v; want 2", len(ps), err)
	}
	if vs, err := h.db.Versions(ctx, inheritedLine, 10); err != nil || len(vs) != 4 {
		h.t.Errorf("%d versions, %v; want 4", len(vs), err)
	}
	if bs, err := h.db.Backfills(ctx, 10); err != nil || len(bs) != 1 {
		h.t.Errorf("%d backfills, %v; want 1", len(bs), err)
	}
	if ms, err := h.db.Monitorings(ctx, inheritedLine, "", 10); err != nil || len(ms) != 1 {
		h.t.Errorf("%d monitor runs, %v; want 1", len(ms), err)
	}
	if as, err := h.db.Alarms(ctx, inheritedLine, true); err != nil || len(as) != 3 {
		h.t.Errorf("%d open alarms, %v; want 3", len(as), err)
	}
	if acc, err := h.db.Account(ctx, "olivia"); err != nil || acc.Role != "operator" {
		h.t.Errorf("account %+v, %v; want an operator", acc, err)
	}
	if keys, err := h.db.APIKeys(ctx); err != nil || len(keys) != 1 {
		h.t.Errorf("%d API keys, %v; want 1", len(keys), err)
	}
	if p, err := h.db.Prediction(ctx, "01a22b26-c182-70a8-8499-be18e48dfd4f"); err != nil ||
		p.Attendance.P90 != 484.80214280708907 {
		h.t.Errorf("prediction %+v, %v", p, err)
	}
}

// serves asks the champion about a fire in N17 at that time.
func (h *heir) serves(version string, at time.Time, mean, p90 float64) {
	h.t.Helper()
	if err := h.champion.Refresh(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	now := h.champion.Now()
	if now == nil || now.Version.ID != version {
		h.t.Fatalf("%+v serves, want version %s", now, version)
	}
	call := serve.NewCall(at)
	call.PostcodeDistrict, call.Reported = "N17", clean.FromCaller("Fire", "", "")
	now.Bundle.Spec.Complete(&call)
	got, err := now.Bundle.Predict(make([]bundle.Prediction, 0, 1), []lfb.Call{call})
	if err != nil {
		h.t.Fatal(err)
	}
	if a := got[0].Attendance; a.Mean != mean || a.P90 != p90 {
		h.t.Errorf("version %s answers mean %v, P90 %v; it answered %v and %v", version, a.Mean, a.P90, mean, p90)
	}
}

// ships sends on what the old process had answered and not logged.
func (h *heir) ships() {
	h.t.Helper()
	ctx := h.t.Context()
	before, err := h.db.CountPredictionsBefore(ctx, time.Now())
	if err != nil {
		h.t.Fatal(err)
	}
	dir := h.t.TempDir()
	const segment = "spool-000000000004"
	body, err := os.ReadFile(filepath.Join(inherited, segment))
	if err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, segment), body, 0o600); err != nil {
		h.t.Fatal(err)
	}
	s, err := spool.Open(dir, serve.Ship(h.db), nil, zaptest.NewLogger(h.t))
	if err != nil {
		h.t.Fatal(err)
	}
	if err := s.Flush(ctx); err != nil {
		h.t.Fatal(err)
	}
	if after, err := h.db.CountPredictionsBefore(ctx, time.Now()); err != nil || after != before+3 {
		h.t.Errorf("%d predictions after the spool was shipped, %v; want %d", after, err, before+3)
	}
}

// retrains brings the same files in again, which are known, and trains one candidate
// more on them.
func (h *heir) retrains() {
	h.t.Helper()
	ctx := h.t.Context()
	spec := SourceSpec{Name: "synthetic", Incidents: 5000, Months: 6, From: "2024-01", Seed: 1, MaxRejects: 0.05}
	list, err := h.a.ListFiles(ctx, ListFilesInput{Source: spec})
	if err != nil {
		h.t.Fatal(err)
	}
	for _, item := range list.Items {
		got, err := h.a.FetchFile(ctx, FetchFileInput{Source: spec, Item: item})
		if err != nil || got.New {
			h.t.Fatalf("FetchFile(%s) = new %v, %v; want it known", item.Name, got.New, err)
		}
		loaded, err := h.a.LoadFile(ctx, LoadFileInput{File: got.File, MaxRejects: spec.MaxRejects})
		if err != nil || !loaded.Skipped {
			h.t.Fatalf("LoadFile(%s) = %+v, %v; want it loaded already", item.Name, loaded, err)
		}
	}
	snap, err := h.a.Clean(ctx, CleanInput{Origin: lfb.Synthetic})
	if err != nil || snap.DataSet.ID != "5930a33b99b8" {
		h.t.Fatalf("Clean = data set %s, %v; want the inherited 5930a33b99b8", snap.DataSet.ID, err)
	}
	plan, err := h.a.Plan(ctx, PlanInput{
		Line: inheritedLine, DataSet: snap.DataSet, Train: TrainSpec{Seed: 2},
		Force: true,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	out := run{h.t, h.a, plan}.compare("heir", "linear", "forest")
	if out.Champion != "9c697e46b685" || out.Revision != 2 {
		h.t.Errorf("compared with %s of revision %d, want the inherited champion of revision 2", out.Champion, out.Revision)
	}
	for _, l := range out.Leaderboard {
		if l.Candidate == "forest" {
			h.promote(l.Version, "promote") // which is new, whoever won
			return
		}
	}
	h.t.Errorf("no forest in %+v", out.Leaderboard)
}

func (h *heir) promote(version, kind string) {
	h.t.Helper()
	ctx := h.t.Context()
	if err := h.a.CheckBundle(ctx, CheckBundleInput{Line: inheritedLine, Version: version}); err != nil {
		h.t.Fatal(err)
	}
	champion, err := h.db.Champion(ctx, inheritedLine)
	if err != nil {
		h.t.Fatal(err)
	}
	out, err := h.a.AppendPromotion(ctx, AppendPromotionInput{
		Line: inheritedLine, Version: version, Seen: champion.Revision, Kind: kind, Who: "test", Why: "an heir's " + kind,
		Token: kind, At: time.Now().UTC(),
	})
	if err != nil || out.Stale {
		h.t.Fatalf("%s of %s: %+v, %v", kind, version, out, err)
	}
}

func inheritedDatabase(t *testing.T) *mysql.DB {
	t.Helper()
	cfg := server(t).Config()
	ctx := t.Context()
	if err := mysql.CreateDatabase(ctx, cfg); err != nil {
		t.Fatal(err)
	}
	restore(t, cfg)
	db, err := mysql.Open(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.Migrate(ctx); err != nil {
		t.Fatalf("tables of 969d8df: %v", err)
	}
	return db
}

// restore runs the dump as mariadb's own client would.
func restore(t *testing.T, cfg config.MySQL) {
	t.Helper()
	dump, err := io.ReadAll(unzipped(t, "database.sql.gz"))
	if err != nil {
		t.Fatal(err)
	}
	o := driver.NewConfig()
	o.Net, o.Addr, o.User, o.DBName, o.MultiStatements = "tcp", cfg.Address, cfg.User, cfg.Database, true
	conn, err := driver.NewConnector(o)
	if err != nil {
		t.Fatal(err)
	}
	pool := sql.OpenDB(conn)
	defer pool.Close()
	if _, err := pool.ExecContext(t.Context(), string(dump)); err != nil {
		t.Fatal(err)
	}
}

func inheritedBucket(t *testing.T) *memblob.Store {
	t.Helper()
	blobs := memblob.New()
	files := tar.NewReader(unzipped(t, "bucket.tar.gz"))
	for {
		f, err := files.Next()
		if errors.Is(err, io.EOF) {
			return blobs
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(files)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := blobs.PutBytes(t.Context(), f.Name, body); err != nil {
			t.Fatal(err)
		}
	}
}

func unzipped(t *testing.T, name string) io.Reader {
	t.Helper()
	f, err := os.Open(filepath.Join(inherited, name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return z
}
