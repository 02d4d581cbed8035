package workflows

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"lfb/activities"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// exportEnv runs a retrain that fetches nothing and keeps its champion, with an
// export that answers as told.
func exportEnv(t *testing.T, out activities.ExportResult,
	exportErr error,
) (*testsuite.TestWorkflowEnvironment, *[]activities.ExportRunInput) {
	t.Helper()
	env := newTestEnvironment()
	var a *activities.Activities
	env.RegisterActivity(&activities.Activities{})
	env.OnActivity(a.SaveRun, mock.Anything, mock.Anything).Return(nil)
	env.OnActivity(a.ListFiles, mock.Anything, mock.Anything).Return(activities.ListFilesResult{}, nil)
	env.OnActivity(a.Clean, mock.Anything,
		mock.Anything).Return(activities.CleanResult{DataSet: registry.DataSet{ID: "d"}}, nil)
	env.OnActivity(a.Plan, mock.Anything, mock.Anything).Return(activities.PlanResult{}, nil)
	env.OnActivity(a.Train, mock.Anything, mock.Anything).Return(activities.TrainResult{Candidate: "gbdt", Version: "v1"},
		nil)
	env.OnActivity(a.Compare, mock.Anything, mock.Anything).Return(activities.CompareResult{
		Winner: "v1", Champion: "v1", Verdict: lfb.Ref{Key: "verdict"},
	}, nil)
	asked := &[]activities.ExportRunInput{}
	env.OnActivity(a.ExportRun, mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.ExportRunInput) (activities.ExportResult, error) {
			*asked = append(*asked, in)
			return out, exportErr
		})
	return env, asked
}

func retrainInput() RetrainInput {
	return RetrainInput{
		Source: activities.SourceSpec{Name: "synthetic"}, Train: activities.TrainSpec{Candidates: []string{"gbdt"}},
		Who: "test", Trigger: "manual",
	}
}

// What happens at the tracking server shows in the progress and changes nothing else.
func TestRetrainExports(t *testing.T) {
	t.Parallel()
	refused := temporal.NewNonRetryableApplicationError("mlflow at host: HTTP 403: no", "permanent", nil)
	tests := []struct {
		name   string
		out    activities.ExportResult
		err    error
		state  StepState // of the progress's last step; empty: no such step
		detail string
	}{
		{"nobody to export to", activities.ExportResult{Off: true}, nil, "", ""},
		{"exported", activities.ExportResult{Summary: "1 candidates, 1 models"}, nil, StepDone, "1 models"},
		{"refused", activities.ExportResult{}, refused, StepFailed, "HTTP 403"},
		{"away", activities.ExportResult{}, lfb.ErrUnavailable, StepFailed, "unavailable"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			env, asked := exportEnv(t, tt.out, tt.err)
			env.ExecuteWorkflow(Retrain, retrainInput())
			var got RetrainResult
			if err := env.GetWorkflowError(); err != nil {
				t.Fatal(err)
			}
			if err := env.GetWorkflowResult(&got); err != nil || got.Outcome != "kept" || got.State != registry.Succeeded {
				t.Fatalf("the retrain ended as %q, %q, %v", got.State, got.Outcome, err)
			}
			if len(*asked) == 0 || (*asked)[0].RunID != got.RunID || (*asked)[0].Verdict.Key != "verdict" {
				t.Errorf("asked to export %+v, want run %s with its verdict", *asked, got.RunID)
			}
			value, err := env.QueryWorkflow(QueryProgress)
			if err != nil {
				t.Fatal(err)
			}
			var p Progress
			if err := value.Get(&p); err != nil {
				t.Fatal(err)
			}
			if p.DataSet != got.DataSet || got.DataSet == "" {
				t.Errorf("data set %q of %q", p.DataSet, got.DataSet)
			}
			last := p.Steps[len(p.Steps)-1]
			if tt.state == "" && last.Name == "export" || tt.state != "" && (last.Name != "export" || last.State != tt.state ||
				!strings.Contains(last.Detail, tt.detail)) {
				t.Errorf("the last step is %+v, want an export that is %q", last, tt.state)
			}
		})
	}
}

func TestPromoteByHandIsFollowed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, runID string
		err         error
		asked       int
	}{
		{"by hand", "", nil, 1},
		{"by hand, and the server refuses", "", temporal.NewNonRetryableApplicationError("no", "permanent", nil), 1},
		{"by a retrain, which exports itself", "20260105-060000-abc", nil, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var entered activities.AppendPromotionInput
			env := promoteEnv(t, &entered, false)
			var a *activities.Activities
			asked := 0
			env.OnActivity(a.UpdateAliases, mock.Anything, mock.Anything).Return(
				func(_ context.Context, in activities.UpdateAliasesInput) (activities.ExportResult, error) {
					asked++
					return activities.ExportResult{Summary: "follows"}, tt.err
				})
			in := promotion()
			in.Spec.Approval, in.RunID = false, tt.runID
			env.ExecuteWorkflow(Promote, in)
			var got PromoteResult
			if err := env.GetWorkflowError(); err != nil {
				t.Fatal(err)
			}
			if err := env.GetWorkflowResult(&got); err != nil || got.Outcome != OutcomePromoted {
				t.Errorf("Promote = %+v, %v", got, err)
			}
			if asked != tt.asked {
				t.Errorf("asked to follow %d times, want %d", asked, tt.asked)
			}
		})
	}
}
