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
	in := control.BackfillInput(e.c, e.callerName())
	if in.From == "" || in.To == "" {
		return errors.New("backfill needs its months: " + program() + " backfill -from 2016-01 -to 2017-04")
	}
	if in.From > in.To {
		return fmt.Errorf("backfill: -from %s is later than -to %s", in.From, in.To)
	}
	cl, err := e.dialTemporal(ctx)
	if err != nil {
		return err
	}
	h, err := control.StartBackfill(ctx, cl, in)
	if left, err := e.leaveDetached(h, err, fmt.Sprintf("a backfill of %s rows is running already; %s backfills shows it",
		in.Origin, program())); left || err != nil {
		return err
	}
	var b registry.Backfill
	last := ""
	err = awaitResult(ctx, h, time.Second, &b, func(bool) { printMonths(ctx, e, cl, &last) })
	if err := e.sayEnded("backfill", err); err != nil {
		return err
	}
	return e.print(b, func() {
		fmt.Fprintf(e.out, "\nbackfill %s: %s\n  %s\n  report: %s backfills %s report backfill.html\n",
			b.ID, b.State, b.Reason, program(), b.ID)
	})
}

// printMonths prints what ended since the last time. A query that fails is left
// out: the next one tells the same and more.
func printMonths(ctx context.Context, e *env, cl client.Client, last *string) {
	if e.c.Starter.JSON {
		return
	}
	qctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	value, err := cl.QueryWorkflow(qctx, workflows.BackfillID(control.BackfillInput(e.c, "").Origin), "",
		workflows.QueryMonths)
	var months []registry.BackfillMonth
	if err != nil || value.Get(&months) != nil {
		return
	}
	for _, m := range months {
		if m.Month > *last {
			*last = m.Month
			fmt.Fprintf(e.out, "  %s  known to %s  %-8s %-40s serves %s since %s  RMSE %s\n", m.Month, m.KnownTo, m.State,
				shortenText(m.Reason), m.Champion, m.Since, realisedText(m, registry.RoleChampion))
		}
	}
}

// realisedText is the RMSE in a month of the version that had a role then.
func realisedText(m registry.BackfillMonth, role string) string {
	if s, ok := m.Score(role); ok {
		return fmt.Sprintf("%.1f", s.Metrics.RMSE)
	}
	return "–"
}

// showBackfills lists replays, shows one, or writes one's report to a file.
func showBackfills(ctx context.Context, e *env) error {
	db, err := e.openRecords(ctx)
	if err != nil {
		return err
	}
	switch {
	case len(e.args) == 1 || len(e.args) == 3 && e.args[1] == "report":
		return showBackfill(ctx, e, db)
	case len(e.args) != 0:
		return errors.New(program() + " backfills [id [report file]]")
	}
	all, err := db.Backfills(ctx, e.c.Starter.Limit)
	if err != nil {
		return err
	}
	header := table.Row{"backfill", "origin", "state", "from", "to", "lag, days", "data set", ""}
	return printList(e, all, header, func(b registry.Backfill) table.Row {
		return table.Row{b.ID, b.Origin, b.State, b.From, b.To, b.LagDays, b.DataSet, b.Reason}
	})
}

// showBackfill shows one replay by month, or writes its report to the file that is named.
func showBackfill(ctx context.Context, e *env, db records) error {
	b, months, err := db.Backfill(ctx, e.args[0])
	if err != nil {
		return err
	}
	if len(e.args) > 1 {
		return writeReport(ctx, e, b)
	}
	header := table.Row{
		"month", "known to", "rows", "winner", "gate", "serves", "since", "RMSE", "first's", "newest's",
		"baseline's",
	}
	return e.print(map[string]any{"backfill": b, "months": months}, func() {
		printTable(e.out, header, rowsOf(months, func(m registry.BackfillMonth) table.Row {
			return table.Row{
				m.Month, m.KnownTo, m.TrainRows, m.WinnerBy + " " + m.Winner, shortenText(m.Reason), m.ChampBy + " " + m.Champion,
				m.Since,
				realisedText(m, registry.RoleChampion), realisedText(m, registry.RoleFirst), realisedText(m, registry.RoleNewest),
				realisedText(m, registry.RoleBaseline),
			}
		}), "")
		fmt.Fprintf(e.out, "%s, %s: %s\n", b.ID, b.State, b.Reason)
	})
}

func writeReport(ctx context.Context, e *env, b registry.Backfill) error {
	if b.Report.IsZero() {
		return fmt.Errorf("backfill %s is %s and has no report yet", b.ID, b.State)
	}
	body, err := app.ReadObject(ctx, e.c, b.Report)
	if err != nil {
		return err
	}
	return os.WriteFile(e.args[2], body, 0o644)
}
