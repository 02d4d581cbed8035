package feature

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// SpecVersion changes whenever the same Spec would encode a Call differently.
const SpecVersion = 1

// nan is a value that is not known.
var nan = math.NaN()

// Spec is the fitted encoder: immutable, safe for concurrent use. Its JSON holds
// all that Encode and Complete need.
type Spec struct {
	Version  int                   `json:"version"`
	Families []string              `json:"families"`
	Variant  Variant               `json:"variant,omitempty"`
	Rows     int                   `json:"rows"`      // training rows
	FromDay  int32                 `json:"from_day"`  // first and last day of training, since 1970-01-01
	ToDay    int32                 `json:"to_day"`    //
	Vocab    [factCount]Vocabulary `json:"vocab"`     // borough, ward, district, ground, reported, category, type
	Stations []LearnedStation      `json:"stations"`  // ascending by name
	Ranks    [2]Ranks              `json:"ranks"`     // by engine: first, second
	CentreE  float64               `json:"centre_e"`  // middle of the training places, metres
	CentreN  float64               `json:"centre_n"`  //
	Away     float64               `json:"away"`      // share of first engines not from the own ground
	Second   float64               `json:"second"`    // share of second engines from the own ground
	Tables   Tables                `json:"tables"`    //
	Calendar Calendar              `json:"calendar"`  //
	Places   Gazetteer             `json:"gazetteer"` //

	geo     stationGeometry
	columns []column
	base    int // columns of the variant Usual
	schema  *ml.Schema
	folds   []Tables // without each fold; only after Fit
}

// Schema describes the columns that Encode writes.
func (s *Spec) Schema() *ml.Schema { return s.schema }

// WithVariant returns s for another variant: the columns of Usual come first in every
// variant, so that one encoded row serves a model of either. It shares s's tables.
func (s *Spec) WithVariant(v Variant) (*Spec, error) {
	out := *s
	out.Variant = v
	if err := out.makeSchema(); err != nil {
		return nil, err
	}
	return &out, nil
}

// DecodeSpec reads a Spec's JSON. What was not written by this version of the
// package, or cannot be true of a Spec, is lfb.ErrInvalid.
func DecodeSpec(data []byte) (*Spec, error) {
	var s Spec
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("decode feature spec: %w: %w", err, lfb.ErrInvalid)
	}
	if s.Version != SpecVersion {
		return nil, fmt.Errorf("decode feature spec: version %d, not %d: %w", s.Version, SpecVersion, lfb.ErrInvalid)
	}
	if err := s.compileLookups(); err != nil {
		return nil, fmt.Errorf("decode feature spec: %w", err)
	}
	return &s, nil
}

// compileLookups checks the Spec and builds the lookups that Encode needs.
func (s *Spec) compileLookups() error {
	if !slices.Equal(s.Families, families()) {
		return fmt.Errorf("feature families %v: %w", s.Families, lfb.ErrInvalid)
	}
	for f := range s.Vocab {
		if err := s.Vocab[f].indexWords(); err != nil {
			return fmt.Errorf("%s: %w", factNames[f], err)
		}
	}
	if err := s.checkStations(); err != nil {
		return err
	}
	if err := s.Tables.checkTables(s); err != nil {
		return err
	}
	if err := s.Calendar.checkDays(); err != nil {
		return err
	}
	if err := s.Places.compileCells(s); err != nil {
		return fmt.Errorf("gazetteer: %w", err)
	}
	s.geo = newGeometry(s.Stations, &s.Vocab[ground])
	return s.makeSchema()
}

func (s *Spec) checkStations() error {
	if len(s.Stations) > math.MaxInt16 {
		return fmt.Errorf("%d stations: %w", len(s.Stations), lfb.ErrInvalid)
	}
	for k, t := range s.Stations {
		if k > 0 && t.Name <= s.Stations[k-1].Name {
			return fmt.Errorf("station %q out of order: %w", t.Name, lfb.ErrInvalid)
		}
		sane := math.Abs(t.Easting) < 1e7 && math.Abs(t.Northing) < 1e7 && math.Abs(t.Base) < 1e4 && math.Abs(t.PerM) < 10
		if !sane {
			return fmt.Errorf("station %q at %v, %v: %w", t.Name, t.Easting, t.Northing, lfb.ErrInvalid)
		}
	}
	for p := range s.Ranks {
		for _, share := range s.Ranks[p] {
			if !(share > 0 && share <= 1) {
				return fmt.Errorf("rank share %v: %w", share, lfb.ErrInvalid)
			}
		}
	}
	return nil
}
