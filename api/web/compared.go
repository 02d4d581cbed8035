package web

import (
	"fmt"
	"math"

	"lfb/internal/ml"
)

// comparedRow is one figure of two versions, with what the change comes to.
type comparedRow struct {
	Name, Was, Is string
	Change        string // in words, with the interval where there is one
	Verdict       string // better | worse | same; empty where the two cannot be compared
	Whisker       *whisker
}

// Arrow goes up for better.
func (r comparedRow) Arrow() string {
	return map[string]string{"better": "▲", "worse": "▼", "same": "="}[r.Verdict]
}

// comparedFigure is a figure of the first engine, and what it should be.
type comparedFigure struct {
	name  string
	of    func(ml.Metrics) float64
	aim   float64 // 0 of an error in seconds, else of a share
	scale float64 // from it to what is shown
	unit  string
}

func comparedFigures() []comparedFigure {
	return []comparedFigure{
		{"RMSE", func(m ml.Metrics) float64 { return m.RMSE }, 0, 1, "\u00a0s"},
		{"MAE", func(m ml.Metrics) float64 { return m.MAE }, 0, 1, "\u00a0s"},
		{"nine-in-ten error (pinball loss)", func(m ml.Metrics) float64 { return m.PinballP90 }, 0, 1, "\u00a0s"},
		{"within P90", func(m ml.Metrics) float64 { return m.CoverageP90 }, 0.9, 100, "\u00a0%"},
		{"within P50", func(m ml.Metrics) float64 { return m.CoverageP50 }, 0.5, 100, "\u00a0%"},
	}
}

// compareMetrics sets figures side by side; was is nil where nothing serves. Only what was
// scored on the same rows is called better or worse, the RMSE only by its interval.
func compareMetrics(is ml.Metrics, was *ml.Metrics, vs *ml.Interval, paired bool) (out []comparedRow) {
	for _, f := range comparedFigures() {
		r := comparedRow{Name: f.name, Was: "–", Is: formatTenths(f.scale*f.of(is)) + f.unit}
		if was != nil {
			r.Was = formatTenths(f.scale*f.of(*was)) + f.unit
		}
		if paired && was != nil {
			r.Verdict, r.Change = f.judgeChange(f.of(*was), f.of(is))
		}
		out = append(out, r)
	}
	if paired && vs != nil {
		out[0].Verdict, out[0].Change = judgeInterval(vs), describeInterval(vs, "what serves")
		out[0].Whisker = drawWhiskers([]*ml.Interval{vs})[0]
	} else if paired && was != nil { // two of one run: which is better by more than chance was not measured
		out[0].Verdict, out[0].Change = "", fmt.Sprintf("%s\u00a0s; whether by more than chance was not measured",
			formatChange(is.RMSE-was.RMSE))
	}
	return out
}

// judgeChange says what a change comes to, in words.
func (f comparedFigure) judgeChange(was, is float64) (verdict, words string) {
	by := f.scale * (math.Abs(is-f.aim) - math.Abs(was-f.aim))
	verdict = "better"
	switch {
	case math.Abs(by) < 0.05:
		return "same", "no different"
	case by > 0:
		verdict = "worse"
	}
	if f.aim == 0 {
		return verdict, fmt.Sprintf("%s by %.1f\u00a0s", verdict, math.Abs(by))
	}
	towards := map[string]string{"better": "nearer to", "worse": "further from"}[verdict]
	return verdict, fmt.Sprintf("%s: %.1f points %s %.0f\u00a0%%", verdict, math.Abs(by), towards, 100*f.aim)
}
