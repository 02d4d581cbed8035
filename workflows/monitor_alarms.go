package workflows

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/workflow"

	"lfb/activities"
	"lfb/internal/registry"
)

// alarms brings the line's alarms to what this monitor run found and tells people. An
// alarm that cannot be raised or sent does not fail the monitor run; what was not sent
// is tried again at the next one.
func (m *monitor) alarms(ctx workflow.Context) {
	step := m.progress.startStep(ctx, "alarms", "")
	schedules, err := execute(ctx, notifyClass, "what the schedules missed", act.CheckSchedules,
		activities.CheckSchedulesInput{Line: m.result.Line})
	var troubles []string
	if err != nil {
		troubles = append(troubles, "schedules: "+rootCause(err))
	}
	m.result.Schedules = schedules.Schedules
	now := workflow.Now(ctx).UTC()
	found := registry.Findings(m.in.Rule, &m.result, m.seen.Before, now)
	found = append(found, registry.Finding{
		Name: registry.AlarmMonitorFailed, Firing: m.result.State == registry.Failed,
		Title: "Monitoring failed", Detail: m.result.ID + ": " + m.result.Reason,
	})
	raised, err := execute(ctx, recordClass, fmt.Sprintf("%d findings", len(found)), act.RaiseAlarms,
		activities.RaiseAlarmsInput{Line: m.result.Line, Found: found, Now: now})
	if err != nil {
		_ = step.fail(ctx, err) // it is in the progress; the monitor run itself stands
		return
	}
	m.result.Alarms = raised.Open
	for _, t := range raised.Notifications {
		// One after the other, as they note who has heard in one row.
		summary := fmt.Sprintf("%s: %s %s", t.Channel, t.Alarm.Name, t.State)
		if err := perform(ctx, notifyClass, summary, act.Notify, activities.NotifyInput{Notification: t}); err != nil {
			troubles = append(troubles, t.Channel+": "+rootCause(err))
		}
	}
	detail := fmt.Sprintf("%d open, %s sent", len(raised.Open), formatCount(len(raised.Notifications), "message"))
	if len(troubles) > 0 {
		detail += "; trouble: " + strings.Join(troubles, "; ")
	}
	step.done(ctx, detail)
}

// shownDrift is how many features the details list; the registry has them all.
const shownDrift = 12

// renderFindings adds the figures to the progress.
func (m *monitor) renderFindings(w *strings.Builder) {
	if v := m.result.Verdict; v != nil {
		fmt.Fprintf(w, "\n#### The rule\n\n%s\n\n", escapeMarkdown(v.Summary))
		for _, c := range v.Checks {
			mark := "within"
			if c.Fired {
				mark = "**beyond**"
			}
			fmt.Fprintf(w, "- %s: %s — %s\n", c.Name, mark, escapeMarkdown(c.Detail))
		}
	}
	if len(m.result.Months) > 0 {
		w.WriteString("\n#### Realised, first engine, seconds\n\n" +
			"| month | version | answers | rows | MAE | RMSE | P90 error | P90 coverage | ≤ 6 min | predicted |\n" +
			"|---|---|---|---:|---:|---:|---:|---:|---:|---:|\n")
		for _, r := range m.result.Months {
			f := r.Report.First
			fmt.Fprintf(w, "| %s | %s | %s | %d | %.1f | %.1f | %.1f | %.1f %% | %.1f %% | %.1f %% |\n", r.Month, r.Version,
				r.Basis,
				f.Rows, f.MAE, f.RMSE, f.PinballP90, 100*f.CoverageP90, 100*f.Within6, 100*f.Within6Pred)
		}
	}
	if len(m.result.Drift) > 0 {
		w.WriteString("\n#### Drift since training, worst first\n\n| feature | PSI | Wasserstein | missing | new | " +
			"|\n|---|---:|---:|---:|---:|---|\n")
		for _, d := range m.result.Drift[:min(len(m.result.Drift), shownDrift)] {
			fmt.Fprintf(w, "| %s | %.3f | %.3f | %.1f %% | %.1f %% | %s |\n", d.Feature, d.PSI, d.Wasserstein, 100*d.Missing,
				100*d.NewShare, driftMark(d))
		}
	}
}

func driftMark(d registry.Drift) string {
	switch {
	case d.Beyond:
		return "**beyond**"
	case !d.Judged:
		return "not judged"
	}
	return ""
}

func describeDrift(drift []registry.Drift) string {
	beyond := 0
	for _, d := range drift {
		if d.Beyond {
			beyond++
		}
	}
	if len(drift) == 0 {
		return "no rows to measure"
	}
	return fmt.Sprintf("%d features, %d beyond a bound", len(drift), beyond)
}
