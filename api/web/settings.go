package web

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
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
