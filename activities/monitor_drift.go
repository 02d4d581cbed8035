package activities

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"lfb/internal/bundle"
	"lfb/internal/dataset"
	"lfb/internal/drift"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/registry"
)

// MeasureDriftInput is the champion and a snapshot.
type MeasureDriftInput struct {
	Line    string               `json:"line"`
	Version string               `json:"version"`
	DataSet registry.DataSet     `json:"data_set"`
	Rule    registry.MonitorRule `json:"rule"`
}

// MeasureDriftResult is every feature's drift, worst first.
type MeasureDriftResult struct {
	Drift []registry.Drift `json:"drift"`
}

// driftSample is how many rows of each side are measured: every n-th, so that
// memory does not grow with them and no month weighs more than its rows.
const driftSample = 32768

// MeasureDrift compares the features of the newest rows that the champion did
// not learn from with those of the rows that it was trained on.
func (a *Activities) MeasureDrift(ctx context.Context, in MeasureDriftInput) (out MeasureDriftResult, err error) {
	defer func() { err = wire(err) }()
	defer heartbeat(ctx, "drift")()
	v, b, err := a.readVersion(ctx, in.Line, in.Version)
	if err != nil {
		return out, err
	}
	spans, err := spansOf(b.Manifest, v.ID)
	if err != nil {
		return out, err
	}
	trained, err := a.DataSets.DataSet(ctx, v.DataSet)
	if err != nil {
		return out, err
	}
	training, err := rowRangeOf(spans.Train)
	if err != nil {
		return out, err
	}
	ref, now := newColumns(b), newColumns(b)
	if err := a.sampleRows(ctx, ref, trained, training); err != nil {
		return out, err
	}
	newest, err := a.newestRows(ctx, in, v)
	if err != nil || newest.rows == 0 {
		return out, err
	}
	if err := a.sampleRows(ctx, now, in.DataSet, newest); err != nil {
		return out, err
	}
	out.Drift = measureColumns(ref, now)
	in.Rule.MarkDrift(out.Drift)
	for i := range out.Drift {
		if i < shownHistograms || out.Drift[i].Beyond {
			addHistogram(&out.Drift[i], ref, now)
		}
	}
	return out, nil
}

// rowRange is the rows of calls from from on and before to; rows is about how
// many there are.
type rowRange struct {
	from, to time.Time
	rows     int64
}

func rowRangeOf(s dataset.Span) (rowRange, error) {
	from, fromErr := time.ParseInLocation(time.DateOnly, s.First, lfb.London)
	last, lastErr := time.ParseInLocation(time.DateOnly, s.Last, lfb.London)
	if fromErr != nil || lastErr != nil {
		return rowRange{}, fmt.Errorf("span from %q to %q: %w", s.First, s.Last, lfb.ErrInvalid)
	}
	return rowRange{from: from, to: last.AddDate(0, 0, 1), rows: int64(s.Rows())}, nil
}

// newestRows is the rows that are judged: of the rule's newest months, those later than
// what the champion learned from.
func (a *Activities) newestRows(ctx context.Context, in MeasureDriftInput, v registry.Version) (rowRange, error) {
	m, err := dataset.Open(ctx, a.Blobs, in.DataSet.Manifest)
	if err != nil {
		return rowRange{}, err
	}
	months := m.Parts[max(0, len(m.Parts)-max(in.Rule.Months, 1)):]
	out := rowRange{from: monthStart(months[0].Month), to: never}
	if after := v.TrainedTo.Add(time.Second); after.After(out.from) {
		out.from = after
	}
	for _, p := range months {
		out.rows += p.Ref.Rows
	}
	return out, nil
}

// columns is a sample of encoded rows, column by column.
type columns struct {
	spec   *feature.Spec
	schema *ml.Schema
	cols   [][]float64
	words  []*unseen // by column; nil for a number
	rows   int64     // in the range, of which every n-th is here
}

// unseen counts the words of a category that training rows did not have.
type unseen struct {
	word  func(*lfb.Call) string
	rows  int
	words map[string]bool
}

// maxUnseen bounds how many different new words are told apart.
const maxUnseen = 10000

