package mlflow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"path"
	"reflect"
	"slices"
	"strconv"
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

// key makes a name that MLflow takes for a metric or a parameter: letters, digits,
// _ - . space and /, not longer than 250, and its own path in normal form.
func key(parts ...string) string {
	for i, p := range parts {
		parts[i] = strings.Map(func(r rune) rune {
			switch {
			case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '-', r == '.', r == ' ':
				return r
			}
			return '_'
		}, strings.TrimSpace(p))
		if strings.Trim(parts[i], ".") == "" { // nothing, or a path's . and ..
			parts[i] = "_" + strings.Repeat("_", len(parts[i]))
		}
	}
	out := path.Join(parts...)
	return strings.TrimSuffix(out[:min(len(out), maxKey)], "/")
}

// metricsOf are the values of m under prefix; what is no number is left out, as
// some of MLflow's stores refuse it.
func metricsOf(at time.Time, m ml.Metrics, prefix ...string) []metric {
	var out []metric
	v := reflect.ValueOf(m)
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		var value float64
		switch f := v.Field(i); f.Kind() {
		case reflect.Float64:
			value = f.Float()
		case reflect.Int:
			value = float64(f.Int())
		default:
			continue
		}
		if !math.IsNaN(value) && !math.IsInf(value, 0) {
			out = append(out, metric{Key: key(append(slices.Clone(prefix), name)...), Value: value, Timestamp: at.UnixMilli()})
		}
	}
	return out
}

// sliceMetrics are what is sent of a slice: every value of every slice would be
// thousands a run, and the server writes them one by one.
var sliceMetrics = []string{"rows", "rmse", "mae", "pinball_p90", "coverage_p90"}

// reportMetrics are a report's values: <span>/first/rmse and <span>/all/rmse.
func reportMetrics(at time.Time, span string, r ml.Report) []metric {
	if r.All.Rows == 0 {
		return nil
	}
	return slices.Concat(metricsOf(at, r.First, span, "first"), metricsOf(at, r.All, span, "all"))
}

// slicesOf are a report's slices: <span>_by/<slice>/<value>/rmse.
func slicesOf(at time.Time, span string, r ml.Report) []metric {
	var out []metric
	for _, s := range r.Slices {
		for _, m := range metricsOf(at, s.Metrics, span+"_by", s.By, s.Value) {
			if slices.Contains(sliceMetrics, path.Base(m.Key)) {
				out = append(out, m)
			}
		}
	}
	return out
}

// flatten turns a JSON object into parameters: nested names joined by dots, lists
// as JSON. What is no object gives none.
func flatten(body json.RawMessage) []pair {
	var v map[string]any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return nil
	}
	var out []pair
	var walk func(prefix string, v any)
	walk = func(prefix string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, inner := range v {
				walk(strings.TrimPrefix(prefix+"."+k, "."), inner)
			}
		case nil:
		default:
			out = append(out, param(prefix, v))
		}
	}
	walk("", v)
	slices.SortFunc(out, func(a, b pair) int { return strings.Compare(a.Key, b.Key) })
	return out
}

// param is one parameter.
func param(name string, value any) pair {
	var s string
	switch v := value.(type) {
	case string:
		s = withoutPassword(v)
	case float64:
		s = strconv.FormatFloat(v, 'g', -1, 64)
	case []any:
		body, _ := json.Marshal(v) // it was decoded from JSON
		s = string(body)
	default:
		s = fmt.Sprint(v)
	}
	return pair{key(name), cut(s, maxParam-3)}
}

// withoutPassword hides the user and password of addresses, separated by commas.
func withoutPassword(s string) string {
	if !strings.Contains(s, "@") {
		return s
	}
	list := strings.Split(s, ",")
	for i, one := range list {
		if u, err := url.Parse(strings.TrimSpace(one)); err == nil && u.User != nil {
			u.User = nil
			list[i] = u.String()
		}
	}
	return strings.Join(list, ",")
}

// tag is one tag; MLflow refuses what is too long.
func tag(name, value string) pair { return pair{name, cut(value, maxTag-3)} }
