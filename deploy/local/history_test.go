package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/encoding/protojson"

	"lfb/activities"
	"lfb/internal/app"
	"lfb/internal/control"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/workflows"
)

// TestRecordHistories runs the workflows through their courses on the real
// server and keeps their histories for the replay test in package workflows.
// `make histories` asks for it; without a folder to write to it says so.
func TestRecordHistories(t *testing.T) {
	dir := os.Getenv("LFB_RECORD_HISTORIES")
	if dir == "" {
		t.Skip("LFB_RECORD_HISTORIES is not set: make histories")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s := newSystem(t, small...)
	s.start()
	s.until("a champion", 5*time.Minute, s.ready)
	r := &recorder{t: t, s: s, cl: s.temporal(), dir: dir}
	line := lfb.Synthetic.Line()
	// it serves before its run ends
	if err := r.cl.GetWorkflow(t.Context(), workflows.RetrainID(line), "").Get(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	r.keep("retrain-promoted", workflows.RetrainID(line), "")
	r.keep("retrain-memo", workflows.RetrainID(line), "")
	champion := r.champion()
	r.keep("promote", workflows.PromoteID(line, champion.To, 0), "")
	r.keep("retrain-unchanged", workflows.RetrainID(line), r.retrain(func(in *workflows.RetrainInput) {}))
	r.keep("retrain-kept-candidate-failed", workflows.RetrainID(line), r.retrain(func(in *workflows.RetrainInput) {
		in.Force = true
		in.Train.Candidates = append(in.Train.Candidates, "nosuch")
	}))
	r.keep("retrain-tuned", workflows.RetrainID(line), r.retrain(func(in *workflows.RetrainInput) {
		in.Force = true
		in.Train.Tune = activities.TuneSpec{Trials: 4, Minutes: 30}
	}))
	r.keep("retrain-failed", workflows.RetrainID(line), r.retrain(func(in *workflows.RetrainInput) {
		in.Force = true
		in.Train.Candidates = []string{"nosuch"}
	}))
	f := &trainer{key: makeCandidateKey(s)}
	f.work(s, "elsewhere")
	r.keep("retrain-external", workflows.RetrainID(line), r.retrain(func(in *workflows.RetrainInput) {
		*in = retrainOutside(s, "elsewhere", "nobody")
	}))
	r.decisions(champion)
	r.others(champion)
}

// others runs what works beside the retrains: a replay of past months, a version made
// again, and the removal of what nothing needs.
func (r *recorder) others(champion registry.Promotion) {
	r.t.Helper()
	h, err := control.StartReproduce(r.t.Context(), r.cl, champion.Line, champion.To)
	if err != nil {
		r.t.Fatal(err)
	}
	r.done("reproduce", h)
	c := r.s.config()
	judged := control.RetrainInput(c, "manual", "test")
	if h, err = control.StartJudge(r.t.Context(), r.cl, workflows.JudgeInput{
		Line: champion.Line, Version: r.loser(champion), Policy: judged.Policy, Seed: 1, Who: "test",
	}); err != nil {
		r.t.Fatal(err)
	}
	r.done("judge", h)
	in := smallBackfill(c)
	if h, err = control.StartBackfill(r.t.Context(), r.cl, in); err != nil {
		r.t.Fatal(err)
	}
	var b registry.Backfill
	if err := h.Get(r.t.Context(), &b); err != nil {
		r.t.Fatal(err)
	}
	r.keep("backfill", h.GetID(), h.GetRunID())
	r.keep("backfill-memo", h.GetID(), h.GetRunID())
	r.keep("backfill-month", workflows.BackfillMonthID(b.ID, in.To), "")
	r.keep("backfill-month-refit", workflows.BackfillMonthID(b.ID, in.From), "")
	c.GC.Settle = time.Second
	if h, err = control.StartGC(r.t.Context(), r.cl, c, "test"); err != nil {
		r.t.Fatal(err)
	}
	r.done("gc", h)
}

// loser is a version that does not serve.
func (r *recorder) loser(champion registry.Promotion) string {
	r.t.Helper()
	all, err := r.s.db().Versions(r.t.Context(), champion.Line, 0)
	for _, v := range all {
		if v.ID != champion.To {
			return v.ID
		}
	}
	r.t.Fatalf("no version but the champion: %v", err)
	return ""
}

// done waits for a workflow's end and keeps its history.
func (r *recorder) done(name string, h client.WorkflowRun) {
	r.t.Helper()
	if err := h.Get(r.t.Context(), nil); err != nil {
		r.t.Fatal(err)
	}
	r.keep(name, h.GetID(), h.GetRunID())
}

// recorder keeps histories of one system.
type recorder struct {
	t   *testing.T
	s   *system
	cl  client.Client
	dir string
}

func (r *recorder) champion() registry.Promotion {
	r.t.Helper()
	p, err := registry.Champion(r.t.Context(), r.s.db(), lfb.Synthetic.Line())
	if err != nil {
		r.t.Fatal(err)
	}
	return p
}

// retrain runs the small city again, changed, to its end, and returns the run's id.
func (r *recorder) retrain(change func(*workflows.RetrainInput)) string {
	r.t.Helper()
	c := r.s.config()
	c.Source.Name, c.Source.Incidents, c.Source.Months = "synthetic", 9000, 6
	c.Train.Candidates = small[len(small)-1]
	in := control.RetrainInput(c, "manual", "test")
	change(&in)
	h, err := control.StartRetrain(r.t.Context(), r.cl, in)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := h.Get(r.t.Context(), nil); err != nil && !control.RunFailed(err) {
		r.t.Fatal(err)
	}
	return h.GetRunID()
}

// decisions promotes another version with a person's approval, then has a third
// rejected, and one that is stale.
func (r *recorder) decisions(champion registry.Promotion) {
	r.t.Helper()
	versions, err := r.s.db().Versions(r.t.Context(), champion.Line, 0)
	if err != nil {
		r.t.Fatal(err)
	}
	var others []string
	for _, v := range versions {
		if v.ID != champion.To {
			others = append(others, v.ID)
		}
	}
	if len(others) < 3 {
		r.t.Fatalf("%d versions beside the champion, want 3", len(others))
	}
	r.decide("promote-approved", others[0], 1, workflows.UpdateApprove, workflows.OutcomePromoted)
	r.decide("promote-rejected", others[1], 2, workflows.UpdateReject, workflows.OutcomeRejected)
	in := workflows.PromoteInput{
		Line: champion.Line, Version: others[2], Seen: 1, Kind: workflows.KindPromote,
		Who: "test", Why: "too late",
	}
	r.ends(r.promote(in), workflows.OutcomeStale)
	r.keep("promote-stale", workflows.PromoteID(in.Line, in.Version, in.Seen), "")
}

func (r *recorder) promote(in workflows.PromoteInput) client.WorkflowRun {
	r.t.Helper()
	h, err := control.StartPromote(r.t.Context(), r.cl, in)
	if err != nil {
		r.t.Fatal(err)
	}
	return h
}

func (r *recorder) ends(h client.WorkflowRun, outcome string) {
	r.t.Helper()
	var out workflows.PromoteResult
	if err := h.Get(r.t.Context(), &out); err != nil || out.Outcome != outcome {
		r.t.Fatalf("%s ended as %q (%s), %v; want %q", h.GetID(), out.Outcome, out.Reason, err, outcome)
	}
}

func (r *recorder) decide(name, version string, seen int64, update, outcome string) {
	r.t.Helper()
	in := workflows.PromoteInput{
		Line: lfb.Synthetic.Line(), Version: version, Seen: seen, Kind: workflows.KindPromote, Who: "test",
		Why: "by hand", Spec: workflows.PromoteSpec{Approval: true, Deadline: time.Hour},
	}
	h := r.promote(in)
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	defer cancel()
	if _, err := control.Decide(ctx, r.cl, registry.Rights{Store: r.s.db(), Now: time.Now}, h.GetID(), update,
		workflows.Decision{Who: app.AdminAccount, Why: "test"}); err != nil {
		r.t.Fatal(err)
	}
	r.ends(h, outcome)
	r.keep(name, h.GetID(), h.GetRunID())
}

// keep writes one workflow's history; one that was recorded before stays.
func (r *recorder) keep(name, id, run string) {
	r.t.Helper()
	var h historypb.History
	it := r.cl.GetWorkflowHistory(r.t.Context(), id, run, false, 0)
	for it.HasNext() {
		e, err := it.Next()
		if err != nil {
			r.t.Fatal(err)
		}
		h.Events = append(h.Events, e)
	}
	body, err := protojson.MarshalOptions{Indent: " "}.Marshal(&h)
	if err != nil {
		r.t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(r.dir, name+".json"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, fs.ErrExist) {
		r.t.Logf("%s: there is one", name)
		return
	}
	if err == nil {
		_, err = f.Write(append(body, '\n'))
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Logf("%s: %d events", name, len(h.Events))
}
