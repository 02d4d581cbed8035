package verb

import (
	"context"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"

	"lfb/internal/control"
	"lfb/workflows"
)

// housekeeping removes what nothing needs, or with -dry-run says what would go: kinds
// of object beside what of them may go, then the rows.
func housekeeping(ctx context.Context, e *env) error {
	cl, err := e.temporal(ctx)
	if err != nil {
		return err
	}
	h, err := control.StartGC(ctx, cl, e.c, e.who())
	if left, err := e.leave(h, err, ""); left || err != nil {
		return err
	}
	var out workflows.CollectGarbageResult
	if err := h.Get(ctx, &out); err != nil {
		return err
	}
	if done, err := e.json(out); done {
		return err
	}
	var rows []table.Row
	for i, t := range out.Plan.Stored {
		g := out.Plan.Unused[i]
		rows = append(rows, table.Row{t.Kind, t.Count, megabytes(t.Bytes), g.Count, megabytes(g.Bytes)})
	}
	e.table(table.Row{"kind", "objects", "MB", "may go", "MB"}, rows)
	fmt.Fprintf(e.out, "rows that may go: %d versions, %d data sets, %d files, %d monitor runs, %d logged answers\n%s: %s\n",
		out.Plan.Versions, out.Plan.DataSets, out.Plan.Files, out.Plan.MonitorRuns, out.Plan.Predictions, out.Outcome, out.Reason)
	return nil
}

func megabytes(n int64) string { return fmt.Sprintf("%.2f", float64(n)/1e6) }
