package feature_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"math"
	"os"
	"reflect"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/testdata"
)

// same reports whether two matrices hold the same bits.
func same(a, b ml.Matrix) bool {
	if a.Rows() != b.Rows() || a.Width() != b.Width() {
		return false
	}
	for j := range a.Width() {
		for i := range a.Rows() {
			x, y := a.At(i, j), b.At(i, j)
			if math.Float64bits(x) != math.Float64bits(y) && !(math.IsNaN(x) && math.IsNaN(y)) {
				return false
			}
		}
	}
	return true
}

func matrix(t testing.TB, s *feature.Spec, rows feature.Calls) ml.Matrix {
	t.Helper()
	m, err := s.Matrix(context.Background(), rows, 2)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestFitIsDeterministic(t *testing.T) {
	t.Parallel()
	rows := city(4000, 1)
	var want []byte
	for _, threads := range []int{1, 2, 7} {
		got, err := json.Marshal(mustFit(t, rows, feature.Options{Threads: threads}))
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = got
		}
		if !bytes.Equal(got, want) {
			t.Errorf("Fit with %d threads gives other bytes than with 1", threads)
		}
	}
}

func TestJSONIsLossless(t *testing.T) {
	t.Parallel()
	rows := city(3000, 2)
	for _, variant := range []feature.Variant{feature.Usual, feature.Sent} {
		s := mustFit(t, feature.AssumeSent(rows), feature.Options{Variant: variant})
		data, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		got, err := feature.DecodeSpec(data)
		if err != nil {
			t.Fatalf("DecodeSpec = %v", err)
		}
		again, err := json.Marshal(got)
		if err != nil || !bytes.Equal(again, data) {
			t.Errorf("variant %q: second encoding differs from the first (%v)", variant, err)
		}
		if got.Schema().Hash() != s.Schema().Hash() {
			t.Errorf("variant %q: decoded schema %v, want %v", variant, got.Schema(), s.Schema())
		}
		if !same(matrix(t, got, rows), matrix(t, s, rows)) {
			t.Errorf("variant %q: decoded Spec encodes otherwise", variant)
		}
		if _, err := got.TrainMatrix(context.Background(), rows, 1); !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("TrainMatrix of a decoded Spec = %v, want ErrInvalid", err)
		}
	}
}

func TestEncodeIsMatrixAndSane(t *testing.T) {
	t.Parallel()
	rows := city(3000, 3)
	odd := append(table{}, rows[:50]...)
	add := func(change func(*lfb.Call)) {
		r := rows[0]
		change(&r.Call)
		odd = append(odd, r)
	}
	add(func(c *lfb.Call) { *c = lfb.Call{} })
	add(func(c *lfb.Call) { *c = lfb.Call{Easting: math.NaN(), Northing: math.NaN()} })
	add(func(c *lfb.Call) { c.Easting = math.Inf(-1) })
	add(func(c *lfb.Call) { c.Easting, c.Northing = 1e300, -1e300 })
	add(func(c *lfb.Call) { c.StationGround, c.WardCode, c.SentFrom = "Atlantis", "E99", "Atlantis" })
	add(func(c *lfb.Call) { c.PumpOrder = -3; c.At = time.Date(-500, 1, 1, 0, 0, 0, 0, time.UTC) })
	add(func(c *lfb.Call) { c.PumpOrder = 9; c.At = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) })
	add(func(c *lfb.Call) { c.SentFrom = "Soho" })
	for _, variant := range []feature.Variant{feature.Usual, feature.Sent} {
		s := mustFit(t, rows, feature.Options{Variant: variant})
		m := matrix(t, s, odd)
		if err := m.Check(); err != nil {
			t.Errorf("variant %q: %v", variant, err)
		}
		row, got := make([]float64, m.Width()), make([]float64, m.Width())
		for i := range odd {
			for j := range got {
				got[j] = math.Inf(1) // Encode must write every column
			}
			s.Encode(got, &odd[i].Call)
			want := m.Row(row, i)
			for j := range got {
				if got[j] != want[j] && !(math.IsNaN(got[j]) && math.IsNaN(want[j])) {
					t.Errorf("variant %q row %d %s: Encode %v, Matrix %v", variant, i, s.Schema().Columns[j].Name, got[j], want[j])
				}
			}
		}
	}
}

func TestVariantsBeginWithTheUsualColumns(t *testing.T) {
	t.Parallel()
	rows := city(1000, 4)
	s := mustFit(t, rows, feature.Options{})
	for _, v := range []feature.Variant{feature.Sent} {
		wide, err := s.WithVariant(v)
		if err != nil {
			t.Fatal(err)
		}
		n := s.Schema().Width()
		if !reflect.DeepEqual(wide.Schema().Columns[:n], s.Schema().Columns) || wide.Schema().Width() <= n {
			t.Errorf("variant %q has columns %v", v, wide.Schema().Columns)
		}
	}
	if _, err := s.WithVariant("other"); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("With(other) = %v, want ErrInvalid", err)
	}
}

func TestFitRefuses(t *testing.T) {
	t.Parallel()
	bad := city(10, 6)
	bad[3].Outcome.AttendanceSeconds = math.NaN()
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for _, c := range []struct {
		name string
		ctx  context.Context
		rows table
		opts feature.Options
		want error
	}{
		{"no rows", context.Background(), nil, feature.Options{}, lfb.ErrInvalid},
		{"a missing time", context.Background(), bad, feature.Options{}, lfb.ErrInvalid},
		{"an unknown variant", context.Background(), city(10, 6), feature.Options{Variant: "luck"}, lfb.ErrInvalid},
		{"cancelled", cancelled, city(10, 6), feature.Options{}, context.Canceled},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := feature.Fit(c.ctx, c.rows, c.opts); !errors.Is(err, c.want) {
				t.Errorf("Fit = %v, want %v", err, c.want)
			}
		})
	}
}

