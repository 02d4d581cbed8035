package bundle_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"lfb/internal/bundle"
	"lfb/internal/lfb"
	"lfb/internal/ml/lightgbm"
	"lfb/internal/ml/tree/predict"
)

// What is exported as LightGBM text and read again must answer as the bundle does,
// from the same encoded calls, for every head.
func TestExportPredictsAsTheBundle(t *testing.T) {
	t.Parallel()
	f := fit(t)
	ask := calls(f.rows[3200:])
	for i := range ask {
		ask[i].SentFrom = "Soho"
	}
	ask = append(ask, lfb.Call{Easting: math.NaN(), Northing: math.NaN()})
	targets := f.bundle.Targets()
	if want := []string{"attendance", "response", "attendance/sent"}; !slices.Equal(targets, want) {
		t.Fatalf("Targets() = %v, want %v", targets, want)
	}
	for _, target := range targets {
		x, err := f.bundle.Encode(target, ask)
		if err != nil {
			t.Fatal(err)
		}
		want, err := f.bundle.Mean(target, x)
		if err != nil {
			t.Fatal(err)
		}
		var text bytes.Buffer
		if err := bundle.Export(&text, f.bundle, target, bundle.LightGBM); err != nil {
			t.Fatal(err)
		}
		e, err := lightgbm.Read(&text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := predict.New(e).Predict(nil, x)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: the exported model answers otherwise", target)
		}
		var graph bytes.Buffer
		if err := bundle.Export(&graph, f.bundle, target, bundle.ONNX); err != nil ||
			!strings.Contains(graph.String(), "TreeEnsembleRegressor") {
			t.Errorf("Export(%s, onnx) wrote %d bytes, %v", target, graph.Len(), err)
		}
	}
}

// Encode and Mean are the serving path: the same number as Predict's mean.
func TestEncodeIsServing(t *testing.T) {
	t.Parallel()
	f := fit(t)
	ask := calls(f.rows[3900:])
	x, err := f.bundle.Encode(bundle.Attendance, ask)
	if err != nil {
		t.Fatal(err)
	}
	means, err := f.bundle.Mean(bundle.Attendance, x)
	if err != nil {
		t.Fatal(err)
	}
	answers, err := f.bundle.Predict(nil, ask)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range answers {
		if got := min(max(means[i], 1), 1200); got != a.Attendance.Mean {
			t.Fatalf("row %d: Mean = %v, Predict's mean is %v", i, got, a.Attendance.Mean)
		}
	}
}

func TestExportRefuses(t *testing.T) {
	t.Parallel()
	trees, flat := fit(t).bundle, baselineBundle(t)
	tests := []struct {
		name   string
		b      *bundle.Bundle
		target string
		format bundle.Format
		want   error
	}{
		{"a baseline has no trees", flat, bundle.Attendance, bundle.LightGBM, lfb.ErrNotFound},
		{"nor for the other format", flat, bundle.Attendance, bundle.ONNX, lfb.ErrNotFound},
		{"a head that it lacks", trees, "response/sent", bundle.LightGBM, lfb.ErrNotFound},
		{"a format that nobody has", trees, bundle.Attendance, "pickle", lfb.ErrInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if err := bundle.Export(io.Discard, tt.b, tt.target, tt.format); !errors.Is(err, tt.want) {
				t.Errorf("Export(%q, %q) = %v, want %v", tt.target, tt.format, err, tt.want)
			}
		})
	}
	if !trees.CanExport() || flat.CanExport() {
		t.Errorf("CanExport = %v of trees, %v of a baseline", trees.CanExport(), flat.CanExport())
	}
	if _, err := trees.Encode("none", nil); !errors.Is(err, lfb.ErrNotFound) {
		t.Errorf("Encode(none) = %v, want %v", err, lfb.ErrNotFound)
	}
}

func TestExportNames(t *testing.T) {
	t.Parallel()
	b := fit(t).bundle
	tests := []struct{ got, want string }{
		{b.ExportName("0123456789ab", "attendance", bundle.LightGBM), "lfb-attendance-0123456789ab-attendance.lgb.txt"},
		{b.ExportName("0123456789ab", "attendance/sent", bundle.ONNX), "lfb-attendance-0123456789ab-attendance-sent.onnx"},
		{b.EncodersName("0123456789ab"), "lfb-attendance-0123456789ab-encoders.json"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("name %q, want %q", tt.got, tt.want)
		}
	}
}

// The encoders say which word each code is: what Encode writes must be found there.
func TestEncodersDescribeTheColumns(t *testing.T) {
	t.Parallel()
	f := fit(t)
	data, err := bundle.MarshalEncoders(f.bundle)
	if err != nil {
		t.Fatal(err)
	}
	var set bundle.EncoderSet
	if err := json.Unmarshal(data, &set); err != nil {
		t.Fatal(err)
	}
	if len(set.Heads) != 3 || set.Heads[0].Target != "attendance" || set.Heads[0].Schema != f.spec.Schema().Hash() {
		t.Fatalf("encoders of %d heads, the first of %s", len(set.Heads), set.Heads[0].Schema)
	}
	ask := calls(f.rows[3500:3600])
	x, err := f.bundle.Encode(bundle.Attendance, ask)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for j, c := range set.Heads[0].Columns {
		if c.Name != f.spec.Schema().Columns[j].Name || (c.Categories != nil) != f.spec.Schema().Columns[j].IsCategorical() {
			t.Errorf("column %d is %+v", j, c)
		}
		if c.Name != "station_ground" {
			continue
		}
		for i := range ask {
			seen++
			if words := c.Categories[int(x.At(i, j))]; !slices.Contains(words, ask[i].StationGround) {
				t.Errorf("row %d: %q has code %v, whose words are %q", i, ask[i].StationGround, x.At(i, j), words)
			}
		}
	}
	if seen == 0 {
		t.Error("no column station_ground")
	}
	if _, err := bundle.Encoders(&bundle.Bundle{}); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("Encoders of an empty bundle = %v, want %v", err, lfb.ErrInvalid)
	}
}
