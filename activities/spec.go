package activities

import (
	"encoding/json"

	"lfb/internal/lfb"
	"lfb/internal/ml/randomforest"
)

// SourceSpec says where files come from.
type SourceSpec struct {
	Name       string  `json:"name"` // datastore | dir | synthetic
	Dir        string  `json:"dir,omitempty"`
	Datastore  string  `json:"datastore,omitempty"`
	Incidents  int     `json:"incidents,omitempty"`
	Months     int     `json:"months,omitempty"`
	From       string  `json:"from,omitempty"`
	Seed       uint64  `json:"seed,omitempty"`
	MaxRejects float64 `json:"max_rejects"`
	// Places are refreshed when rows of the source were loaded.
	Places PlacesSpec `json:"places,omitzero"`
}

// PlacesSpec says where the files of places come from: nowhere where it is zero.
type PlacesSpec struct {
	Name string `json:"name"`          // os | dir
	URL  string `json:"url,omitempty"` // for os
	Dir  string `json:"dir,omitempty"`
}

// Origin says whether the source's rows are the brigade's own.
func (s SourceSpec) Origin() lfb.Origin {
	if s.Name == "synthetic" {
		return lfb.Synthetic
	}
	return lfb.Real
}

// TrainSpec says what is trained on which spans. See config.Train.
type TrainSpec struct {
	Candidates  []string                `json:"candidates"`
	Seed        uint64                  `json:"seed"`
	ValidDays   int                     `json:"valid_days,omitempty"`
	CalibDays   int                     `json:"calib_days,omitempty"`
	HoldoutDays int                     `json:"holdout_days,omitempty"`
	MaxMonths   int                     `json:"max_months,omitempty"`
	Tune        TuneSpec                `json:"tune,omitzero"`
	Relevance   randomforest.ReportSpec `json:"relevance,omitzero"`
	External    ExternalSpec            `json:"external,omitzero"` // zero where no candidate is of another program
	// Refit says whether a version that passed the gate is fitted again on every row: RefitAuto or RefitNever, which an
	// empty one is, as in runs of older releases.
	Refit string `json:"refit,omitempty"`
}

// What TrainSpec.Refit may be.
const (
	RefitAuto  = "auto"
	RefitNever = "never"
)

// CanonicalJSON is v's JSON, the same bytes for the same value: struct fields in
// order, map keys sorted. Workflows may call it, which the checker cannot see
// through encoding/json.
//
//workflowcheck:ignore
func CanonicalJSON(v any) (json.RawMessage, error) { return json.Marshal(v) }
