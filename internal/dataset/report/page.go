package report

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strconv"

	"lfb/internal/dataset"
	"lfb/internal/lfb"
	"lfb/internal/svgplot"
)

// page is what the template shows.
type page struct {
	Input
	Synthetic   bool
	Attribution string
	Tiles       []tile
	Charts      []chart
	PlotStyle   template.CSS
	Map         *hexMap
	MapClasses  []speedClass
	Groups      []group
	Rejects     []Reject
}

// tile is one headline figure.
type tile struct {
	Label, Value, Note, Change string
}

// group is the columns of one role.
type group struct {
	Title, Note string
	Rows        []row
}

// row is one column of the data set.
type row struct {
	Column       dataset.Column
	Stats        dataset.ColumnSummary
	MissingShare float64
	Range        string
	Histogram    template.HTML
	Top          []dataset.Word
	Change       change
}

// change is how a column differs from the snapshot before.
type change struct {
	Known   bool
	PSI     float64
	Verdict string   // as before | moved | changed
	Notes   []string // what else differs
}

func newPage(in Input) (*page, error) {
	p := &page{
		Input: in, Synthetic: in.Manifest.Origin == lfb.Synthetic, Attribution: Attribution,
		Tiles: headlineTiles(in.Summary, in.Previous), Map: newHexMap(in.Summary.Hexes), MapClasses: speedClasses,
		PlotStyle: template.CSS(svgplot.Style()),
	}
	var err error
	if p.Charts, err = drawCharts(in.Summary); err != nil {
		return nil, err
	}
	if p.Groups, err = groupColumns(in); err != nil {
		return nil, err
	}
	p.Rejects = slices.Clone(in.Rejects)
	slices.SortStableFunc(p.Rejects, func(a, b Reject) int { return cmp.Compare(b.Rows, a.Rows) })
	return p, nil
}

// figure is a headline figure: how it is read of a summary and shown; ok is false where
// the summary has none.
type figure struct {
	label, note string
	read        func(*dataset.Summary) (value float64, ok bool)
	show, delta func(float64) string
}

var figures = []figure{
	{"Incidents", "with at least one engine's time", func(s *dataset.Summary) (float64, bool) {
		return float64(s.Incidents), true
	}, formatWhole, formatSignedWhole},
	{
		"Rows", "first and second engines", func(s *dataset.Summary) (float64, bool) { return float64(s.Rows), true },
		formatWhole, formatSignedWhole,
	},
	{
		"First engine, mean", "mobilisation to arrival", readTimes(0, func(n *dataset.Numbers) float64 { return n.Mean }),
		formatMinutes, formatSignedSeconds,
	},
	{
		"Median", "first engine", readTimes(0, func(n *dataset.Numbers) float64 { return float64(n.P50) }), formatMinutes,
		formatSignedSeconds,
	},
	{
		"P90", "nine in ten are there by then", readTimes(0, func(n *dataset.Numbers) float64 { return float64(n.P90) }),
		formatMinutes, formatSignedSeconds,
	},
	{"Within 6 minutes", "first engine", func(s *dataset.Summary) (float64, bool) {
		return s.Engines[0].Within6, s.Engines[0].Rows > 0
	}, formatPercent, formatSignedPoints},
	{
		"Second engine, mean", "of those with one", readTimes(1, func(n *dataset.Numbers) float64 { return n.Mean }),
		formatMinutes, formatSignedSeconds,
	},
	{"Call handling known", "share of rows", shareHandlingKnown, formatPercent, formatSignedPoints},
}

// readTimes reads a figure of the attendance times of the first (0) or second (1) engine.
func readTimes(engine int, read func(*dataset.Numbers) float64) func(*dataset.Summary) (float64, bool) {
	return func(s *dataset.Summary) (float64, bool) {
		n := s.Engines[engine].Times
		if n == nil {
			return 0, false
		}
		return read(n), true
	}
}

// headlineTiles are the figures at the top, each beside the snapshot before.
func headlineTiles(now, before *dataset.Summary) []tile {
	out := make([]tile, 0, len(figures))
	for _, f := range figures {
		t := tile{Label: f.label, Value: "none", Note: f.note}
		if v, ok := f.read(now); ok {
			t.Value = f.show(v)
			if before != nil {
				if old, ok := f.read(before); ok {
					t.Change = f.delta(v - old)
				}
			}
		}
		out = append(out, t)
	}
	return out
}

// shareHandlingKnown is the share of rows with call handling.
func shareHandlingKnown(s *dataset.Summary) (float64, bool) {
	c := s.Column("call_handling_seconds")
	if c == nil {
		return 0, false
	}
	return 1 - float64(c.Missing)/float64(s.Rows), c.Missing < s.Rows
}

// groupColumns describes the columns by role.
func groupColumns(in Input) ([]group, error) {
	out := []group{
		{Title: "Known when the operator asks", Note: "Only these may reach a model."},
		{Title: "Known afterwards", Note: "Targets and hindsight, for the record: no model sees them."},
		{Title: "Key"},
	}
	groupOf := map[dataset.Role]int{dataset.Call: 0, dataset.Outcome: 1, dataset.Key: 2}
	for _, c := range in.Manifest.Schema {
		s := in.Summary.Column(c.Name)
		if s == nil {
			continue
		}
		r := row{
			Column: c, Stats: *s, Range: valueRange(&c, s, in.Summary),
			MissingShare: float64(s.Missing) / float64(in.Summary.Rows),
			Top:          s.Words[:min(3, len(s.Words))], Change: compareColumn(in, s),
		}
		var err error
		if r.Histogram, err = drawHistogram(s); err != nil {
			return nil, fmt.Errorf("histogram of %s: %w", c.Name, err)
		}
		g := &out[groupOf[c.Role]]
		g.Rows = append(g.Rows, r)
	}
	return out, nil
}

func valueRange(c *dataset.Column, s *dataset.ColumnSummary, all *dataset.Summary) string {
	if c.Type == "time" {
		const minute = "2 Jan 2006 15:04"
		return all.FirstCall.Format(minute) + " – " + all.LastCall.Format(minute)
	}
	if s.Numbers == nil {
		return ""
	}
	return strconv.Itoa(int(s.Numbers.Min)) + " – " + strconv.Itoa(int(s.Numbers.Max))
}

// compareColumn holds a column against the snapshot before.
func compareColumn(in Input, now *dataset.ColumnSummary) change {
	if in.Previous == nil {
		return change{}
	}
	before := in.Previous.Column(now.Name)
	psi, ok := dataset.PSI(now, before)
	if !ok {
		return change{}
	}
	c := change{Known: true, PSI: psi, Verdict: "as before"}
	switch {
	case psi >= 0.25:
		c.Verdict = "changed"
	case psi >= 0.1:
		c.Verdict = "moved"
	}
	missing := float64(now.Missing)/float64(in.Summary.Rows) - float64(before.Missing)/float64(in.Previous.Rows)
	if text := formatSignedPoints(missing); text != noChange {
		c.Notes = append(c.Notes, "missing "+text)
	}
	if now.Numbers != nil {
		if text := formatSigned(now.Numbers.Mean-before.Numbers.Mean, 1, ""); text != noChange {
			c.Notes = append(c.Notes, "mean "+text)
		}
	}
	return c
}
