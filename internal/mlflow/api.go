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
		Status      string `json:"status"`
	} `json:"info"`
	Data struct {
		Tags    []pair `json:"tags"`
		Metrics []struct {
			Key string `json:"key"`
		} `json:"metrics"`
	} `json:"data"`
	Outputs struct {
		Models []struct {
			ID string `json:"model_id"`
		} `json:"model_outputs"`
	} `json:"outputs"`
}

func (r run) tag(key string) string { return valueOf(r.Data.Tags, key) }

// lacks are the metrics that the run did not have when it was looked up: a server
// before 3.0 refuses a batch with one that it has.
func (r run) lacks(metrics []metric) []metric {
	have := map[string]bool{}
	for _, m := range r.Data.Metrics {
		have[m.Key] = true
	}
	return slices.DeleteFunc(slices.Clone(metrics), func(m metric) bool { return have[m.Key] })
}

func valueOf(pairs []pair, key string) string {
	for _, p := range pairs {
		if p.Key == key {
			return p.Value
		}
	}
	return ""
}

// loggedModel is a model's folder.
type loggedModel struct {
	Info struct {
		ModelID     string `json:"model_id"`
		ArtifactURI string `json:"artifact_uri"`
		Status      string `json:"status"`
		Tags        []pair `json:"tags"`
	} `json:"info"`
}

// modelVersion is one version of a registered model.
type modelVersion struct {
	Version string `json:"version"`
	Status  string `json:"status"`
	Message string `json:"status_message"`
	Tags    []pair `json:"tags"`
}

// experiment finds the experiment or makes it.
func (c *client) experiment(ctx context.Context, name string) (string, error) {
	var got struct {
		Experiment struct {
			ID    string `json:"experiment_id"`
			Stage string `json:"lifecycle_stage"`
		} `json:"experiment"`
	}
	find := request{method: http.MethodGet, path: "experiments/get-by-name", query: url.Values{"experiment_name": {name}}, out: &got}
	err := c.call(ctx, find)
	if errors.Is(err, lfb.ErrNotFound) {
		err = c.call(ctx, request{method: http.MethodPost, path: "experiments/create", in: map[string]any{"name": name}, once: true})
		if err != nil && !errors.Is(err, lfb.ErrConflict) { // somebody else was quicker
			return "", err
		}
		err = c.call(ctx, find)
	}
	if err != nil {
		return "", err
	}
	if got.Experiment.Stage == "deleted" {
		return "", fmt.Errorf("mlflow experiment %q is deleted: restore it, or set -mlflow.experiment: %w", name, lfb.ErrInvalid)
	}
	return got.Experiment.ID, nil
}

// listRuns are the experiment's runs with a tag.
func (c *client) listRuns(ctx context.Context, experiment, key, value string) ([]run, error) {
	var out []run
	for next := ""; ; {
		in := map[string]any{
			"experiment_ids": []string{experiment}, "filter": fmt.Sprintf("tags.`%s` = '%s'", key, quote(value)),
			"max_results": 1000, "run_view_type": "ACTIVE_ONLY", "page_token": next,
		}
		var got struct {
			Runs []run  `json:"runs"`
			Next string `json:"next_page_token"`
		}
		if err := c.call(ctx, request{method: http.MethodPost, path: "runs/search", in: in, out: &got}); err != nil {
			return nil, err
		}
		if out = append(out, got.Runs...); got.Next == "" {
			return out, nil
		}
		next = got.Next
	}
}

// deleteRun puts a run into the server's bin.
func (c *client) deleteRun(ctx context.Context, id string) error {
	return c.call(ctx, request{method: http.MethodPost, path: "runs/delete", in: map[string]any{"run_id": id}})
}