func TestFitOnPoorRows(t *testing.T) {
	t.Parallel()
	blank := city(40, 7)
	for i := range blank {
		blank[i].Call = lfb.Call{Easting: math.NaN(), Northing: math.NaN()}
		blank[i].Outcome = lfb.Outcome{AttendanceSeconds: 300}
	}
	one := city(60, 8)
	for i := range one {
		one[i].Call, one[i].Outcome = one[0].Call, one[0].Outcome
	}
	far := city(500, 9)
	far[7].Call.Easting, far[8].Call.Northing = 9e6, -9e6
	for _, c := range []struct {
		name string
		rows table
	}{{"nothing known", blank}, {"one row over and over", one}, {"one row", one[:1]}, {"mistyped places", far}} {
		t.Run(c.name, func(t *testing.T) {
			s := mustFit(t, c.rows, feature.Options{})
			if err := matrix(t, s, city(50, 10)).Check(); err != nil {
				t.Error(err)
			}
			if _, err := s.TrainMatrix(context.Background(), c.rows, 1); err != nil {
				t.Error(err)
			}
			data, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := feature.DecodeSpec(data); err != nil {
				t.Errorf("DecodeSpec = %v", err)
			}
		})
	}
}

// A row's own outcome must not reach its training features.
func TestTrainMatrixKeepsOwnOutcomeOut(t *testing.T) {
	t.Parallel()
	rows := city(2000, 11)
	const i = 1000
	changed := append(table{}, rows...)
	changed[i].Outcome.AttendanceSeconds += 300
	ctx := context.Background()
	a := mustFit(t, rows, feature.Options{})
	b := mustFit(t, changed, feature.Options{})
	ma, err := a.TrainMatrix(ctx, rows, 1)
	if err != nil {
		t.Fatal(err)
	}
	mb, err := b.TrainMatrix(ctx, changed, 1)
	if err != nil {
		t.Fatal(err)
	}
	served := matrix(t, b, changed)
	var worst, told float64
	for j := range ma.Width() {
		if name := ma.Schema().Columns[j].Name; strings.HasPrefix(name, "field_") || strings.HasPrefix(name, "excess_") {
			worst = max(worst, math.Abs(ma.At(i, j)-mb.At(i, j)))
			told = max(told, math.Abs(served.At(i, j)-matrix(t, a, rows).At(i, j)))
		}
	}
	// The station's line and the overall mean still move a little with one row of 2,000.
	if worst > 0.5 || told < 1 {
		t.Errorf("own outcome + 300 s moves its training features by %v s and its served ones by %v s, want under 0.5 and "+
			"over 1", worst, told)
	}
}

func TestStationsLandWhereTheyAre(t *testing.T) {
	t.Parallel()
	s := mustFit(t, city(6000, 12), feature.Options{})
	if len(s.Stations) != 4 {
		t.Fatalf("learned %d stations, want 4", len(s.Stations))
	}
	for k, want := range cityPlaces() {
		got := s.Stations[k]
		if d := math.Hypot(got.Easting-want.Easting, got.Northing-want.Northing); got.Name != want.Name || d > 150 ||
			!got.Open {
			t.Errorf("station %d = %+v, %.0f m from %s", k, got, d, want.Name)
		}
		if math.Abs(got.Base-150) > 20 || math.Abs(got.PerM-0.09) > 0.01 {
			t.Errorf("%s: %v s + %v s/m, want 150 + 0.09", got.Name, got.Base, got.PerM)
		}
	}
}

func TestRealStationsLandWhereTheyAre(t *testing.T) {
	t.Parallel()
	s := mustFit(t, realRows(t).between("2017-01-01", "2017-02-15"), feature.Options{})
	f, err := os.Open(testdata.Path(t, "stations.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string][2]float64{}
	for _, l := range lines[1:] {
		e, _ := strconv.ParseFloat(l[7], 64)
		n, _ := strconv.ParseFloat(l[8], 64)
		at[l[0]] = [2]float64{e, n}
	}
	var off []float64
	for _, st := range s.Stations {
		p, ok := at[st.Name]
		if !ok {
			t.Errorf("learned a station %q that is not in stations.csv", st.Name)
			continue
		}
		off = append(off, math.Hypot(st.Easting-p[0], st.Northing-p[1]))
	}
	q := quantiles(off, 0.5, 0.9, 1)
	t.Logf("%d stations learned from 45 days: median %.0f m off, P90 %.0f m, worst %.0f m", len(off), q[0], q[1], q[2])
	if len(off) < 100 || q[0] > 250 || q[1] > 700 {
		t.Errorf("%d stations, median %.0f m, P90 %.0f m off, want ≥ 100, ≤ 250 and ≤ 700", len(off), q[0], q[1])
	}
}

func TestEncodeDoesNotAllocate(t *testing.T) {
	rows := city(1000, 13)
	s := mustFit(t, rows, feature.Options{Variant: feature.Sent})
	row := make([]float64, s.Schema().Width())
	if n := testing.AllocsPerRun(100, func() { s.Encode(row, &rows[1].Call) }); n != 0 {
		t.Errorf("Encode allocates %v times, want 0", n)
	}
	runtime.KeepAlive(row)
}

func TestColumnNames(t *testing.T) {
	t.Parallel()
	s := mustFit(t, city(500, 14), feature.Options{Variant: feature.Sent})
	fit := regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	seen := map[string]bool{}
	for _, c := range s.Schema().Columns {
		if !fit.MatchString(c.Name) || seen[c.Name] {
			t.Errorf("column %q: repeated, or not of lower-case letters, digits and _", c.Name)
		}
		seen[c.Name] = true
	}
}
