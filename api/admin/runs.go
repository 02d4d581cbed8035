package admin

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/registry"
)

type runsInput struct {
	Line  string `query:"line" doc:"Line of models; empty is all"`
	State string `query:"state" enum:"running,cancelling,succeeded,unchanged,failed,cancelled,terminated,timed out,superseded,lost" doc:"Only runs in this state"`
	Sort  string `query:"sort" enum:"started,duration,state" default:"started"`
	Order string `query:"order" enum:"desc,asc" default:"desc"`
	After string `query:"after" doc:"Id of the last run of the page before: next of its answer"`
	Limit int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
}

// RunsBody is one page of runs.
type RunsBody struct {
	Runs []registry.Run `json:"runs"`
	Next string         `json:"next,omitempty" doc:"For after; absent on the last page"`
}

// RunBody is one run with its leaderboard.
type RunBody struct {
	Run        registry.Run         `json:"run"`
	Candidates []registry.Candidate `json:"candidates"`
}

func (a *api) registerRuns(doc huma.API) {
	const tag = "runs"
	get(doc, tag, "runs", "/v1/runs", "Runs, newest first", a.runs)
	get(doc, tag, "run", "/v1/runs/{id}", "One run and its leaderboard", func(ctx context.Context, in *idInput) (RunBody, error) {
		r, cs, err := a.Store.Run(ctx, in.ID)
		return RunBody{r, notNil(cs)}, err
	})
}

func (a *api) runs(ctx context.Context, in *runsInput) (RunsBody, error) {
	runs, err := a.Store.ListRuns(ctx, registry.Query{
		Line: in.Line, State: registry.RunState(in.State), Sort: in.Sort,
		Reverse: in.Order == "asc", After: in.After, Limit: in.Limit + 1,
	})
	out := RunsBody{Runs: notNil(runs)}
	if len(runs) > in.Limit {
		out.Runs = runs[:in.Limit]
		out.Next = runs[in.Limit-1].ID
	}
	return out, err
}
