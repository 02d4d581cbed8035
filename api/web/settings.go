package web

import (
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

// durations are the last words of the names of settings that are nanoseconds.
var durations = []string{"deadline", "settle", "wait", "cool down", "stale data", "stale model"}

// plainSettings are those that were set and mean something to people, durations in words.
func plainSettings(all []setting) []setting {
	var out []setting
	for _, s := range all {
		if slices.Contains([]string{"", "0", "false", "null"}, s.Value) || s.Name == "who verified" {
			continue
		}
		ns, err := strconv.ParseInt(s.Value, 10, 64)
		if err == nil && slices.ContainsFunc(durations, func(end string) bool { return strings.HasSuffix(s.Name, end) }) {
			s.Value = settingSpan(time.Duration(ns))
		}
		out = append(out, s)
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
