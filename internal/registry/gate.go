package registry

import (
	"fmt"
	"math"
	"strings"
	"time"

	"lfb/internal/ml"
)

// Policy is what a winner must show before it may serve.
type Policy struct {
	Confidence  float64 `json:"confidence"`   // of the paired interval
	SliceMargin float64 `json:"slice_margin"` // share by which a large slice's RMSE may be worse
	SliceRows   int     `json:"slice_rows"`   // rows from which a slice is large
	CoverageLow float64 `json:"coverage_low"` // bounds of the P90's coverage
	CoverageTop float64 `json:"coverage_top"`
	CeilingRMSE float64 `json:"ceiling_rmse"` // seconds; above it an alarm, never a refusal
	MinRows     int     `json:"min_rows"`     // fewer hold-out rows than this judge nothing
}

// Scores is one model's report on the shared hold-out rows.
type Scores struct {
	Version   string    `json:"version,omitempty"`
	Candidate string    `json:"candidate"`
	TrainedTo time.Time `json:"trained_to,omitzero"`
	Report    ml.Report `json:"report"`
}

// Evidence is all that the gate decides by. All scores are of the same rows, and
// every row is later than the training rows of every model compared: a model must
// not be scored on what it learned from.
type Evidence struct {
	Line       string       `json:"line"`
	DataSet    string       `json:"data_set"`
	Revision   int64        `json:"revision"` // of the ledger when it was gathered
	From       time.Time    `json:"from"`     // first call of the shared rows
	To         time.Time    `json:"to"`
	Rows       int          `json:"rows"`
	Winner     Scores       `json:"winner"`
	Champion   *Scores      `json:"champion,omitempty"`
	Baselines  []Scores     `json:"baselines"`
	VsChampion *ml.Interval `json:"vs_champion,omitempty"` // RMSE of the winner minus the champion's, first engine, seconds
	VsBaseline *ml.Interval `json:"vs_baseline,omitempty"` // the same against the best baseline
	Baseline   string       `json:"baseline"`              // which one that is
	Served     int          `json:"served"`                // rows answered through the serving path
	Unequal    int          `json:"unequal"`               // of them, answers that differ from training's
}

// Check is one rule and how the winner met it.
type Check struct {
	Name     string `json:"name"`
	Passed   bool   `json:"passed"`
	Blocking bool   `json:"blocking"` // false: an alarm, not a refusal
	Detail   string `json:"detail"`
}

// Verdict is what the gate decided, with its evidence.
type Verdict struct {
	Passed   bool     `json:"passed"`
	Summary  string   `json:"summary"` // one sentence
	Checks   []Check  `json:"checks"`
	Policy   Policy   `json:"policy"`
	Evidence Evidence `json:"evidence"`
}

// Judge applies the policy to the evidence. It is a pure function: the same
// evidence gives the same verdict.
func Judge(p Policy, e Evidence) Verdict {
	v := Verdict{Policy: p, Evidence: e}
	if e.Champion != nil && e.Champion.Version == e.Winner.Version {
		v.Checks = []Check{{
			Name: "not the champion itself", Blocking: true,
			Detail: "the winner is version " + e.Winner.Version + ", which serves already",
		}}
		v.Summary = "kept: the winner is the champion itself"
		return v
	}
	v.Checks = append(v.Checks, checkRows(p, e), checkChampion(e), checkBaseline(e),
		checkSlices(p, e), checkCoverage(p, e), checkServing(e), checkCeiling(p, e))
	var refused []string
	for _, c := range v.Checks {
		if c.Blocking && !c.Passed {
			refused = append(refused, c.Name+": "+c.Detail)
		}
	}
	v.Passed = len(refused) == 0
	v.Summary = "refused: " + strings.Join(refused, "; ")
	if v.Passed {
		v.Summary = "passed: " + v.Checks[1].Detail
	}
	return v
}

// Alarms are the checks that failed without blocking.
func (v Verdict) Alarms() []Check {
	var out []Check
	for _, c := range v.Checks {
		if !c.Blocking && !c.Passed {
			out = append(out, c)
		}
	}
	return out
}

