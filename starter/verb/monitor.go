package verb

import (
	"context"
	"fmt"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"lfb/internal/control"
	"lfb/internal/registry"
)

// runMonitor looks at the champion now and shows what was found, or with "list" what
// earlier monitor runs found.
func runMonitor(ctx context.Context, e *env) error {
	switch e.argAt(0) {
	case "":
	case "list":
		return showMonitorings(ctx, e)
	default:
		return fmt.Errorf("monitor %q: want nothing, to look now, or list", e.argAt(0))
	}
	cl, err := e.dialTemporal(ctx)
	if err != nil {
		return err
	}
	h, err := control.StartMonitor(ctx, cl, control.MonitorInput(e.c, "manual", e.callerName()))
	if left, err := e.leaveDetached(h, err, "monitoring of "+e.lineName()+" is running already"); left || err != nil {
		return err
	}
	var m registry.Monitoring
	err = followProgress(ctx, cl, h.GetID(), h.GetRunID(), e.progressWriter(), e.onTerminal(), &m)
	if err := e.sayEnded("monitor run", err); err != nil {
		return err
	}
	return e.print(m, func() { e.printMonitoring(m) })
}

func showMonitorings(ctx context.Context, e *env) error {
	db, err := e.openRecords(ctx)
	if err != nil {
		return err
	}
	all, err := db.Monitorings(ctx, e.lineName(), "", e.c.Starter.Limit)
	if err != nil {
		return err
	}
	return printList(e, all, table.Row{"run", "version", "data set", "outcome", "reason"},
		func(m registry.Monitoring) table.Row {
			return table.Row{m.ID, m.Version, m.DataSet, m.Outcome, m.Reason}
		})
}

// showRefused lists the answers that the log refused.
func showRefused(ctx context.Context, e *env) error {
	db, err := e.openRecords(ctx)
	if err != nil {
		return err
	}
	all, err := db.Refused(ctx, time.Time{}, "", e.c.Starter.Limit)
	if err != nil {
		return err
	}
	return printList(e, all, table.Row{"refused", "prediction", "host", "reason"},
		func(r registry.RefusedPrediction) table.Row {
			return table.Row{r.At.UTC().Format(time.DateTime), r.Prediction, r.Host, shortenText(r.Reason)}
		})
}

// printMonitoring shows one monitor run.
func (e *env) printMonitoring(m registry.Monitoring) {
	if len(m.Months) > 0 {
		header := table.Row{
			"month", "version", "answers", "rows", "MAE", "RMSE", "P90 error", "P90 coverage",
			"≤ 6 min / predicted",
		}
		printTable(e.out, header, rowsOf(m.Months, func(r registry.Realised) table.Row {
			f := r.Report.First
			return table.Row{
				r.Month, r.Version, r.Basis, f.Rows, formatTenths(f.MAE), formatTenths(f.RMSE), formatTenths(f.PinballP90),
				formatTenths(100*f.CoverageP90) + " %",
				formatTenths(100*f.Within6) + " / " + formatTenths(100*f.Within6Pred) + " %",
			}
		}), "")
	}
	if len(m.Drift) > 0 {
		header := table.Row{"feature", "PSI", "Wasserstein", "new", "judged", "beyond"}
		printTable(e.out, header, rowsOf(m.Drift[:min(len(m.Drift), 10)], func(d registry.Drift) table.Row {
			return table.Row{
				d.Feature, fmt.Sprintf("%.3f", d.PSI), fmt.Sprintf("%.3f", d.Wasserstein),
				formatTenths(100*d.NewShare) + " %", d.Judged, d.Beyond,
			}
		}), "")
	}
	fmt.Fprintf(e.out, "\nmonitor run %s: %s\n  %s\n", m.ID, m.Outcome, m.Reason)
	for _, name := range m.Alarms {
		fmt.Fprintf(e.out, "  alarm open: %s\n", name)
	}
	if m.Retrain != nil {
		fmt.Fprintf(e.out, "  started %q; %s watch shows it\n", m.Retrain.WorkflowID, program())
	}
}
