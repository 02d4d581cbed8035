package mlflow

import (
	"bytes"
	"fmt"
	"html"
	"math"
	"slices"

	"lfb/internal/bundle"
	"lfb/internal/ml"
)

// bar is one line of a plot.
type bar struct {
	label string
	value float64
}

const (
	barHeight   = 18
	plotLeft    = 260
	plotWidth   = 420
	mostBars    = 60
	mostColumns = 25
)

// bars draws horizontal bars as SVG, which MLflow's page shows.
func bars(title, unit string, rows []bar) []byte {
	rows = slices.DeleteFunc(slices.Clone(rows), func(r bar) bool { return math.IsNaN(r.value) || math.IsInf(r.value, 0) })
	rows = rows[:min(len(rows), mostBars)]
	longest := 0.0
	for _, r := range rows {
		longest = max(longest, math.Abs(r.value))
	}
	var b bytes.Buffer
	height := 44 + barHeight*len(rows)
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">`,
		plotLeft+plotWidth+100, height)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="#fff"/><text x="8" y="22" font-size="14">%s</text>`, html.EscapeString(title))
	for i, r := range rows {
		y, length := 36+barHeight*i, 0.0
		if longest > 0 {
			length = plotWidth * math.Abs(r.value) / longest
		}
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%s</text><rect x="%d" y="%d" width="%.1f" height="%d" fill="#1f6f8b"/>`,
			plotLeft-8, y+12, html.EscapeString(cut(r.label, 40)), plotLeft, y, length, barHeight-4)
		fmt.Fprintf(&b, `<text x="%.1f" y="%d">%.4g %s</text>`, plotLeft+length+6, y+12, r.value, html.EscapeString(unit))
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// candidatePlots are a candidate's artifacts under plots/.
func candidatePlots(b *bundle.Bundle, holdout ml.Report) []artifact {
	var out []artifact
	if imp := b.Manifest.Importances; len(imp) > 0 {
		var rows []bar
		for _, i := range imp[:min(len(imp), mostColumns)] {
			rows = append(rows, bar{i.Column, i.Gain})
		}
		out = append(out, text("plots/importance.svg", bars("What the model goes by: gain", "", rows)))
	}
	by := map[string][]bar{}
	var names []string
	for _, s := range holdout.Slices {
		if by[s.By] == nil {
			names = append(names, s.By)
		}
		by[s.By] = append(by[s.By], bar{s.Value, s.Metrics.RMSE})
	}
	for _, name := range names {
		out = append(out, text("plots/rmse_by_"+key(name)+".svg", bars("RMSE on the hold-out by "+name, "s", by[name])))
	}
	return out
}
