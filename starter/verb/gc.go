package verb

import (
	"context"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"

	"lfb/internal/control"
	"lfb/workflows"
)

// collectGarbage removes what nothing needs, or with -dry-run says what would go: kinds
// of object beside what of them may go, then the rows.
func collectGarbage(ctx context.Context, e *env) error {
	cl, err := e.dialTemporal(ctx)
	if err != nil {
		return err
	}
	h, err := control.StartGC(ctx, cl, e.c, e.callerName())
	if left, err := e.leaveDetached(h, err, ""); left || err != nil {
		return err
	}
	var out workflows.CollectGarbageResult
	if err := h.Get(ctx, &out); err != nil {
		return err
	}
	p := out.Plan
	return e.print(out, func() {
		var rows []table.Row
		for i, t := range p.Stored {
			g := p.Unused[i]
			rows = append(rows, table.Row{t.Kind, t.Count, formatMegabytes(t.Bytes), g.Count, formatMegabytes(g.Bytes)})
		}
		printTable(e.out, table.Row{"kind", "objects", "MB", "may go", "MB"}, rows, "")
		fmt.Fprintf(e.out, "rows that may go: %d versions, %d data sets, %d files, %d monitor runs, %d logged answers\n%s: "+
			"%s\n",
			p.Versions, p.DataSets, p.Files, p.MonitorRuns, p.Predictions, out.Outcome, out.Reason)
	})
}

func formatMegabytes(n int64) string { return fmt.Sprintf("%.2f", float64(n)/1e6) }
