package verb

import (
	"context"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"

	"lfb/activities"
	"lfb/internal/app"
	"lfb/internal/control"
	"lfb/internal/gc"
	"lfb/workflows"
)

// housekeeping removes what nothing needs, or says what would go.
func housekeeping(ctx context.Context, e *env) error {
	if e.c.GC.DryRun {
		plan, err := app.MarkGC(ctx, e.c)
		if err != nil {
			return err
		}
		if done, err := e.json(plan); done {
			return err
		}
		e.printPlan(plan, plan.Go, "would go")
		fmt.Fprintln(e.out, "nothing was removed")
		return nil
	}
	cl, err := e.temporal(ctx)
	if err != nil {
		return err
	}
	h, err := control.StartGC(ctx, cl, e.c, e.who())
	if err != nil {
		return err
	}
	if e.c.Starter.Detach {
		return e.started(h)
	}
	var out workflows.GCResult
	if err := h.Get(ctx, &out); err != nil {
		return err
	}
	if done, err := e.json(out); done {
		return err
	}
	e.printPlan(out.Plan, out.Sweep.Removed, "went")
	fmt.Fprintf(e.out, "%s: %s\n", out.Outcome, out.Reason)
	return nil
}

// printPlan shows kinds of object beside what goes of them, then the rows.
func (e *env) printPlan(plan activities.PlanGCResult, gone []gc.Total, word string) {
	var rows []table.Row
	for i, t := range plan.There {
		g := gc.Total{}
		if i < len(gone) {
			g = gone[i]
		}
		rows = append(rows, table.Row{t.Kind, t.Count, megabytes(t.Bytes), g.Count, megabytes(g.Bytes)})
	}
	e.table(table.Row{"kind", "objects", "MB", word, "MB"}, rows)
	fmt.Fprintf(e.out, "rows: %d versions, %d data sets, %d files, %d looks, %d logged answers\n", plan.Versions, plan.DataSets, plan.Files, plan.Looks, plan.Predictions)
}

func megabytes(n int64) string { return fmt.Sprintf("%.2f", float64(n)/1e6) }
