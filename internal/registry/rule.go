package registry

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"lfb/internal/ml"
)

// MonitorRule says what asks for a retrain, and what raises an alarm.
type MonitorRule struct {
	RMSE        float64       `json:"rmse"`         // seconds, first engine; above it a retrain
	CoverageLow float64       `json:"coverage_low"` // bounds of the P90's coverage
	CoverageTop float64       `json:"coverage_top"`
	PSI         float64       `json:"psi"`         // of any judged feature, beyond what chance gives
	Wasserstein float64       `json:"wasserstein"` // likewise, standard deviations
	Ignore      []string      `json:"ignore"`      // features whose drift is shown and not judged
	Months      int           `json:"months"`      // newest months that are judged together
	MinRows     int           `json:"min_rows"`    // first engines; fewer judge nothing
	CoolDown    time.Duration `json:"cool_down"`   // between two retrains that a monitor starts
	StaleData   time.Duration `json:"stale_data"`  // age of the newest call from which on it is an alarm; 0 never
	StaleModel  time.Duration `json:"stale_model"` // age of what the champion learned from; 0 never
}

// The names of the rule's checks, which are also those of their alarms.
const (
	CheckRMSE        = "rmse"
	CheckCoverage    = "coverage_p90"
	CheckPSI         = "psi"
	CheckWasserstein = "wasserstein"
)

// MarkDrift sorts drift by PSI, worst first, and marks what the rule judges and
// what is beyond a bound.
func (r MonitorRule) MarkDrift(drift []Drift) {
	for i := range drift {
		d := &drift[i]
		d.Judged = !slices.Contains(r.Ignore, d.Feature)
		d.Beyond = d.Judged && (d.PSI-d.Noise > r.PSI || d.Wasserstein-d.NoiseWasserstein() > r.Wasserstein)
	}
	slices.SortStableFunc(drift, func(a, b Drift) int {
		return cmp.Or(cmp.Compare(b.PSI, a.PSI), strings.Compare(a.Feature, b.Feature))
	})
}

// NoiseWasserstein is the distance, in standard deviations, that two samples of
// these sizes keep by chance: about 0.6·√(1/n+1/m) for one that is bell-shaped.
func (d Drift) NoiseWasserstein() float64 {
	if d.Rows == 0 || d.RowsRef == 0 {
		return 0
	}
	return 0.6 * math.Sqrt(1/float64(d.Rows)+1/float64(d.RowsRef))
}

// JudgeMonitor applies the rule to the champion's months, scored afresh, and to
// the drift of the rows that it did not learn from.
func JudgeMonitor(rule MonitorRule, months []Realised, drift []Drift) MonitorVerdict {
	var afresh []Realised
	for _, m := range months {
		if m.Basis == Afresh && m.Report.First.Rows > 0 {
			afresh = append(afresh, m)
		}
	}
	slices.SortFunc(afresh, func(a, b Realised) int { return strings.Compare(a.Month, b.Month) })
	afresh = afresh[max(0, len(afresh)-max(rule.Months, 1)):]
	var v MonitorVerdict
	if len(afresh) > 0 {
		v.From, v.To = afresh[0].Month, afresh[len(afresh)-1].Month
	}
	var scores []ml.Metrics
	for _, m := range afresh {
		scores = append(scores, m.Report.First)
	}
	sum := PoolMetrics(scores)
	v.Rows = sum.Rows
	if sum.Rows < max(rule.MinRows, 1) {
		v.Summary = fmt.Sprintf("%d new first engines, fewer than the %d that are judged", sum.Rows, rule.MinRows)
		return v
	}
	v.Checks = []MonitorCheck{
		{
			Name: CheckRMSE, Fired: sum.RMSE > rule.RMSE, Value: sum.RMSE, High: rule.RMSE,
			Bound:  fmt.Sprintf("≤ %g s", rule.RMSE),
			Detail: fmt.Sprintf("RMSE %.1f s over %d first engines, bound %g s", sum.RMSE, sum.Rows, rule.RMSE),
		},
		{
			Name: CheckCoverage, Fired: sum.CoverageP90 < rule.CoverageLow || sum.CoverageP90 > rule.CoverageTop,
			Value: sum.CoverageP90, Low: rule.CoverageLow, High: rule.CoverageTop,
			Bound: fmt.Sprintf("%g to %g", rule.CoverageLow, rule.CoverageTop),
			Detail: fmt.Sprintf("%.1f %% arrived within the P90, bounds %g to %g %%", 100*sum.CoverageP90, 100*rule.CoverageLow,
				100*rule.CoverageTop),
		},
		checkDrift(CheckPSI, "PSI", rule.PSI, drift, func(d Drift) (float64, float64) { return d.PSI, d.Noise }),
		checkDrift(CheckWasserstein, "Wasserstein distance", rule.Wasserstein, drift,
			func(d Drift) (float64, float64) { return d.Wasserstein, d.NoiseWasserstein() }),
	}
	var fired []string
	for _, c := range v.Checks {
		if c.Fired {
			v.Retrain = true
			fired = append(fired, c.Detail)
		}
	}
	v.Summary = strings.Join(fired, "; ")
	if !v.Retrain {
		v.Summary = fmt.Sprintf("RMSE %.1f s, P90 coverage %.1f %%, no feature beyond its bound: within the rule", sum.RMSE,
			100*sum.CoverageP90)
	}
	return v
}

