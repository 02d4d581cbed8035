package activities

import (
	"context"
	"errors"
	"testing"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// savedRun is a registry that keeps the run that was saved last.
type savedRun struct {
	registry.Runs
	run registry.Run
}

func (s *savedRun) SaveRun(_ context.Context, r registry.Run) error {
	s.run = r
	return nil
}

// TestRecordsAreStamped: the first row of a run says which Temporal runs it, so that no other
// one calls it lost; what is known stays, and where nobody can say it nothing is written.
func TestRecordsAreStamped(t *testing.T) {
	t.Parallel()
	runs, away := &savedRun{}, error(nil)
	a := &Activities{Runs: runs, NamespaceID: func(context.Context) (string, error) { return "here", away }}
	for known, want := range map[string]string{"": "here", "there": "there"} {
		in := SaveRunInput{Run: registry.Run{ID: "r", Execution: registry.Execution{Namespace: known}}}
		if err := a.SaveRun(t.Context(), in); err != nil || runs.run.Namespace != want {
			t.Errorf("a run of %q was saved as of %q, %v; want %q", known, runs.run.Namespace, err, want)
		}
	}
	runs.run, away = registry.Run{}, lfb.ErrUnavailable
	if err := a.SaveRun(t.Context(), SaveRunInput{Run: registry.Run{ID: "r"}}); !errors.Is(err, lfb.ErrUnavailable) ||
		runs.run.ID != "" {
		t.Errorf("while Temporal is away: %v, saved %+v; want it tried again", err, runs.run)
	}
}
