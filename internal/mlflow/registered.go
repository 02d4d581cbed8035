package mlflow

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"lfb/internal/lfb"
)

// The aliases of a registered model.
const (
	aliasChampion = "champion"
	aliasPrevious = "previous"
)

// registerModel makes the registered model where it is missing.
func (c *client) registerModel(ctx context.Context, name, description string, tags []pair) error {
	in := map[string]any{"name": name, "description": description, "tags": tags}
	err := c.call(ctx, request{method: http.MethodPost, path: "registered-models/create", in: in})
	if errors.Is(err, lfb.ErrConflict) {
		return nil
	}
	return err
}

// findVersion is the registered model's version with the tag.
func (c *client) findVersion(ctx context.Context, name, tag, value string) (v modelVersion, found bool, err error) {
	var got struct {
		Versions []modelVersion `json:"model_versions"`
	}
	query := url.Values{
		"filter":      {fmt.Sprintf("name = '%s' and tags.`%s` = '%s'", quote(name), tag, quote(value))},
		"max_results": {"10"},
	}
	err = c.call(ctx, request{method: http.MethodGet, path: "model-versions/search", query: query, out: &got})
	if err != nil || len(got.Versions) == 0 {
		return v, false, err
	}
	return got.Versions[0], true, nil
}

// newVersion is what a model version is made with.
type newVersion struct {
	Name        string `json:"name"`
	Source      string `json:"source"`
	RunID       string `json:"run_id"`
	ModelID     string `json:"model_id,omitempty"`
	Description string `json:"description"`
	Tags        []pair `json:"tags"`
}

func (c *client) createVersion(ctx context.Context, in newVersion) (modelVersion, error) {
	var got struct {
		Version modelVersion `json:"model_version"`
	}
	err := c.call(ctx, request{method: http.MethodPost, path: "model-versions/create", in: in, out: &got, once: true})
	if err != nil {
		return got.Version, err
	}
	return got.Version, c.awaitVersion(ctx, in.Name, &got.Version)
}

// versionPolls bounds how long a version may stay pending: seconds.
const versionPolls = 30

func (c *client) awaitVersion(ctx context.Context, name string, v *modelVersion) error {
	for range versionPolls {
		switch v.Status {
		case "READY":
			return nil
		case "FAILED_REGISTRATION":
			return fmt.Errorf("mlflow: version %s of %s: %s: %w", v.Version, name, v.Message, lfb.ErrInvalid)
		}
		if err := c.wait(ctx, time.Second); err != nil {
			return err
		}
		var got struct {
			Version modelVersion `json:"model_version"`
		}
		query := url.Values{"name": {name}, "version": {v.Version}}
		if err := c.call(ctx, request{method: http.MethodGet, path: "model-versions/get", query: query, out: &got}); err != nil {
			return err
		}
		v.Status, v.Message = got.Version.Status, got.Version.Message
	}
	return fmt.Errorf("mlflow: version %s of %s is still %s: %w", v.Version, name, v.Status, lfb.ErrUnavailable)
}

// alias is the version that an alias names; empty where there is none.
func (c *client) alias(ctx context.Context, name, alias string) (string, error) {
	var got struct {
		Version modelVersion `json:"model_version"`
	}
	query := url.Values{"name": {name}, "alias": {alias}}
	err := c.call(ctx, request{method: http.MethodGet, path: "registered-models/alias", query: query, out: &got})
	// A server says INVALID_PARAMETER_VALUE of an alias that was never set.
	if errors.Is(err, lfb.ErrNotFound) || hasCode(err, "INVALID_PARAMETER_VALUE") {
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
	const path = "registered-models/alias"
	if version == "" {
		in := map[string]any{"name": name, "alias": alias}
		return c.call(ctx, request{method: http.MethodDelete, path: path, in: in})
	}
	in := map[string]any{"name": name, "alias": alias, "version": version}
	return c.call(ctx, request{method: http.MethodPost, path: path, in: in})
}
