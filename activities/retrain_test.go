package activities

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lfb/internal/clean"
	"lfb/internal/lfb"
	"lfb/internal/mysql/load"
	"lfb/internal/mysql/mariadbtest"
	"lfb/internal/registry"
	"lfb/internal/s3/memblob"
	"lfb/internal/source"
	"lfb/internal/source/synthetic"
)

// uploads is the object store's way with files, over the one in memory.
type uploads struct{ *memblob.Store }

func (u uploads) PutFile(ctx context.Context, prefix, path string) (lfb.Ref, error) {
	body, err := os.ReadFile(path)
	if err != nil {
		return lfb.Ref{}, err
	}
	sum := sha256.Sum256(body)
	return u.PutBytes(ctx, lfb.HashedKey(prefix, hex.EncodeToString(sum[:]), filepath.Ext(path)), body)
}

// server is the one MariaDB of these tests.
var server, stopServer = mariadbtest.Shared()

func TestMain(m *testing.M) {
	code := m.Run()
	stopServer()
	os.Exit(code)
}

// newActivities is the real thing on MariaDB and a store in memory.
func newActivities(t *testing.T) *Activities {
	t.Helper()
	db, blobs := server(t).Open(t), memblob.New()
	return &Activities{
		OpenSource: func(s SourceSpec) (source.Source, error) {
			if s.Name == "dir" {
				return source.NewDir(s.Dir, clean.KindOf), nil
			}
			return synthetic.New(synthetic.Options{Seed: s.Seed, Incidents: s.Incidents, Months: s.Months, From: s.From})
		},
		Blobs: blobs, Uploads: uploads{blobs}, Files: db, Loader: load.NewTables(db), Rejects: db, Rows: load.NewTables(db),
		DataSets: db, PlaceSets: db, Runs: db, Attempts: db, Ledger: db, Notes: db, Monitor: db,
		Backfills: db, Records: db, Objects: aged{blobs},
		Scratch: t.TempDir(), Threads: 2,
	}
}

// city is a source with enough rows for a model to pass the gate.
func city() SourceSpec {
	return SourceSpec{Name: "synthetic", Incidents: 20000, Months: 6, From: "2024-01", Seed: 1, MaxRejects: 0.05}
}

// village is a source for what asks for rows and not for good models.
func village() SourceSpec {
	spec := city()
	spec.Incidents = 6000
	return spec
}

func policy() registry.Policy {
	return registry.Policy{
		Confidence: 0.95, SliceMargin: 1, SliceRows: 500, CoverageLow: 0.7, CoverageTop: 1,
		CeilingRMSE: 120, MinRows: 50,
	}
}

// loaded runs fetch, load and clean.
func loaded(t *testing.T, a *Activities, spec SourceSpec) registry.DataSet {
	t.Helper()
	ctx := t.Context()
	list, err := a.ListFiles(ctx, ListFilesInput{Source: spec})
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range list.Items {
		got, err := a.FetchFile(ctx, FetchFileInput{Source: spec, Item: item})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.LoadFile(ctx, LoadFileInput{File: got.File, MaxRejects: spec.MaxRejects}); err != nil {
			t.Fatal(err)
		}
	}
	out, err := a.Clean(ctx, CleanInput{Origin: spec.Origin()})
	if err != nil {
		t.Fatal(err)
	}
	return out.DataSet
}

// planned is loaded and the plan of a retrain on it.
func planned(t *testing.T, a *Activities, spec SourceSpec) (registry.DataSet, PlanResult) {
	t.Helper()
	d := loaded(t, a, spec)
	plan, err := a.Plan(t.Context(), PlanInput{Line: lfb.Synthetic.Line(), DataSet: d})
	if err != nil {
		t.Fatal(err)
	}
	return d, plan
}

// run is one retrain's inputs from here on.
type run struct {
	t    *testing.T
	a    *Activities
	plan PlanResult
}

