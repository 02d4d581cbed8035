package bundle

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/linear"
)

// EncodersFormat is the version of Encoders' JSON.
const EncodersFormat = 1

// EncoderSet is how a call becomes the numbers that a bundle's models see, for
// readers of an exported model. docs/EXPORT.md describes its JSON.
type EncoderSet struct {
	Format    int           `json:"format"`
	Line      string        `json:"line"`
	Origin    lfb.Origin    `json:"origin"`
	Candidate string        `json:"candidate"`
	DataSet   string        `json:"data_set"`
	TrainedTo time.Time     `json:"trained_to"`
	Heads     []HeadEncoder `json:"heads"`
	// Spec is the whole fitted encoder: vocabularies with their counts, learned
	// stations, averages by place and time, gazetteer.
	Spec *feature.Spec `json:"spec"`
}

// HeadEncoder is the columns of one head's model, in the model's order.
type HeadEncoder struct {
	Target  string          `json:"target"` // as Export takes it
	Schema  string          `json:"schema"` // hash of the columns
	Columns []ColumnEncoder `json:"columns"`
}

// ColumnEncoder is one column. A missing or unseen value is NaN.
type ColumnEncoder struct {
	Name string `json:"name"`
	// Categories are the words of each code 0, 1, …; nil for a number. Words that
	// were too rare for a code of their own share the last one.
	Categories [][]string `json:"categories,omitempty"`
	// Monotone is 1 where a greater value must not shorten the time.
	Monotone int `json:"monotone,omitempty"`
	// Least and Greatest are the training range that is scaled to 0 … 1; absent
	// where the model takes the value as it is, as trees do.
	Least    *float64 `json:"least,omitempty"`
	Greatest *float64 `json:"greatest,omitempty"`
}

// Encoders describes the encoders of b.
func Encoders(b *Bundle) (*EncoderSet, error) {
	if err := b.checkServable(); err != nil {
		return nil, err
	}
	m := b.Manifest
	out := &EncoderSet{
		Format: EncodersFormat, Line: m.Line, Origin: m.Origin, Candidate: m.Candidate, DataSet: m.DataSet,
		TrainedTo: m.TrainedTo.UTC(), Spec: b.Spec,
	}
	for _, h := range b.Heads {
		spec, err := b.Spec.WithVariant(h.Variant)
		if err != nil {
			return nil, err
		}
		head := HeadEncoder{Target: h.Name(), Schema: spec.Schema().Hash()}
		for j, c := range spec.Schema().Columns {
			head.Columns = append(head.Columns, ColumnEncoder{
				Name: c.Name, Categories: spec.CategoryWords(j),
				Monotone: c.Monotone,
			})
		}
		noteRanges(head.Columns, h.Model.Model())
		out.Heads = append(out.Heads, head)
	}
	return out, nil
}

// rangeScaler is a model that maps each column's training range to 0 … 1.
type rangeScaler interface {
	Ranges() (least, greatest []float64)
}

var _ rangeScaler = (*linear.Model)(nil)

// noteRanges notes the ranges of a model that scales.
func noteRanges(columns []ColumnEncoder, m ml.Model) {
	r, ok := m.(rangeScaler)
	if !ok {
		return
	}
	least, greatest := r.Ranges()
	for j := range min(len(columns), len(least)) {
		if !math.IsNaN(least[j]) {
			columns[j].Least, columns[j].Greatest = &least[j], &greatest[j]
		}
	}
}

// MarshalEncoders is the JSON of Encoders.
func MarshalEncoders(b *Bundle) ([]byte, error) {
	set, err := Encoders(b)
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(set)
	if err != nil {
		return nil, fmt.Errorf("encoders: %w", err)
	}
	return data, nil
}
