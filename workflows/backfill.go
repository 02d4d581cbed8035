package workflows

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"lfb/activities"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// QueryMonths is the query that Backfill answers with its []registry.BackfillMonth
// of this execution.
const QueryMonths = "months"

// monthsPerExecution is how many months one execution takes on before it
// continues as new, so that no history grows without bound.
const monthsPerExecution = 36

// BackfillInput replays the decisions of some months.
type BackfillInput struct {
	Origin  lfb.Origin           `json:"origin"`
	DataSet string               `json:"data_set"` // id; empty: the newest
	From    string               `json:"from"`
	To      string               `json:"to"`       // months to decide for, as 2016-01
	LagDays int                  `json:"lag_days"` // days from a month's end to its publication
	Train   activities.TrainSpec `json:"train"`
	Policy  registry.Policy      `json:"policy"`
	Who     string               `json:"who"`
	// WhoVerified says that Who signed in, or is the system itself.
	WhoVerified bool           `json:"who_verified,omitempty"`
	Carried     *BackfillState `json:"carried"` // nil but where this execution continues another
}

// BackfillState is what the months that are done leave behind.
type BackfillState struct {
	Backfill registry.Backfill `json:"backfill"`
	DataSet  registry.DataSet  `json:"data_set"`
	Months   []string          `json:"months"`   // that are not done yet
	First    string            `json:"first"`    // the first champion's version
	Champion string            `json:"champion"` // version
	Since    string            `json:"since"`    // month from which it serves
	Decided  int               `json:"decided"`
	Promoted int               `json:"promoted"`
}

// Backfill replays, month by month, what training, gate and promotion policy
// would have done knowing only what had been published by then. It promotes in a
// ledger of its own, under a line that nothing serves.
func Backfill(ctx workflow.Context, in BackfillInput) (*registry.Backfill, error) {
	b := &backfiller{in: in}
	if err := workflow.SetQueryHandler(ctx, QueryMonths, func() ([]registry.BackfillMonth, error) {
		return b.done, nil
	}); err != nil {
		return nil, err
	}
	if in.Carried != nil {
		b.state = *in.Carried
		b.state.Backfill.WorkflowRunID = workflow.GetInfo(ctx).WorkflowExecution.RunID
	} else if err := b.open(ctx); err != nil {
		return nil, err
	}
	err := b.run(ctx)
	if workflow.IsContinueAsNewError(err) {
		return nil, err
	}
	return b.finish(ctx, err)
}

// backfiller is the state of one execution.
type backfiller struct {
	in    BackfillInput
	state BackfillState
	done  []registry.BackfillMonth
}

// open names the backfill and finds its snapshot.
func (b *backfiller) open(ctx workflow.Context) error {
	info := workflow.GetInfo(ctx)
	e := info.WorkflowExecution
	config, err := activities.CanonicalJSON(b.in)
	if err != nil {
		return err
	}
	b.state.Backfill = registry.Backfill{
		// A reset goes on under the first execution's id: its months' workflows have it.
		ID:     RunID(info.WorkflowStartTime, cmp.Or(info.OriginalRunID, e.RunID)),
		Origin: b.in.Origin, State: registry.Running, From: b.in.From, To: b.in.To, LagDays: b.in.LagDays,
		Config: config, Who: b.in.Who, StartedAt: info.WorkflowStartTime.UTC(),
		WorkflowID: e.ID, WorkflowRunID: e.RunID, Execution: registry.Execution{
			StartedBy:         b.in.Who,
			StartedByVerified: b.in.WhoVerified,
		},
	}
	out, err := execute(ctx, quickClass, "snapshot and months", act.OpenBackfill, activities.OpenBackfillInput{
		Origin: b.in.Origin, DataSet: b.in.DataSet, From: b.in.From, To: b.in.To,
	})
	if err != nil {
		return err
	}
	b.state.Backfill.DataSet, b.state.DataSet, b.state.Months = out.DataSet.ID, out.DataSet, out.Months
	if err := b.save(ctx, nil); err != nil {
		return err
	}
	return noteRun(ctx, b.state.Backfill.ID, attrLine.ValueSet(b.state.Backfill.Line()),
		attrDataSet.ValueSet(out.DataSet.ID), attrTrigger.ValueSet("backfill"))
}

func (b *backfiller) run(ctx workflow.Context) error {
	for len(b.state.Months) > 0 {
		if len(b.done) == monthsPerExecution {
			in := b.in
			in.Carried = &b.state
			return workflow.NewContinueAsNewError(ctx, Backfill, in)
		}
		m, err := b.month(ctx, b.state.Months[0])
		if err != nil {
			return err
		}
		if err := b.save(ctx, m); err != nil {
			return err
		}
		b.carryOver(*m)
		b.render(ctx)
	}
	return nil
}

