package mlflow

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"lfb/internal/lfb"
)

// pair is a parameter or a tag.
type pair struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

func valueOf(pairs []pair, key string) string {
	if i := slices.IndexFunc(pairs, func(p pair) bool { return p.Key == key }); i >= 0 {
		return pairs[i].Value
	}
	return ""
}

// metric is one value; Timestamp in milliseconds.
type metric struct {
	Key       string  `json:"key"`
	Value     float64 `json:"value"`
	Timestamp int64   `json:"timestamp"`
	Step      int64   `json:"step"`
}

// run is a run as the server keeps it.
type run struct {
	Info struct {
		RunID       string `json:"run_id"`
		ArtifactURI string `json:"artifact_uri"`
	} `json:"info"`
	Data struct {
		Tags []pair `json:"tags"`
	} `json:"data"`
	Outputs struct {
		Models []modelOutput `json:"model_outputs"`
	} `json:"outputs"`
}

// modelOutput is a model on a run's page.
type modelOutput struct {
	ID string `json:"model_id"`
}

func (r run) tag(key string) string { return valueOf(r.Data.Tags, key) }

// loggedModel is a model's folder.
type loggedModel struct {
	Info struct {
		ModelID     string `json:"model_id"`
		ArtifactURI string `json:"artifact_uri"`
		Status      string `json:"status"`
	} `json:"info"`
}

// modelVersion is one version of a registered model.
type modelVersion struct {
	Version string `json:"version"`
	Status  string `json:"status"`
	Message string `json:"status_message"`
}

// versionAnswer is what the server answers with one version.
type versionAnswer struct {
	Version modelVersion `json:"model_version"`
}

// experiment finds the experiment or makes it.
func (c *client) experiment(ctx context.Context, name string) (string, error) {
	var got struct {
		Experiment struct {
			ID    string `json:"experiment_id"`
			Stage string `json:"lifecycle_stage"`
		} `json:"experiment"`
	}
	find := func() error {
		return c.get(ctx, "experiments/get-by-name", url.Values{"experiment_name": {name}}, &got)
	}
	err := find()
	if errors.Is(err, lfb.ErrNotFound) {
		if err = c.create(ctx, "experiments/create", map[string]any{"name": name}); err == nil {
			err = find()
		}
	}
	if err == nil && got.Experiment.Stage == "deleted" {
		err = fmt.Errorf("mlflow experiment %q is deleted: restore it, or set -mlflow.experiment: %w", name, lfb.ErrInvalid)
	}
	return got.Experiment.ID, err
}

// create makes something where it is missing: somebody else may have been quicker.
func (c *client) create(ctx context.Context, path string, in any) error {
	err := c.send(ctx, http.MethodPost, path, in, nil)
	if errors.Is(err, lfb.ErrConflict) {
		return nil
	}
	return err
}