func checkRows(p Policy, e Evidence) Check {
	return Check{
		Name: "enough unseen rows", Blocking: true, Passed: e.Rows >= max(p.MinRows, 1),
		Detail: fmt.Sprintf("%d rows that no model in the comparison learned from; at least %d wanted",
			e.Rows, max(p.MinRows, 1)),
	}
}

func checkChampion(e Evidence) Check {
	c := Check{Name: "better than the champion", Blocking: true}
	switch {
	case e.Champion == nil:
		c.Passed, c.Detail = true, "there is no champion yet"
	case e.VsChampion == nil:
		c.Detail = "no paired comparison could be made"
	default:
		c.Passed = isBetter(*e.VsChampion)
		c.Detail = describeInterval(*e.VsChampion, "the champion "+e.Champion.Version)
	}
	return c
}

func checkBaseline(e Evidence) Check {
	c := Check{Name: "better than the baseline", Blocking: true, Detail: "no baseline was scored"}
	if e.VsBaseline != nil {
		c.Passed = isBetter(*e.VsBaseline)
		c.Detail = describeInterval(*e.VsBaseline, "the baseline "+e.Baseline)
	}
	return c
}

// isBetter reports whether the whole interval lies below zero; it does not for NaN.
func isBetter(i ml.Interval) bool { return i.Diff < 0 && i.High < 0 }

func describeInterval(i ml.Interval, than string) string {
	return fmt.Sprintf("RMSE of the first engine %+.2f s against %s (interval %+.2f to %+.2f)",
		i.Diff, than, i.Low, i.High)
}

// checkSlices compares the winner with the champion slice by slice: a better mean may hide a
// borough that got worse.
func checkSlices(p Policy, e Evidence) Check {
	c := Check{Name: "no large slice worse", Blocking: true, Passed: true, Detail: "there is no champion yet"}
	if e.Champion == nil {
		return c
	}
	type key struct{ by, value string }
	old := map[key]ml.Metrics{}
	for _, s := range e.Champion.Report.Slices {
		old[key{s.By, s.Value}] = s.Metrics
	}
	compared, worse := 0, []string(nil)
	for _, s := range e.Winner.Report.Slices {
		o, ok := old[key{s.By, s.Value}]
		if !ok || s.Metrics.Rows < p.SliceRows {
			continue
		}
		compared++
		if !(s.Metrics.RMSE <= o.RMSE*(1+p.SliceMargin)) {
			worse = append(worse, fmt.Sprintf("%s %s %.1f s, was %.1f s", s.By, s.Value, s.Metrics.RMSE, o.RMSE))
		}
	}
	c.Passed = len(worse) == 0
	c.Detail = fmt.Sprintf("%d slices of at least %d rows within %.0f %%", compared, p.SliceRows, p.SliceMargin*100)
	if !c.Passed {
		c.Detail = strings.Join(worse, ", ")
	}
	return c
}

func checkCoverage(p Policy, e Evidence) Check {
	got := e.Winner.Report.First.CoverageP90
	return Check{
		Name: "P90 coverage", Blocking: true, Passed: got >= p.CoverageLow && got <= p.CoverageTop,
		Detail: fmt.Sprintf("%.1f %% of first engines within their P90; %.0f to %.0f %% wanted",
			got*100, p.CoverageLow*100, p.CoverageTop*100),
	}
}

func checkServing(e Evidence) Check {
	return Check{
		Name: "serving equals training", Blocking: true, Passed: e.Served > 0 && e.Unequal == 0,
		Detail: fmt.Sprintf("%d of %d answers differ", e.Unequal, e.Served),
	}
}

func checkCeiling(p Policy, e Evidence) Check {
	got := e.Winner.Report.First.RMSE
	return Check{
		Name: "RMSE ceiling", Passed: !math.IsNaN(got) && got <= p.CeilingRMSE,
		Detail: fmt.Sprintf("%.1f s; alarm above %.0f s", got, p.CeilingRMSE),
	}
}