// PoolMetrics is the RMSE, MAE, coverage and rows of several months as one: what is squared
// is averaged as squares.
func PoolMetrics(months []ml.Metrics) (sum ml.Metrics) {
	for _, m := range months {
		n := float64(m.Rows)
		sum.Rows += m.Rows
		sum.RMSE += n * m.RMSE * m.RMSE
		sum.MAE += n * m.MAE
		sum.CoverageP90 += n * m.CoverageP90
	}
	if n := float64(sum.Rows); n > 0 {
		sum.RMSE, sum.MAE, sum.CoverageP90 = math.Sqrt(sum.RMSE/n), sum.MAE/n, sum.CoverageP90/n
	}
	return sum
}

// checkDrift is the check of the judged feature that is furthest over what chance gives.
func checkDrift(name, title string, bound float64, drift []Drift, of func(Drift) (value, noise float64)) MonitorCheck {
	c := MonitorCheck{Name: name, High: bound, Bound: fmt.Sprintf("≤ %g", bound), Detail: "no feature was measured"}
	top := math.Inf(-1)
	var beyond []string
	for _, d := range drift {
		if !d.Judged {
			continue
		}
		v, noise := of(d)
		if v-noise > bound {
			beyond = append(beyond, d.Feature)
		}
		if v-noise > top {
			top = v - noise
			c.Value = v
			c.Detail = fmt.Sprintf("%s of %s is %.3f, bound %g", title, d.Feature, v, bound)
		}
	}
	if c.Fired = len(beyond) > 0; len(beyond) > 1 {
		c.Detail += fmt.Sprintf("; %d features are beyond it: %s", len(beyond), strings.Join(beyond[:min(len(beyond), 8)],
			", "))
	}
	return c
}

// MayRetrain says why a monitor may not start a retrain now, "" where it may:
// once per data set, then a cool-down, so that a bound that cannot be met does
// not retrain for ever. last is the line's last claim, zero without one.
func (r MonitorRule) MayRetrain(dataSet string, last Claim, now time.Time) string {
	if last.At.IsZero() {
		return ""
	}
	if last.DataSet == dataSet {
		return fmt.Sprintf("a retrain was started for data set %s already, on %s", dataSet,
			last.At.UTC().Format(time.DateTime))
	}
	if until := last.At.Add(r.CoolDown); now.Before(until) {
		return fmt.Sprintf("the last retrain that a monitor started was on %s; the cool-down ends on %s",
			last.At.UTC().Format(time.DateTime), until.UTC().Format(time.DateTime))
	}
	return ""
}
