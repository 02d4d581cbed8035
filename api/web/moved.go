package web

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"lfb/internal/feature"
	"lfb/internal/registry"
)

// checkNames are the parts of the monitor's rule.
var checkNames = map[string]string{
	registry.CheckRMSE: "Error (RMSE)", registry.CheckCoverage: "Nine-in-ten times (P90 coverage)",
	registry.CheckPSI: "Drift of the features (PSI)", registry.CheckWasserstein: "Drift of the features (distance)",
}

var codeName = regexp.MustCompile(`\b[a-z0-9]+(?:_[a-z0-9]+)+\b`)

// nameFeatures is a sentence in which features are called by their names for people.
func nameFeatures(text string) string {
	return codeName.ReplaceAllStringFunc(text, func(name string) string { return "“" + feature.LabelOf(name).Name + "”" })
}

// histogramBar is one bin of a feature as it was in the training rows, and is, in hundredths
// of the drawing.
type histogramBar struct {
	X, Width, ThenY, ThenHeight string
	Now                         string // points of the line over this bin
	Title                       string
}

// Bars are the bins.
func (d driftRow) Bars() (out []histogramBar) {
	most := 0.0
	for i := range d.Then {
		most = max(most, d.Then[i], d.Now[i])
	}
	if most == 0 {
		return nil
	}
	width := 100 / float64(len(d.Then))
	for i, then := range d.Then {
		x, y := width*float64(i), 100*(1-d.Now[i]/most)
		out = append(out, histogramBar{
			X: formatTenths(x), Width: formatTenths(0.94 * width), ThenY: formatTenths(100 * (1 - then/most)),
			ThenHeight: formatTenths(100 * then / most),
			Now:        fmt.Sprintf("%.1f,%.1f %.1f,%.1f", x, y, x+width, y),
			Title:      fmt.Sprintf("%s: %s of the calls, was %s", d.bin(i), formatFine(d.Now[i]), formatFine(then)),
		})
	}
	return out
}

// bin names a bin.
func (d driftRow) bin(i int) string {
	if len(d.Words) > 0 {
		return d.Words[i]
	}
	return formatValue(d.Edges[i]) + " to " + formatValue(d.Edges[i+1])
}

// Story is what changed most, in plain words.
func (d driftRow) Story() string {
	up, down := 0, 0
	for i := range d.Then {
		if d.Now[i]-d.Then[i] > d.Now[up]-d.Then[up] {
			up = i
		}
		if d.Now[i]-d.Then[i] < d.Now[down]-d.Then[down] {
			down = i
		}
	}
	var said []string
	if gain := d.Now[up] - d.Then[up]; gain > 0.002 {
		said = append(said, fmt.Sprintf("More often %s: %s of the calls, was %s", d.bin(up), formatFine(d.Now[up]),
			formatFine(d.Then[up])))
	}
	if loss := d.Now[down] - d.Then[down]; loss < -0.002 {
		said = append(said, fmt.Sprintf("less often %s: %s, was %s", d.bin(down), formatFine(d.Now[down]),
			formatFine(d.Then[down])))
	}
	if d.NewValues > 0 {
		said = append(said, fmt.Sprintf("%s of the calls have one of %d values that training did not know",
			formatFine(d.NewShare), d.NewValues))
	}
	if d.Missing-d.MissingRef > 0.01 || d.MissingRef-d.Missing > 0.01 {
		said = append(said, fmt.Sprintf("missing in %s, was %s", formatFine(d.Missing), formatFine(d.MissingRef)))
	}
	if len(said) == 0 {
		return "Hardly changed."
	}
	return toSentence(strings.Join(said, "; "))
}

// formatFine is a share to a tenth of a per cent where it is small.
func formatFine(share float64) string {
	if share < 0.1 {
		return fmt.Sprintf("%.1f\u00a0%%", 100*share)
	}
	return formatShare(share)
}

// formatValue is a number of any size in few digits.
func formatValue(v float64) string {
	text := strconv.FormatFloat(v, 'g', 4, 64)
	if strings.Contains(text, "e") {
		text = strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strings.ReplaceAll(text, "-", "−")
}
