package dataset

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lfb/internal/lfb"
)

// TestSummarise is three incidents counted by hand.
func TestSummarise(t *testing.T) {
	t.Parallel()
	a := incident("1", "2017-01-31 23:59:00", 100)
	a.SecondPumpArrivingAttendanceTime = lfb.Some(900)
	b := incident("2", "2017-03-01 23:10:00", 200)
	b.PropertyType, b.PropertyCategory = "Car", ""
	c := incident("3", "2017-03-01 08:00:00", 600)
	c.EastingRounded, c.NumPumpsAttending = lfb.Opt[float64]{}, lfb.Some(40)
	m, table, blobs := build(t, rows{incidents: []lfb.Incident{a, b, c}})
	s, err := Summarise(t.Context(), table, m)
	if err != nil {
		t.Fatal(err)
	}
	if s.Rows != 4 || s.Incidents != 3 || s.DataSet != m.ID() {
		t.Errorf("rows %d of %d incidents of %s, want 4 of 3 of %s", s.Rows, s.Incidents, s.DataSet, m.ID())
	}
	months := []MonthSummary{{"2017-01", 1, 1, 100}, {"2017-02", 0, 0, 0}, {"2017-03", 2, 0, 400}}
	if d := cmp.Diff(months, s.Months); d != "" {
		t.Errorf("months (-want +got):\n%s", d)
	}
	if want := (HourSummary{Rows: 2, Mean: 150, P50: 100, P90: 200}); s.Hours[23] != want {
		t.Errorf("23:00 = %+v, want %+v", s.Hours[23], want)
	}
	first := s.Engines[0]
	if first.Rows != 3 || math.Abs(first.Within6-2.0/3) > 1e-12 || first.Within10 != 1 || first.Times.P50 != 200 ||
		first.Times.P90 != 600 {
		t.Errorf("first engines = %+v, %+v", first, first.Times)
	}
	if len(s.Hexes) != 1 || s.Hexes[0].Rows != 2 || s.Hexes[0].Mean != 150 {
		t.Errorf("hexes = %+v, want one of 2 rows and 150 s", s.Hexes)
	}
	pumps := s.Column("num_pumps")
	if pumps.Numbers.Max != 40 || pumps.Numbers.Bins[19] != 1 || pumps.Numbers.Bins[2] != 3 || pumps.Missing != 0 ||
		pumps.Distinct != 2 {
		t.Errorf("num_pumps = %+v, %+v: 40 belongs in the last, open bin", pumps, pumps.Numbers)
	}
	kinds := s.Column("property_type")
	if d := cmp.Diff([]Word{{"House - single occupancy", 3}, {"Car", 1}}, kinds.Words); d != "" || kinds.Distinct != 2 {
		t.Errorf("property_type (-want +got):\n%s", d)
	}
	if c := s.Column("property_category"); c.Missing != 1 || c.Distinct != 1 {
		t.Errorf("property_category = %+v, want 1 missing, 1 distinct", c)
	}
	if c := s.Column("call_handling_seconds"); c.Missing != 4 || c.Numbers != nil {
		t.Errorf("call_handling_seconds = %+v, want 4 missing", c)
	}
	if c := s.Column("no such column"); c != nil {
		t.Errorf("Column(no such column) = %+v, want nil", c)
	}
	ref, err := s.Put(t.Context(), blobs)
	if err != nil {
		t.Fatal(err)
	}
	back, err := OpenSummary(t.Context(), blobs, ref)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(s, back); d != "" {
		t.Errorf("stored and opened (-want +got):\n%s", d)
	}
	if _, err := Summarise(t.Context(), table.Slice(0, 2), m); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("Summarise(part of the table) = %v, want %v", err, lfb.ErrInvalid)
	}
	for body, want := range map[string]error{`{"version": 99}`: lfb.ErrNotFound, `{`: lfb.ErrNotFound, `{"version": 1, "rows": "x"}`: lfb.ErrInvalid} {
		ref, _ := blobs.PutBytes(t.Context(), "dataset/summary/x.json", []byte(body))
		if _, err := OpenSummary(t.Context(), blobs, ref); !errors.Is(err, want) {
			t.Errorf("OpenSummary(%s) = %v, want %v", body, err, want)
		}
	}
}

// TestSummaryIsSmall keeps the promise that its size does not follow the rows.
func TestSummaryIsSmall(t *testing.T) {
	t.Parallel()
	size := func(n int) int {
		m, table, _ := build(t, city(n, 9))
		s, err := Summarise(t.Context(), table, m)
		if err != nil {
			t.Fatal(err)
		}
		body, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		return len(body)
	}
	small, large := size(2000), size(20_000)
	if large > small*3/2 || large > 500_000 {
		t.Errorf("summary of 10 times the rows has %d bytes after %d", large, small)
	}
}

func TestQuantile(t *testing.T) {
	t.Parallel()
	s := valueCounts{1_000_000: 1, -5: 1}
	for v := int32(1); v <= 10; v++ {
		s[v]++
	}
	n := s.summarise(bins{lo: 0, width: 5, n: 3})
	if n.Min != -5 || n.P50 != 5 || n.P90 != 10 || n.Max != 1_000_000 {
		t.Errorf("summarise() = %+v", n)
	}
	if d := cmp.Diff([]int64{5, 5, 2}, n.Bins); d != "" {
		t.Errorf("bins (-want +got):\n%s", d)
	}
}

func TestPSI(t *testing.T) {
	t.Parallel()
	words := func(a, b int64) *ColumnSummary {
		return &ColumnSummary{Words: []Word{{"a", a}, {"b", b}}}
	}
	tests := []struct {
		name        string
		now, before *ColumnSummary
		want        float64
		ok          bool
	}{
		{name: "same", now: words(1e9, 3e9), before: words(1e10, 3e10), want: 0, ok: true},
		{
			name: "halves against quarters", now: words(5e9, 5e9), before: words(25e8, 75e8),
			want: 0.25*math.Log(2) - 0.25*math.Log(2.0/3), ok: true,
		},
		{
			name: "word gone", now: &ColumnSummary{Words: []Word{{"a", 10}}}, before: words(10, 10),
			want: (0.5-10.5/11)*math.Log(0.5*11/10.5) + (0.5-0.5/11)*math.Log(11), ok: true,
		},
		{name: "numbers against words", now: words(1, 1), before: &ColumnSummary{Numbers: &Numbers{}}},
		{
			name: "other bins", now: &ColumnSummary{Numbers: &Numbers{Width: 1}},
			before: &ColumnSummary{Numbers: &Numbers{Width: 2}},
		},
		{name: "no column before", now: words(1, 1)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, ok := PSI(tt.now, tt.before)
			if math.Abs(got-tt.want) > 1e-9 || ok != tt.ok {
				t.Errorf("PSI() = %v, %v, want %v, %v", got, ok, tt.want, tt.ok)
			}
		})
	}
}

// TestReasonsHaveWords keeps a new reason from being counted without a text.
func TestReasonsHaveWords(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for i, c := range describeReasons() {
		if c.Reason == "" || c.Unit == "" || c.Effect == "" || seen[c.Reason] || strings.HasSuffix(c.Reason, ".") {
			t.Errorf("reason %d = %+v, want a text of its own, a unit and an effect", i, c)
		}
		seen[c.Reason] = true
	}
}
