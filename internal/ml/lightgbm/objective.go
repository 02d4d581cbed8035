package lightgbm

import (
	"fmt"
	"slices"
	"strings"

	"lfb/internal/lfb"
)

// Objectives, as LightGBM names them, that this project trains.
const (
	Regression = "regression"
	L1         = "regression_l1"
	Huber      = "huber"
	Quantile   = "quantile"
)

// checkObjective refuses objectives whose answers are not the sum of the trees. An empty
// one is a custom objective, whose answers are.
func checkObjective(objective string) error {
	words := strings.Fields(objective)
	known := []string{Regression, L1, Huber, Quantile, "fair", "mape"}
	bad := len(words) > 0 && (!slices.Contains(known, words[0]) || slices.Contains(words, "sqrt"))
	if bad || strings.ContainsAny(objective, "\n\r") {
		return fmt.Errorf("objective %.40q: its answers are not the sum of the trees: %w", objective, lfb.ErrInvalid)
	}
	return nil
}
