package lightgbm_test

import (
	"bytes"
	"fmt"
	"strings"

	"lfb/internal/ml"
	"lfb/internal/ml/lightgbm"
	"lfb/internal/ml/tree"
	"lfb/internal/ml/tree/predict"
)

// One split: up to 2.5 km, or missing, 300 s; else 420 s.
func Example() {
	schema := &ml.Schema{Columns: []ml.Column{{Name: "distance_km", Monotone: 1}}}
	e, err := tree.NewEnsemble(schema, []tree.Tree{{
		SplitFeature: []int32{0}, Threshold: []float64{2.5}, DecisionType: []int8{tree.MissingNaN | tree.DefaultLeft},
		Left: []int32{^0}, Right: []int32{^1}, SplitGain: []float32{1.5e6}, InternalValue: []float64{350},
		InternalCount: []int32{600}, LeafValue: []float64{300, 420}, LeafCount: []int32{350, 250},
	}}, false)
	if err != nil {
		panic(err)
	}
	var text bytes.Buffer
	if err := lightgbm.Write(&text, e); err != nil {
		panic(err)
	}
	header, block, _ := strings.Cut(text.String(), "\n\n")
	block, _, _ = strings.Cut(block, "\n\n")
	fmt.Println(header)
	fmt.Println(block)

	read, err := lightgbm.Read(&text)
	if err != nil {
		panic(err)
	}
	seconds, err := predict.New(read).Predict(nil, ml.MatrixOf(schema, 2, []float64{2.5, 2.6}))
	fmt.Println(seconds, err)
	// Output:
	// tree
	// version=v4
	// num_class=1
	// num_tree_per_iteration=1
	// label_index=0
	// max_feature_idx=0
	// objective=regression
	// feature_names=distance_km
	// monotone_constraints=1
	// feature_infos=[2.5:2.5]
	// tree_sizes=267
	// Tree=0
	// num_leaves=2
	// num_cat=0
	// split_feature=0
	// split_gain=1.5e+06
	// threshold=2.5
	// decision_type=10
	// left_child=-1
	// right_child=-2
	// leaf_value=300 420
	// leaf_weight=350 250
	// leaf_count=350 250
	// internal_value=350
	// internal_weight=600
	// internal_count=600
	// is_linear=0
	// shrinkage=1
	// [300 420] <nil>
}
