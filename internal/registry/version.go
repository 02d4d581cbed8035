package registry

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// VersionName is what people call a version, with what lists show of it. Metrics are of
// the first engine on the hold-out.
type VersionName struct {
	Line        string
	Number      int64 // in the order of making, from 1
	Version     string
	Candidate   string
	RunID       string
	Rank        int // in its run; 1 = winner, 0 not known
	CreatedAt   time.Time
	RMSE        float64 // seconds
	MAE         float64
	CoverageP90 float64
}

// String is the name, like "v14 gbdt", or "v15 gbdt, refitted".
func (n VersionName) String() string { return fmt.Sprintf("v%d %s", n.Number, n.Candidate) }

// NameVersion is a version's name once it has a number.
func NameVersion(v Version, number int64) VersionName {
	h := v.Holdout.First
	if v.RefitOf != "" {
		v.Candidate += ", refitted"
	}
	return VersionName{
		Line: v.Line, Number: number, Version: v.ID, Candidate: v.Candidate, RunID: v.RunID, Rank: v.Rank,
		CreatedAt: v.CreatedAt,
		RMSE:      h.RMSE, MAE: h.MAE, CoverageP90: h.CoverageP90,
	}
}

// VersionQuery selects versions that are there, newest first.
type VersionQuery struct {
	Line   string
	Text   string // part of a candidate's name, or the beginning of a version, a run or a number like v14; empty: all
	Before int64  // number from which on none is listed; 0: all
	Limit  int    // 0 = 50
}

// VersionNote is what was added to a version after it was made: a person's words, or the
// gate's verdict on it against what served then.
type VersionNote struct {
	Line        string       `json:"line"`
	Version     string       `json:"version"`
	At          time.Time    `json:"at"`
	Who         string       `json:"who"`
	Text        string       `json:"text"`
	Verdict     *Verdict     `json:"verdict,omitempty"`
	Explanation *Explanation `json:"explanation,omitempty"`
}

// WasJudged says whether a gate held a version against what served: as the winner of its
// run, as what serves until a better one passes, or later by hand.
func WasJudged(v Version, notes []VersionNote) bool {
	return v.Rank == 1 || v.Provisional != nil || slices.ContainsFunc(notes,
		func(n VersionNote) bool { return n.Verdict != nil })
}

// VersionNotes keeps notes. mysql.DB is one.
type VersionNotes interface {
	// SaveVersionNote inserts the note; one of that time and author stays as it is.
	SaveVersionNote(ctx context.Context, n VersionNote) error
	// VersionNotes returns a version's notes, newest first.
	VersionNotes(ctx context.Context, line, version string) ([]VersionNote, error)
}

// Explanation says what moves a version's answers, and where they are wrong: measured on
// hold-out rows of the first engine, which nothing was tuned on. Seconds unless said.
type Explanation struct {
	DataSet     string              `json:"data_set"`
	From        time.Time           `json:"from"` // first call of the rows
	To          time.Time           `json:"to"`
	Rows        int                 `json:"rows"` // that features were permuted over
	RMSE        float64             `json:"rmse"` // of those rows, nothing permuted
	Permutation []PermutationEffect `json:"permutation"`
	Dependence  []Dependence        `json:"dependence"` // of the features that matter most
	Residuals   []ResidualCell      `json:"residuals"`  // by place
}

// PermutationEffect is by how much the RMSE grows where a feature's values are mixed up
// between the rows, so that they say nothing any more.
type PermutationEffect struct {
	Feature string  `json:"feature"`
	Seconds float64 `json:"seconds"`
}

// Dependence is the mean answer where every row has the same value of a feature.
type Dependence struct {
	Feature string    `json:"feature"`
	Words   []string  `json:"words,omitempty"` // of a category, one for each of At
	At      []float64 `json:"at"`              // values, in the feature's own unit
	Seconds []float64 `json:"seconds"`
	Share   []float64 `json:"share,omitempty"` // of a category: of the rows that have the value
}

// ResidualCell is the error of the rows in one hexagon: answer less what happened.
type ResidualCell struct {
	Easting  int     `json:"e"` // of its middle, metres
	Northing int     `json:"n"`
	Rows     int     `json:"rows"`
	Bias     float64 `json:"bias"` // mean error; positive: the engine was there sooner than answered
}

// ResidualCellM is a residual map's hexagon from its middle to a corner, metres.
const ResidualCellM = 1000
