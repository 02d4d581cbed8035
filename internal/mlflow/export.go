package mlflow

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"lfb/internal/bundle"
	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// Tags by which what was exported is found again.
const (
	tagKey     = "lfb.export_key"
	tagState   = "lfb.export_state" // done once nothing is missing
	tagRun     = "lfb.run_id"
	tagVersion = "lfb.version"
	tagModel   = "lfb.model_version" // of a candidate's run: what it is on the server
	stateDone  = "done"
)

// Options are what an Exporter needs beside the server's address.
type Options struct {
	Bucket string // of the object store, for the data set's address
	Commit string // git revision of the program
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
	return &Exporter{c: cl, experiment: c.Experiment, o: o}, err
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
	experiment string         // its id
	have       map[string]run // by export key
	at         time.Time      // of every metric: the same each time it is sent
}

// ExportRun writes the retrain, or what is missing of it. A server that is away
// gives lfb.ErrUnavailable, one that refuses lfb.ErrInvalid.
func (e *Exporter) ExportRun(ctx context.Context, in Retrain) (Exported, error) {
	j := &job{Exporter: e, in: in, at: in.Run.EndedAt, have: map[string]run{}}
	if j.at.IsZero() {
		j.at = in.Run.StartedAt
	}
	var err error
	if j.experiment, err = e.c.findExperiment(ctx, cmp.Or(e.experiment, in.Run.Line)); err != nil {
		return Exported{}, err
	}
	found, err := call[struct{ Runs []run }](ctx, e.c, http.MethodPost, "runs/search", map[string]any{
		"experiment_ids": []string{j.experiment}, "filter": withTag(tagRun, in.Run.ID), "max_results": 1000,
		"run_view_type": "ACTIVE_ONLY",
	})
	if err != nil {
		return Exported{}, err
	}
	for _, r := range found.Runs {
		if j.have[r.tagValue(tagKey)].tagValue(tagState) != stateDone {
			j.have[r.tagValue(tagKey)] = r
		}
	}
	return j.exportAll(ctx)
}

func (j *job) exportAll(ctx context.Context) (Exported, error) {
	r := j.in.Run
	parent, err := j.findOrCreateRun(ctx, r.ID, "", newTag("lfb.outcome", r.Outcome), newTag("lfb.reason", r.Reason),
		newTag("lfb.trigger", r.Trigger),
		newTag("lfb.workflow_id", r.WorkflowID), newTag("lfb.workflow_run_id", r.WorkflowRunID),
		newTag("mlflow.note.content", "**"+r.Outcome+"** — "+r.Reason))
	if err != nil {
		return Exported{}, err
	}
	out := Exported{
		URL: j.c.base.String() + "/#/experiments/" + j.experiment + "/runs/" + parent.Info.RunID, Runs: len(j.in.Candidates),
		Again: parent.tagValue(tagState) == stateDone, // it is closed last
	}
	if !out.Again {
		if err := j.describeParent(ctx, parent); err != nil {
			return out, err
		}
	}
	for _, c := range j.in.Candidates {
		isModel, err := j.exportCandidate(ctx, parent.Info.RunID, c)
		if err != nil {
			return out, fmt.Errorf("%s: %w", c.Name, err)
		}
		if isModel {
			out.Models++
		}
	}
	if out.Again {
		return out, nil
	}
	return out, j.closeRun(ctx, parent.Info.RunID, r.State != registry.Succeeded, j.at)
}

// exportKey names one run of an export for good.
func exportKey(runID, candidate string) string {
	sum := sha256.Sum256([]byte("lfb export 1\n" + runID + "\n" + candidate))
	return hex.EncodeToString(sum[:16])
}

// findOrCreateRun is the run of a candidate, or of all where that is empty.
func (j *job) findOrCreateRun(ctx context.Context, name, candidate string, tags ...pair) (run, error) {
	key := exportKey(j.in.Run.ID, candidate)
	if r, ok := j.have[key]; ok {
		return r, nil
	}
	tags = append(tags, pair{tagKey, key}, pair{tagRun, j.in.Run.ID}, newTag("lfb.line", j.in.Run.Line),
		newTag("lfb.origin", string(j.in.Run.Origin)),
		pair{"mlflow.source.name", "lfb retrain"}, pair{"mlflow.source.type", "JOB"}, pair{"mlflow.user", "lfb"},
		newTag("mlflow.source.git.commit", j.o.Commit))
	got, err := call[struct{ Run run }](ctx, j.c, http.MethodPost, "runs/create", map[string]any{
		"experiment_id": j.experiment, "run_name": name, "start_time": j.in.Run.StartedAt.UnixMilli(), "tags": tags,
	})
	return got.Run, err
}

