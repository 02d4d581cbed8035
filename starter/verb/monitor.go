package verb

import (
	"context"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"

	"lfb/internal/app"
	"lfb/internal/control"
	"lfb/internal/registry"
)

// monitor looks at the champion now and shows what was found, or with "list" what
// earlier monitor runs found.
func monitor(ctx context.Context, e *env) error {
	switch e.arg(0) {
	case "":
	case "list":
		return monitorings(ctx, e)
	default:
		return fmt.Errorf("monitor %q: want nothing, to look now, or list", e.arg(0))
	}
	cl, err := e.temporal(ctx)
	if err != nil {
		return err
	}
	h, err := control.StartMonitor(ctx, cl, control.MonitorInput(e.c, "manual", e.who()))
	if left, err := e.leave(h, err, "monitoring of "+e.line()+" is running already"); left || err != nil {
		return err
	}
	var m registry.Monitoring
	err = follow(ctx, cl, h.GetID(), h.GetRunID(), e.progress(), e.terminal(), &m)
	if control.RunFailed(err) {
		fmt.Fprintf(e.out, "\nthe monitor run failed: %s\n", control.Cause(err))
		return app.ExitError{Code: 3}
	}
	if err != nil {
		return err
	}
	if done, err := e.json(m); done {
		return err
	}
	e.monitoring(m)
	return nil
}

func monitorings(ctx context.Context, e *env) error {
	db, err := e.records(ctx)
	if err != nil {
		return err
	}
	all, err := db.Monitorings(ctx, e.line(), "", e.c.Starter.Limit)
	if err != nil {
		return err
	}
	return list(e, all, table.Row{"run", "version", "data set", "outcome", "reason"}, func(m registry.Monitoring) table.Row {
		return table.Row{m.ID, m.Version, m.DataSet, m.Outcome, m.Reason}
	})
}

// monitoring shows one monitor run.
func (e *env) monitoring(m registry.Monitoring) {
	rows := make([]table.Row, 0, len(m.Months))
	for _, r := range m.Months {
		f := r.Report.First
		rows = append(rows, table.Row{
			r.Month, r.Version, r.Basis, f.Rows, fmt.Sprintf("%.1f", f.MAE), fmt.Sprintf("%.1f", f.RMSE), fmt.Sprintf("%.1f", f.PinballP90),
			fmt.Sprintf("%.1f %%", 100*f.CoverageP90), fmt.Sprintf("%.1f / %.1f %%", 100*f.Within6, 100*f.Within6Pred),
		})
	}
	if len(rows) > 0 {
		e.table(table.Row{"month", "version", "answers", "rows", "MAE", "RMSE", "P90 error", "P90 coverage", "≤ 6 min / predicted"}, rows)
	}
	rows = nil
	for _, d := range m.Drift[:min(len(m.Drift), 10)] {
		rows = append(rows, table.Row{d.Feature, fmt.Sprintf("%.3f", d.PSI), fmt.Sprintf("%.3f", d.Wasserstein), fmt.Sprintf("%.1f %%", 100*d.NewShare), d.Judged, d.Beyond})
	}
	if len(rows) > 0 {
		e.table(table.Row{"feature", "PSI", "Wasserstein", "new", "judged", "beyond"}, rows)
	}
	fmt.Fprintf(e.out, "\nmonitor run %s: %s\n  %s\n", m.ID, m.Outcome, m.Reason)
	for _, name := range m.Alarms {
		fmt.Fprintf(e.out, "  alarm open: %s\n", name)
	}
	if m.Retrain != nil {
		fmt.Fprintf(e.out, "  started %q; starter watch shows it\n", m.Retrain.WorkflowID)
	}
}