// month runs one month's workflow. One that fails is on record as failed, and what
// served before serves on; only a cancellation ends the backfill.
func (b *backfiller) month(ctx workflow.Context, month string) (*registry.BackfillMonth, error) {
	id := b.state.Backfill.ID
	cctx := withChildOptions(ctx, BackfillMonthID(id, month), "as of "+month, false)
	var out registry.BackfillMonth
	err := workflow.ExecuteChildWorkflow(cctx, BackfillMonth, BackfillMonthInput{
		ID: id, Origin: b.in.Origin, DataSet: b.state.DataSet, Month: month, LagDays: b.in.LagDays, Train: b.in.Train,
		Policy: b.in.Policy,
		First:  b.state.First, Champion: b.state.Champion, Since: b.state.Since,
	}).Get(ctx, &out)
	if isCancelled(ctx, err) {
		return nil, temporal.NewCanceledError()
	}
	if err != nil {
		return &registry.BackfillMonth{
			Month: month, State: registry.MonthFailed, Reason: rootCause(err), Champion: b.state.Champion, Since: b.state.Since,
		}, nil
	}
	return &out, nil
}

// carryOver carries a month's end over to the next one.
func (b *backfiller) carryOver(m registry.BackfillMonth) {
	s := &b.state
	s.Months = s.Months[1:]
	if m.State == registry.MonthDecided {
		s.Decided++
	}
	if m.Champion != s.Champion {
		s.Promoted++
	}
	s.Champion, s.Since = m.Champion, m.Since
	if s.First == "" {
		s.First = m.Champion
	}
	b.done = append(b.done, m)
}

// finish writes the report of what there is, even where the backfill was cut off.
func (b *backfiller) finish(ctx workflow.Context, runErr error) (*registry.Backfill, error) {
	out, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	end := &b.state.Backfill
	end.State = registry.Succeeded
	switch {
	case isCancelled(ctx, runErr):
		end.State, end.Reason = registry.Cancelled, "cancelled while it ran"
	case runErr != nil:
		end.State, end.Reason = registry.Failed, rootCause(runErr)
	}
	report, err := execute(out, scanClass, "report", act.ReportBackfill, activities.ReportBackfillInput{Backfill: *end})
	if err == nil {
		end.Report, end.Plot = report.Report, report.Plot
		if runErr == nil {
			end.Reason = report.Summary
		}
	}
	end.EndedAt = workflow.Now(ctx).UTC()
	err = errors.Join(runErr, err, b.save(out, nil), workflow.UpsertTypedSearchAttributes(out,
		attrOutcome.ValueSet(string(end.State))))
	b.render(out)
	if err != nil {
		return nil, err
	}
	return end, nil
}

func (b *backfiller) save(ctx workflow.Context, m *registry.BackfillMonth) error {
	what := "note in the registry: " + string(b.state.Backfill.State)
	if m != nil {
		what = "note in the registry: " + m.Month + " " + m.State
	}
	return perform(ctx, recordClass, what, act.SaveBackfill, activities.SaveBackfillInput{
		Backfill: b.state.Backfill,
		Month:    m,
	})
}

// render renders how far it has come, and first how it ended.
func (b *backfiller) render(ctx workflow.Context) {
	s := b.state
	text := fmt.Sprintf("### Backfill %s, %s to %s\n\n%s decided, %s, %d to go; report %s\n\n| month | known to | "+
		"winner | gate | serves | RMSE |\n|---|---|---|---|---|---:|\n",
		s.Backfill.ID, s.Backfill.From, s.Backfill.To, formatCount(s.Decided, "month"), formatCount(s.Promoted, "promotion"),
		len(s.Months), s.Backfill.Report.Key)
	for _, m := range b.done {
		rmse := "–"
		if c, ok := m.Score(registry.RoleChampion); ok {
			rmse = fmt.Sprintf("%.1f", c.Metrics.RMSE)
		}
		text += fmt.Sprintf("| %s | %s | %s %s | %s | %s %s | %s |\n", m.Month, m.KnownTo, m.WinnerBy, m.Winner,
			escapeMarkdown(m.Reason), m.ChampBy, m.Champion, rmse)
	}
	if !s.Backfill.EndedAt.IsZero() {
		text = formatOutcome(string(s.Backfill.State), s.Backfill.Reason) + "\n\n" + text
	}
	workflow.SetCurrentDetails(ctx, text)
}

// asOf is the instant at which a month's decision is made, for the Web UI.
func asOf(month string) time.Time {
	t, err := time.Parse("2006-01", month)
	if err != nil {
		return time.Time{} // refused by OpenBackfill already
	}
	return t
}
