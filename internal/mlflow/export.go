package mlflow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"lfb/internal/bundle"
	"lfb/internal/config"
	"lfb/internal/registry"
)

// Tags by which what was exported is found again.
const (
	tagKey     = "lfb.export_key"
	tagState   = "lfb.export_state" // done once nothing is missing
	tagRun     = "lfb.run_id"
	tagVersion = "lfb.version"
	stateDone  = "done"
	// tagFolder says where a model is on a server that has no logged models.
	tagFolder = "lfb.model_folder"
)

// childrenAtOnce is how many candidates are exported at the same time: the server
// does the work, and one that keeps its tables in SQLite writes one by one.
const childrenAtOnce = 3

// Options are what an Exporter needs beside the server's address.
type Options struct {
	Scratch string // folder for files on their way
	Bucket  string // of the object store, for the data set's address
	Commit  string // git revision of the program
}

// Exporter exports to one server. It is safe for concurrent use.
type Exporter struct {
	c          *client
	experiment string
	o          Options
}

// New checks the configuration; the server is first spoken to by an export.
func New(c config.MLflow, o Options) (*Exporter, error) {
	cl, err := newClient(c)
	if err != nil {
		return nil, err
	}
	return &Exporter{c: cl, experiment: c.Experiment, o: o}, nil
}

// Retrain is what is exported of one retrain.
type Retrain struct {
	Run        registry.Run
	Candidates []registry.Candidate // by rank
	DataSet    *registry.DataSet    // nil where there is none
	Report     []byte               // the data report, HTML; empty where there is none
	Verdict    json.RawMessage      // the gate's; empty where there is none
	// Open loads the bundle of a candidate that was trained in this run.
	Open func(ctx context.Context, c registry.Candidate) (*bundle.Bundle, error)
}

// Exported is what stands on the server now.
type Exported struct {
	URL    string // of the parent run, for people
	Runs   int    // candidates
	Models int    // of them, with a model version
	Again  bool   // it was there already
}

// job is one export under way.
type job struct {
	*Exporter
	in         Retrain
	experiment string // its id
	server     string // version
	have       map[string]run
	at         time.Time // of every metric: the same each time it is sent

	mu   sync.Mutex
	used []string // ids of the runs that this export wrote to
}

// ExportRun writes the retrain, or what is missing of it. A server that is away
// gives lfb.ErrUnavailable, one that refuses lfb.ErrInvalid.
func (e *Exporter) ExportRun(ctx context.Context, in Retrain) (Exported, error) {
	j := &job{Exporter: e, in: in, at: in.Run.EndedAt, have: map[string]run{}}
	if j.at.IsZero() {
		j.at = in.Run.StartedAt
	}
	name := e.experiment
	if name == "" {
		name = in.Run.Line
	}
	var err error
	if j.experiment, err = e.c.experiment(ctx, name); err != nil {
		return Exported{}, err
	}
	found, err := e.c.listRuns(ctx, j.experiment, tagRun, in.Run.ID)
	if err != nil {
		return Exported{}, err
	}
	for _, r := range found {
		if old, ok := j.have[r.tag(tagKey)]; !ok || old.tag(tagState) != stateDone {
			j.have[r.tag(tagKey)] = r
		}
	}
	if j.server, err = e.c.serverVersion(ctx); err != nil {
		return Exported{}, err
	}
	return j.export(ctx)
}

