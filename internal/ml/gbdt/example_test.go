package gbdt_test

import (
	"context"
	"fmt"

	"lfb/internal/ml"
	"lfb/internal/ml/gbdt"
)

// A recipe with a quantile head answers the mean and the quantile.
func Example() {
	schema := &ml.Schema{Columns: []ml.Column{{Name: "distance_m", Monotone: 1}}}
	x, y := ml.NewMatrix(schema, 1000), make([]float64, 1000)
	for i := range y {
		x.Col(0)[i] = float64(i)
		y[i] = 200 + float64(i)/10 + float64(i*7919%60)
	}
	recipe := gbdt.Recipe{Rounds: 200, Quantiles: []float64{0.9}}
	model, err := recipe.Fit(context.Background(), ml.Set{X: x, Y: y}, ml.Set{}, ml.Options{Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	near := ml.MatrixOf(schema, 1, []float64{500})
	mean, _ := model.Predict(nil, near)
	p90, _ := model.(ml.Quantiles).PredictQuantiles(nil, near, []float64{0.9})
	fmt.Printf("mean near 280: %v\np90 above: %v\n", mean[0] > 270 && mean[0] < 290, p90[0] > mean[0])
	// Output:
	// mean near 280: true
	// p90 above: true
}