func newColumns(b *bundle.Bundle) *columns {
	c := &columns{spec: b.Spec, schema: b.Spec.Schema()}
	c.cols = make([][]float64, c.schema.Width())
	c.words = make([]*unseen, c.schema.Width())
	for j, col := range c.schema.Columns {
		if col.Categories > 0 {
			c.words[j] = &unseen{word: categoryWords[col.Name], words: map[string]bool{}}
		}
	}
	return c
}

// categoryWords are the facts that categories' codes stand for, by column; that of a
// computed one is not there.
var categoryWords = map[string]func(*lfb.Call) string{
	"station_ground":    func(c *lfb.Call) string { return c.StationGround },
	"reported":          func(c *lfb.Call) string { return c.Reported },
	"property_category": func(c *lfb.Call) string { return c.PropertyCategory },
	"property_type":     func(c *lfb.Call) string { return c.PropertyType },
	"borough":           func(c *lfb.Call) string { return c.BoroughCode },
	"ward":              func(c *lfb.Call) string { return c.WardCode },
	"postcode_district": func(c *lfb.Call) string { return c.PostcodeDistrict },
}

// sampleRows encodes every n-th row of a range of a data set, a month at a time.
func (a *Activities) sampleRows(ctx context.Context, c *columns, d registry.DataSet, r rowRange) error {
	m, err := dataset.Open(ctx, a.Blobs, d.Manifest)
	if err != nil {
		return err
	}
	step := drift.Stride(r.rows, driftSample)
	row := make([]float64, c.schema.Width())
	var call lfb.Call
	for _, p := range m.Parts {
		if !monthEnd(p.Month).After(r.from) || !monthStart(p.Month).Before(r.to) {
			continue
		}
		t, err := dataset.Load(ctx, a.Blobs, m, dataset.LoadOptions{FromMonth: p.Month, ToMonth: p.Month, Threads: a.Threads})
		if err != nil {
			return err
		}
		for i := range t.Len() {
			if at := t.Time(i); at.Before(r.from) || !at.Before(r.to) {
				continue
			}
			if c.rows++; (c.rows-1)%step != 0 {
				continue
			}
			t.Call(i, &call)
			c.addRow(row, &call)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

func (c *columns) addRow(row []float64, call *lfb.Call) {
	c.spec.Encode(row, call)
	for j, v := range row {
		c.cols[j] = append(c.cols[j], v)
		u := c.words[j]
		if u == nil || u.word == nil || !math.IsNaN(v) {
			continue
		}
		if w := u.word(call); w != "" {
			u.rows++
			if len(u.words) < maxUnseen {
				u.words[strings.Clone(w)] = true // not to keep the month's texts alive
			}
		}
	}
}

// shownHistograms is how many features have one, beside those beyond a bound.
const shownHistograms = 8

// addHistogram adds how a feature's values were spread, and are.
func addHistogram(d *registry.Drift, ref, now *columns) {
	j := ref.schema.Index(d.Feature)
	h := drift.NumberHistogram(ref.cols[j], now.cols[j])
	if d.Kind == "category" {
		h = drift.CategoryHistogram(ref.cols[j], now.cols[j])
		for _, code := range h.Codes {
			d.Words = append(d.Words, ref.spec.FormatValue(j, code))
		}
	}
	round := func(values []float64) []float64 {
		for k, v := range values {
			values[k] = math.Round(v*1e4) / 1e4
		}
		return values
	}
	d.Edges, d.Then, d.Now = h.Edges, round(h.Ref), round(h.Now)
}

func measureColumns(ref, now *columns) []registry.Drift {
	out := make([]registry.Drift, 0, len(ref.cols))
	for j, col := range ref.schema.Columns {
		d := registry.Drift{
			Feature: col.Name, Kind: "number", RowsRef: int64(len(ref.cols[j])),
			Rows: int64(len(now.cols[j])),
		}
		var m drift.Measure
		if u := now.words[j]; u != nil {
			d.Kind = "category"
			m = drift.MeasureCategory(ref.cols[j], now.cols[j])
			d.NewValues = len(u.words)
			if d.Rows > 0 {
				d.NewShare = float64(u.rows) / float64(d.Rows)
			}
		} else {
			m = drift.MeasureNumber(ref.cols[j], now.cols[j])
		}
		d.PSI, d.Noise, d.Wasserstein, d.MissingRef, d.Missing = m.PSI, m.Noise, m.Wasserstein, m.MissingRef, m.Missing
		out = append(out, d)
	}
	return out
}
