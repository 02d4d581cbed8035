package onnx

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/tree/predict"
	"lfb/internal/ml/tree/treetest"
)

// peerColumns is the width of testdata/peers, which make_peers.py wrote.
const peerColumns = 6

func numericSchema(columns int) *ml.Schema {
	s := &ml.Schema{}
	for j := range columns {
		s.Columns = append(s.Columns, ml.Column{Name: fmt.Sprintf("c%d", j)})
	}
	return s
}

// predictModel answers rows by a model of either kind.
func predictModel(t *testing.T, m Model, x ml.Matrix) []float64 {
	t.Helper()
	if m.Trees != nil {
		got, err := predict.New(m.Trees).Predict(nil, x)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	out := make([]float64, x.Rows())
	for i := range out {
		out[i] = m.Line.Intercept
		for j, w := range m.Line.Weights {
			v := x.At(i, j)
			if math.IsNaN(v) {
				v = m.Line.Fill[j]
			}
			out[i] += w * v
		}
	}
	return out
}

// TestReadPeers holds what each library wrote to what onnxruntime answers, for rows with
// missing values, and values beside thresholds by less than a float32 can tell.
func TestReadPeers(t *testing.T) {
	t.Parallel()
	x := treetest.ReadGoldenRows(t, "testdata/peers/rows.csv", numericSchema(peerColumns))
	for _, file := range peerFiles(t) {
		name := strings.TrimSuffix(file, ".onnx")
		t.Run(filepath.Base(name), func(t *testing.T) {
			m := readPeer(t, file)
			treetest.CheckPredictions(t, predictModel(t, m, x), treetest.ReadGoldenValues(t, name+"_pred.csv"), 1e-5)
		})
	}
}

func peerFiles(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/peers/*.onnx")
	if err != nil || len(files) != 6 {
		t.Fatalf("%d peers, %v, want 6", len(files), err)
	}
	return files
}

func readPeer(t *testing.T, file string) Model {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Read(data, numericSchema(peerColumns))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestWiden: whatever the threshold, a float64 goes where the nearest float32 goes.
func TestWiden(t *testing.T) {
	t.Parallel()
	n := treeNodes{narrow: true}
	rng := rand.New(rand.NewPCG(1, 2))
	bounds := []float64{
		0, math.Copysign(0, -1), 1e-45, -1e-45, math.MaxFloat32, -math.MaxFloat32, 0.1, 1e300,
		math.Inf(1), math.Inf(-1),
	}
	for range 10_000 {
		if v := math.Float32frombits(rng.Uint32()); v == v {
			bounds = append(bounds, float64(v), float64(v)*(1+rng.Float64()*1e-8))
		}
	}
	for _, bound := range bounds {
		upTo, below := n.widen(bound, false), n.widen(bound, true)
		for _, base := range []float64{bound, upTo, below, 0, rng.NormFloat64()} {
			for _, v := range []float64{base, math.Nextafter(base, math.Inf(1)), math.Nextafter(base, math.Inf(-1))} {
				if math.Abs(v) > math.MaxFloat32 {
					continue // an infinity is no value of a row
				}
				cut := float64(float32(v))
				if got, want := v <= upTo, cut <= bound; got != want {
					t.Fatalf("%v ≤ %v, widened to %v: %v, want %v", v, bound, upTo, got, want)
				}
				if got, want := v <= below, cut < bound; got != want {
					t.Fatalf("%v < %v, widened to %v: %v, want %v", v, bound, below, got, want)
				}
			}
		}
	}
}

// sketch is a tree of one split with whatever the test changes.
type sketch struct {
	op, domain, mode, post, aggregate string
	input                             int64
	yes, no, column, targets, target  int
	ids, bounds                       []int
	weights                           []float64
	before                            message
}

func plainSketch() sketch {
	return sketch{
		op: "TreeEnsembleRegressor", domain: domain, mode: leq, post: "NONE", aggregate: "SUM", input: elemFloat,
		yes: 1, no: 2, targets: 1, ids: []int{0, 1, 2}, bounds: []int{5, 0, 0}, weights: []float64{10, 20},
	}
}

func (s sketch) encode() []byte {
	var node, g, m, modes message
	var treeIDs, ids, features, yes, no, weightNodes, zeros, targetIDs ints
	var bounds, weights doubles
	for i, id := range s.ids {
		treeIDs.add(0)
		ids.add(id)
		if i == 0 {
			features.add(s.column)
			yes.add(s.yes)
			no.add(s.no)
			modes.text(attrTexts, s.mode)
		} else {
			features.add(0)
			yes.add(0)
			no.add(0)
			modes.text(attrTexts, leaf)
		}
	}
	for _, b := range s.bounds {
		bounds.add(float64(b))
	}
	for i, w := range s.weights {
		weights.add(w)
		weightNodes.add(i + 1)
		zeros.add(0)
		targetIDs.add(s.target)
	}
	node.text(nodeInput, inputName)
	node.text(nodeOutput, outputName)
	node.text(nodeName, "the_trees")
	node.text(nodeOp, s.op)
	node.text(nodeDomain, s.domain)
	for _, a := range []message{
		intAttr("n_targets", s.targets), attribute("post_transform", attrText, []byte(s.post), typeText),
		attribute("aggregate_function", attrText, []byte(s.aggregate), typeText),
		attribute("nodes_treeids", attrInts, treeIDs, typeInts), attribute("nodes_nodeids", attrInts, ids, typeInts),
		attribute("nodes_featureids", attrInts, features, typeInts),
		attribute("nodes_truenodeids", attrInts, yes, typeInts), attribute("nodes_falsenodeids", attrInts, no, typeInts),
		textsAttr("nodes_modes", modes), doublesAttr("nodes_values", bounds), doublesAttr("target_weights", weights),
		attribute("target_treeids", attrInts, zeros, typeInts), attribute("target_nodeids", attrInts, weightNodes, typeInts),
		attribute("target_ids", attrInts, targetIDs, typeInts),
	} {
		node.bytes(nodeAttribute, a)
	}
	if s.before != nil {
		g.bytes(graphNode, s.before)
	}
	g.bytes(graphNode, node)
	g.bytes(graphInput, value(inputName, s.input, 2))
	g.bytes(graphOutput, value(outputName, elemFloat, 1))
	m.bytes(modelGraph, g)
	return m
}

// TestReadModes follows one split in every mode, at, below and above its threshold.
func TestReadModes(t *testing.T) {
	t.Parallel()
	x := ml.MatrixOf(numericSchema(2), 4, []float64{4, 5, 6, math.NaN(), 0, 0, 0, 0})
	for mode, want := range map[string][]float64{
		leq: {10, 10, 20, 20}, less: {10, 20, 20, 20}, geq: {20, 10, 10, 20}, more: {20, 20, 10, 20},
	} {
		for _, input := range []int64{elemFloat, elemDouble} {
			s := plainSketch()
			s.mode, s.input = mode, input
			m, err := Read(s.encode(), x.Schema())
			if err != nil {
				t.Fatal(err)
			}
			if got := predictModel(t, m, x); !slices.Equal(got, want) {
				t.Errorf("%s: %v answers %v, want %v", mode, x.Col(0), got, want)
			}
		}
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	var stray message
	stray.text(nodeName, "stray")
	stray.text(nodeOp, "Mul")
	stray.text(nodeInput, "other")
	tests := []struct {
		name   string
		change func(*sketch)
		says   string
	}{
		{"operator", func(s *sketch) { s.op = "TreeEnsembleClassifier" }, "the_trees"},
		{"domain", func(s *sketch) { s.domain = "com.other" }, "com.other"},
		{"node before", func(s *sketch) { s.before = stray }, "stray"},
		{"mode", func(s *sketch) { s.mode = same }, same},
		{"post transform", func(s *sketch) { s.post = "LOGISTIC" }, "LOGISTIC"},
		{"aggregate", func(s *sketch) { s.aggregate = "MAX" }, "MAX"},
		{"input of integers", func(s *sketch) { s.input = 7 }, "neither float nor double"},
		{"targets", func(s *sketch) { s.targets = 2 }, "2 targets"},
		{"target", func(s *sketch) { s.target = 1 }, "target 1"},
		{"cycle", func(s *sketch) { s.yes = 0 }, "met twice"},
		{"same child", func(s *sketch) { s.no = 1 }, "met twice"},
		{"no such child", func(s *sketch) { s.no = 9 }, "children 1 and 9"},
		{"column", func(s *sketch) { s.column = 2 }, "column 2 of 2"},
		{"negative column", func(s *sketch) { s.column = -1 }, "column -1"},
		{"stands twice", func(s *sketch) { s.ids = []int{0, 1, 1} }, "stands twice"},
		{"not reached", func(s *sketch) { s.ids, s.bounds = []int{0, 1, 2, 3}, []int{5, 0, 0, 0} }, "below no other"},
		{"lists", func(s *sketch) { s.bounds = []int{5} }, "lists of 3 and of 1"},
		{"weight of no leaf", func(s *sketch) { s.weights = []float64{1, 2, 3} }, "weight 2"},
		{"weight", func(s *sketch) { s.weights = []float64{1, math.Inf(1)} }, "weight 1"},
		{"empty", func(s *sketch) { s.ids, s.bounds, s.weights = nil, nil, nil }, "no nodes"},
	}
	for _, tt := range tests {
		s := plainSketch()
		tt.change(&s)
		if _, err := Read(s.encode(), numericSchema(2)); !errors.Is(err, lfb.ErrInvalid) ||
			!strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want ErrInvalid that says %q", tt.name, err, tt.says)
		}
	}
}

// TestReadDepth: a tree of one branch deeper than any recursion should be is refused.
func TestReadDepth(t *testing.T) {
	t.Parallel()
	n := treeNodes{columns: 1}
	for i := range 2*maxDepth + 3 {
		mode := []byte(leq)
		if i%2 == 1 || i == 2*maxDepth+2 {
			mode = []byte(leaf)
		}
		n.treeID, n.id, n.feature, n.nan = append(n.treeID, 0), append(n.id, int64(i)), append(n.feature, 0), append(n.nan, 0)
		n.yes, n.no = append(n.yes, int64(i+1)), append(n.no, int64(i+2))
		n.modes, n.bounds = append(n.modes, mode), append(n.bounds, float64(-i))
	}
	if err := n.indexNodes(); err != nil {
		t.Fatal(err)
	}
	if _, err := n.buildTrees(); !errors.Is(err, lfb.ErrInvalid) || !strings.Contains(err.Error(), "below 1024 splits") {
		t.Errorf("buildTrees = %v, want ErrInvalid for its depth", err)
	}
}

func FuzzRead(f *testing.F) {
	for _, file := range peerFiles(f) {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add(plainSketch().encode())
	schema := numericSchema(peerColumns)
	x := ml.NewMatrix(schema, 2)
	x.Col(1)[1] = math.NaN()
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Read(data, schema)
		if err != nil {
			if !errors.Is(err, lfb.ErrInvalid) {
				t.Errorf("Read = %v, want ErrInvalid", err)
			}
			return
		}
		for _, v := range predictModel(t, m, x) {
			if math.IsNaN(v) {
				t.Error("a model that was read answers NaN")
			}
		}
	})
}
