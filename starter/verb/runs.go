package verb

import (
	"context"
	"fmt"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"lfb/activities"
	"lfb/internal/registry"
)

func showRuns(ctx context.Context, e *env) error {
	db, err := e.openRecords(ctx)
	if err != nil {
		return err
	}
	if id := e.argAt(0); id != "" {
		return showRun(ctx, e, db, id)
	}
	all, err := db.ListRuns(ctx, registry.Query{Limit: e.c.Starter.Limit})
	if err != nil {
		return err
	}
	header := table.Row{"run", "line", "state", "outcome", "started by", "data set", "took", "reason"}
	return printList(e, all, header, func(r registry.Run) table.Row {
		return table.Row{r.ID, r.Line, r.State, r.Outcome, starterText(r), r.DataSet, elapsedText(r), shortenText(r.Reason)}
	})
}

func showRun(ctx context.Context, e *env, db records, id string) error {
	r, cs, err := db.Run(ctx, id)
	if err != nil {
		return err
	}
	return e.print(map[string]any{"run": r, "candidates": cs}, func() {
		fmt.Fprintf(e.out, "run %s of %s: %s, %s\n  %s\n  started %s by %s, took %s, data set %s\n", r.ID, r.Line, r.State,
			r.Outcome, r.Reason, r.StartedAt.Format(time.RFC3339), starterText(r), elapsedText(r), r.DataSet)
		if r.EndedBy != "" {
			fmt.Fprintf(e.out, "  ended by %s\n", r.EndedBy)
		}
		standings := make([]activities.Standing, len(cs))
		for i, c := range cs {
			standings[i] = activities.StandingOf(c)
		}
		printLeaderboard(e.out, standings)
	})
}

func showChampion(ctx context.Context, e *env) error {
	db, err := e.openRecords(ctx)
	if err != nil {
		return err
	}
	p, err := db.Champion(ctx, e.lineName())
	if err != nil {
		return err
	}
	v, err := db.Version(ctx, p.Line, p.To)
	if err != nil {
		return err
	}
	return e.print(map[string]any{"promotion": p, "version": v}, func() {
		m := v.Holdout.First
		fmt.Fprintf(e.out, "%s: version %s (%s), revision %d since %s by %s\n  %s\n", p.Line, v.ID, v.Candidate, p.Revision,
			p.At.Format(time.RFC3339), p.Who, p.Why)
		fmt.Fprintf(e.out, "  trained to %s on data set %s; hold-out, first engine, attendance time: RMSE %.1f s, MAE %.1f "+
			"s, P90 coverage %.1f %%\n",
			v.TrainedTo.Format(time.DateOnly), v.DataSet, m.RMSE, m.MAE, m.CoverageP90*100)
		if v.RefitOf != "" {
			fmt.Fprintf(e.out, "  refitted on every row; its hold-out is that of version %s, which was judged\n", v.RefitOf)
		}
	})
}

func showLedger(ctx context.Context, e *env) error {
	db, err := e.openRecords(ctx)
	if err != nil {
		return err
	}
	ps, err := db.Promotions(ctx, e.lineName(), e.c.Starter.Limit)
	if err != nil {
		return err
	}
	return printList(e, ps, table.Row{"revision", "at", "kind", "from", "to", "who", "why"},
		func(p registry.Promotion) table.Row {
			return table.Row{p.Revision, p.At.Format(time.RFC3339), p.Kind, p.From, p.To, p.Who, shortenText(p.Why)}
		})
}

// starterText is what started a run, and who: "as told" where nobody proved it.
func starterText(r registry.Run) string {
	switch {
	case r.StartedBy == "" || r.StartedBy == r.Trigger:
		return r.Trigger
	case r.StartedByVerified:
		return r.Trigger + ", " + r.StartedBy
	}
	return r.Trigger + ", " + r.StartedBy + " (as told)"
}

func elapsedText(r registry.Run) string {
	if r.EndedAt.IsZero() {
		return time.Since(r.StartedAt).Round(time.Second).String() + " so far"
	}
	return r.EndedAt.Sub(r.StartedAt).Round(100 * time.Millisecond).String()
}

func shortenText(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:59]) + "…"
	}
	return s
}
