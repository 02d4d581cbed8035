package ml

// Metrics says how well answers met what happened, over one set of rows.
// Seconds unless said; shares and probabilities are in [0, 1].
type Metrics struct {
	Rows         int     `json:"rows"`
	MAE          float64 `json:"mae"`           // of the P50
	RMSE         float64 `json:"rmse"`          // of the mean
	R2           float64 `json:"r2"`            // of the mean
	Bias         float64 `json:"bias"`          // mean of prediction minus actual
	PinballP50   float64 `json:"pinball_p50"`   //
	PinballP90   float64 `json:"pinball_p90"`   // the P90 error
	CoverageP50  float64 `json:"coverage_p50"`  // share of actuals ≤ P50
	CoverageP90  float64 `json:"coverage_p90"`  // share of actuals ≤ P90
	Within6      float64 `json:"within_6"`      // actual share ≤ 360 s
	Within6Pred  float64 `json:"within_6_pred"` // mean predicted probability of it
	Brier6       float64 `json:"brier_6"`       //
	Within10     float64 `json:"within_10"`     // actual share ≤ 600 s
	Within10Pred float64 `json:"within_10_pred"`
	Brier10      float64 `json:"brier_10"`
}

// Slice is the metrics of the rows where By has Value.
type Slice struct {
	By      string  `json:"by"` // borough | hour_band | incident_group | pump_order
	Value   string  `json:"value"`
	Metrics Metrics `json:"metrics"`
}

// Report is the metrics overall, by engine and by slice.
type Report struct {
	All    Metrics `json:"all"`
	First  Metrics `json:"first"`  // first engine only: what the gate and the leaderboard go by
	Slices []Slice `json:"slices"` // sorted by By, then Value
	// Diagnosis is of the first engine; nil where there are no rows of it, in
	// running reports, and in reports that were made before it was kept.
	Diagnosis *Diagnosis `json:"diagnosis,omitempty"`
}