func (j *job) export(ctx context.Context) (Exported, error) {
	parent, err := j.run(ctx, newRun{Name: j.in.Run.ID, Start: j.in.Run.StartedAt.UnixMilli(), Tags: j.parentTags()}, exportKey(j.in.Run.ID, ""))
	if err != nil {
		return Exported{}, err
	}
	out := Exported{URL: j.c.base.String() + "/#/experiments/" + j.experiment + "/runs/" + parent.Info.RunID, Runs: len(j.in.Candidates)}
	models := make([]bool, len(j.in.Candidates))
	if out.Again = parent.tag(tagState) == stateDone; !out.Again {
		if err := j.parent(ctx, parent); err != nil {
			return out, err
		}
	}
	var g errgroup.Group // without a shared context: a creation that is cut off may still happen
	g.SetLimit(childrenAtOnce)
	for i := range j.in.Candidates {
		g.Go(func() (err error) {
			models[i], err = j.candidate(ctx, parent.Info.RunID, &j.in.Candidates[i])
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return out, err
	}
	for _, is := range models {
		if is {
			out.Models++
		}
	}
	if out.Again {
		return out, nil
	}
	if err := j.tidy(ctx); err != nil {
		return out, err
	}
	return out, j.close(ctx, parent.Info.RunID, status(j.in.Run.State == registry.Failed), j.at)
}

// tidy deletes runs that were made twice: a creation whose answer never came may
// have happened after the next export looked.
func (j *job) tidy(ctx context.Context) error {
	all, err := j.c.listRuns(ctx, j.experiment, tagRun, j.in.Run.ID)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, r := range all {
		if !slices.Contains(j.used, r.Info.RunID) {
			if err := j.c.deleteRun(ctx, r.Info.RunID); err != nil {
				return err
			}
		}
	}
	return nil
}

// exportKey names one run of an export for good.
func exportKey(runID, candidate string) string {
	sum := sha256.Sum256([]byte("lfb export 1\n" + runID + "\n" + candidate))
	return hex.EncodeToString(sum[:16])
}

func status(failed bool) string {
	if failed {
		return "FAILED"
	}
	return "FINISHED"
}

// run is the run with the key, made where it is missing.
func (j *job) run(ctx context.Context, in newRun, key string) (run, error) {
	r, ok := j.have[key]
	if !ok {
		in.Experiment = j.experiment
		in.Tags = append(in.Tags, pair{tagKey, key}, pair{tagRun, j.in.Run.ID})
		var err error
		if r, err = j.c.createRun(ctx, in); err != nil {
			return r, err
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.used = append(j.used, r.Info.RunID)
	return r, nil
}

// close marks a run as complete. The tag comes last: without it all is sent again.
func (j *job) close(ctx context.Context, id, status string, end time.Time) error {
	if err := j.c.finishRun(ctx, id, status, end); err != nil {
		return err
	}
	return j.c.logBatch(ctx, id, nil, []pair{{tagState, stateDone}}, nil)
}

func (j *job) parentTags() []pair {
	r := j.in.Run
	return append(j.sourceTags(), tag("lfb.line", r.Line), tag("lfb.origin", string(r.Origin)), tag("lfb.outcome", r.Outcome),
		tag("lfb.reason", r.Reason), tag("lfb.trigger", r.Trigger), tag("lfb.workflow_id", r.WorkflowID),
		tag("lfb.workflow_run_id", r.WorkflowRunID), tag("mlflow.note.content", note(r, j.in.Candidates)))
}

func (j *job) sourceTags() []pair {
	tags := []pair{{"mlflow.source.name", "lfb retrain"}, {"mlflow.source.type", "JOB"}, {"mlflow.user", "lfb"}}
	if j.o.Commit != "" {
		tags = append(tags, tag("mlflow.source.git.commit", j.o.Commit))
	}
	return tags
}

// parent writes what is of the whole run.
func (j *job) parent(ctx context.Context, parent run) error {
	id := parent.Info.RunID
	if err := j.dataSet(ctx, id); err != nil {
		return err
	}
	var metrics []metric
	for _, c := range j.in.Candidates {
		if c.Rank == 1 {
			metrics = append(reportMetrics(j.at, "valid", c.Valid), reportMetrics(j.at, "holdout", c.Holdout)...)
		}
	}
	params := append(flatten(j.in.Run.Config), param("run", j.in.Run.ID), param("data_set", j.in.Run.DataSet))
	if err := j.c.logBatch(ctx, id, params, nil, parent.lacks(metrics)); err != nil {
		return err
	}
	files, err := leaderboardFiles(j.in.Candidates)
	if err != nil {
		return err
	}
	for name, body := range map[string][]byte{"data-report.html": j.in.Report, "gate.json": j.in.Verdict, "config.json": j.in.Run.Config} {
		if len(body) > 0 {
			files = append(files, text(name, body))
		}
	}
	up, err := j.c.uploader(parent.Info.ArtifactURI, j.o.Scratch)
	if err != nil {
		return err
	}
	return up.putAll(ctx, files)
}

// dataSet notes which data set the run was trained on.
func (j *job) dataSet(ctx context.Context, id string) error {
	d := j.in.DataSet
	if d == nil {
		return nil
	}
	source, err := json.Marshal(map[string]string{"uri": "s3://" + j.o.Bucket + "/" + d.Manifest.Key})
	if err != nil {
		return err
	}
	profile, err := json.Marshal(map[string]any{"num_rows": d.Rows, "first_call": d.FirstCall, "last_call": d.LastCall})
	if err != nil {
		return err
	}
	digest := d.Manifest.SHA256
	return j.c.logInput(ctx, id, dataSet{
		Name: d.ID, Digest: digest[:min(len(digest), 36)], SourceType: "s3", Source: string(source), Profile: string(profile),
	})
}

// candidate writes one candidate's run, and its model where it has one.
func (j *job) candidate(ctx context.Context, parent string, c *registry.Candidate) (model bool, err error) {
	k := exportKey(j.in.Run.ID, c.Name)
	r, err := j.run(ctx, newRun{Name: c.Name, Start: j.in.Run.StartedAt.UnixMilli(), Tags: append(
		j.sourceTags(), tag("mlflow.parentRunId", parent), tag("lfb.candidate", c.Name), tag(tagVersion, c.Version),
		tag("lfb.rank", fmt.Sprint(c.Rank)), tag("lfb.error", c.Error), tag("lfb.line", j.in.Run.Line),
	)}, k)
	if err != nil {
		return false, err
	}
	if r.tag(tagState) == stateDone {
		return r.tag("lfb.model_version") != "", nil
	}
	if err := j.dataSet(ctx, r.Info.RunID); err != nil {
		return false, err
	}
	metrics := slices.Concat(reportMetrics(j.at, "valid", c.Valid), reportMetrics(j.at, "holdout", c.Holdout),
		slicesOf(j.at, "holdout", c.Holdout), []metric{{Key: "fit_seconds", Value: c.FitTime.Seconds(), Timestamp: j.at.UnixMilli()}})
	params := append(flatten(c.Recipe), param("candidate", c.Name), param("data_set", j.in.Run.DataSet), param("seed", j.in.Run.Seed))
	if err := j.c.logBatch(ctx, r.Info.RunID, params, nil, r.lacks(metrics)); err != nil {
		return false, err
	}
	if model, err = j.bundle(ctx, r, c); err != nil {
		return false, fmt.Errorf("%s: %w", c.Name, err)
	}
	return model, j.close(ctx, r.Info.RunID, status(c.State != "trained"), j.in.Run.StartedAt.Add(c.FitTime))
}

// bundle writes what only the bundle knows, of a candidate that was trained here.
func (j *job) bundle(ctx context.Context, r run, c *registry.Candidate) (model bool, err error) {
	if c.State != "trained" || c.Rank == 0 { // failed, or the champion of an earlier run
		return false, nil
	}
	b, err := j.in.Open(ctx, *c)
	if err != nil {
		return false, err
	}
	encoders, err := bundle.MarshalEncoders(b)
	if err != nil {
		return false, err
	}
	up, err := j.c.uploader(r.Info.ArtifactURI, j.o.Scratch)
	if err != nil {
		return false, err
	}
	plots, err := candidatePlots(b, c.Holdout)
	if err != nil {
		return false, err
	}
	if err := up.putAll(ctx, append(plots, text(b.EncodersName(c.Version), encoders))); err != nil {
		return false, err
	}
	if !b.CanExport() {
		return false, nil
	}
	version, err := j.register(ctx, r, folder{b: b, version: c.Version, target: bundle.Attendance, server: j.server}, c)
	if err != nil {
		return false, err
	}
	done := []pair{{"lfb.model_version", version}}
	if !hasLoggedModels(j.server) {
		done = append(done, tag(tagFolder, fmt.Sprintf("artifact %s of this run: MLflow %s has no logged models", modelFolder, j.server)))
	}
	return true, j.c.logBatch(ctx, r.Info.RunID, nil, done, nil)
}

// register writes the model's folder and makes it a version of the registered model.
func (j *job) register(ctx context.Context, r run, f folder, c *registry.Candidate) (version string, err error) {
	tags := []pair{tag(tagVersion, c.Version), tag("lfb.candidate", c.Name), tag(tagRun, j.in.Run.ID), tag("lfb.origin", string(j.in.Run.Origin))}
	made, err := j.store(ctx, r, f, append(slices.Clone(tags), pair{tagKey, exportKey(j.in.Run.ID, c.Name)}))
	if err != nil {
		return "", err
	}
	line := j.in.Run.Line
	if err := j.c.registerModel(ctx, line, "When the first fire engine arrives: the mean, in seconds.", []pair{{"lfb.origin", string(j.in.Run.Origin)}}); err != nil {
		return "", err
	}
	v, found, err := j.c.findVersion(ctx, line, tagVersion, c.Version)
	if err != nil {
		return "", err
	}
	if !found {
		v, err = j.c.createVersion(ctx, newVersion{
			Name: line, Source: made.source(), RunID: r.Info.RunID, ModelID: made.ModelID, Tags: tags,
			Description: fmt.Sprintf("%s of run %s, version %s", c.Name, j.in.Run.ID, c.Version),
		})
	}
	return v.Version, err
}

// store writes the model's folder: as a logged model, or where the server has none
// among the run's own artifacts.
func (j *job) store(ctx context.Context, r run, f folder, tags []pair) (identity, error) {
	if hasLoggedModels(j.server) {
		m, err := j.model(ctx, r, f, tags)
		return identity{ModelID: m.Info.ModelID, RunID: r.Info.RunID, Created: j.at}, err
	}
	id := identity{RunID: r.Info.RunID, Artifacts: r.Info.ArtifactURI, Created: j.at}
	up, err := j.c.uploader(id.source(), j.o.Scratch)
	if err != nil {
		return id, err
	}
	return id, j.fill(ctx, up, f, id)
}

// fill uploads the folder, the file that makes it a model last.
func (j *job) fill(ctx context.Context, up uploader, f folder, id identity) error {
	files, err := f.files()
	if err != nil {
		return err
	}
	for _, file := range files {
		n, err := up.put(ctx, file)
		if err != nil {
			return err
		}
		id.Bytes += n
	}
	mlmodel, err := f.mlmodel(id)
	if err != nil {
		return err
	}
	_, err = up.put(ctx, mlmodel)
	return err
}

// model is the logged model, with all its files.
func (j *job) model(ctx context.Context, r run, f folder, tags []pair) (loggedModel, error) {
	m, found, err := j.c.findModel(ctx, j.experiment, valueOf(tags, tagKey))
	if err != nil {
		return m, err
	}
	if !found {
		if m, err = j.c.createModel(ctx, j.experiment, valueOf(tags, "lfb.candidate"), r.Info.RunID, tags); err != nil {
			return m, err
		}
	}
	if m.Info.Status == modelReady {
		return m, j.link(ctx, r, m.Info.ModelID)
	}
	up, err := j.c.uploader(m.Info.ArtifactURI, j.o.Scratch)
	if err != nil {
		return m, err
	}
	if err := j.fill(ctx, up, f, identity{ModelID: m.Info.ModelID, RunID: r.Info.RunID, Created: j.at}); err != nil {
		return m, err
	}
	if err := j.c.finishModel(ctx, m.Info.ModelID); err != nil {
		return m, err
	}
	return m, j.link(ctx, r, m.Info.ModelID)
}

// link lists the model on its run's page, once: the server refuses a second time.
func (j *job) link(ctx context.Context, r run, model string) error {
	for _, o := range r.Outputs.Models {
		if o.ID == model {
			return nil
		}
	}
	return j.c.linkModel(ctx, r.Info.RunID, model)
}

// Follow makes the aliases of the line's registered model name these versions of
// ours. A version without a model on the server leaves its alias empty, so that
// nobody loads another in its name; missing lists such versions.
func (e *Exporter) Follow(ctx context.Context, line, champion, previous string) (missing []string, err error) {
	for _, a := range []struct{ alias, version string }{{aliasChampion, champion}, {aliasPrevious, previous}} {
		var number string
		if a.version != "" {
			v, found, err := e.c.findVersion(ctx, line, tagVersion, a.version)
			if err != nil {
				return missing, err
			}
			if number = v.Version; !found {
				missing = append(missing, a.version)
			}
		}
		if err := e.c.setAlias(ctx, line, a.alias, number); err != nil {
			return missing, err
		}
	}
	return missing, nil
}
