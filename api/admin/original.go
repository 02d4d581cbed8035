package admin

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/control"
	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/registry"
)

// sampleRows is how many rows /data/sample shows.
const sampleRows = 10

// The original's names of models, and ours.
func candidateOf(name string) string {
	if name == "rf" {
		return "forest"
	}
	return "gbdt"
}

type textOutput struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

type sampleInput struct {
	Origin string `query:"origin" enum:"real,synthetic," doc:"Default: real, and synthetic where there is nothing real"`
}

type sampleOutput struct {
	Origin string `header:"X-Data-Origin" doc:"real or synthetic"`
	Body   []map[string]any
}

type originalModel struct {
	Model string `path:"model" enum:"lgbm,rf" doc:"lgbm: our gbdt; rf: our forest"`
}

type trainInput struct {
	Model      string `path:"model" enum:"lgbm,rf" doc:"lgbm: our gbdt; rf: our forest"`
	Site       string `header:"Sec-Fetch-Site" hidden:"true"`
	Purpose    string `header:"Sec-Purpose" hidden:"true"`
	OldPurpose string `header:"Purpose" hidden:"true"`
}

// StartedBody says which workflow was started, and where to watch it.
type StartedBody struct {
	WorkflowID string `json:"workflow_id"`
	RunID      string `json:"run_id"`
	Link       string `json:"link" doc:"In the Temporal Web UI"`
}

type startedOutput struct {
	Status   int
	Location string `header:"Location"`
	Body     StartedBody
}

// OriginalMetrics is how good the last trained model was.
type OriginalMetrics struct {
	MAE  float64 `json:"MAE" doc:"Seconds"`
	RMSE float64 `json:"RMSE" doc:"Seconds"`
	R2   float64 `json:"R2"`
	Rows int     `json:"rows"`
	Span string  `json:"span" doc:"holdout, or validation where no hold-out was scored"`
	Run  string  `json:"run_id"`
}

func (a *api) registerOriginal(doc huma.API) {
	const tag = "original"
	huma.Register(doc, httpx.Answering(newOperation(tag, http.MethodGet, "greet", "/{$}", "Greets"), "text/plain"),
		func(ctx context.Context, _ *struct{}) (*textOutput, error) {
			return &textOutput{"text/plain; charset=utf-8", []byte("Welcome, " + httpx.Who(ctx).Name + " !")}, nil
		})
	paths := doc.OpenAPI().Paths
	paths["/"] = paths["/{$}"] // the router's word for exactly this path
	delete(paths, "/{$}")
	registerGet(doc, tag, "columns", "/data/columns", "The columns of the joined table",
		func(context.Context, *struct{}) ([]string, error) { return a.Columns, nil })
	huma.Register(doc, newOperation(tag, http.MethodGet, "sample", "/data/sample", "Ten random rows of the joined table"),
		a.readSample)
	train := newOperation(tag, http.MethodGet, "train", "/model/training/{model}", "Train now")
	train.DefaultStatus, train.Errors = http.StatusAccepted, []int{http.StatusConflict}
	train.Description = "Starts a retrain with this one candidate and the baseline and answers at once; the gate " +
		"decides whether it serves. 409 while one runs."
	registerChange(doc, train, a.trainModel)
	registerGet(doc, tag, "metrics", "/model/metrics/{model}", "MAE, RMSE and R² of the model that was trained last",
		a.readMetrics)
}

func (a *api) readSample(ctx context.Context, in *sampleInput) (*sampleOutput, error) {
	origin := lfb.Origin(in.Origin)
	if origin == "" {
		origin = lfb.Real
	}
	rows, err := a.Store.Sample(ctx, origin, sampleRows)
	if err == nil && len(rows) == 0 && in.Origin == "" {
		origin = lfb.Synthetic
		rows, err = a.Store.Sample(ctx, origin, sampleRows)
	}
	if err != nil {
		return nil, answerError(err)
	}
	out := &sampleOutput{Origin: string(origin), Body: make([]map[string]any, len(rows))}
	for i, row := range rows {
		out.Body[i] = make(map[string]any, len(row))
		for j, v := range row {
			out.Body[i][a.Columns[j]] = v
		}
	}
	return out, nil
}

// trainModel starts work on a GET, as the original did. A browser sends a GET and its
// password wherever another site's page points to, and fetches ahead what nobody
// clicked: neither may start anything.
func (a *api) trainModel(ctx context.Context, by control.Actor, in *trainInput) (*startedOutput, error) {
	if in.Site == "cross-site" || in.Site == "same-site" || in.Purpose != "" || in.OldPurpose != "" {
		return nil, httpx.Forbidden("a page of another site, or a browser that fetches ahead, may not start this")
	}
	return a.answerStart(a.Control.Retrain(ctx, by, control.RetrainRequest{
		Candidates: []string{candidateOf(in.Model)}, Force: true, Why: "by /model/training/" + in.Model,
	}))
}

// answerStart answers with what was started, or why it was not.
func (a *api) answerStart(run control.Run, err error) (*startedOutput, error) {
	if err != nil {
		return nil, err
	}
	return a.describeStart(run), nil
}

func (a *api) describeStart(s control.Run) *startedOutput {
	link := fmt.Sprintf("%s/namespaces/%s/workflows/%s/%s", a.TemporalUI, url.PathEscape(a.Namespace),
		url.PathEscape(s.WorkflowID), url.PathEscape(s.RunID))
	return &startedOutput{Status: http.StatusAccepted, Location: link, Body: StartedBody{
		WorkflowID: s.WorkflowID,
		RunID:      s.RunID, Link: link,
	}}
}

// lookBack is how many runs back a model's last metrics are looked for.
const lookBack = 50

func (a *api) readMetrics(ctx context.Context, in *originalModel) (OriginalMetrics, error) {
	name := candidateOf(in.Model)
	for _, line := range lfb.Lines() {
		runs, err := a.Store.ListRuns(ctx, registry.Query{Line: line, State: registry.Succeeded, Limit: lookBack})
		if err != nil {
			return OriginalMetrics{}, err
		}
		for _, r := range runs {
			_, cs, err := a.Store.Run(ctx, r.ID)
			if err != nil {
				return OriginalMetrics{}, err
			}
			for _, c := range cs {
				if c.Name == name && c.State == "trained" {
					return originalMetrics(&c), nil
				}
			}
		}
	}
	return OriginalMetrics{}, fmt.Errorf("no run has trained %s yet: %w", name, lfb.ErrNotFound)
}

func originalMetrics(c *registry.Candidate) OriginalMetrics {
	span, m := "holdout", c.Holdout.First
	if m == (ml.Metrics{}) {
		span, m = "validation", c.Valid.First
	}
	return OriginalMetrics{MAE: m.MAE, RMSE: m.RMSE, R2: m.R2, Rows: m.Rows, Span: span, Run: c.RunID}
}