// withTag is the filter of what has a tag; it keeps the value inside its quotes.
func withTag(key, value string) string {
	return fmt.Sprintf("tags.`%s` = '%s'", key, strings.NewReplacer(`\`, "", "'", "", "`", "").Replace(value))
}

// listRuns are the experiment's runs with a tag.
func (c *client) listRuns(ctx context.Context, experiment, key, value string) ([]run, error) {
	in := map[string]any{"experiment_ids": []string{experiment}, "filter": withTag(key, value), "max_results": 1000, "run_view_type": "ACTIVE_ONLY"}
	got, err := post[struct{ Runs []run }](ctx, c, "runs/search", in)
	return got.Runs, err
}

func (c *client) createRun(ctx context.Context, experiment, name string, start time.Time, tags []pair) (run, error) {
	in := map[string]any{"experiment_id": experiment, "run_name": name, "start_time": start.UnixMilli(), "tags": tags}
	got, err := post[struct{ Run run }](ctx, c, "runs/create", in)
	if err == nil && (got.Run.Info.RunID == "" || got.Run.Info.ArtifactURI == "") {
		err = fmt.Errorf("mlflow at %s: runs/create answers no run: %w", c.base.Host, lfb.ErrInvalid)
	}
	return got.Run, err
}

// Limits of one log-batch request.
const (
	batchMetrics = 900
	batchPairs   = 100
)

// logBatch sends parameters, tags and metrics in as many requests as they need.
// Sent again, the same values change nothing.
func (c *client) logBatch(ctx context.Context, id string, params, tags []pair, metrics []metric) error {
	for len(params)+len(tags)+len(metrics) > 0 {
		p, t, m := min(len(params), batchPairs/2), min(len(tags), batchPairs/2), min(len(metrics), batchMetrics)
		in := struct {
			RunID   string   `json:"run_id"`
			Params  []pair   `json:"params,omitempty"`
			Tags    []pair   `json:"tags,omitempty"`
			Metrics []metric `json:"metrics,omitempty"`
		}{id, params[:p], tags[:t], metrics[:m]}
		if err := c.send(ctx, http.MethodPost, "runs/log-batch", in, nil); err != nil {
			return err
		}
		params, tags, metrics = params[p:], tags[t:], metrics[m:]
	}
	return nil
}

// findModel is the logged model with the export key; the zero model where there is none.
func (c *client) findModel(ctx context.Context, experiment, key string) (loggedModel, error) {
	in := map[string]any{"experiment_ids": []string{experiment}, "filter": withTag(tagKey, key), "max_results": 1}
	got, err := post[struct{ Models []loggedModel }](ctx, c, "logged-models/search", in)
	return append(got.Models, loggedModel{})[0], err
}

func (c *client) createModel(ctx context.Context, experiment, name, runID string, tags []pair) (loggedModel, error) {
	in := map[string]any{"experiment_id": experiment, "name": name, "model_type": "regressor", "source_run_id": runID, "tags": tags}
	got, err := post[struct{ Model loggedModel }](ctx, c, "logged-models", in)
	if err == nil && got.Model.Info.ModelID == "" {
		err = fmt.Errorf("mlflow at %s: logged-models answers no model: %w", c.base.Host, lfb.ErrInvalid)
	}
	return got.Model, err
}

const modelReady = "LOGGED_MODEL_READY"

// linkModel lists the model on the run's page, once: the server refuses a second time.
func (c *client) linkModel(ctx context.Context, r run, modelID string) error {
	if slices.Contains(r.Outputs.Models, modelOutput{modelID}) {
		return nil
	}
	in := map[string]any{"run_id": r.Info.RunID, "models": []any{map[string]any{"model_id": modelID, "step": 0}}}
	return c.send(ctx, http.MethodPost, "runs/outputs", in, nil)
}

// registerModel makes the registered model where it is missing.
func (c *client) registerModel(ctx context.Context, name, description string) error {
	return c.create(ctx, "registered-models/create", map[string]any{"name": name, "description": description})
}

// findVersion is the registered model's version with the tag; the zero version where
// there is none.
func (c *client) findVersion(ctx context.Context, name, tag, value string) (modelVersion, error) {
	var got struct {
		Versions []modelVersion `json:"model_versions"`
	}
	query := url.Values{"filter": {fmt.Sprintf("name = '%s' and %s", name, withTag(tag, value))}, "max_results": {"10"}}
	err := c.get(ctx, "model-versions/search", query, &got)
	return append(got.Versions, modelVersion{})[0], err
}

// createVersion makes a version of a logged model. One that is not ready at once is
// found, and asked after, by the next try.
func (c *client) createVersion(ctx context.Context, name, modelID, runID string, tags []pair) (modelVersion, error) {
	in := map[string]any{"name": name, "source": "models:/" + modelID, "run_id": runID, "model_id": modelID, "tags": tags}
	got, err := post[versionAnswer](ctx, c, "model-versions/create", in)
	return got.Version, err
}

// The aliases of a registered model.
const (
	aliasChampion = "champion"
	aliasPrevious = "previous"
)

const aliasPath = "registered-models/alias"

// alias is the version that an alias names; empty where there is none.
func (c *client) alias(ctx context.Context, name, alias string) (string, error) {
	var got versionAnswer
	err := c.get(ctx, aliasPath, url.Values{"name": {name}, "alias": {alias}}, &got)
	var refused *answerError
	// A server says INVALID_PARAMETER_VALUE of an alias that was never set.
	if errors.Is(err, lfb.ErrNotFound) || errors.As(err, &refused) && refused.Code == "INVALID_PARAMETER_VALUE" {
		return "", nil
	}
	return got.Version.Version, err
}

// setAlias makes the alias name the version, or nothing where it is empty.
func (c *client) setAlias(ctx context.Context, name, alias, version string) error {
	now, err := c.alias(ctx, name, alias)
	if err != nil || now == version {
		return err
	}
	if version == "" {
		return c.send(ctx, http.MethodDelete, aliasPath, map[string]any{"name": name, "alias": alias}, nil)
	}
	return c.send(ctx, http.MethodPost, aliasPath, map[string]any{"name": name, "alias": alias, "version": version}, nil)
}
