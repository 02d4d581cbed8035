package activities

import (
	"context"
	"errors"
	"fmt"

	"lfb/internal/bundle"
	"lfb/internal/lfb"
	"lfb/internal/mlflow"
	"lfb/internal/registry"
)

// Tracker is an experiment tracking server that runs are exported to.
type Tracker interface {
	// ExportRun writes a retrain there, or what is missing of it.
	ExportRun(ctx context.Context, in mlflow.Retrain) (mlflow.Exported, error)
	// Follow makes the line's aliases name these versions; missing have no model there.
	Follow(ctx context.Context, line, champion, previous string) (missing []string, err error)
}

var _ Tracker = (*mlflow.Exporter)(nil)

// ExportRunInput names a run and the gate's verdict on it, which may be missing.
type ExportRunInput struct {
	RunID   string  `json:"run_id"`
	Line    string  `json:"line"`
	Verdict lfb.Ref `json:"verdict"`
}

// ExportResult is what the tracking server has now. Off: none is configured.
type ExportResult struct {
	Off     bool   `json:"off"`
	Summary string `json:"summary"` // for people
}

// ExportRun writes a run that has ended to the tracking server, and makes its
// aliases follow the ledger. Done again, it adds only what is missing.
func (a *Activities) ExportRun(ctx context.Context, in ExportRunInput) (ExportResult, error) {
	if a.Tracker == nil {
		return ExportResult{Off: true}, nil
	}
	defer heartbeat(ctx, "export")()
	got, err := a.exportRun(ctx, in.RunID, in.Verdict)
	if err != nil {
		return ExportResult{}, wire(err)
	}
	note, err := a.followLedger(ctx, in.Line)
	if err != nil {
		return ExportResult{}, wire(err)
	}
	return ExportResult{Summary: fmt.Sprintf("%d candidates, %d models%s: %s", got.Runs, got.Models, note, got.URL)}, nil
}

func (a *Activities) exportRun(ctx context.Context, id string, verdict lfb.Ref) (mlflow.Exported, error) {
	run, candidates, err := a.Runs.Run(ctx, id)
	if err != nil {
		return mlflow.Exported{}, err
	}
	out := mlflow.Retrain{Run: run, Candidates: candidates, Open: func(ctx context.Context,
		c registry.Candidate,
	) (*bundle.Bundle, error) {
		return bundle.Read(ctx, a.Blobs, c.Bundle)
	}}
	if !verdict.IsZero() {
		if out.Verdict, err = a.Blobs.ReadAll(ctx, verdict); err != nil {
			return mlflow.Exported{}, err
		}
	}
	if out.DataSet, out.Report, err = a.exportedDataSet(ctx, run); err != nil {
		return mlflow.Exported{}, err
	}
	return a.Tracker.ExportRun(ctx, out)
}

// exportedDataSet is the run's data set and its report; nil where it came to none.
func (a *Activities) exportedDataSet(ctx context.Context, run registry.Run) (*registry.DataSet, []byte, error) {
	if run.DataSet == "" {
		return nil, nil, nil
	}
	d, err := a.DataSets.DataSet(ctx, run.DataSet)
	if errors.Is(err, lfb.ErrNotFound) {
		return nil, nil, nil
	}
	if err != nil || d.Report.IsZero() {
		return &d, nil, err
	}
	report, err := a.Blobs.ReadAll(ctx, d.Report)
	return &d, report, err
}

// UpdateAliasesInput names a line.
type UpdateAliasesInput struct {
	Line string `json:"line"`
}

// UpdateAliases makes the tracking server's aliases name what the ledger says,
// after a promotion or a rollback by hand. A version whose run was never exported
// is exported first.
func (a *Activities) UpdateAliases(ctx context.Context, in UpdateAliasesInput) (ExportResult, error) {
	if a.Tracker == nil {
		return ExportResult{Off: true}, nil
	}
	defer heartbeat(ctx, "export")()
	now, err := registry.Champion(ctx, a.Ledger, in.Line)
	if err != nil {
		return ExportResult{}, wire(err)
	}
	for _, version := range []string{now.To, now.From} {
		if err := a.ensureExported(ctx, in.Line, version); err != nil {
			return ExportResult{}, wire(err)
		}
	}
	note, err := a.followLedger(ctx, in.Line)
	if err != nil {
		return ExportResult{}, wire(err)
	}
	return ExportResult{Summary: "MLflow follows the ledger" + note}, nil
}

// ensureExported exports the run that made a version. A run that the registry no
// longer has is left out: its version then has no model there.
func (a *Activities) ensureExported(ctx context.Context, line, version string) error {
	if version == "" {
		return nil
	}
	v, err := a.Ledger.Version(ctx, line, version)
	if err != nil {
		return err
	}
	_, err = a.exportRun(ctx, v.RunID, lfb.Ref{})
	if errors.Is(err, lfb.ErrNotFound) && v.RunID == "" {
		return nil
	}
	return err
}

// followLedger sets the aliases, again where the ledger moved meanwhile.
func (a *Activities) followLedger(ctx context.Context, line string) (note string, err error) {
	for range 3 {
		now, err := registry.Champion(ctx, a.Ledger, line)
		if errors.Is(err, lfb.ErrNotFound) {
			return ", no champion yet", nil
		}
		if err != nil {
			return "", err
		}
		missing, err := a.Tracker.Follow(ctx, line, now.To, now.From)
		if err != nil {
			return "", err
		}
		if note = ", champion " + now.To; len(missing) > 0 {
			note += fmt.Sprintf(" (no model there for %v: aliases left empty)", missing)
		}
		if after, err := registry.Champion(ctx, a.Ledger, line); err != nil || after.Revision == now.Revision {
			return note, err
		}
	}
	return note, nil
}
