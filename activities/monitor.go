package activities

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"lfb/internal/bundle"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// MonitorStore is what monitor runs read and write.
type MonitorStore interface {
	registry.Monitorings
	registry.Performance
	registry.Claims
	registry.Alarms
	// LoggedPredictions streams the line's answers to calls from from until before
	// to, in the order of the calls.
	LoggedPredictions(ctx context.Context, line string, from, to time.Time) iter.Seq2[*registry.LoggedPrediction, error]
}

// ScheduleStates says how the schedules of a line stand.
type ScheduleStates interface {
	ScheduleStates(ctx context.Context, line string) ([]registry.ScheduleState, error)
}

// SaveMonitoringInput is the monitor run as it stands now.
type SaveMonitoringInput struct {
	Monitoring registry.Monitoring `json:"monitoring"`
}

// SaveMonitoring writes down where a monitor run stands. Sent again, it changes nothing.
func (a *Activities) SaveMonitoring(ctx context.Context, in SaveMonitoringInput) error {
	if err := a.stampNamespace(ctx, &in.Monitoring.Execution); err != nil {
		return err
	}
	return wire(a.Monitor.SaveMonitoring(ctx, in.Monitoring))
}

// InspectChampionInput is a line and its newest snapshot.
type InspectChampionInput struct {
	ID      string           `json:"id"` // of this monitor run
	Line    string           `json:"line"`
	DataSet registry.DataSet `json:"data_set"`
	Force   bool             `json:"force"` // measure again though nothing is new
}

// InspectChampionResult is what serves, and what is known of it already.
type InspectChampionResult struct {
	Version   string               `json:"version"` // empty without a champion
	Revision  int64                `json:"revision"`
	TrainedTo time.Time            `json:"trained_to"`
	Before    *registry.Monitoring `json:"before"`     // the last monitor run that ended well; nil without one
	Unchanged bool                 `json:"unchanged"`  // Before measured this version on this snapshot
	TrainedBy string               `json:"trained_by"` // the run that was trained on the snapshot already; empty without one
	// Wanting says why a retrain is asked for whatever the rule says: nothing serves, or a
	// provisional version does, and the snapshot is new. Empty where it is not.
	Wanting     string                `json:"wanting,omitempty"`
	Provisional *registry.Provisional `json:"provisional,omitempty"` // of Version
}

// InspectChampion finds the champion and what the last monitor run measured.
func (a *Activities) InspectChampion(ctx context.Context,
	in InspectChampionInput,
) (out InspectChampionResult, err error) {
	defer func() { err = wire(err) }()
	before, err := a.Monitor.Monitorings(ctx, in.Line, "", 20)
	if err != nil {
		return out, err
	}
	for i, l := range before { // ids sort by the second only: a short monitor run may end within the one it began in
		ended := l.State == registry.Succeeded || l.State == registry.Unchanged
		if ended && l.ID != in.ID && (out.Before == nil || l.EndedAt.After(out.Before.EndedAt)) {
			out.Before = &before[i]
		}
	}
	if out.TrainedBy, err = a.trainedOn(ctx, in.Line, in.DataSet.ID, func(registry.Run) bool { return true }); err != nil {
		return out, err
	}
	isNew := out.TrainedBy == ""
	p, err := registry.Champion(ctx, a.Ledger, in.Line)
	if errors.Is(err, lfb.ErrNotFound) {
		if isNew {
			out.Wanting = "nothing serves yet"
		}
		return out, nil
	}
	if err != nil {
		return out, err
	}
	v, err := a.Ledger.Version(ctx, p.Line, p.To)
	if err != nil {
		return out, err
	}
	out.Version, out.Revision, out.TrainedTo, out.Provisional = v.ID, p.Revision, v.TrainedTo, v.Provisional
	b := out.Before
	out.Unchanged = !in.Force && b != nil && b.DataSet == in.DataSet.ID && b.Version == v.ID
	if v.Provisional != nil && isNew {
		out.Wanting = "version " + v.ID + " serves provisionally: " + v.Provisional.Reasons()
	}
	return out, nil
}

// ApplyRuleInput is what a monitor run measured.
type ApplyRuleInput struct {
	ID        string               `json:"id"`
	Line      string               `json:"line"`
	DataSet   string               `json:"data_set"`
	TrainedBy string               `json:"trained_by"` // see InspectChampionResult
	Rule      registry.MonitorRule `json:"rule"`
	Months    []registry.Realised  `json:"months"`
	Drift     []registry.Drift     `json:"drift"`
	Now       time.Time            `json:"now"`
	Wanting   string               `json:"wanting,omitempty"` // see InspectChampionResult
}

// ApplyRuleResult is the rule's verdict, and whether this monitor run may start a retrain:
// then the data set is claimed by it.
type ApplyRuleResult struct {
	Verdict registry.MonitorVerdict `json:"verdict"`
	Start   bool                    `json:"start"`
	Why     string                  `json:"why"` // why not, where the verdict asks for one
	Claim   registry.Claim          `json:"claim"`
}

// ApplyRule applies the rule. Where it asks for a retrain and one may start, it
// claims the data set first, so that a crash between claim and start never
// starts two.
func (a *Activities) ApplyRule(ctx context.Context, in ApplyRuleInput) (ApplyRuleResult, error) {
	out := ApplyRuleResult{Verdict: registry.JudgeMonitor(in.Rule, in.Months, in.Drift)}
	if in.Wanting != "" { // whatever the rule says; what is missing waits for no cool-down
		if len(in.Months) > 0 {
			in.Wanting += "; " + out.Verdict.Summary
		}
		out.Verdict.Retrain, out.Verdict.Summary, in.Rule.CoolDown = true, in.Wanting, 0
	}
	if !out.Verdict.Retrain {
		return out, nil
	}
	if in.TrainedBy != "" {
		out.Why = fmt.Sprintf("run %s was trained on data set %s already", in.TrainedBy, in.DataSet)
		return out, nil
	}
	last, err := a.Monitor.LastClaim(ctx, in.Line)
	if err != nil && !errors.Is(err, lfb.ErrNotFound) {
		return out, wire(err)
	}
	mine := registry.Claim{Line: in.Line, DataSet: in.DataSet, Token: in.ID, At: in.Now}
	if last.Token != mine.Token || last.DataSet != mine.DataSet { // else a retry after the claim
		if out.Why = in.Rule.MayRetrain(in.DataSet, last, in.Now); out.Why != "" {
			return out, nil
		}
	}
	err = a.Monitor.ClaimRetrain(ctx, mine)
	if errors.Is(err, lfb.ErrConflict) {
		out.Why = fmt.Sprintf("a retrain was started for data set %s already", in.DataSet)
		return out, nil
	}
	out.Start, out.Claim = err == nil, mine
	return out, wire(err)
}

// ReleaseClaimInput is a claim whose retrain could not start.
type ReleaseClaimInput struct {
	Claim registry.Claim `json:"claim"`
}

// ReleaseClaim undoes a claim, so that a later monitor run may try.
func (a *Activities) ReleaseClaim(ctx context.Context, in ReleaseClaimInput) error {
	return wire(a.Monitor.ReleaseRetrain(ctx, in.Claim))
}

// readVersion reads one version and its bundle.
func (a *Activities) readVersion(ctx context.Context, line, id string) (registry.Version, *bundle.Bundle, error) {
	v, err := a.Ledger.Version(ctx, line, id)
	if err != nil {
		return v, nil, err
	}
	b, err := bundle.Read(ctx, a.Blobs, v.Bundle)
	return v, b, err
}
