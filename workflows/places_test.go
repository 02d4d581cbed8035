package workflows

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"lfb/activities"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/internal/source"
)

// placesEnv has activities that fetch, build and publish as told.
type placesEnv struct {
	fetchErr  error
	nothing   bool
	built     int // sets to make until there is nothing new
	published []registry.PlaceSet
	asked     []activities.FetchPlacesInput
	kept      bool
}

func (e *placesEnv) run(t *testing.T, in RefreshPlacesInput) (*RefreshPlacesResult, error) {
	t.Helper()
	env := newTestEnvironment()
	env.RegisterActivity(&activities.Activities{})
	var a *activities.Activities
	env.OnActivity(a.FetchPlaces, mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.FetchPlacesInput) (activities.FetchPlacesResult, error) {
			e.asked = append(e.asked, in)
			return activities.FetchPlacesResult{}, e.fetchErr
		})
	env.OnActivity(a.BuildPlaces, mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.BuildPlacesInput) (activities.BuildPlacesResult, error) {
			e.kept = in.Kept
			if e.nothing {
				return activities.BuildPlacesResult{}, nil
			}
			e.built--
			return activities.BuildPlacesResult{Set: &registry.PlaceSet{Origin: in.Origin}, Unchanged: e.built < 0}, nil
		})
	env.OnActivity(a.PublishPlaces, mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.PublishPlacesInput) (activities.PublishPlacesResult, error) {
			in.Set.Revision = int64(len(e.published) + 1)
			e.published = append(e.published, in.Set)
			return activities.PublishPlacesResult(in), nil
		})
	env.ExecuteWorkflow(RefreshPlaces, in)
	if err := env.GetWorkflowError(); err != nil {
		return nil, err
	}
	var out RefreshPlacesResult
	return &out, env.GetWorkflowResult(&out)
}

func TestRefreshPlaces(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		env       placesEnv
		outcome   string
		published int
	}{
		{"nothing to make one of", placesEnv{nothing: true}, PlacesNothing, 0},
		{"nothing new", placesEnv{}, PlacesUnchanged, 0},
		{"a new set", placesEnv{built: 1}, PlacesPublished, 1},
		{"rows were loaded meanwhile", placesEnv{built: 2}, PlacesPublished, 2},
		{"rows are loaded all the time", placesEnv{built: 9}, PlacesPublished, placeRounds},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out, err := tt.env.run(t, RefreshPlacesInput{Origin: lfb.Real, Who: "test"})
			if err != nil || out.Outcome != tt.outcome || len(tt.env.published) != tt.published ||
				(out.Set == nil) != tt.env.nothing {
				t.Errorf("RefreshPlaces = %+v, %v, %d published, want %s and %d", out, err, len(tt.env.published), tt.outcome,
					tt.published)
			}
		})
	}
}

// Files that cannot be had do not keep what the rows teach from being published; the workflow
// fails then, so that somebody sees it.
func TestRefreshPlacesWithoutFiles(t *testing.T) {
	t.Parallel()
	e := placesEnv{built: 1, fetchErr: temporal.NewNonRetryableApplicationError("codepo_gb.zip: status 403", "permanent",
		nil)}
	if _, err := e.run(t, RefreshPlacesInput{Origin: lfb.Real}); err == nil ||
		!strings.Contains(err.Error(), "status 403") || len(e.published) != 1 || !e.kept {
		t.Errorf("RefreshPlaces = %v, %d published, kept %v; want one published of the files that are kept, and the error",
			err, len(e.published), e.kept)
	}
}

// A load that changed rows starts a refresh and does not wait for it; where that cannot be started, as
// one runs, the load is no worse.
func TestALoadStartsPlaces(t *testing.T) {
	t.Parallel()
	spec := activities.SourceSpec{Name: "dir", Dir: "/rows", Places: activities.PlacesSpec{Name: "os", URL: "https://os"}}
	for _, tt := range []struct {
		name    string
		loaded  int64
		running bool
		started int
	}{{"new rows", 3, false, 1}, {"no new rows", 0, false, 0}, {"one runs", 3, true, 1}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			env := newTestEnvironment()
			env.RegisterActivity(&activities.Activities{})
			var a *activities.Activities
			var started []RefreshPlacesInput
			env.OnActivity(a.ListFiles, mock.Anything, mock.Anything).Return(func(context.Context,
				activities.ListFilesInput,
			) (out activities.ListFilesResult, _ error) {
				out.Items = append(out.Items, source.Item{Name: "incidents.csv"})
				return out, nil
			})
			env.OnActivity(a.FetchFile, mock.Anything,
				mock.Anything).Return(activities.FetchFileResult{File: lfb.SourceFile{Kind: lfb.IncidentFile}}, nil)
			env.OnActivity(a.LoadFile, mock.Anything,
				mock.Anything).Return(activities.LoadFileResult{Count: lfb.LoadCount{Rows: 3, Inserted: tt.loaded}}, nil)
			env.OnActivity(a.Clean, mock.Anything,
				mock.Anything).Return(activities.CleanResult{DataSet: registry.DataSet{ID: "d"}}, nil)
			env.RegisterWorkflow(RefreshPlaces)
			env.OnWorkflow(RefreshPlaces, mock.Anything, mock.Anything).Return(func(ctx workflow.Context,
				in RefreshPlacesInput,
			) (*RefreshPlacesResult, error) {
				started = append(started, in)
				if tt.running {
					return nil, testsuite.ErrMockStartChildWorkflowFailed
				}
				return &RefreshPlacesResult{}, workflow.Sleep(ctx, time.Hour)
			})
			env.ExecuteWorkflow(func(ctx workflow.Context) error {
				d, err := intake{source: spec, progress: newProgressLog("x")}.snapshot(ctx)
				if err == nil && d.ID != "d" {
					t.Errorf("data set %q", d.ID)
				}
				return err
			})
			if err := env.GetWorkflowError(); err != nil {
				t.Fatal(err)
			}
			if len(started) != tt.started {
				t.Fatalf("started %+v, want %d", started, tt.started)
			}
			if want := (RefreshPlacesInput{
				Origin: lfb.Real, Places: spec.Places, Loaded: true, Who: "load",
				WhoVerified: true,
			}); tt.started == 1 && started[0] != want {
				t.Errorf("started %+v, want %+v", started[0], want)
			}
		})
	}
}