// closeRun marks a run as complete. The tag comes last: without it all is sent again.
func (j *job) closeRun(ctx context.Context, id string, failed bool, end time.Time) error {
	status := "FINISHED"
	if failed {
		status = "FAILED"
	}
	in := map[string]any{"run_id": id, "status": status, "end_time": end.UnixMilli()}
	if err := j.c.send(ctx, http.MethodPost, "runs/update", in); err != nil {
		return err
	}
	return j.c.logBatch(ctx, id, nil, []pair{{tagState, stateDone}}, nil)
}

// describeRun writes a run's data set, parameters, metrics and files.
func (j *job) describeRun(ctx context.Context, r run, params []pair, metrics []metric, files []artifact) error {
	if d := j.in.DataSet; d != nil {
		source, _ := json.Marshal(map[string]string{"uri": "s3://" + j.o.Bucket + "/" + d.Manifest.Key})
		profile, err := json.Marshal(map[string]any{"num_rows": d.Rows, "first_call": d.FirstCall, "last_call": d.LastCall})
		if err != nil {
			return err
		}
		dataSet := map[string]string{
			"name": d.ID, "digest": d.Manifest.SHA256[:min(len(d.Manifest.SHA256), 36)],
			"source_type": "s3", "source": string(source), "profile": string(profile),
		}
		in := map[string]any{
			"run_id":   r.Info.RunID,
			"datasets": []any{map[string]any{"tags": []pair{{"mlflow.data.context", "training"}}, "dataset": dataSet}},
		}
		if err := j.c.send(ctx, http.MethodPost, "runs/log-inputs", in); err != nil {
			return err
		}
	}
	if err := j.c.logBatch(ctx, r.Info.RunID, params, nil, metrics); err != nil || len(files) == 0 {
		return err
	}
	_, err := j.c.upload(ctx, r.Info.ArtifactURI, files...)
	return err
}

// describeParent writes what is of the whole run, with the winner's metrics.
func (j *job) describeParent(ctx context.Context, parent run) error {
	var metrics []metric
	for _, c := range j.in.Candidates {
		if c.Rank == 1 {
			metrics = append(reportMetrics(j.at, "valid", c.Valid), reportMetrics(j.at, "holdout", c.Holdout)...)
		}
	}
	leaderboard, err := json.MarshalIndent(j.in.Candidates, "", " ")
	if err != nil {
		return fmt.Errorf("leaderboard: %w", err)
	}
	files := []artifact{textFile("leaderboard.json", leaderboard)}
	if len(j.in.Report) > 0 {
		files = append(files, textFile("data-report.html", j.in.Report))
	}
	if len(j.in.Verdict) > 0 {
		files = append(files, textFile("gate.json", j.in.Verdict))
	}
	return j.describeRun(ctx, parent, append(flattenParams(j.in.Run.Config), newParam("run", j.in.Run.ID),
		newParam("data_set", j.in.Run.DataSet)), metrics, files)
}

// exportCandidate writes one candidate's run, and its model where it has one.
func (j *job) exportCandidate(ctx context.Context, parent string, c registry.Candidate) (isModel bool, err error) {
	tags := []pair{
		newTag("mlflow.parentRunId", parent), newTag("lfb.candidate", c.Name), newTag(tagVersion, c.Version),
		newTag("lfb.rank", fmt.Sprint(c.Rank)), newTag("lfb.error", c.Error),
	}
	if c.RefitOf != "" {
		tags = append(tags, newTag("lfb.refit_of", c.RefitOf))
	}
	r, err := j.findOrCreateRun(ctx, c.Name, c.Name, tags...)
	if err != nil {
		return false, err
	}
	if r.tagValue(tagState) == stateDone {
		return r.tagValue(tagModel) != "", nil
	}
	var f folder
	var files []artifact
	if c.State == "trained" && (c.Rank > 0 || c.RefitOf != "") { // neither failed nor the champion of an earlier run
		if f.b, err = j.in.Open(ctx, c); err != nil {
			return false, err
		}
		if f.encoders, err = bundle.MarshalEncoders(f.b); err != nil {
			return false, err
		}
		importances, err := json.MarshalIndent(f.b.Manifest.Importances, "", " ")
		if err != nil {
			return false, err
		}
		f.version = c.Version
		files = []artifact{textFile(f.b.EncodersName(c.Version), f.encoders), textFile("importances.json", importances)}
	}
	metrics := slices.Concat(reportMetrics(j.at, "valid", c.Valid), reportMetrics(j.at, "holdout", c.Holdout),
		sliceMetrics(j.at, "holdout", c.Holdout), []metric{{
			Key: "fit_seconds", Value: c.FitTime.Seconds(),
			Timestamp: j.at.UnixMilli(),
		}})
	params := append(flattenParams(c.Recipe), newParam("candidate", c.Name), newParam("data_set", j.in.Run.DataSet),
		newParam("seed", j.in.Run.Seed))
	if err := j.describeRun(ctx, r, params, metrics, files); err != nil {
		return false, err
	}
	if isModel = f.b != nil && f.b.CanExport(); isModel {
		version, err := j.registerModel(ctx, r, f, c)
		if err == nil {
			err = j.c.logBatch(ctx, r.Info.RunID, nil, []pair{{tagModel, version}}, nil)
		}
		if err != nil {
			return false, err
		}
	}
	return isModel, j.closeRun(ctx, r.Info.RunID, c.State != "trained", j.in.Run.StartedAt.Add(c.FitTime))
}

