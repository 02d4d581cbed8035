package backfill_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/testsuite"

	"lfb/activities"
	"lfb/internal/backfill"
	"lfb/internal/lfb"
	"lfb/internal/mysql/mariadbtest"
	"lfb/internal/registry"
	"lfb/internal/s3/memblob"
	"lfb/internal/source"
	"lfb/internal/source/synthetic"
	"lfb/workflows"
)

// uploads is the object store's way with files, over the one in memory.
type uploads struct{ *memblob.Store }

func (u uploads) PutFile(ctx context.Context, prefix, path string) (lfb.Ref, error) {
	body, err := os.ReadFile(path)
	if err != nil {
		return lfb.Ref{}, err
	}
	return u.PutBytes(ctx, prefix+"/"+filepath.Base(path), body)
}

func (u uploads) Download(ctx context.Context, ref lfb.Ref, path string) error {
	body, err := u.ReadAll(ctx, ref)
	if err != nil {
		return err
	}
	return os.WriteFile(path, body, 0o600)
}

func gate() registry.Policy {
	return registry.Policy{Confidence: 0.95, SliceMargin: 0.05, SliceRows: 500, CoverageLow: 0.88, CoverageTop: 0.92, CeilingRMSE: 120, MinRows: 200}
}

// BenchmarkSynthetic replays three years of a made-up city that has been published
// for a year before: 60,000 incidents in 48 months.
func BenchmarkSynthetic(b *testing.B) {
	spec := activities.SourceSpec{Name: "synthetic", Incidents: 60000, Months: 48, From: "2020-01", Seed: 1, MaxRejects: 0.05}
	for range b.N {
		replay(b, "synthetic", spec, workflows.BackfillInput{
			Origin: lfb.Synthetic, From: "2021-01", To: "2023-12", LagDays: 14, Policy: gate(), Who: "bench",
			Train: activities.TrainSpec{Candidates: []string{"baseline", "gbdt"}, Seed: 1},
		})
	}
}

// BenchmarkReal replays the real months that there are, January to March 2017, in
// small spans and as if published at once.
func BenchmarkReal(b *testing.B) {
	dir := os.Getenv("LFB_TEST_DATA")
	if dir == "" {
		dir = "../../../shared/data"
	}
	file := filepath.Join(dir, "lfb_incidents_2017_jan_mar.csv")
	if _, err := os.Stat(file); err != nil {
		b.Skipf("SKIPPED, NOT MEASURED: the real rows are not there: %v", err)
	}
	only := b.TempDir()
	body, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(only, "incidents.csv"), body, 0o600); err != nil {
		b.Fatal(err)
	}
	for range b.N {
		replay(b, "real", activities.SourceSpec{Name: "dir", Dir: only, MaxRejects: 0.05}, workflows.BackfillInput{
			Origin: lfb.Real, From: "2017-02", To: "2017-03", LagDays: 0, Policy: gate(), Who: "bench",
			Train: activities.TrainSpec{Candidates: []string{"baseline", "linear", "gbdt"}, Seed: 1, ValidDays: 4, CalibDays: 4, HoldoutDays: 7},
		})
	}
}

func replay(b *testing.B, name string, spec activities.SourceSpec, in workflows.BackfillInput) {
	b.Helper()
	db, blobs := mariadbtest.Start(b).Open(b), memblob.New()
	a := &activities.Activities{
		OpenSource: func(s activities.SourceSpec) (source.Source, error) {
			if s.Name == "dir" {
				return source.NewDir(s.Dir, nil, source.Options{}), nil
			}
			return synthetic.New(synthetic.Options{Seed: s.Seed, Incidents: s.Incidents, Months: s.Months, From: s.From})
		},
		Blobs: blobs, Uploads: uploads{blobs}, Files: db, Loader: db, Rejects: db, Rows: db, DataSets: db, Runs: db, Ledger: db,
		Backfills: db, Scratch: b.TempDir(), Threads: 2,
	}
	load(b, a, spec)
	var s testsuite.WorkflowTestSuite
	env := s.NewTestWorkflowEnvironment()
	env.SetTestTimeout(3 * time.Hour)
	env.RegisterActivity(a)
	workflows.Register(env)
	started := time.Now()
	env.ExecuteWorkflow(workflows.Backfill, in)
	took := time.Since(started)
	if err := env.GetWorkflowError(); err != nil {
		b.Fatal(err)
	}
	var out registry.Backfill
	if err := env.GetWorkflowResult(&out); err != nil {
		b.Fatal(err)
	}
	_, months, err := db.Backfill(b.Context(), out.ID)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(took.Seconds()/float64(len(months)), "s/month")
	keep(b, a, name, out, months)
}

func load(b *testing.B, a *activities.Activities, spec activities.SourceSpec) {
	b.Helper()
	ctx := b.Context()
	list, err := a.ListFiles(ctx, activities.ListFilesInput{Source: spec})
	if err != nil {
		b.Fatal(err)
	}
	for _, item := range list.Items {
		got, err := a.FetchFile(ctx, activities.FetchFileInput{Source: spec, Item: item})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := a.LoadFile(ctx, activities.LoadFileInput{File: got.File, MaxRejects: spec.MaxRejects}); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := a.Clean(ctx, activities.CleanInput{Origin: spec.Origin()}); err != nil {
		b.Fatal(err)
	}
}

// keep leaves page, drawing and a table in bench/out.
func keep(b *testing.B, a *activities.Activities, name string, out registry.Backfill, months []registry.BackfillMonth) {
	b.Helper()
	var t strings.Builder
	fmt.Fprintf(&t, "%s\n\n| month | known to | winner | gate | serves | since | RMSE | first's | newest's | baseline's |\n|---|---|---|---|---|---|---:|---:|---:|---:|\n", out.Reason)
	for _, m := range months {
		fmt.Fprintf(&t, "| %s | %s | %s | %s | %s %s | %s |", m.Month, m.KnownTo, m.WinnerBy, m.Reason, m.ChampBy, m.Champion, m.Since)
		for _, role := range []string{registry.RoleChampion, registry.RoleFirst, registry.RoleNewest, registry.RoleBaseline} {
			if s, ok := m.Score(role); ok {
				fmt.Fprintf(&t, " %.1f |", s.Metrics.RMSE)
			} else {
				t.WriteString(" – |")
			}
		}
		t.WriteString("\n")
	}
	t.WriteString("\n| what serves | months | calls | RMSE | MAE | P90 coverage |\n|---|---:|---:|---:|---:|---:|\n")
	for _, x := range backfill.Totals(months) {
		fmt.Fprintf(&t, "| %s | %d | %d | %.2f | %.2f | %.1f %% |\n", x.Label, x.Months, x.Rows, x.RMSE, x.MAE, x.CoverageP90*100)
	}
	files := map[string][]byte{".md": []byte(t.String())}
	for ext, ref := range map[string]lfb.Ref{".html": out.Report, ".svg": out.Plot} {
		body, err := a.Blobs.ReadAll(b.Context(), ref)
		if err != nil {
			b.Fatal(err)
		}
		files[ext] = body
	}
	if err := os.MkdirAll("../out", 0o755); err != nil {
		b.Fatal(err)
	}
	for ext, body := range files {
		if err := os.WriteFile(filepath.Join("../out", "backfill-"+name+ext), body, 0o644); err != nil {
			b.Fatal(err)
		}
	}
}
