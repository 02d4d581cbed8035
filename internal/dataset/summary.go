package dataset

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"lfb/internal/lfb"
)

// HexSize is the size of the map's hexagons: centre to corner, metres.
const HexSize = 750

// SummaryVersion is the version of the summary's form and bins. Summaries of
// different versions are not compared.
const SummaryVersion = 1

// maxWords is how many distinct texts of a column a summary lists.
const maxWords = 2000

// Summary is what a data report shows of a data set and what the next one
// compares itself with. Its size does not grow with the rows.
type Summary struct {
	Version   int             `json:"version"`
	DataSet   string          `json:"data_set"`
	Origin    lfb.Origin      `json:"origin"`
	Rows      int64           `json:"rows"`
	Incidents int64           `json:"incidents"` // with at least one row
	FirstCall time.Time       `json:"first_call"`
	LastCall  time.Time       `json:"last_call"`
	Columns   []ColumnSummary `json:"columns"` // in the schema's order
	Engines   [2]Engine       `json:"engines"` // first, second
	Months    []MonthSummary  `json:"months"`  // every month from first to last, empty ones too
	Hours     []HourSummary   `json:"hours"`   // 24
	Hexes     []HexSummary    `json:"hexes"`   // of size HexSize, by Q, then R
}

// ColumnSummary describes the values of one column.
type ColumnSummary struct {
	Name     string   `json:"name"`
	Missing  int64    `json:"missing"`
	Distinct int64    `json:"distinct"`
	Numbers  *Numbers `json:"numbers,omitempty"`
	Words    []Word   `json:"words,omitempty"`  // most frequent first, at most 2000
	Others   int64    `json:"others,omitempty"` // rows with a text that Words leaves out
}

// Numbers describes numbers. Quantiles are exact.
type Numbers struct {
	Min   int32   `json:"min"`
	P5    int32   `json:"p5"`
	P25   int32   `json:"p25"`
	P50   int32   `json:"p50"`
	P75   int32   `json:"p75"`
	P90   int32   `json:"p90"`
	P95   int32   `json:"p95"`
	Max   int32   `json:"max"`
	Mean  float64 `json:"mean"`
	Low   int32   `json:"low"`   // where the first bin begins; the first and last are open
	Width int32   `json:"width"` // of a bin
	Bins  []int64 `json:"bins"`
}

// Word is a text and the rows that have it.
type Word struct {
	Text string `json:"text"`
	Rows int64  `json:"rows"`
}

// Engine describes the attendance times of the first or the second engine, in
// seconds.
type Engine struct {
	Rows     int64    `json:"rows"`
	Times    *Numbers `json:"times,omitempty"`
	Within6  float64  `json:"within_6_minutes"` // share of ≤ 360 s
	Within8  float64  `json:"within_8_minutes"`
	Within10 float64  `json:"within_10_minutes"`
}

// MonthSummary is one calendar month of London.
type MonthSummary struct {
	Month  string  `json:"month"` // 2017-03
	First  int64   `json:"first"` // rows of first engines
	Second int64   `json:"second"`
	Mean   float64 `json:"mean"` // first engine, seconds; 0 without rows
}

// HourSummary is one hour of London's day: first engines' attendance, seconds.
type HourSummary struct {
	Rows int64   `json:"rows"`
	Mean float64 `json:"mean"`
	P50  int32   `json:"p50"`
	P90  int32   `json:"p90"`
}

// HexSummary is one hexagon: first engines' attendance, seconds.
type HexSummary struct {
	Q    int     `json:"q"`
	R    int     `json:"r"`
	Rows int64   `json:"rows"`
	Mean float64 `json:"mean"`
}

// Summarise describes all rows of t, which is the whole of data set m.
func Summarise(ctx context.Context, t *Table, m *Manifest) (*Summary, error) {
	if int64(t.Len()) != m.Rows || m.Rows == 0 {
		return nil, fmt.Errorf("summarise data set %s: table of %d rows for %d: %w", m.ID(), t.Len(), m.Rows, lfb.ErrInvalid)
	}
	all := newTotals()
	var before *record
	for i := range t.rows {
		if i%65536 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		all.addRow(&t.rows[i], before)
		before = &t.rows[i]
	}
	s := &Summary{
		Version: SummaryVersion, DataSet: m.ID(), Origin: m.Origin, Rows: m.Rows, Incidents: all.incidents,
		FirstCall: m.FirstCall, LastCall: m.LastCall, Months: all.summariseMonths(), Hexes: all.summariseHexes(),
	}
	for _, c := range Columns() {
		switch c.kind {
		case kindID:
			s.Columns = append(s.Columns, ColumnSummary{Name: c.Name, Distinct: all.incidents})
		case kindTime:
			s.Columns = append(s.Columns, ColumnSummary{Name: c.Name, Distinct: all.instants})
		default:
			s.Columns = append(s.Columns, summariseColumn(t, &c))
		}
	}
	for p, engine := range all.engines {
		s.Engines[p] = summariseEngine(engine)
	}
	for _, hour := range all.hours {
		s.Hours = append(s.Hours, summariseHour(hour))
	}
	return s, nil
}

// Put stores the summary as JSON under its hash.
func (s *Summary) Put(ctx context.Context, blobs Blobs) (lfb.Ref, error) {
	body, err := json.Marshal(s)
	if err != nil {
		return lfb.Ref{}, fmt.Errorf("summary of %s: %w", s.DataSet, err)
	}
	ref, err := PutHashed(ctx, blobs, "dataset/summary/", ".json", body)
	if err != nil {
		return lfb.Ref{}, fmt.Errorf("summary of %s: %w", s.DataSet, err)
	}
	return ref, nil
}

// OpenSummary reads a stored summary. One of another form, or none at all, is
// lfb.ErrNotFound.
func OpenSummary(ctx context.Context, blobs Blobs, ref lfb.Ref) (*Summary, error) {
	body, err := blobs.ReadAll(ctx, ref)
	if err != nil {
		return nil, fmt.Errorf("open summary: %w", err)
	}
	s := &Summary{}
	err = json.Unmarshal(body, s) // what it understands of another form, such as its version, it keeps
	if s.Version != SummaryVersion {
		return nil, fmt.Errorf("open summary: %s: version %d, not %d: %w", ref.Key, s.Version, SummaryVersion,
			lfb.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("open summary: %s: %w: %w", ref.Key, err, lfb.ErrInvalid)
	}
	s.FirstCall, s.LastCall = s.FirstCall.In(lfb.London), s.LastCall.In(lfb.London)
	return s, nil
}

// Column returns the summary of the column called name; nil where there is none.
func (s *Summary) Column(name string) *ColumnSummary {
	i := slices.IndexFunc(s.Columns, func(c ColumnSummary) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return &s.Columns[i]
}
