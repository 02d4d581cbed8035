package mlflow

import (
	"math"
	"strings"
	"testing"
)

func TestBarPlotNamesItsValuesAndLeavesOutWhatIsNone(t *testing.T) {
	t.Parallel()
	a, err := barPlot("rmse", "RMSE", "s", []bar{{"gbdt <1>", 87.125}, {"baseline", math.NaN()}})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := a.write(&out); err != nil {
		t.Fatal(err)
	}
	svg := out.String()
	if !strings.Contains(svg, "gbdt &lt;1&gt;   87.12 s") || strings.Contains(svg, "baseline") || strings.Contains(svg, "NaN") {
		t.Errorf("barPlot() = %.2000s", svg)
	}
	if _, err := barPlot("none", "None", "", nil); err != nil {
		t.Errorf("barPlot of nothing = %v", err)
	}
}
