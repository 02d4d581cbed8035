package verb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"go.temporal.io/sdk/client"

	"lfb/internal/app"
	"lfb/internal/control"
	"lfb/internal/registry"
	"lfb/workflows"
)

// runBackfill starts a replay, or joins the one that runs, and prints a line a
// month until it ends. One that failed is exit code 3.
func runBackfill(ctx context.Context, e *env) error {
	in := control.BackfillInput(e.c, e.who())
	if in.From == "" || in.To == "" {
		return errors.New("backfill needs its months: starter backfill -from 2016-01 -to 2017-04")
	}
	if in.From > in.To {
		return fmt.Errorf("backfill: -from %s is later than -to %s", in.From, in.To)
	}
	cl, err := e.temporal(ctx)
	if err != nil {
		return err
	}
	h, err := control.StartBackfill(ctx, cl, in)
	if left, err := e.leave(h, err, fmt.Sprintf("a backfill of %s rows is running already; starter backfills shows it", in.Origin)); left || err != nil {
		return err
	}
	var b registry.Backfill
	last := ""
	err = await(ctx, h, time.Second, &b, func(bool) { printMonths(ctx, e, cl, &last) })
	if control.RunFailed(err) {
		fmt.Fprintf(e.out, "the backfill failed: %s\n", control.Cause(err))
		return app.ExitError{Code: 3}
	}
	if err != nil {
		return err
	}
	if done, err := e.json(b); done {
		return err
	}
	fmt.Fprintf(e.out, "\nbackfill %s: %s\n  %s\n  report: starter backfills %s report backfill.html\n", b.ID, b.State, b.Reason, b.ID)
	return nil
}

// printMonths prints what ended since the last time. A query that fails is left
// out: the next one tells the same and more.
func printMonths(ctx context.Context, e *env, cl client.Client, last *string) {
	if e.c.Starter.JSON {
		return
	}
	qctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	value, err := cl.QueryWorkflow(qctx, workflows.BackfillID(control.BackfillInput(e.c, "").Origin), "", workflows.QueryMonths)
	var months []registry.BackfillMonth
	if err != nil || value.Get(&months) != nil {
		return
	}
	for _, m := range months {
		if m.Month > *last {
			*last = m.Month
			fmt.Fprintf(e.out, "  %s  known to %s  %-8s %-40s serves %s since %s  RMSE %s\n", m.Month, m.KnownTo, m.State, short(m.Reason), m.Champion, m.Since, realised(m, registry.RoleChampion))
		}
	}
}

// realised is the RMSE in a month of the version that had a role then.
func realised(m registry.BackfillMonth, role string) string {
	if s, ok := m.Score(role); ok {
		return fmt.Sprintf("%.1f", s.Metrics.RMSE)
	}
	return "–"
}

// backfills lists replays, shows one, or writes one's report to a file.
func backfills(ctx context.Context, e *env) error {
	db, err := e.records(ctx)
	if err != nil {
		return err
	}
	switch {
	case len(e.args) == 3 && e.args[1] == "report":
		return writeReport(ctx, e, db)
	case len(e.args) == 1:
		return oneBackfill(ctx, e, db)
	case len(e.args) != 0:
		return errors.New("starter backfills [id [report file]]")
	}
	all, err := db.Backfills(ctx, e.c.Starter.Limit)
	if err != nil {
		return err
	}
	header := table.Row{"backfill", "origin", "state", "from", "to", "lag, days", "data set", ""}
	return list(e, all, header, func(b registry.Backfill) table.Row {
		return table.Row{b.ID, b.Origin, b.State, b.From, b.To, b.LagDays, b.DataSet, b.Reason}
	})
}

func oneBackfill(ctx context.Context, e *env, db records) error {
	b, months, err := db.Backfill(ctx, e.args[0])
	if err != nil {
		return err
	}
	if done, err := e.json(map[string]any{"backfill": b, "months": months}); done {
		return err
	}
	rows := make([]table.Row, 0, len(months))
	for _, m := range months {
		row := table.Row{m.Month, m.KnownTo, m.TrainRows, m.WinnerBy + " " + m.Winner, short(m.Reason), m.ChampBy + " " + m.Champion, m.Since}
		for _, role := range []string{registry.RoleChampion, registry.RoleFirst, registry.RoleNewest, registry.RoleBaseline} {
			row = append(row, realised(m, role))
		}
		rows = append(rows, row)
	}
	e.table(table.Row{"month", "known to", "rows", "winner", "gate", "serves", "since", "RMSE", "first's", "newest's", "baseline's"}, rows)
	fmt.Fprintf(e.out, "%s, %s: %s\n", b.ID, b.State, b.Reason)
	return nil
}

func writeReport(ctx context.Context, e *env, db records) error {
	b, _, err := db.Backfill(ctx, e.args[0])
	if err != nil {
		return err
	}
	if b.Report.IsZero() {
		return fmt.Errorf("backfill %s is %s and has no report yet", b.ID, b.State)
	}
	body, err := app.ReadObject(ctx, e.c, b.Report)
	if err != nil {
		return err
	}
	return os.WriteFile(e.args[2], body, 0o644)
}
