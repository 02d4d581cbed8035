package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"lfb/internal/bundle"
	"lfb/internal/geo"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/internal/serve"
	"lfb/workflows"
)

// settleWithin is how long the runs that are left may take, and the log to catch up.
const settleWithin = 15 * time.Minute

// check counts when everything runs again and prints the figures.
func (l *load) check(ctx context.Context) (faults []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	outcomes := map[string]int{}
	for _, h := range l.runs {
		var out workflows.RetrainResult
		switch err := h.Get(ctx, &out); {
		case isTerminated(err):
			outcomes["retrain terminated"]++
		case err != nil:
			faults = append(faults, fmt.Sprintf("retrain %s: %v", h.GetRunID(), err))
		default:
			outcomes["retrain "+out.Outcome]++
		}
	}
	won, f := l.decisions(ctx, l.promoted, outcomes)
	faults = append(faults, f...)
	ledger, err := l.db.Promotions(ctx, l.line, 0)
	if err != nil {
		return faults, err
	}
	faults = append(faults, chain(ledger)...)
	// One that was terminated may have made its entry before, and could not say so.
	if want := won + outcomes["retrain promoted"] + 1; len(ledger) < want || len(ledger) > want+l.terminated {
		faults = append(faults, fmt.Sprintf("%d ledger entries, %d workflows say that they made one, and %d were terminated",
			len(ledger), want, l.terminated))
	}
	// Each ends one, and its parent or child.
	if n := outcomes["retrain terminated"] + outcomes["by hand terminated"]; n > 2*l.terminated {
		faults = append(faults, fmt.Sprintf("%d workflows ended as terminated, by %d terminations", n, l.terminated))
	}
	ghosts, err := l.ghosts(ctx)
	if err != nil {
		return faults, err
	}
	for _, g := range ghosts {
		faults = append(faults, "a minute after the last workflow ended: "+g)
	}
	lost, err := l.logged(ctx)
	if err != nil {
		return faults, err
	}
	wrong, err := l.wrong(ctx)
	if err != nil {
		return faults, err
	}
	for _, x := range []struct {
		n    int
		what string
	}{{lost, "acknowledged answers are not in the log"}, {wrong, "answers are not those of the version that they name"}} {
		if x.n > 0 {
			faults = append(faults, fmt.Sprintf("%d of %d %s", x.n, len(l.answers), x.what))
		}
	}
	if err := l.oneChampion(ctx, ledger); err != nil {
		faults = append(faults, err.Error())
	}
	poisoned := 0
	for _, a := range l.answers {
		if a.reference != "" {
			poisoned++
		}
	}
	fmt.Printf("\n| what | |\n|---|---:|\n| kills | %d |\n| terminations | %d |\n| records that say otherwise than "+
		"Temporal | %d |\n| answers given | %d |\n| of these the log cannot hold | %d |\n| requests not answered | %d |\n| "+
		"answers lost | %d |\n| answers wrong | %d |\n| ledger entries | %d |\n",
		l.o.rounds, l.terminated, len(ghosts), len(l.answers), poisoned, l.refused, lost, wrong, len(ledger))
	for _, k := range []string{
		"retrain promoted", "retrain kept", "retrain refused", "retrain stale", "retrain unchanged", "retrain terminated",
		"by hand promoted", "by hand stale", "by hand terminated",
	} {
		fmt.Printf("| %s | %d |\n", k, outcomes[k])
	}
	fmt.Printf("| faults | %d |\n", len(faults))
	return faults, nil
}

// isTerminated says whether a workflow was terminated, or failed as its child was.
func isTerminated(err error) bool {
	_, ok := errors.AsType[*temporal.TerminatedError](err)
	return ok
}

// ghosts are the records that are open though nothing runs, and the retrains that have
// none, after a minute.
func (l *load) ghosts(ctx context.Context) ([]string, error) {
	for wait := time.Now().Add(time.Minute); ; time.Sleep(time.Second) {
		var out []string
		open, err := l.db.OpenRecords(ctx)
		if err != nil {
			return nil, err
		}
		for _, r := range open {
			out = append(out, fmt.Sprintf("%s %s is %s", r.Kind, r.ID, r.State))
		}
		for _, h := range l.runs {
			d, err := l.cl.DescribeWorkflowExecution(ctx, h.GetID(), h.GetRunID())
			if err != nil {
				return nil, err
			}
			id := workflows.RunID(d.GetWorkflowExtendedInfo().GetOriginalStartTime().AsTime(), h.GetRunID())
			switch r, _, err := l.db.Run(ctx, id); {
			case err != nil:
				out = append(out, err.Error())
			case d.GetWorkflowExecutionInfo().GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_TERMINATED &&
				r.State == registry.Terminated && r.EndedBy == "":
				out = append(out, "run "+id+" does not say who terminated it")
			}
		}
		if len(out) == 0 || time.Now().After(wait) {
			return out, nil
		}
	}
}

