package bundle_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"
	"time"

	"lfb/internal/bundle"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/baseline"
	"lfb/internal/ml/gbdt"
	"lfb/internal/ml/interval"
)

// table is rows in memory.
type table []lfb.Attendance

func (t table) Len() int                      { return len(t) }
func (t table) Call(i int, c *lfb.Call)       { *c = t[i].Call }
func (t table) Outcome(i int, o *lfb.Outcome) { *o = t[i].Outcome }

func (t table) seconds(response bool) []float64 {
	y := make([]float64, len(t))
	for i := range t {
		if y[i] = t[i].Outcome.AttendanceSeconds; response {
			y[i] = t[i].Outcome.ResponseSeconds()
		}
	}
	return y
}

// city is n made-up attendances around four stations.
func city(n int) table {
	r := rand.New(rand.NewPCG(7, 1))
	stations := []string{"Deptford", "Euston", "Lewisham", "Soho"}
	rows := make(table, n)
	for i := range rows {
		k := r.IntN(4)
		e, north := 520000+10000*float64(k%2), 170000+10000*float64(k/2)
		c := lfb.Call{
			At: time.Date(2017, 1, 1, 0, 11*i, 0, 0, lfb.London), PumpOrder: 1 + r.IntN(2),
			Easting: e + 50 + 100*float64(r.IntN(60)), Northing: north + 50 + 100*float64(r.IntN(60)),
			StationGround: stations[k], BoroughCode: fmt.Sprintf("E0900000%d", k/2), WardCode: fmt.Sprintf("W%d", k),
			PostcodeDistrict: fmt.Sprintf("SE%d", k), Reported: []string{"fire", "flooding"}[r.IntN(2)],
			PropertyCategory: "Dwelling", PropertyType: "House",
		}
		from := k
		if r.Float64() < 0.3 {
			from = (k + 1) % 4
		}
		d := math.Hypot(c.Easting-520000-10000*float64(from%2)-3000, c.Northing-170000-10000*float64(from/2)-3000)
		rows[i] = lfb.Attendance{Call: c, Outcome: lfb.Outcome{
			ArrivedFrom:         stations[from],
			AttendanceSeconds:   math.Round(140 + 0.06*d + 25*r.ExpFloat64()),
			CallHandlingSeconds: math.Round(60 + 30*r.ExpFloat64()),
		}}
	}
	return rows
}

// fitted is a bundle with all five kinds of head, and the rows it was made from.
type fitted struct {
	bundle *bundle.Bundle
	spec   *feature.Spec
	rows   table
}

var (
	fitOnce  sync.Once
	fitCache fitted
)

func fit(t testing.TB) fitted {
	t.Helper()
	fitOnce.Do(func() { fitCache = mustFit(t) })
	return fitCache
}

