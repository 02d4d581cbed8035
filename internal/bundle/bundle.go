package bundle

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/interval"
)

// The targets that a head answers.
const (
	Attendance = "attendance" // mobilisation to arrival
	Response   = "response"   // call to arrival
)

// Bundle is a candidate as it serves. Build one from its exported fields or by
// Decode; from the first Predict or Write on it must not be changed. It is safe
// for concurrent use.
type Bundle struct {
	Manifest Manifest
	Spec     *feature.Spec // of variant feature.Usual
	Heads    []Head        // at least attendance's of variant feature.Usual

	once  sync.Once
	heads *headSet
	err   error
}

// Head is the model of one target.
type Head struct {
	Target  string          // Attendance or Response
	Variant feature.Variant // which columns Model was trained on
	Model   *interval.Model
}

// Manifest says what a bundle is and where it comes from.
type Manifest struct {
	Format    int             `json:"format"` // set by Write
	Line      string          `json:"line"`
	Origin    lfb.Origin      `json:"origin"`
	Candidate string          `json:"candidate"`      // name in package catalog
	Base      string          `json:"base,omitempty"` // the name there, where it is not Candidate
	Recipe    json.RawMessage `json:"recipe,omitempty"`
	DataSet   string          `json:"data_set"`
	Seed      uint64          `json:"seed"`
	Spans     json.RawMessage `json:"spans,omitempty"`
	TrainedTo time.Time       `json:"trained_to"` // no row later than this was learned from, calibration included
	Valid     ml.Report       `json:"valid"`      // on the validation span; of a refitted one, on blocks that a fit had not seen
	// ValidSent is the first engines of it with the station known that arrived: an
	// upper bound of what knowing the station sent from is worth. Nil without such a head.
	ValidSent *ml.Metrics `json:"valid_sent,omitempty"`
	// RefitOf is the version that was judged, of which this is the recipe fitted again on every row; empty for others.
	RefitOf string `json:"refit_of,omitempty"`
	// Schema is the hash of the columns, by variant in the order of Heads; set by Write.
	Schema []string `json:"schema"`
	// Importances of the first head, heaviest first; set by Write, empty where the
	// model has none.
	Importances []Importance `json:"importances,omitempty"`
}

// Importance is how much one column mattered.
type Importance struct {
	Column string  `json:"column"`
	Gain   float64 `json:"gain"`
	Splits float64 `json:"splits"`
}

// format is the version of the bundle's format.
const format = 1

// checkServable returns lfb.ErrInvalid for a bundle that could not serve.
func (b *Bundle) checkServable() error {
	if b.Spec == nil || b.Spec.Variant != feature.Usual {
		return fmt.Errorf("bundle without a feature spec of the usual variant: %w", lfb.ErrInvalid)
	}
	seen := map[string]bool{}
	for _, h := range b.Heads {
		name := h.partName()
		if h.Model == nil || seen[name] || h.Target != Attendance && h.Target != Response {
			return fmt.Errorf("bundle's head %q: repeated, unknown or without a model: %w", name, lfb.ErrInvalid)
		}
		seen[name] = true
	}
	if !seen[Head{Target: Attendance}.partName()] {
		return fmt.Errorf("bundle without a head for attendance: %w", lfb.ErrInvalid)
	}
	return nil
}

// partName is the head's part name, which sorts by target, then variant.
func (h Head) partName() string {
	if h.Variant == feature.Usual {
		return "head/" + h.Target
	}
	return "head/" + h.Target + "/" + string(h.Variant)
}

// listImportances lists those of the first head by column, heaviest first.
func (b *Bundle) listImportances(spec *feature.Spec) []Importance {
	m, ok := b.Heads[0].Model.Model().(ml.Importances)
	if !ok {
		return nil
	}
	gain, splits := m.Importance()
	columns := spec.Schema().Columns
	if len(gain) != len(columns) || len(splits) != len(columns) {
		return nil
	}
	out := make([]Importance, len(columns))
	for j, c := range columns {
		out[j] = Importance{Column: c.Name, Gain: gain[j], Splits: splits[j]}
	}
	slices.SortStableFunc(out, func(a, b Importance) int { return cmp.Compare(b.Gain, a.Gain) })
	return out
}
