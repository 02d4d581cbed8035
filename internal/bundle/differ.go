package bundle

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Differ names the parts in which two bundles' files differ, with the fields of
// the manifest that do; empty where the files hold the same. A file that is no
// bundle is lfb.ErrInvalid.
func Differ(want, got []byte) ([]string, error) {
	a, err := unpackParts(want)
	if err != nil {
		return nil, err
	}
	b, err := unpackParts(got)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, p := range a {
		q, ok := findPart(b, p.name)
		switch {
		case !ok:
			out = append(out, p.name+": missing")
		case string(p.body) == string(q.body):
		case p.name == manifestPart:
			out = append(out, p.name+": "+strings.Join(differingFields(p.body, q.body), ", "))
		default:
			out = append(out, fmt.Sprintf("%s: %d bytes, were %d", p.name, len(q.body), len(p.body)))
		}
	}
	for _, q := range b {
		if _, ok := findPart(a, q.name); !ok {
			out = append(out, q.name+": new")
		}
	}
	return out, nil
}

func findPart(parts []part, name string) (part, bool) {
	i := slices.IndexFunc(parts, func(p part) bool { return p.name == name })
	if i < 0 {
		return part{}, false
	}
	return parts[i], true
}

// differingFields lists the top fields of two JSON objects that are not equal.
func differingFields(a, b []byte) []string {
	var x, y map[string]json.RawMessage
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return []string{"not JSON"}
	}
	names := maps.Clone(x)
	maps.Copy(names, y)
	var out []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if string(x[name]) != string(y[name]) {
			out = append(out, name)
		}
	}
	return out
}
