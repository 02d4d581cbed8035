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
	After string `query:"after" doc:"Id of the last run of the page before"`
	Limit int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
}

type runsOutput struct{ Body []registry.Run }

type runInput struct {
	ID string `path:"id"`
}

// RunBody is one run with its leaderboard.
type RunBody struct {
	Run        registry.Run         `json:"run"`
	Candidates []registry.Candidate `json:"candidates"`
}

type runOutput struct{ Body RunBody }

type lineInput struct {
	Line string `query:"line" default:"lfb-attendance" doc:"Line of models"`
}

type ledgerOutput struct{ Body []registry.Promotion }

type championOutput struct {
	ETag string `header:"ETag"`
	Body registry.Promotion
}

func (a *api) registerRuns(doc huma.API) {
	huma.Register(doc, httpx.Signed(huma.Operation{OperationID: "greet", Method: http.MethodGet, Path: "/", Summary: "Greets"}),
		func(ctx context.Context, _ *struct{}) (*struct{ Body string }, error) {
			return &struct{ Body string }{"Welcome, " + httpx.Who(ctx).Name}, nil
		})
	huma.Register(doc, httpx.Signed(huma.Operation{OperationID: "runs", Method: http.MethodGet, Path: "/v1/runs", Summary: "Runs, newest first"}),
		func(ctx context.Context, in *runsInput) (*runsOutput, error) {
			runs, err := a.Store.ListRuns(ctx, registry.Query{Line: in.Line, State: registry.RunState(in.State), After: in.After, Limit: in.Limit})
			return &runsOutput{runs}, fail(err)
		})
	huma.Register(doc, httpx.Signed(huma.Operation{OperationID: "run", Method: http.MethodGet, Path: "/v1/runs/{id}", Summary: "One run and its leaderboard"}),
		func(ctx context.Context, in *runInput) (*runOutput, error) {
			r, cs, err := a.Store.Run(ctx, in.ID)
			return &runOutput{RunBody{r, cs}}, fail(err)
		})
	huma.Register(doc, httpx.Signed(huma.Operation{OperationID: "ledger", Method: http.MethodGet, Path: "/v1/ledger", Summary: "Every promotion, newest first"}),
		func(ctx context.Context, in *lineInput) (*ledgerOutput, error) {
			ps, err := a.Store.Promotions(ctx, in.Line, 0)
			return &ledgerOutput{ps}, fail(err)
		})
	huma.Register(doc, httpx.Signed(huma.Operation{OperationID: "champion", Method: http.MethodGet, Path: "/v1/champion", Summary: "What serves now"}),
		func(ctx context.Context, in *lineInput) (*championOutput, error) {
			p, err := registry.Champion(ctx, a.Store, in.Line)
			return &championOutput{ETag: `"` + p.To + `"`, Body: p}, fail(err)
		})
}

func fail(err error) error {
	if err == nil {
		return nil
	}
	return httpx.Err(err)
}