// registerModel makes the logged model a version of the registered model. One that is not
// ready at once is found, and asked after, by the next try.
func (j *job) registerModel(ctx context.Context, r run, f folder, c registry.Candidate) (version string, err error) {
	line := j.in.Run.Line
	tags := []pair{
		newTag(tagVersion, c.Version), newTag("lfb.candidate", c.Name), newTag(tagRun, j.in.Run.ID),
		newTag("lfb.origin", string(j.in.Run.Origin)),
		{tagKey, exportKey(j.in.Run.ID, c.Name)},
	}
	model, err := j.logModel(ctx, r, f, modelName(c.Name), tags)
	if err != nil {
		return "", err
	}
	registered := map[string]any{"name": line, "description": "When the first fire engine arrives: the mean, in seconds."}
	if err := j.c.createMissing(ctx, "registered-models/create", registered); err != nil {
		return "", err
	}
	v, err := j.c.findVersion(ctx, line, c.Version)
	if err == nil && v.Version == "" {
		var made versionAnswer
		made, err = call[versionAnswer](ctx, j.c, http.MethodPost, "model-versions/create", map[string]any{
			"name": line, "source": "models:/" + model, "run_id": r.Info.RunID, "model_id": model, "tags": tags,
		})
		v = made.Version
	}
	if err == nil && v.Status != "READY" {
		err = fmt.Errorf("mlflow: version %s of %s is %s: %s: %w", v.Version, line, v.Status, v.Message, lfb.ErrUnavailable)
	}
	return v.Version, err
}

// logModel writes the logged model with all its files, lists it on its run's page, and
// returns its id.
func (j *job) logModel(ctx context.Context, r run, f folder, name string, tags []pair) (id string, err error) {
	m, err := j.c.findOrCreateModel(ctx, j.experiment, name, r.Info.RunID, tags)
	if err != nil {
		return "", err
	}
	id = m.Info.ModelID
	if m.Info.Status != modelReady {
		size, err := j.c.upload(ctx, m.Info.ArtifactURI, f.listFiles()...)
		if err != nil {
			return "", err
		}
		mlmodel, err := f.describeModel(id, r.Info.RunID, j.at, size)
		if err != nil {
			return "", err
		}
		if _, err := j.c.upload(ctx, m.Info.ArtifactURI, mlmodel); err != nil {
			return "", err
		}
		if err := j.c.send(ctx, http.MethodPatch, "logged-models/"+id,
			map[string]any{"model_id": id, "status": modelReady}); err != nil {
			return "", err
		}
	}
	if slices.Contains(r.Outputs.Models, modelOutput{id}) { // the server refuses it a second time
		return id, nil
	}
	in := map[string]any{"run_id": r.Info.RunID, "models": []any{map[string]any{"model_id": id, "step": 0}}}
	return id, j.c.send(ctx, http.MethodPost, "runs/outputs", in)
}

// Follow makes the aliases of the line's registered model name these versions of
// ours. A version without a model on the server leaves its alias empty, so that
// nobody loads another in its name; missing lists such versions.
func (e *Exporter) Follow(ctx context.Context, line, champion, previous string) (missing []string, err error) {
	for _, a := range []struct{ alias, version string }{{aliasChampion, champion}, {aliasPrevious, previous}} {
		var v modelVersion
		if a.version != "" {
			if v, err = e.c.findVersion(ctx, line, a.version); err != nil {
				return missing, err
			}
			if v.Version == "" {
				missing = append(missing, a.version)
			}
		}
		if err := e.c.setAlias(ctx, line, a.alias, v.Version); err != nil {
			return missing, err
		}
	}
	return missing, nil
}
