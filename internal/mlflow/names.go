package mlflow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"lfb/internal/ml"
)

// Limits of keys and values.
const (
	maxKey   = 250
	maxParam = 6000
	maxTag   = 5000
)

var (
	notInKeys   = regexp.MustCompile(`[^\w\-. ]`)
	notInModels = regexp.MustCompile(`[/:.%"']`)
	credentials = regexp.MustCompile(`://[^/@\s]*@`) // of addresses
)

// cleanKey makes a name that MLflow takes for a metric or a parameter: letters, digits,
// _ - . space and /, not longer than 250, and its own path in normal form.
func cleanKey(parts ...string) string {
	clean := make([]string, len(parts))
	for i, p := range parts {
		clean[i] = notInKeys.ReplaceAllString(strings.TrimSpace(p), "_")
		if strings.Trim(clean[i], ".") == "" { // nothing, or a path's . and ..
			clean[i] = "_" + strings.Repeat("_", len(clean[i]))
		}
	}
	out := path.Join(clean...)
	return strings.TrimSuffix(out[:min(len(out), maxKey)], "/")
}

// modelName makes a candidate's name one that MLflow takes for a logged model: external-xgboost.
func modelName(candidate string) string { return notInModels.ReplaceAllString(candidate, "-") }

// metricsOf are the values of m under prefix, by their names in JSON; what is no number is left out, as
// some of MLflow's stores refuse it.
func metricsOf(at time.Time, m ml.Metrics, prefix ...string) []metric {
	var out []metric
	all := reflect.ValueOf(m)
	for field := range reflect.TypeFor[ml.Metrics]().Fields() {
		value := all.FieldByIndex(field.Index).Convert(reflect.TypeFor[float64]()).Float()
		if !math.IsNaN(value) && !math.IsInf(value, 0) {
			out = append(out, metric{
				Key: cleanKey(append(slices.Clone(prefix), field.Tag.Get("json"))...), Value: value,
				Timestamp: at.UnixMilli(),
			})
		}
	}
	return out
}

// reportMetrics are a report's values: <span>/first/rmse and <span>/all/rmse.
func reportMetrics(at time.Time, span string, r ml.Report) []metric {
	if r.All.Rows == 0 {
		return nil
	}
	return slices.Concat(metricsOf(at, r.First, span, "first"), metricsOf(at, r.All, span, "all"))
}

// sentOfSlices are what is sent of a slice: every value of every slice would be
// thousands a run, and the server writes them one by one.
var sentOfSlices = []string{"rows", "rmse", "mae", "pinball_p90", "coverage_p90"}

// sliceMetrics are a report's slices: <span>_by/<slice>/<value>/rmse.
func sliceMetrics(at time.Time, span string, r ml.Report) []metric {
	var out []metric
	for _, s := range r.Slices {
		all := metricsOf(at, s.Metrics, span+"_by", s.By, s.Value)
		out = append(out, slices.DeleteFunc(all, func(m metric) bool {
			return !slices.Contains(sentOfSlices, path.Base(m.Key))
		})...)
	}
	return out
}

// flattenParams turns a JSON object into parameters: nested names joined by dots, lists
// as JSON. What is no object gives none.
func flattenParams(body json.RawMessage) []pair {
	var object map[string]any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber() // a seed has 64 bits
	if d.Decode(&object) != nil {
		return nil
	}
	return flattenInto(nil, "", object)
}

func flattenInto(out []pair, prefix string, object map[string]any) []pair {
	for _, name := range slices.Sorted(maps.Keys(object)) {
		switch v := object[name].(type) {
		case map[string]any:
			out = flattenInto(out, prefix+name+".", v)
		case []any:
			list, _ := json.Marshal(v) // it was decoded from JSON
			out = append(out, newParam(prefix+name, string(list)))
		case nil:
		default:
			out = append(out, newParam(prefix+name, v))
		}
	}
	return out
}

// newParam is one parameter, without the user and password of an address in it.
func newParam(name string, value any) pair {
	return pair{cleanKey(name), truncate(credentials.ReplaceAllString(fmt.Sprint(value), "://"), maxParam-3)}
}

// newTag is one tag; MLflow refuses what is too long.
func newTag(name, value string) pair { return pair{name, truncate(value, maxTag-3)} }
