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
	Stopgap    bool         `json:"stopgap,omitempty"` // the champion is provisional
	Serving    string       `json:"serving,omitempty"` // the refit of the champion that serves, where it has seen some of the rows
	Baselines  []Scores     `json:"baselines"`
	VsChampion *ml.Interval `json:"vs_champion,omitempty"` // RMSE of the winner minus the champion's, first engine, seconds
	VsBaseline *ml.Interval `json:"vs_baseline,omitempty"` // the same against the best baseline
	Baseline   string       `json:"baseline"`              // which one that is; the winner's own name where it is the baseline
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
	// Provisional is what serves of it all the same; nil where nothing does.
	Provisional *Provisional `json:"provisional,omitempty"`
}

// Provisional says why a version serves only until one passes the gate, and by how much
// the range of its answers was widened. Coverage is the share of the hold-out's first
// engines within their P90, which only judges: what widens is learned from calibration.
type Provisional struct {
	Version        string  `json:"version"`
	Of             string  `json:"of"`              // the version that it is but for its P90
	Failing        []Check `json:"failing"`         // what the gate refused it for
	WidenedSeconds float64 `json:"widened_seconds"` // by which its P90 is later
	CoverageBefore float64 `json:"coverage_before"` // of Of
	CoverageAfter  float64 `json:"coverage_after"`
}

// Reasons are the failing checks in one sentence.
func (p *Provisional) Reasons() string { return joinDetails(p.Failing) }

func joinDetails(checks []Check) string {
	var out []string
	for _, c := range checks {
		out = append(out, c.Detail)
	}
	return strings.Join(out, "; ")
}

// The names of the gate's checks.
const (
	CheckItself   = "not the champion itself"
	CheckRows     = "enough unseen rows"
	CheckChampion = "better than the champion"
	CheckBaseline = "better than the baseline"
	CheckSlices   = "no large slice worse"
	CheckP90      = "P90 coverage"
	CheckServing  = "serving equals training"
	CheckCeiling  = "RMSE ceiling"
)

// Judge applies the policy to the evidence. It is a pure function: the same
// evidence gives the same verdict.
func Judge(p Policy, e Evidence) Verdict {
	v := Verdict{Policy: p, Evidence: e}
	if e.Champion != nil && e.Champion.Version == e.Winner.Version {
		v.Checks = []Check{{
			Name: CheckItself, Blocking: true,
			Detail: "the winner is version " + e.Winner.Version + ", which serves already",
		}}
		v.Summary = "kept: the winner is the champion itself"
		return v
	}
	champion, baseline := checkChampion(p, e), checkBaseline(p, e)
	v.Checks = []Check{
		checkRows(p, e), champion, baseline,
		checkSlices(p, e), checkCoverage(p, e), checkServing(e), checkCeiling(p, e),
	}
	refused := v.failingChecks(true)
	v.Passed = len(refused) == 0
	v.Summary = "refused: " + joinDetails(refused)
	if v.Passed {
		v.Summary = "passed: " + champion.Detail
		if e.Champion == nil {
			v.Summary += "; " + baseline.Detail
		}
	}
	return v
}

// failingChecks are the checks that failed, of those that block or of the others.
func (v Verdict) failingChecks(blocking bool) (out []Check) {
	for _, c := range v.Checks {
		if c.Blocking == blocking && !c.Passed {
			out = append(out, c)
		}
	}
	return out
}

// Alarms are the checks that failed without blocking.
func (v Verdict) Alarms() []Check { return v.failingChecks(false) }

// MayServeProvisionally says whether what the gate refused may serve where nothing that
// passed does: it answers as it was trained, beats the best baseline or is it, and is
// better than what serves provisionally already.
func (v Verdict) MayServeProvisionally() bool {
	e := v.Evidence
	if e.Champion != nil && (!e.Stopgap || e.VsChampion == nil || !isBetter(*e.VsChampion)) {
		return false
	}
	for _, c := range v.failingChecks(true) {
		if c.Name == CheckServing || c.Name == CheckItself || c.Name == CheckBaseline && e.Baseline != e.Winner.Candidate {
			return false
		}
	}
	return !v.Passed
}

// ServeProvisionally notes that the refused version serves all the same, as p.Version.
func (v *Verdict) ServeProvisionally(p Provisional) {
	p.Failing = v.failingChecks(true)
	v.Provisional = &p
	v.Summary = fmt.Sprintf("provisional, until a version passes the gate: %s; its P90 is %.0f s later than it was "+
		"fitted, and %.1f %% "+
		"of the hold-out's first engines are within it, %.1f %% before", p.Reasons(), p.WidenedSeconds, p.CoverageAfter*100,
		p.CoverageBefore*100)
}

