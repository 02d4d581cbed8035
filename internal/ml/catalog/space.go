package catalog

import (
	"encoding/json"
	"fmt"

	"lfb/internal/lfb"
	"lfb/internal/ml/search"
)

// Search is how a candidate's hyper-parameters are searched.
type Search struct {
	Space search.Space
	// Trial overrides the recipe while it is only tried: nothing that the mean, by
	// which trials are judged, does not need.
	Trial json.RawMessage
}

// SearchOf is the named candidate's search. One that has none gives lfb.ErrInvalid.
func SearchOf(name string) (Search, error) {
	if name != "gbdt" {
		return Search{}, fmt.Errorf("candidate %q has no search space: %w", name, lfb.ErrInvalid)
	}
	return Search{
		Space: search.Space{
			{Name: "rounds", Scale: search.Whole, Low: 200, High: 900},
			{Name: "learning_rate", Scale: search.Log, Low: 0.015, High: 0.1},
			{Name: "leaves", Scale: search.Whole, Low: 6, High: 64},
			{Name: "min_rows", Scale: search.Whole, Low: 20, High: 200},
			{Name: "l2", Scale: search.Log, Low: 1, High: 50},
			{Name: "cat_smooth", Scale: search.Log, Low: 10, High: 100},
			{Name: "row_fraction", Scale: search.Linear, Low: 0.5, High: 1},
			{Name: "column_fraction", Scale: search.Linear, Low: 0.25, High: 0.9},
		},
		Trial: json.RawMessage(`{"quantiles": []}`),
	}, nil
}
