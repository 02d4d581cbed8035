package web

import (
	"fmt"

	"lfb/internal/ml"
)

// figureRow is one figure of two models.
type figureRow struct {
	Name, Was, Is, Change string
}

// figureRows put two models' metrics side by side.
func figureRows(was, is ml.Metrics) []figureRow {
	seconds := func(name string, a, b float64) figureRow {
		return figureRow{name, formatTenths(a) + " s", formatTenths(b) + " s", fmt.Sprintf("%+.1f s", b-a)}
	}
	share := func(name string, a, b float64) figureRow {
		return figureRow{name, fmt.Sprintf("%.1f %%", 100*a), fmt.Sprintf("%.1f %%", 100*b), fmt.Sprintf("%+.1f", 100*(b-a))}
	}
	rows := []figureRow{
		seconds("RMSE", was.RMSE, is.RMSE), seconds("MAE", was.MAE, is.MAE), seconds("P90 error", was.PinballP90, is.PinballP90),
		share("P90 holds", was.CoverageP90, is.CoverageP90), share("P50 holds", was.CoverageP50, is.CoverageP50),
		{"rows", formatCount(was.Rows), formatCount(is.Rows), ""},
	}
	if was.Rows == 0 {
		for i := range rows {
			rows[i].Was, rows[i].Change = "–", ""
		}
	}
	return rows
}