func checkRows(p Policy, e Evidence) Check {
	c := Check{Name: CheckRows, Blocking: true, Passed: e.Rows >= max(p.MinRows, 1)}
	c.Detail = fmt.Sprintf("%d rows that no model in the comparison learned from; at least %d wanted", e.Rows,
		max(p.MinRows, 1))
	if !c.Passed {
		c.Detail = "only " + c.Detail
	}
	return c
}

func checkChampion(p Policy, e Evidence) Check {
	c := Check{Name: CheckChampion, Blocking: true}
	switch {
	case e.Champion == nil:
		c.Passed, c.Detail = true, "there is no champion yet"
	case e.VsChampion == nil:
		c.Detail = "no paired comparison with the champion could be made"
	case e.Stopgap: // it never passed: whatever does replaces it, unless it is known to be worse
		c.Passed = !(e.VsChampion.Low > 0)
		c.Detail = compareTo(*e.VsChampion, p, "the provisional champion "+e.Champion.Version)
	default:
		c.Passed = isBetter(*e.VsChampion)
		c.Detail = compareTo(*e.VsChampion, p, e.describeChampion())
	}
	return c
}

// describeChampion names the champion, and says where it stands in for its refit.
func (e Evidence) describeChampion() string {
	if e.Serving == "" {
		return "the champion " + e.Champion.Version
	}
	return "the champion " + e.Champion.Version + ", compared in place of its refit " + e.Serving +
		", which has seen these rows"
}

func checkBaseline(p Policy, e Evidence) Check {
	c := Check{Name: CheckBaseline, Blocking: true, Detail: "no baseline was scored"}
	switch {
	case e.VsBaseline != nil:
		c.Passed = isBetter(*e.VsBaseline)
		c.Detail = compareTo(*e.VsBaseline, p, "the best baseline, "+e.Baseline)
	case e.Baseline == e.Winner.Candidate && e.Baseline != "":
		c.Detail = "the winner, " + e.Baseline + ", is a baseline itself: no candidate did better"
	case e.Baseline != "":
		c.Detail = "no paired comparison with the best baseline, " + e.Baseline + ", could be made"
	}
	return c
}

// isBetter reports whether the whole interval lies below zero; it does not for NaN.
func isBetter(i ml.Interval) bool { return i.Diff < 0 && i.High < 0 }

// compareTo says how the winner did against another, so that it cannot be read backwards.
func compareTo(i ml.Interval, p Policy, than string) string {
	claim := "not better than "
	switch {
	case isBetter(i):
		claim = "better than "
	case i.Low > 0:
		claim = "worse than "
	}
	figures := fmt.Sprintf("%+.2f s, %.0f %% %+.2f to %+.2f", i.Diff, p.Confidence*100, i.Low, i.High)
	return claim + than + " (RMSE of the first engine " + strings.ReplaceAll(figures, "-", "−") + ")"
}

// checkSlices compares the winner with the champion slice by slice: a better mean may hide a
// borough that got worse.
func checkSlices(p Policy, e Evidence) Check {
	c := Check{Name: CheckSlices, Blocking: true, Passed: true, Detail: "there is no champion yet"}
	if e.Champion == nil {
		return c
	}
	if e.Stopgap {
		c.Detail = "the champion is provisional"
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
		c.Detail = "large slices got worse: " + strings.Join(worse, ", ")
	}
	return c
}

func checkCoverage(p Policy, e Evidence) Check {
	got := e.Winner.Report.First.CoverageP90
	return Check{
		Name: CheckP90, Blocking: true, Passed: got >= p.CoverageLow && got <= p.CoverageTop,
		Detail: fmt.Sprintf("%.1f %% of first engines within their P90; %.0f to %.0f %% wanted",
			got*100, p.CoverageLow*100, p.CoverageTop*100),
	}
}

func checkServing(e Evidence) Check {
	return Check{
		Name: CheckServing, Blocking: true, Passed: e.Served > 0 && e.Unequal == 0,
		Detail: fmt.Sprintf("%d of %d answers of the serving path differ from training's", e.Unequal, e.Served),
	}
}

func checkCeiling(p Policy, e Evidence) Check {
	got := e.Winner.Report.First.RMSE
	return Check{
		Name: CheckCeiling, Passed: !math.IsNaN(got) && got <= p.CeilingRMSE,
		Detail: fmt.Sprintf("%.1f s; alarm above %.0f s", got, p.CeilingRMSE),
	}
}