// quote keeps a value inside a filter's quotes.
func quote(s string) string { return strings.NewReplacer(`\`, "", "'", "", "`", "").Replace(s) }

// newRun is what a run is made with.
type newRun struct {
	Experiment string `json:"experiment_id"`
	Name       string `json:"run_name"`
	Start      int64  `json:"start_time"` // milliseconds
	Tags       []pair `json:"tags"`
}

func (c *client) createRun(ctx context.Context, in newRun) (run, error) {
	var got struct {
		Run run `json:"run"`
	}
	err := c.call(ctx, request{method: http.MethodPost, path: "runs/create", in: in, out: &got, once: true})
	if err == nil && (got.Run.Info.RunID == "" || got.Run.Info.ArtifactURI == "") {
		err = fmt.Errorf("mlflow at %s: runs/create answers no run: %w", c.base.Host, lfb.ErrInvalid)
	}
	return got.Run, err
}

// finishRun sets how a run ended and when.
func (c *client) finishRun(ctx context.Context, id, status string, end time.Time) error {
	in := map[string]any{"run_id": id, "status": status, "end_time": end.UnixMilli()}
	return c.call(ctx, request{method: http.MethodPost, path: "runs/update", in: in})
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
		in := struct {
			RunID   string   `json:"run_id"`
			Metrics []metric `json:"metrics,omitempty"`
			Params  []pair   `json:"params,omitempty"`
			Tags    []pair   `json:"tags,omitempty"`
		}{RunID: id}
		in.Params, params = head(params, batchPairs)
		if len(params) == 0 {
			in.Tags, tags = head(tags, batchPairs-len(in.Params))
			in.Metrics, metrics = head(metrics, batchMetrics)
		}
		if err := c.call(ctx, request{method: http.MethodPost, path: "runs/log-batch", in: in}); err != nil {
			return err
		}
	}
	return nil
}

func head[T any](s []T, n int) (first, rest []T) {
	n = min(n, len(s))
	return s[:n], s[n:]
}

// dataSet is a data set that a run used.
type dataSet struct {
	Name       string `json:"name"`
	Digest     string `json:"digest"`
	SourceType string `json:"source_type"`
	Source     string `json:"source"`
	Schema     string `json:"schema,omitempty"`
	Profile    string `json:"profile,omitempty"`
}

func (c *client) logInput(ctx context.Context, id string, d dataSet) error {
	in := map[string]any{"run_id": id, "datasets": []any{map[string]any{
		"tags": []pair{{"mlflow.data.context", "training"}}, "dataset": d,
	}}}
	return c.call(ctx, request{method: http.MethodPost, path: "runs/log-inputs", in: in})
}

// findModel is the logged model with the export key.
func (c *client) findModel(ctx context.Context, experiment, key string) (m loggedModel, found bool, err error) {
	var got struct {
		Models []loggedModel `json:"models"`
	}
	in := map[string]any{"experiment_ids": []string{experiment}, "filter": fmt.Sprintf("tags.`%s` = '%s'", tagKey, quote(key)), "max_results": 1}
	err = c.call(ctx, request{method: http.MethodPost, path: "logged-models/search", in: in, out: &got})
	if err != nil || len(got.Models) == 0 {
		return m, false, err
	}
	return got.Models[0], true, nil
}

func (c *client) createModel(ctx context.Context, experiment, name, runID string, tags []pair) (loggedModel, error) {
	var got struct {
		Model loggedModel `json:"model"`
	}
	in := map[string]any{"experiment_id": experiment, "name": name, "model_type": "regressor", "source_run_id": runID, "tags": tags}
	err := c.call(ctx, request{method: http.MethodPost, path: "logged-models", in: in, out: &got, once: true})
	if err == nil && got.Model.Info.ModelID == "" {
		err = fmt.Errorf("mlflow at %s: logged-models answers no model: %w", c.base.Host, lfb.ErrInvalid)
	}
	return got.Model, err
}

const modelReady = "LOGGED_MODEL_READY"

func (c *client) finishModel(ctx context.Context, id string) error {
	in := map[string]any{"model_id": id, "status": modelReady}
	return c.call(ctx, request{method: http.MethodPatch, path: "logged-models/" + id, in: in})
}

// linkModel lists the model on the run's page.
func (c *client) linkModel(ctx context.Context, runID, modelID string) error {
	in := map[string]any{"run_id": runID, "models": []any{map[string]any{"model_id": modelID, "step": 0}}}
	return c.call(ctx, request{method: http.MethodPost, path: "runs/outputs", in: in})
}

// serverVersion is the server's own version, for the files that name it.
func (c *client) serverVersion(ctx context.Context) (string, error) {
	var version string
	err := c.again(ctx, request{method: http.MethodGet, path: "/version"}, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, callTimeout)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base.JoinPath("version").String(), http.NoBody)
		if err != nil {
			return err
		}
		body, err := c.send(req)
		version = strings.TrimSpace(string(body))
		return err
	})
	return version, err
}
