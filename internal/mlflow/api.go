package mlflow

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

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

func (r run) tagValue(key string) string { return valueOf(r.Data.Tags, key) }

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

// findExperiment finds the experiment or makes it, and returns its id.
func (c *client) findExperiment(ctx context.Context, name string) (string, error) {
	type answer struct {
		Experiment struct {
			ID    string `json:"experiment_id"`
			Stage string `json:"lifecycle_stage"`
		} `json:"experiment"`
	}
	find := func() (answer, error) {
		return call[answer](ctx, c, http.MethodGet, "experiments/get-by-name", url.Values{"experiment_name": {name}})
	}
	got, err := find()
	if errors.Is(err, lfb.ErrNotFound) {
		if err = c.createMissing(ctx, "experiments/create", map[string]any{"name": name}); err == nil {
			got, err = find()
		}
	}
	if err == nil && got.Experiment.Stage == "deleted" {
		err = fmt.Errorf("mlflow experiment %q is deleted: restore it, or set -mlflow.experiment: %w", name, lfb.ErrInvalid)
	}
	return got.Experiment.ID, err
}

// createMissing makes something where it is missing: somebody else may have been quicker.
func (c *client) createMissing(ctx context.Context, path string, in any) error {
	err := c.send(ctx, http.MethodPost, path, in)
	if errors.Is(err, lfb.ErrConflict) {
		return nil
	}
	return err
}

// withTag is the filter of what has a tag; it keeps the value inside its quotes.
func withTag(key, value string) string {
	return fmt.Sprintf("tags.`%s` = '%s'", key, strings.NewReplacer(`\`, "", "'", "", "`", "").Replace(value))
}

// Limits of one log-batch request.
const (
	batchMetrics = 900
	batchPairs   = 50 // parameters, and as many tags
)

// logBatch sends parameters, tags and metrics in as many requests as they need.
// Sent again, the same values change nothing.
func (c *client) logBatch(ctx context.Context, id string, params, tags []pair, metrics []metric) error {
	for len(params)+len(tags)+len(metrics) > 0 {
		p, t, m := min(len(params), batchPairs), min(len(tags), batchPairs), min(len(metrics), batchMetrics)
		in := struct {
			RunID   string   `json:"run_id"`
			Params  []pair   `json:"params,omitempty"`
			Tags    []pair   `json:"tags,omitempty"`
			Metrics []metric `json:"metrics,omitempty"`
		}{id, params[:p], tags[:t], metrics[:m]}
		if err := c.send(ctx, http.MethodPost, "runs/log-batch", in); err != nil {
			return err
		}
		params, tags, metrics = params[p:], tags[t:], metrics[m:]
	}
	return nil
}

// findOrCreateModel is the logged model with the tags' export key, made where it is missing.
func (c *client) findOrCreateModel(ctx context.Context, experiment, name, runID string,
	tags []pair,
) (loggedModel, error) {
	found, err := call[struct{ Models []loggedModel }](ctx, c, http.MethodPost, "logged-models/search", map[string]any{
		"experiment_ids": []string{experiment}, "filter": withTag(tagKey, valueOf(tags, tagKey)), "max_results": 1,
	})
	if err != nil || len(found.Models) > 0 {
		return append(found.Models, loggedModel{})[0], err
	}
	made, err := call[struct{ Model loggedModel }](ctx, c, http.MethodPost, "logged-models", map[string]any{
		"experiment_id": experiment, "name": name, "model_type": "regressor", "source_run_id": runID, "tags": tags,
	})
	return made.Model, err
}

const modelReady = "LOGGED_MODEL_READY"

// findVersion is the registered model's version with the tag of ours; the zero version
// where there is none.
func (c *client) findVersion(ctx context.Context, name, version string) (modelVersion, error) {
	query := url.Values{
		"filter":      {fmt.Sprintf("name = '%s' and %s", name, withTag(tagVersion, version))},
		"max_results": {"10"},
	}
	got, err := call[struct {
		Versions []modelVersion `json:"model_versions"`
	}](ctx, c, http.MethodGet, "model-versions/search", query)
	return append(got.Versions, modelVersion{})[0], err
}

// The aliases of a registered model.
const (
	aliasChampion = "champion"
	aliasPrevious = "previous"
)

const aliasPath = "registered-models/alias"

// findAlias is the version that an alias names; empty where there is none.
func (c *client) findAlias(ctx context.Context, name, alias string) (string, error) {
	got, err := call[versionAnswer](ctx, c, http.MethodGet, aliasPath, url.Values{"name": {name}, "alias": {alias}})
	var refused *answerError
	// A server says INVALID_PARAMETER_VALUE of an alias that was never set.
	if errors.Is(err, lfb.ErrNotFound) || errors.As(err, &refused) && refused.Code == "INVALID_PARAMETER_VALUE" {
		return "", nil
	}
	return got.Version.Version, err
}

// setAlias makes the alias name the version, or nothing where it is empty.
func (c *client) setAlias(ctx context.Context, name, alias, version string) error {
	now, err := c.findAlias(ctx, name, alias)
	if err != nil || now == version {
		return err
	}
	if version == "" {
		return c.send(ctx, http.MethodDelete, aliasPath, map[string]any{"name": name, "alias": alias})
	}
	return c.send(ctx, http.MethodPost, aliasPath, map[string]any{"name": name, "alias": alias, "version": version})
}
