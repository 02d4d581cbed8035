package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"gonum.org/v1/plot/plotter"

	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/internal/svgplot"
)

// Monitor is where the monitor runs are read from.
type Monitor interface {
	// Monitorings are the looks, newest first.
	Monitorings(ctx context.Context, line, before string, limit int) ([]registry.Monitoring, error)
	// Realised is performance by month, from a month on; an empty version is all.
	Realised(ctx context.Context, line, version, fromMonth string) ([]registry.Realised, error)
	// Alarms is the newest episode of every alarm; open leaves out the cleared.
	Alarms(ctx context.Context, line string, open bool) ([]registry.Alarm, error)
	AlarmLog(ctx context.Context, line string, limit int) ([]registry.Alarm, error)
}

// How much of the monitoring the page shows.
const (
	pageLooks  = 20
	pageAlarms = 20
	pageMonths = 36
	pageDrift  = 40
)

type monitoringBody struct {
	Line  string
	Lines []string
	Last  *registry.Monitoring // the newest look that was finished; nil before the first
	Looks []registry.Monitoring
	Open  []registry.Alarm
	Log   []registry.Alarm
	// Months are those of the version that serves, oldest first; Basis says which
	// answers were scored.
	Months   []registry.Realised
	MostRMSE float64 // of the months
	Drift    []registry.Drift
	MostPSI  float64 // of the features
}

// Plots is the address of the drawings.
func (b *monitoringBody) Plots() string { return "/monitoring/" + url.PathEscape(b.Line) + "/plots" }

func (u *ui) showMonitoring(r *http.Request) (*view, error) {
	ctx := r.Context()
	b := &monitoringBody{Lines: lfb.Lines(), Line: r.URL.Query().Get("line")}
	if b.Line == "" {
		b.Line = lfb.Real.Line()
		if m := u.Champion.Now(); m != nil {
			b.Line = m.Promotion.Line
		}
	}
	var err error
	if b.Looks, err = u.Store.Monitorings(ctx, b.Line, "", pageLooks); err != nil {
		return nil, err
	}
	for i, l := range b.Looks {
		if l.State != registry.Running && len(l.Drift)+len(l.Months) > 0 {
			b.Last = &b.Looks[i]
			break
		}
	}
	if b.Open, err = u.Store.Alarms(ctx, b.Line, true); err != nil {
		return nil, err
	}
	if b.Log, err = u.Store.AlarmLog(ctx, b.Line, pageAlarms); err != nil {
		return nil, err
	}
	if b.Months, err = u.readMonths(ctx, b.Line); err != nil {
		return nil, err
	}
	for _, m := range b.Months {
		b.MostRMSE = max(b.MostRMSE, finiteOr(m.Report.First.RMSE, 0))
	}
	b.MostPSI = 0.25 // below it a full bar would cry wolf
	if b.Last != nil {
		b.Drift = b.Last.Drift[:min(pageDrift, len(b.Last.Drift))]
	}
	for _, d := range b.Drift {
		b.MostPSI = max(b.MostPSI, finiteOr(d.PSI, 0))
	}
	return &view{Template: "monitoring", Title: "Monitoring", Section: "monitoring", Body: b}, nil
}

// readMonths are those of the champion of a line, as many as are shown.
func (u *ui) readMonths(ctx context.Context, line string) ([]registry.Realised, error) {
	now, err := u.readChampion(ctx, line)
	if err != nil || now.To == "" {
		return nil, err
	}
	from := u.Now().In(lfb.London).AddDate(0, -pageMonths, 0).Format("2006-01")
	return u.Store.Realised(ctx, line, now.To, from)
}

// monitoringPlot draws realised errors or coverage by month.
func (u *ui) monitoringPlot(r *http.Request) (*view, error) {
	months, err := u.readMonths(r.Context(), r.PathValue("line"))
	if err != nil {
		return nil, err
	}
	var body []byte
	switch kind := r.PathValue("kind"); kind {
	case plotErrors:
		body, err = monthsPlot(months, "seconds", map[string]func(registry.Realised) float64{
			"RMSE": func(m registry.Realised) float64 { return m.Report.First.RMSE },
			"MAE":  func(m registry.Realised) float64 { return m.Report.First.MAE },
		}, [2]string{"RMSE", "MAE"})
	case plotCoverage:
		body, err = monthsPlot(months, "first engines within it, %", map[string]func(registry.Realised) float64{
			"P90 held": func(m registry.Realised) float64 { return 100 * m.Report.First.CoverageP90 },
			"P50 held": func(m registry.Realised) float64 { return 100 * m.Report.First.CoverageP50 },
		}, [2]string{"P90 held", "P50 held"}, 90, 50)
	default:
		err = fmt.Errorf("drawing %.40q: %w", kind, lfb.ErrNotFound)
	}
	return newImage(body, "no-store"), err
}

// monthsPlot draws two values by month, with dotted lines where they should be.
func monthsPlot(months []registry.Realised, unit string, of map[string]func(registry.Realised) float64, names [2]string, lines ...float64) ([]byte, error) {
	p := svgplot.New("", unit)
	labels := []string{}
	at := map[string]float64{}
	for _, m := range months {
		if _, ok := at[m.Month]; !ok {
			at[m.Month] = float64(len(labels))
			labels = append(labels, monthName(m.Month))
		}
	}
	for k, name := range names {
		var points plotter.XYs
		for i, m := range months {
			if i+1 < len(months) && months[i+1].Month == m.Month {
				continue // two bases of one month: the last is drawn, the table has both
			}
			points = append(points, plotter.XY{X: at[m.Month], Y: of[name](m)})
		}
		if len(points) == 0 {
			return nil, fmt.Errorf("months: %w", lfb.ErrNotFound)
		}
		if err := svgplot.AddLine(p, name, points, k); err != nil {
			return nil, err
		}
	}
	p.X.Min, p.X.Max, p.Y.Min = -0.5, float64(len(labels))-0.5, 0
	for _, y := range lines {
		svgplot.AddDotted(p, p.X.Min, y, p.X.Max, y)
		p.Y.Max = 100
	}
	p.Legend.YOffs = -60
	step := (len(labels) + 5) / 6
	for i := range labels {
		if i%step != 0 {
			labels[i] = ""
		}
	}
	p.NominalX(labels...)
	p.X.Tick.Label.Color = svgplot.Ink
	return renderPlot(p)
}

// monthName is a month as people write it.
func monthName(month string) string {
	if t, err := time.Parse("2006-01", month); err == nil {
		return t.Format("Jan 2006")
	}
	return month
}