// decisions waits for the promotions by hand. The same decision asked for twice is
// one workflow.
func (l *load) decisions(ctx context.Context, all []client.WorkflowRun,
	outcomes map[string]int,
) (won int, faults []string) {
	seen := map[string]bool{}
	for _, h := range all {
		if seen[h.GetRunID()] {
			continue
		}
		seen[h.GetRunID()] = true
		var out workflows.PromoteResult
		err := h.Get(ctx, &out)
		if isTerminated(err) {
			out.Outcome, err = "terminated", nil
		}
		if err != nil {
			faults = append(faults, fmt.Sprintf("%s: %v", h.GetID(), err))
			continue
		}
		outcomes["by hand "+out.Outcome]++
		if out.Outcome == workflows.OutcomePromoted {
			won++
		}
	}
	return won, faults
}

// chain holds the ledger, newest first, to its rule: revisions without a gap, each
// from what served before.
func chain(ledger []registry.Promotion) []string {
	var faults []string
	for i, p := range ledger {
		before := ""
		if i+1 < len(ledger) {
			before = ledger[i+1].To
		}
		if want := int64(len(ledger) - i); p.Revision != want || p.From != before || p.To == p.From {
			faults = append(faults, fmt.Sprintf("ledger entry %d: revision %d from %q to %q, after %q", want, p.Revision,
				p.From, p.To, before))
		}
	}
	return faults
}

// logged waits for the log to catch up and counts the answers that it lacks, and those
// that were not put aside though it cannot hold them.
func (l *load) logged(ctx context.Context) (int, error) {
	missing := l.answers
	for wait := time.Now().Add(2 * time.Minute); ; time.Sleep(time.Second) {
		var left []answer
		aside := map[string]bool{}
		refused, _ := l.db.Refused(ctx, time.Time{}, "", 1000) // what is not read is missing
		for _, r := range refused {
			aside[r.Prediction] = true
		}
		for _, a := range missing {
			if poison := a.reference != ""; poison || aside[a.id] {
				if poison != aside[a.id] {
					left = append(left, a)
				}
				continue
			}
			p, err := l.db.Prediction(ctx, a.id)
			if err != nil && ctx.Err() != nil {
				return 0, err
			}
			if err != nil || p.Version != a.version || p.Attendance.Mean != a.mean || p.Attendance.P50 != a.p50 ||
				p.Attendance.P90 != a.p90 {
				left = append(left, a)
			}
		}
		if missing = left; len(missing) == 0 || time.Now().After(wait) {
			return len(missing), nil
		}
	}
}

// wrong answers every question again with the stored bundle of the version that
// answered it, and counts those that differ by a bit.
func (l *load) wrong(ctx context.Context) (int, error) {
	models := map[string]*serve.Loaded{}
	n, shown := 0, map[string]bool{}
	for _, a := range l.answers {
		m, ok := models[a.version]
		if !ok {
			v, err := l.db.Version(ctx, l.line, a.version)
			if err != nil {
				return n, err
			}
			b, err := bundle.Read(ctx, l.bucket, v.Bundle)
			if err != nil {
				return n, err
			}
			m = &serve.Loaded{Version: v, Bundle: b, Promotion: registry.Promotion{Line: l.line, To: v.ID}}
			models[a.version] = m
		}
		call := serve.NewCall(a.at)
		call.Easting, call.Northing = geo.CellCentre100(a.easting, a.northing) // as the listener does
		got, err := l.predictor.PredictWith(m, []serve.Question{{Call: call, Account: "chaos", Request: []byte("{}")}})
		if err != nil {
			return n, err
		}
		if t := got[0].Attendance; t.Mean != a.mean || t.P50 != a.p50 || t.P90 != a.p90 {
			if n++; !shown[a.version] {
				shown[a.version] = true
				fmt.Printf("wrong: %s at %s, %.0f %.0f: told %v %v %v, version %s (%s) says %v %v %v\n", a.id, a.at, a.easting,
					a.northing,
					a.mean, a.p50, a.p90, a.version, m.Version.Candidate, t.Mean, t.P50, t.P90)
			}
		}
	}
	return n, nil
}

// oneChampion asks the api which version answers: it has to be the ledger's last.
func (l *load) oneChampion(ctx context.Context, ledger []registry.Promotion) error {
	if len(ledger) == 0 {
		return fmt.Errorf("no champion: %w", lfb.ErrNotFound)
	}
	var got string
	for range 100 {
		a := answer{at: time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC), easting: 530000, northing: 180000}
		if err := l.post(ctx, &a); err == nil {
			if got = a.version; got == ledger[0].To {
				return nil
			}
		}
		time.Sleep(200 * time.Millisecond)
	}
	return fmt.Errorf("the api answers with %q, the ledger says %q", got, ledger[0].To)
}
