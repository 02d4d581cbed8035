package backfill

import (
	"bytes"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/registry"
	"lfb/internal/svgplot"
)

// Report renders a backfill's page, which loads nothing and runs no script, and
// its plot alone as SVG.
func Report(b registry.Backfill, months []registry.BackfillMonth) (page, svg []byte, err error) {
	p, err := newPlot(b, months)
	if err == nil {
		svg, err = svgplot.Image(p, 11*vg.Inch, 3.6*vg.Inch)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("plot of backfill %s: %w", b.ID, err)
	}
	t, err := template.New("page").Funcs(template.FuncMap{
		"score": func(m registry.BackfillMonth, role string) string {
			if s, ok := m.Score(role); ok {
				return fmt.Sprintf("%.1f", s.Metrics.RMSE)
			}
			return "–"
		},
		"champion": func(m registry.BackfillMonth) *registry.RealisedScore {
			if s, ok := m.Score(registry.RoleChampion); ok {
				return &s
			}
			return nil
		},
		"percent": func(x float64) string { return fmt.Sprintf("%.1f %%", x*100) },
	}).Parse(pageText)
	if err != nil {
		return nil, nil, err
	}
	var out bytes.Buffer
	err = t.Execute(&out, struct {
		registry.Backfill
		Synthetic bool
		Summary   string
		Plot      template.HTML // drawn here, from numbers and our own labels
		Months    []registry.BackfillMonth
		Totals    []Total
	}{b, b.Origin == lfb.Synthetic, Summary(months), template.HTML(svg), months, Totals(months)})
	return out.Bytes(), svg, err
}

// Total is one role over all months: each month's squared error weighs by its
// calls.
type Total struct {
	Role, Label string
	Months      int
	ml.Metrics
}

// Totals sums up the months that every role which scored any has a score in, so
// that all of them are of the same calls.
func Totals(months []registry.BackfillMonth) []Total {
	var out []Total
	for _, r := range slices.Backward(roles) {
		var scores []ml.Metrics
		for _, m := range months {
			if s, ok := m.Score(r.role); ok && len(m.Realised) >= len(roles) {
				scores = append(scores, s.Metrics)
			}
		}
		if sum := registry.PoolMetrics(scores); sum.Rows > 0 {
			out = append(out, Total{r.role, r.label, len(scores), sum})
		}
	}
	return out
}

// Summary is one sentence on what the policy would have done.
func Summary(months []registry.BackfillMonth) string {
	decided, promoted := 0, 0
	for _, m := range months {
		if m.State == registry.MonthDecided {
			decided++
		}
		if m.Champion != "" && m.Since == m.Month {
			promoted++
		}
	}
	s := fmt.Sprintf("%d months, %d decisions, %d promotions", len(months), decided, promoted)
	if t := Totals(months); len(t) > 0 {
		var parts []string
		for _, x := range t {
			parts = append(parts, fmt.Sprintf("%s %.1f s", x.Role, x.RMSE))
		}
		s += "; realised RMSE: " + strings.Join(parts, ", ")
	}
	return s
}

const pageText = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Backfill {{.From}} to {{.To}}</title>
<style>
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:76rem;padding:0 1rem;color:#1b1b1b;background:#fff}
table{border-collapse:collapse;font-size:13px;display:block;overflow-x:auto}
th,td{padding:.25rem .6rem;border-bottom:1px solid #ddd;text-align:left;vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
svg{max-width:100%;height:auto}
.made-up{background:#fff3cd;padding:.5rem 1rem;border:1px solid #e0c060}
.new{font-weight:600} .no{color:#8a2b2b} .soft{color:#666}
</style></head><body>
<h1>What the promotion policy would have done, {{.From}} to {{.To}}</h1>
{{if .Synthetic}}<p class="made-up">These calls are made up by the generator of the synthetic city. They say nothing about London.</p>{{end}}
<p>{{.Summary}}. Backfill {{.ID}} on data set {{.DataSet}}.</p>
<p>At the start of each month, every candidate was trained on the calls of the months that had ended at least
{{.LagDays}} days before (the publication lag), judged by the gate against the champion of this replay, and promoted
where the gate let it. Then all were scored on the calls of that month. Errors are seconds of attendance time, first engine.</p>
<p class="soft">What this cannot show: calls were left out that had not been published yet, but rows that were corrected
since stand here as corrected; the publisher does not keep what it published before. Candidates, recipes and the gate
are today's: they were chosen with knowledge of some of these months.</p>
{{.Plot}}
{{with .Totals}}<h2>Over the months that all have a score in</h2>
<table><tr><th>what serves</th><th class="n">months</th><th class="n">calls</th><th class="n">RMSE</th><th class="n">MAE</th><th class="n">P90 coverage</th></tr>
{{range .}}<tr><td>{{.Label}}</td><td class="n">{{.Months}}</td><td class="n">{{.Rows}}</td><td class="n">{{printf "%.2f" .RMSE}}</td><td class="n">{{printf "%.2f" .MAE}}</td><td class="n">{{percent .CoverageP90}}</td></tr>
{{end}}</table>{{end}}
<h2>By month</h2>
<table><tr><th>month</th><th>known to</th><th class="n">rows</th><th>winner</th><th>gate</th><th>serves</th><th>since</th><th class="n">calls</th>
<th class="n">RMSE</th><th class="n">MAE</th><th class="n">P90 coverage</th><th class="n">first's</th><th class="n">newest's</th><th class="n">baseline's</th></tr>
{{range .Months}}<tr><td>{{.Month}}</td><td>{{.KnownTo}}</td><td class="n">{{.TrainRows}}</td><td>{{.WinnerBy}} {{.Winner}}</td>
<td{{if not .Passed}} class="no"{{end}}>{{if ne .State "decided"}}{{.State}}: {{end}}{{.Reason}}</td>
<td{{if eq .Since .Month}} class="new"{{end}}>{{.ChampBy}} {{.Champion}}</td><td>{{.Since}}</td>
{{with champion .}}<td class="n">{{.Metrics.Rows}}</td><td class="n">{{printf "%.1f" .Metrics.RMSE}}</td><td class="n">{{printf "%.1f" .Metrics.MAE}}</td><td class="n">{{percent .Metrics.CoverageP90}}</td>{{else}}<td class="n">–</td><td class="n">–</td><td class="n">–</td><td class="n">–</td>{{end}}
<td class="n">{{score . "first"}}</td><td class="n">{{score . "newest"}}</td><td class="n">{{score . "baseline"}}</td></tr>
{{end}}</table>
</body></html>
`