func mustFit(t testing.TB) fitted {
	t.Helper()
	rows := city(4000)
	spec, err := feature.Fit(context.Background(), feature.AssumeSent(rows[:2400]), feature.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := &bundle.Bundle{Spec: spec, Manifest: bundle.Manifest{
		Line: "lfb-attendance", Origin: lfb.Real, Candidate: "gbdt",
		Recipe: json.RawMessage(`{"rounds":20}`), DataSet: "abc", Seed: 3, Spans: json.RawMessage(`{"train":1}`),
		TrainedTo: rows[3199].Call.At, Valid: ml.Report{All: ml.Metrics{Rows: 4, RMSE: 99.5}},
	}}
	for _, h := range []struct {
		target  string
		variant feature.Variant
	}{{bundle.Attendance, feature.Usual}, {bundle.Response, feature.Usual}, {bundle.Attendance, feature.Sent}} {
		b.Heads = append(b.Heads, bundle.Head{Target: h.target, Variant: h.variant, Model: head(t, spec, rows, h.target,
			h.variant)})
	}
	return fitted{b, spec, rows}
}

// head fits and calibrates a small model.
func head(t testing.TB, spec *feature.Spec, rows table, target string, v feature.Variant) *interval.Model {
	t.Helper()
	ctx := context.Background()
	wide, err := spec.WithVariant(v)
	if err != nil {
		t.Fatal(err)
	}
	set := func(rows table, encode func(context.Context, feature.Calls, int) (ml.Matrix, error)) ml.Set {
		x, err := encode(ctx, feature.AssumeSent(rows), 1)
		if err != nil {
			t.Fatal(err)
		}
		return ml.Set{X: x, Y: rows.seconds(target == bundle.Response)}
	}
	recipe := gbdt.Default()
	recipe.Rounds, recipe.Leaves = 20, 7
	train, valid, calib := set(rows[:2400], wide.TrainMatrix), set(rows[2400:2800], wide.Matrix),
		set(rows[2800:3200], wide.Matrix)
	m, err := recipe.Fit(ctx, train, valid, ml.Options{Seed: 1, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	out, err := interval.Fit(ctx, m, valid, calib)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// blobs is a store in memory.
type blobs map[string][]byte

func (b blobs) PutBytes(_ context.Context, key string, body []byte) (lfb.Ref, error) {
	b[key] = bytes.Clone(body)
	sum := sha256.Sum256(body)
	return lfb.Ref{Key: key, SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(body))}, nil
}

func (b blobs) ReadAll(_ context.Context, ref lfb.Ref) ([]byte, error) {
	body, ok := b[ref.Key]
	if !ok {
		return nil, lfb.ErrNotFound
	}
	return body, nil
}

func calls(rows table) []lfb.Call {
	out := make([]lfb.Call, len(rows))
	for i := range rows {
		out[i] = rows[i].Call
	}
	return out
}

func TestRoundTripIsBitEqual(t *testing.T) {
	t.Parallel()
	f, store := fit(t), blobs{}
	ctx := context.Background()
	ref, err := bundle.Write(ctx, store, f.bundle)
	if err != nil {
		t.Fatal(err)
	}
	if want := "bundle/" + ref.SHA256 + ".lfb"; ref.Key != want || ref.Bytes != int64(len(store[ref.Key])) {
		t.Errorf("Write = %+v, want key %s", ref, want)
	}
	got, err := bundle.Read(ctx, store, ref)
	if err != nil {
		t.Fatal(err)
	}
	ask := calls(f.rows[3000:])
	for i := range ask {
		if i%3 == 0 {
			ask[i].SentFrom = "Soho"
		}
	}
	want, err := f.bundle.Predict(nil, ask)
	if err != nil {
		t.Fatal(err)
	}
	answers, err := got.Predict(nil, ask)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(answers, want) {
		t.Error("the decoded bundle answers otherwise")
	}
	if again, err := got.MarshalBinary(); err != nil || !bytes.Equal(again, store[ref.Key]) {
		t.Errorf("writing the decoded bundle gives other bytes (%v)", err)
	}
	m := got.Manifest
	if m.Candidate != "gbdt" || m.DataSet != "abc" || !m.TrainedTo.Equal(f.bundle.Manifest.TrainedTo) ||
		m.Valid.All.RMSE != 99.5 ||
		len(m.Schema) != 3 || len(m.Importances) != f.spec.Schema().Width() {
		t.Errorf("decoded manifest %+v", m)
	}
}

func TestSameContentSameBytes(t *testing.T) {
	t.Parallel()
	var want []byte
	for range 2 {
		got, err := mustFit(t).bundle.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = got
		}
		if !bytes.Equal(got, want) {
			t.Error("fitting the same rows again gives other bytes")
		}
	}
}

// Serving must answer what training would have, bit for bit: one by one, in a
// batch, and as the matrix that training and the gate use.
func TestServingIsTraining(t *testing.T) {
	t.Parallel()
	f := fit(t)
	rows := f.rows[len(f.rows)-1000:]
	x, err := f.spec.Matrix(context.Background(), rows, 2)
	if err != nil {
		t.Fatal(err)
	}
	want, err := f.bundle.Heads[0].Model.Answer(nil, x)
	if err != nil {
		t.Fatal(err)
	}
	wantResponse, err := f.bundle.Heads[1].Model.Answer(nil, x)
	if err != nil {
		t.Fatal(err)
	}
	batch, err := f.bundle.Predict(nil, calls(rows))
	if err != nil {
		t.Fatal(err)
	}
	var one []bundle.Prediction
	for i := range rows {
		if one, err = f.bundle.Predict(one[:0], []lfb.Call{rows[i].Call}); err != nil {
			t.Fatal(err)
		}
		if one[0].Attendance != want[i] || batch[i].Attendance != want[i] {
			t.Fatalf("row %d: alone %+v, in a batch %+v, training %+v", i, one[0].Attendance, batch[i].Attendance, want[i])
		}
		if *one[0].Response != wantResponse[i] || *batch[i].Response != wantResponse[i] {
			t.Fatalf("row %d: response %+v and %+v, training %+v", i, *one[0].Response, *batch[i].Response, wantResponse[i])
		}
	}
}

func TestSentStationIsUsedWhereKnown(t *testing.T) {
	t.Parallel()
	f := fit(t)
	rows := f.rows[len(f.rows)-600:]
	ask := calls(rows)
	for i := range ask {
		switch i % 3 {
		case 0:
			ask[i].SentFrom = rows[i].Outcome.ArrivedFrom
		case 1:
			ask[i].SentFrom = "Atlantis"
		}
	}
	got, err := f.bundle.Predict(nil, ask)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := f.spec.WithVariant(feature.Sent)
	if err != nil {
		t.Fatal(err)
	}
	x, err := wide.Matrix(context.Background(), feature.AssumeSent(rows), 1)
	if err != nil {
		t.Fatal(err)
	}
	sent, err := f.bundle.Heads[2].Model.Answer(nil, x)
	if err != nil {
		t.Fatal(err)
	}
	usual, err := f.bundle.Predict(nil, calls(rows))
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		want, variant := usual[i].Attendance, feature.Usual
		if i%3 == 0 {
			want, variant = sent[i], feature.Sent
		}
		if got[i].Attendance != want || got[i].Variant != variant || *got[i].Response != *usual[i].Response {
			t.Fatalf("row %d sent from %q: %+v (%q), want %+v (%q)", i, ask[i].SentFrom, got[i].Attendance, got[i].Variant,
				want, variant)
		}
	}
}

func TestPredictConcurrently(t *testing.T) {
	t.Parallel()
	f := fit(t)
	ask := calls(f.rows[3000:3400])
	want, err := f.bundle.Predict(nil, ask)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for k := range 8 {
		wg.Go(func() {
			for i := k; i < len(ask); i += 3 {
				got, err := f.bundle.Predict(nil, ask[i:i+1])
				if err != nil || got[0].Attendance != want[i].Attendance {
					t.Errorf("row %d: %+v (%v), want %+v", i, got, err, want[i])
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestPredictKnowsNothing(t *testing.T) {
	t.Parallel()
	f := fit(t)
	got, err := f.bundle.Predict(nil, []lfb.Call{{}, {Easting: math.NaN(), Northing: math.NaN()}})
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range got {
		if !(p.Attendance.P50 > 0 && p.Attendance.P90 >= p.Attendance.P50) {
			t.Errorf("call %d: %+v, want an answer", i, p.Attendance)
		}
	}
	if got, err := f.bundle.Predict(nil, nil); err != nil || len(got) != 0 {
		t.Errorf("no calls: %v, %v", got, err)
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	f := fit(t)
	c := f.rows[3500].Call
	for _, sent := range []string{"", "Soho"} {
		c.SentFrom = sent
		e, err := f.bundle.Explain(&c)
		if err != nil {
			t.Fatal(err)
		}
		sum := e.Base
		for i, p := range e.Contributions {
			sum += p.Seconds
			if i > 0 && math.Abs(p.Seconds) > math.Abs(e.Contributions[i-1].Seconds) {
				t.Errorf("contribution %d is heavier than the one before", i)
			}
		}
		if math.Abs(sum-e.Mean) > 1e-9 || len(e.Contributions) == 0 {
			t.Errorf("sent %q: %d contributions sum to %v, want %v", sent, len(e.Contributions), sum, e.Mean)
		}
		if (e.Variant == feature.Sent) != (sent != "") {
			t.Errorf("sent %q explained by variant %q", sent, e.Variant)
		}
	}
}

// flat answers 300 s and can say nothing more.
type flat struct{}

func (flat) Predict(dst []float64, x ml.Matrix) ([]float64, error) {
	if len(dst) < x.Rows() {
		dst = make([]float64, x.Rows())
	}
	for i := range x.Rows() {
		dst[i] = 300
	}
	return dst[:x.Rows()], nil
}

func (flat) MarshalBinary() ([]byte, error) { return nil, nil }

func TestExplainWithoutContributions(t *testing.T) {
	t.Parallel()
	f := fit(t)
	x, err := f.spec.Matrix(context.Background(), f.rows[:800], 1)
	if err != nil {
		t.Fatal(err)
	}
	set := ml.Set{X: x, Y: f.rows[:800].seconds(false)}
	m, err := interval.Fit(context.Background(), flat{}, set.Slice(0, 400), set.Slice(400, 800))
	if err != nil {
		t.Fatal(err)
	}
	b := &bundle.Bundle{Spec: f.bundle.Spec, Heads: []bundle.Head{{Target: bundle.Attendance, Model: m}}}
	if _, err := b.Explain(&lfb.Call{}); !errors.Is(err, lfb.ErrNotFound) {
		t.Errorf("Explain of a flat model = %v, want ErrNotFound", err)
	}
	if p, err := b.Predict(nil, []lfb.Call{{}}); err != nil || p[0].Response != nil {
		t.Errorf("Predict without a response head = %+v, %v, want a nil response", p, err)
	}
}

func baselineBundle(t testing.TB) *bundle.Bundle {
	t.Helper()
	rows := city(600)
	spec, err := feature.Fit(context.Background(), rows[:300], feature.Options{})
	if err != nil {
		t.Fatal(err)
	}
	set := func(rows table) ml.Set {
		x, err := spec.Matrix(context.Background(), rows, 1)
		if err != nil {
			t.Fatal(err)
		}
		return ml.Set{X: x, Y: rows.seconds(false)}
	}
	m, err := baseline.Recipe{Kind: baseline.Mean}.Fit(context.Background(), set(rows[:300]), set(rows[300:400]),
		ml.Options{})
	if err != nil {
		t.Fatal(err)
	}
	out, err := interval.Fit(context.Background(), m, set(rows[300:400]), set(rows[400:]))
	if err != nil {
		t.Fatal(err)
	}
	return &bundle.Bundle{Spec: spec, Heads: []bundle.Head{{Target: bundle.Attendance, Model: out}}}
}
