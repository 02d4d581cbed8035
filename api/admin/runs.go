package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/httpx"
	"lfb/internal/registry"
)

type runsInput struct {
	Line  string `query:"line" doc:"Line of models; empty is all"`
	State string `query:"state" enum:"running,succeeded,unchanged,failed,cancelled" doc:"Only runs in this state"`
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

type runsOutput struct{ Body RunsBody }

type runInput struct {
	ID string `path:"id"`
}

// RunBody is one run with its leaderboard.
type RunBody struct {
	Run        registry.Run         `json:"run"`
	Candidates []registry.Candidate `json:"candidates"`
}

type runOutput struct{ Body RunBody }

func (a *api) registerRuns(doc huma.API) {
	huma.Register(doc, httpx.Signed(huma.Operation{
		OperationID: "runs", Method: http.MethodGet, Path: "/v1/runs", Summary: "Runs, newest first",
		Tags: []string{"runs"},
	}), a.runs)
	huma.Register(doc, httpx.Signed(huma.Operation{
		OperationID: "run", Method: http.MethodGet, Path: "/v1/runs/{id}", Summary: "One run and its leaderboard",
		Tags: []string{"runs"},
	}), func(ctx context.Context, in *runInput) (*runOutput, error) {
		r, cs, err := a.Store.Run(ctx, in.ID)
		return &runOutput{RunBody{r, notNil(cs)}}, fail(err)
	})
}

func (a *api) runs(ctx context.Context, in *runsInput) (*runsOutput, error) {
	runs, err := a.Store.ListRuns(ctx, registry.Query{
		Line: in.Line, State: registry.RunState(in.State), Sort: in.Sort,
		Reverse: in.Order == "asc", After: in.After, Limit: in.Limit + 1,
	})
	if err != nil {
		return nil, fail(err)
	}
	out := &runsOutput{RunsBody{Runs: notNil(runs)}}
	if len(runs) > in.Limit {
		out.Body.Runs = runs[:in.Limit]
		out.Body.Next = runs[in.Limit-1].ID
	}
	return out, nil
}

// notNil makes an empty list of none.
func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
