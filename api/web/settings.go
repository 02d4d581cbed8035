package web

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// setting is one setting of a run: train seed, 7.
type setting struct{ Name, Value string }

// flattenConfig is what a run was asked to do, a line a setting, by name; nothing where
// that was not kept.
func flattenConfig(config json.RawMessage) []setting {
	var tree any
	if json.Unmarshal(config, &tree) != nil {
		return nil
	}
	var out []setting
	var walk func(name string, v any)
	walk = func(name string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for key, below := range v {
				walk(strings.TrimSpace(name+" "+spellOut(key)), below)
			}
		case []any:
			words := make([]string, len(v))
			for i, x := range v {
				words[i] = fmt.Sprint(x)
			}
			out = append(out, setting{name, strings.Join(words, ", ")})
		default:
			text, _ := json.Marshal(v) // what was read can be written
			out = append(out, setting{name, strings.Trim(string(text), `"`)})
		}
	}
	walk("", tree)
	slices.SortFunc(out, func(a, b setting) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// settingWords are what settings are called to people, by their names in a configuration.
var settingWords = map[string]string{
	"train candidates": "candidates", "train seed": "seed", "train max months": "months of history",
	"train valid days": "validation, days",
	"train calib days": "calibration, days", "train holdout days": "hold-out, days", "train tune trials": "recipes tried",
	"train tune minutes": "no trial begins after, minutes", "train relevance cycles": "forests of the report on columns",
	"train relevance rows": "rows of the report on columns", "train relevance trees": "trees of the report on columns",
	"train external api": "other programs fetch from", "train external wait": "wait for other programs",
	"train external time":      "longest fit of theirs",
	"train external max bytes": "largest model of theirs, bytes", "train refit": "fitted again on every row",
	"policy confidence":   "confidence of the gate’s intervals",
	"policy slice margin": "a large slice may be worse by", "policy slice rows": "rows of a large slice",
	"policy coverage low": "nine-in-ten times hold for at least",
	"policy coverage top": "nine-in-ten times hold for at most",
	"policy ceiling rmse": "alarm above an RMSE of, seconds", "policy min rows": "hold-out rows that are judged at least",
	"promote approval": "a person approves it", "promote deadline": "time for the approval",
	"promote after": "where nobody answers",
	"force":         "even if the data has not changed", "trigger": "started by", "who": "asked for by",
	"web url":     "address of these pages",
	"source name": "source", "source dir": "folder of the files", "source max rejects": "rows that may be rejected",
	"source incidents": "incidents made up", "source months": "months made up", "source from": "made up from",
	"source seed": "seed of the city",
}

// How the values of settings are said, by the last words of their names.
var (
	// nanoseconds
	durations = []string{"deadline", "settle", "wait", "external time", "cool down", "stale data", "stale model"}
	shares    = []string{"confidence", "slice margin", "coverage low", "coverage top", "max rejects"}
)

// sayInWords is the setting as people say it.
func (s setting) sayInWords() setting {
	ends := func(names []string) bool {
		return slices.ContainsFunc(names, func(end string) bool { return strings.HasSuffix(s.Name, end) })
	}
	number, err := strconv.ParseFloat(s.Value, 64)
	switch {
	case slices.Contains([]string{"", "0", "null"}, s.Value):
		s.Value = "–"
	case s.Value == "true":
		s.Value = "yes"
	case s.Value == "false":
		s.Value = "no"
	case err == nil && ends(durations):
		s.Value = settingSpan(time.Duration(number))
	case err == nil && ends(shares):
		s.Value = formatShare(number)
	}
	return setting{cmp.Or(settingWords[s.Name], s.Name), s.Value}
}

// plainSettings are those that were set and mean something to people, in words: what is
// trained first.
func plainSettings(all []setting) []setting {
	var out []setting
	slices.SortStableFunc(all, func(a, b setting) int {
		return cmp.Compare(strings.Index(b.Name, "train "), strings.Index(a.Name, "train ")) // 0 where it begins so, else -1
	})
	for _, s := range all {
		if w := s.sayInWords(); w.Value != "–" && w.Value != "no" && s.Name != "who verified" {
			out = append(out, w)
		}
	}
	return out
}

// settingSpan is a duration in whole days or hours where it is one.
func settingSpan(d time.Duration) string {
	for _, unit := range []struct {
		name string
		size time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}} {
		switch n := d / unit.size; {
		case d%unit.size != 0 || n == 0:
		case n == 1:
			return "1 " + unit.name
		default:
			return fmt.Sprintf("%d %ss", n, unit.name)
		}
	}
	return formatSpan(d)
}
