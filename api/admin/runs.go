package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/registry"
)

type runsInput struct {
	Line    string `query:"line" doc:"Line of models; empty is all"`
	State   string `query:"state" enum:"running,cancelling,succeeded,unchanged,failed,cancelled,terminated,timed out,superseded,lost" doc:"Only runs in this state"`
	Outcome string `query:"outcome" maxLength:"64" doc:"Only runs that ended so: promoted, provisional, kept, refused, rejected, …"`
	Trigger string `query:"trigger" maxLength:"64" doc:"Only runs that this started: manual, schedule, monitor, first start, backfill"`
	Sort    string `query:"sort" enum:"started,duration,state" default:"started"`
	Order   string `query:"order" enum:"desc,asc" default:"desc"`
	After   string `query:"after" doc:"Id of the last run of the page before: next of its answer"`
	Limit   int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
}

// RunsBody is one page of runs.
type RunsBody struct {
	Runs []registry.Run `json:"runs"`
	Next string         `json:"next,omitempty" doc:"For after; absent on the last page"`
}

// RunBody is one run with its leaderboard.
type RunBody struct {
	Run        registry.Run    `json:"run"`
	Candidates []CandidateBody `json:"candidates"`
}

// CandidateBody is one row of a leaderboard.
type CandidateBody struct {
	registry.Candidate
	FitSeconds float64 `json:"fit_seconds" doc:"What fit_time has in nanoseconds"`
}

func (a *api) readRun(ctx context.Context, in *idInput) (RunBody, error) {
	r, cs, err := a.Store.Run(ctx, in.ID)
	r.Config = withSeconds(r.Config)
	body := RunBody{r, make([]CandidateBody, len(cs))}
	for i, c := range cs {
		body.Candidates[i] = CandidateBody{c, c.FitTime.Seconds()}
	}
	return body, err
}

// durations are the names under which a run's configuration has nanoseconds.
var durations = []string{"deadline", "cool_down", "stale_data", "stale_model"}

// withSeconds adds to each duration of a run's configuration one in seconds, under its
// name and _seconds. What is no JSON stays as it is.
func withSeconds(config json.RawMessage) json.RawMessage {
	var v any
	d := json.NewDecoder(bytes.NewReader(config))
	d.UseNumber() // seeds have 64 bits
	if d.Decode(&v) != nil {
		return config
	}
	addSeconds(v)
	out, err := json.Marshal(v)
	if err != nil {
		return config
	}
	return out
}

func addSeconds(v any) {
	fields, _ := v.(map[string]any)
	for _, name := range durations {
		if n, ok := fields[name].(json.Number); ok {
			if ns, err := n.Int64(); err == nil {
				fields[name+"_seconds"] = time.Duration(ns).Seconds()
			}
		}
	}
	for _, inner := range fields {
		addSeconds(inner)
	}
}

func (a *api) registerRuns(doc huma.API) {
	const tag = "runs"
	registerGet(doc, tag, "runs", "/v1/runs", "Runs, newest first", a.listRuns)
	registerGet(doc, tag, "run", "/v1/runs/{id}", "One run and its leaderboard", a.readRun)
}

func (a *api) listRuns(ctx context.Context, in *runsInput) (RunsBody, error) {
	runs, err := a.Store.ListRuns(ctx, registry.Query{
		Line: in.Line, State: registry.RunState(in.State), Outcome: in.Outcome, Trigger: in.Trigger, Sort: in.Sort,
		Reverse: in.Order == "asc", After: in.After, Limit: in.Limit + 1,
	})
	out := RunsBody{Runs: emptyIfNil(runs)}
	if len(runs) > in.Limit {
		out.Runs = runs[:in.Limit]
		out.Next = runs[in.Limit-1].ID
	}
	return out, err
}