func (r run) compare(id string, names ...string) CompareResult {
	r.t.Helper()
	in := CompareInput{
		RunID: id, Line: lfb.Synthetic.Line(), Origin: lfb.Synthetic, DataSet: r.plan.DataSet,
		Spans: r.plan.Spans, Policy: policy(), Seed: 1,
	}
	for _, name := range names {
		got, err := r.a.Train(r.t.Context(), TrainInput{
			Line: in.Line, Origin: in.Origin, DataSet: in.DataSet, Spans: in.Spans,
			Candidate: name, Train: TrainSpec{Seed: 1},
		})
		if err != nil {
			got = TrainResult{Candidate: name, Error: err.Error()}
		}
		in.Candidates = append(in.Candidates, got)
	}
	out, err := r.a.Compare(r.t.Context(), in)
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

// TestGateOnRealModels lets a better model in, refuses a worse one, and never
// compares the champion with itself.
func TestGateOnRealModels(t *testing.T) {
	t.Parallel()
	a := newActivities(t)
	_, plan := planned(t, a, city())
	r := run{t, a, plan}
	first := r.compare("first", "baseline", "linear", "nosuch")
	if !first.Passed || first.Leaderboard[0].Candidate != "linear" || first.Leaderboard[2].Error == "" {
		t.Fatalf("first comparison: passed %v (%s), leaderboard %+v; want linear to pass and nosuch to fail alone",
			first.Passed, first.Summary, first.Leaderboard)
	}
	if l := first.Leaderboard[0]; !(l.SentRMSE > 0 && l.SentRMSE < l.RMSE) || first.Leaderboard[1].SentRMSE != 0 {
		t.Errorf("RMSE %.1f s, with the station known %.1f s, of the baseline %.1f s; want the station to help, and no "+
			"such figure of the baseline",
			l.RMSE, l.SentRMSE, first.Leaderboard[1].SentRMSE)
	}
	served(t, a, first)
	entry := AppendPromotionInput{
		Line: lfb.Synthetic.Line(), Version: first.Winner, Kind: "promote", Who: "test",
		Why: first.Summary, Verdict: first.Verdict, Token: "one", At: time.Now().UTC(),
	}
	made, err := a.AppendPromotion(t.Context(), entry)
	if err != nil || made.Revision != 1 {
		t.Fatalf("AppendPromotion = %+v, %v, want revision 1", made, err)
	}
	if err := a.CheckBundle(t.Context(), CheckBundleInput{Line: entry.Line, Version: entry.Version}); err != nil {
		t.Errorf("CheckBundle of the champion = %v", err)
	}
	worse := r.compare("worse", "baseline-mean", "baseline")
	if worse.Passed || !failed(worse, "better than the champion") {
		t.Errorf("a known-worse candidate: passed %v (%s), want it refused against the champion", worse.Passed, worse.Summary)
	}
	if err := a.Runs.SaveRun(t.Context(), registry.Run{
		ID: "worse", Line: entry.Line, Origin: lfb.Synthetic,
		StartedAt: time.Now(),
	}); err != nil {
		t.Fatal(err)
	}
	if _, candidates, err := a.Runs.Run(t.Context(), "worse"); err != nil || candidates[0].VsChampion == nil ||
		candidates[0].VsChampion.Low <= 0 || candidates[0].Verdict != worse.Verdict {
		t.Errorf("the leaderboard keeps %+v, %v; want the interval against the champion, all of it worse, and the verdict",
			candidates, err)
	}
	same := r.compare("same", "baseline", "linear")
	if same.Passed || same.Winner != same.Champion || !strings.Contains(same.Summary, "champion itself") {
		t.Errorf("the champion again: passed %v (%s), want it kept", same.Passed, same.Summary)
	}
	entry.Version, entry.Token = worse.Winner, "two"
	if late, err := a.AppendPromotion(t.Context(), entry); err != nil || !late.Stale {
		t.Errorf("AppendPromotion from revision 0 again = %+v, %v, want stale", late, err)
	}
}

// served asks that the gate went through the serving path both ways.
func served(t *testing.T, a *Activities, c CompareResult) {
	t.Helper()
	body, err := a.Blobs.ReadAll(t.Context(), c.Verdict)
	var v registry.Verdict
	if err != nil || json.Unmarshal(body, &v) != nil {
		t.Fatalf("verdict %s, %v", body, err)
	}
	if v.Evidence.Served <= serveSample || v.Evidence.Unequal != 0 {
		t.Errorf("served %d rows, %d unequal; want more than %d, with and without the station, and none unequal",
			v.Evidence.Served, v.Evidence.Unequal, serveSample)
	}
}

func failed(c CompareResult, check string) bool {
	for _, k := range c.Checks {
		if k.Name == check {
			return !k.Passed
		}
	}
	return false
}

// TestStepsAreNotRedone runs every step twice.
func TestStepsAreNotRedone(t *testing.T) {
	t.Parallel()
	a, spec := newActivities(t), village()
	ctx := t.Context()
	d := loaded(t, a, spec)
	list, err := a.ListFiles(ctx, ListFilesInput{Source: spec})
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range list.Items {
		got, err := a.FetchFile(ctx, FetchFileInput{Source: spec, Item: item})
		if err != nil || got.New {
			t.Errorf("FetchFile of %s again = new %v, %v, want it known", item.Name, got.New, err)
		}
		again, err := a.LoadFile(ctx, LoadFileInput{File: got.File, MaxRejects: spec.MaxRejects})
		if err != nil || !again.Skipped || again.Count.Inserted+again.Count.Updated != 0 {
			t.Errorf("LoadFile of %s again = %+v, %v, want it skipped", item.Name, again, err)
		}
	}
	again, err := a.Clean(ctx, CleanInput{Origin: spec.Origin()})
	if err != nil || !again.Skipped || again.DataSet.ID != d.ID {
		t.Errorf("Clean again = %+v, %v, want data set %s skipped", again, err, d.ID)
	}
	plan, err := a.Plan(ctx, PlanInput{Line: lfb.Synthetic.Line(), DataSet: d})
	if err != nil {
		t.Fatal(err)
	}
	in := TrainInput{
		Line: lfb.Synthetic.Line(), Origin: lfb.Synthetic, DataSet: d, Spans: plan.Spans,
		Candidate: "linear", Train: TrainSpec{Seed: 1},
	}
	one, err := a.Train(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	a.forgetTraining()
	if two, err := a.Train(ctx, in); err != nil || two.FitTime != one.FitTime || two.Version != one.Version {
		t.Errorf("Train again = %+v, %v, want what was remembered: %+v", two, err, one)
	}
}

// loadOnlyFile fetches the one file of a folder and loads it.
func loadOnlyFile(t *testing.T, a *Activities, dir string) error {
	t.Helper()
	spec := SourceSpec{Name: "dir", Dir: dir}
	list, err := a.ListFiles(t.Context(), ListFilesInput{Source: spec})
	if err != nil {
		t.Fatal(err)
	}
	got, err := a.FetchFile(t.Context(), FetchFileInput{Source: spec, Item: list.Items[0]})
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.LoadFile(t.Context(), LoadFileInput{File: got.File, MaxRejects: 0.05})
	return err
}

// TestLoadFileRefusesWhole gives a file that breaks its expectations: none of its
// rows may be in the table, and what was wrong is on record.
func TestLoadFileRefusesWhole(t *testing.T) {
	t.Parallel()
	a, dir := newActivities(t), t.TempDir()
	header := "IncidentNumber,DateOfCall,TimeOfCall,HourOfCall,IncidentGroup,FirstPumpArriving_AttendanceTime,IncidentStationGround\n"
	rows := "000001-01012017,2017-01-01,00:04:27,0,Fire,300,Homerton\nbroken,2017-01-01,00:05:27,0,Fire,300,Homerton\n"
	if err := os.WriteFile(filepath.Join(dir, "incidents.csv"), []byte(header+rows), 0o600); err != nil {
		t.Fatal(err)
	}
	err := loadOnlyFile(t, a, dir)
	if !errors.Is(err, lfb.ErrInvalid) || !strings.Contains(err.Error(), "1 of 2 rows rejected") ||
		!strings.Contains(err.Error(), "incidents.csv") {
		t.Errorf("LoadFile = %v, want lfb.ErrInvalid naming the file and the share", err)
	}
	for range a.Rows.Incidents(t.Context(), lfb.Real) {
		t.Error("a row of a refused file is in the table")
	}
}

// TestReportNamesRejects loads a file with one broken row: the data report says
// so.
func TestReportNamesRejects(t *testing.T) {
	t.Parallel()
	a, dir := newActivities(t), t.TempDir()
	c, err := synthetic.New(synthetic.Options{Seed: 3, Incidents: 200, Months: 2, From: "2024-01", Tidy: true})
	if err != nil {
		t.Fatal(err)
	}
	items, err := c.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(items, func(it source.Item) bool { return it.Kind == lfb.IncidentFile })
	body, _, err := c.Open(t.Context(), items[i], 0)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	text, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	header, _, _ := strings.Cut(string(text), "\n")
	broken := "no-such-key" + strings.Repeat(",", strings.Count(header, ",")) + "\n"
	if err := os.WriteFile(filepath.Join(dir, "incidents.csv"), append(text, broken...), 0o600); err != nil {
		t.Fatal(err)
	}
	d := loaded(t, a, SourceSpec{Name: "dir", Dir: dir, MaxRejects: 0.05})
	html, err := a.Blobs.ReadAll(t.Context(), d.Report)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(html), "no-such-key") {
		t.Error("the data report does not name the rejected row")
	}
}

// TestBlendOfWhatIsFitted makes a blend from members that earlier steps fitted, and
// again from nothing: the same bytes.
func TestBlendOfWhatIsFitted(t *testing.T) {
	t.Parallel()
	a := newActivities(t)
	d, plan := planned(t, a, village())
	saveRun(t, a, "r", d.ID)
	compared := run{t, a, plan}.compare("r", "baseline", "linear", "forest", "gbdt", "blend")
	for _, s := range compared.Leaderboard {
		if s.Candidate != "blend" {
			continue
		}
		if s.Error != "" || !(s.SentRMSE > 0) {
			t.Errorf("blend = %+v, want it trained, both ways", s)
		}
		got, err := a.Reproduce(t.Context(), ReproduceInput{Line: lfb.Synthetic.Line(), Version: s.Version})
		if err != nil || got.Outcome != Reproduced {
			t.Errorf("Reproduce = %+v, %v; want the same bytes from members fitted again", got, err)
		}
	}
}
