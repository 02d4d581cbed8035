package workflows

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"lfb/activities"
	"lfb/internal/lfb"
)

// loadAll loads files, of which those named bad fail, asking said about each, and
// returns in which order they began.
func loadAll(t *testing.T, files []lfb.SourceFile, said func(ctx context.Context, name string)) ([]string, error) {
	t.Helper()
	env := newTestEnvironment()
	env.RegisterActivity(&activities.Activities{})
	var mu sync.Mutex
	var began []string
	var a *activities.Activities
	env.OnActivity(a.LoadFile, mock.Anything, mock.Anything).Return(func(ctx context.Context,
		in activities.LoadFileInput,
	) (activities.LoadFileResult, error) {
		mu.Lock()
		began = append(began, in.File.Name)
		mu.Unlock()
		said(ctx, in.File.Name)
		if strings.HasPrefix(in.File.Name, "bad") {
			return activities.LoadFileResult{}, temporal.NewNonRetryableApplicationError("no usable row", "permanent", nil)
		}
		return activities.LoadFileResult{Count: lfb.LoadCount{Rows: 1, Inserted: 1}}, nil
	})
	b := newProgressLog("x")
	env.ExecuteWorkflow(func(ctx workflow.Context) (lfb.LoadCount, error) { return intake{progress: b}.load(ctx, files) })
	if err := env.GetWorkflowError(); err != nil {
		return began, err
	}
	if d := b.steps[0].Detail; !strings.HasPrefix(d, "4 rows: 4 new") {
		t.Errorf("the step says %q, want four rows", d)
	}
	return began, nil
}

func files(names ...string) (out []lfb.SourceFile) {
	for _, n := range names {
		kind := lfb.IncidentFile
		if strings.HasSuffix(n, "m") {
			kind = lfb.MobilisationFile
		}
		out = append(out, lfb.SourceFile{Name: n, Kind: kind})
	}
	return out
}

// TestLoadsBothTablesAtOnce lets no first file end before the other table's began.
func TestLoadsBothTablesAtOnce(t *testing.T) {
	t.Parallel()
	var both sync.WaitGroup
	both.Add(2)
	began, err := loadAll(t, files("1i", "2i", "1m", "2m"), func(_ context.Context, name string) {
		if name[0] == '1' {
			both.Done()
			both.Wait()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if slices.Index(began, "1i") > slices.Index(began, "2i") || slices.Index(began, "1m") > slices.Index(began, "2m") {
		t.Errorf("files began as %q, want each table's in their order", began)
	}
}

// TestLoadFailsWhole ends with the error of the file that fails: no file of its table
// is loaded after it.
func TestLoadFailsWhole(t *testing.T) {
	t.Parallel()
	began, err := loadAll(t, files("bad i", "2i", "1m"), func(context.Context, string) {})
	if err == nil || !strings.Contains(err.Error(), "no usable row") || slices.Contains(began, "2i") {
		t.Errorf("load = %v after %q, want the file's error and no other of its table", err, began)
	}
}
