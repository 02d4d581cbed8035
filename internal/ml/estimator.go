package ml

import "context"

// Estimator is an untrained recipe: hyper-parameters only, no data.
type Estimator interface {
	// Fit learns train.Y (seconds, one per row of train.X), stopping by valid. It
	// keeps and changes neither. The same data and seed give the same Model, byte
	// for byte, whatever opt.Threads is. Missing values are NaN in X; the Matrix
	// knows which columns are categories. A NaN in Y or shapes that disagree give
	// lfb.ErrInvalid; a cancelled ctx gives its error. valid may be empty: then
	// nothing stops early.
	Fit(ctx context.Context, train, valid Set, opt Options) (Model, error)
}

// Options are the circumstances of a fit, apart from the recipe.
type Options struct {
	Seed    uint64
	Threads int // 0 = GOMAXPROCS
	// Progress, where not nil, is called now and then, never twice at a time.
	Progress func(Progress)
	// Checkpoint, where not nil, is given bytes now and then from which Resume
	// continues. Only estimators that can resume call it.
	Checkpoint func([]byte)
	// Resume is the last checkpoint of a fit of the same recipe, data and seed;
	// nil starts from nothing. The result is the same bytes either way.
	Resume []byte
}

// Progress is how far a fit has come.
type Progress struct {
	Done, Total int     // units of work: trees, rounds, columns
	Valid       float64 // loss on valid so far; NaN where there is none
	Part        int     // which of the ensembles that make up the model; 0 is the mean's
}

// Model is learned state: immutable, safe for concurrent use.
type Model interface {
	// Predict writes seconds into dst, one per row of x, and returns dst. Another
	// width than the model was trained on gives lfb.ErrInvalid. A dst that is too
	// short is replaced.
	Predict(dst []float64, x Matrix) ([]float64, error)
	// MarshalBinary is lossless: the decoded Model predicts bit-identically.
	MarshalBinary() ([]byte, error)
}

// Quantiles is a Model that knows conditional quantiles of its own; one that was fitted
// without any gives lfb.ErrInvalid.
type Quantiles interface {
	// PredictQuantiles writes len(q) values a row, row by row, each row
	// ascending for ascending q in (0, 1).
	PredictQuantiles(dst []float64, x Matrix, q []float64) ([]float64, error)
}

// JointPredictor is a Model with quantiles that answers all that it knows of a row at once,
// for less than one method after the other.
type JointPredictor interface {
	// PredictJoint writes what Predict writes to dst.Mean, what PredictQuantiles
	// writes for q to dst.Quantiles and what PredictProbabilities writes for t to
	// dst.Probabilities, and returns dst; memory that is too short is replaced. A model
	// that is no Probabilities takes an empty t only.
	PredictJoint(dst JointPrediction, x Matrix, q, t []float64) (JointPrediction, error)
}

// JointPrediction holds the answers of a JointPredictor, row by row.
type JointPrediction struct{ Mean, Quantiles, Probabilities []float64 }

// Resize makes room for rows with this many quantiles and probabilities each.
func (p *JointPrediction) Resize(rows, quantiles, probabilities int) {
	p.Mean = EnsureLength(p.Mean, rows)
	p.Quantiles = EnsureLength(p.Quantiles, rows*quantiles)
	p.Probabilities = EnsureLength(p.Probabilities, rows*probabilities)
}

// PredictJoint asks m for its mean, for quantiles where q has any and for probabilities where
// t has any: at once where m is a JointPredictor. A model that lacks one of them panics.
func PredictJoint(m Model, dst JointPrediction, x Matrix, q, t []float64) (JointPrediction, error) {
	if joint, ok := m.(JointPredictor); ok && len(q) > 0 {
		return joint.PredictJoint(dst, x, q, t)
	}
	var err error
	if dst.Mean, err = m.Predict(dst.Mean, x); err == nil && len(q) > 0 {
		dst.Quantiles, err = m.(Quantiles).PredictQuantiles(dst.Quantiles, x, q)
	}
	if err == nil && len(t) > 0 {
		dst.Probabilities, err = m.(Probabilities).PredictProbabilities(dst.Probabilities, x, t)
	}
	return dst, err
}

// Probabilities is a Model that knows P(Y ≤ t) of its own; one that was fitted without any
// gives lfb.ErrInvalid.
type Probabilities interface {
	// PredictProbabilities writes len(t) values in [0, 1] a row, row by row; t is
	// ascending seconds.
	PredictProbabilities(dst []float64, x Matrix, t []float64) ([]float64, error)
}

// Contributions is a Model that can split its prediction over the columns.
type Contributions interface {
	// PredictContributions writes Width+1 values a row: what each column adds, in
	// seconds, then the expectation. They sum to Predict's value.
	PredictContributions(dst []float64, x Matrix) ([]float64, error)
}

// Importances is a Model that says how much each column mattered.
type Importances interface {
	// Importance returns one value a column, by total gain and by split count.
	Importance() (gain, splits []float64)
}

// Quantiles and thresholds that every answer holds.
const (
	Q50 = 0.5
	Q90 = 0.9
	// Aim is the brigade's aim for the first engine, on average: 6 minutes.
	Aim = 360.0
	// Limit is the time by which 9 in 10 first engines should be there: 10 minutes.
	Limit = 600.0
)

// Answer is what a caller gets for one row: seconds and probabilities.
type Answer struct {
	Mean     float64 `json:"mean"`
	P50      float64 `json:"p50"`
	P90      float64 `json:"p90"`
	Within6  float64 `json:"p_within_6_minutes"`  // probability of ≤ 360 s
	Within10 float64 `json:"p_within_10_minutes"` // probability of ≤ 600 s
}
