package activities

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"go.temporal.io/sdk/activity"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// CheckBundleInput names a version.
type CheckBundleInput struct {
	Line    string `json:"line"`
	Version string `json:"version"`
}

// CheckBundle loads the version's bundle as the API would and asks it one
// question: what cannot answer may not serve.
func (a *Activities) CheckBundle(ctx context.Context, in CheckBundleInput) error {
	v, b, err := a.readVersion(ctx, in.Line, in.Version)
	if err != nil {
		return wire(err)
	}
	call := lfb.Call{At: v.TrainedTo.In(lfb.London), PumpOrder: 1, Easting: math.NaN(), Northing: math.NaN()}
	got, err := b.Predict(nil, []lfb.Call{call})
	if err != nil {
		return wire(err)
	}
	if m := got[0].Attendance.P50; math.IsNaN(m) || m <= 0 {
		return wire(fmt.Errorf("version %s answers %v: %w", in.Version, m, lfb.ErrInvalid))
	}
	return nil
}

// CheckDecisionInput is who wants to decide on which promotion.
type CheckDecisionInput struct {
	Line      string `json:"line"`
	Version   string `json:"version"`
	Seen      int64  `json:"seen_revision"`
	Who       string `json:"who"`
	Code      string `json:"code"`
	Promotion string `json:"promotion"` // workflow id
}

// CheckDecision refuses a decision on a promotion that is stale already, and one
// by somebody who is no administrator or shows no code.
func (a *Activities) CheckDecision(ctx context.Context, in CheckDecisionInput) error {
	now, err := registry.Champion(ctx, a.Ledger, in.Line)
	if err != nil && !errors.Is(err, lfb.ErrNotFound) {
		return wire(err)
	}
	if now.Revision != in.Seen {
		return wire(fmt.Errorf("line %s is at revision %d, the promotion was made from %d: %w", in.Line, now.Revision,
			in.Seen, lfb.ErrConflict))
	}
	if a.Rights == nil {
		return nil
	}
	ask := registry.Ask{Who: in.Who, Code: in.Code, Promotion: in.Promotion}
	if activity.IsActivity(ctx) {
		info := activity.GetInfo(ctx)
		ask.By = info.WorkflowExecution.RunID + "/" + info.ActivityID
	}
	return wire(a.Rights.MayDecide(ctx, ask))
}

// AppendPromotionInput is one ledger entry to be.
type AppendPromotionInput struct {
	Line    string    `json:"line"`
	Version string    `json:"version"`
	Seen    int64     `json:"seen_revision"`
	Kind    string    `json:"kind"`
	Who     string    `json:"who"`
	Why     string    `json:"why"`
	RunID   string    `json:"run_id"`
	Verdict lfb.Ref   `json:"verdict"`
	Token   string    `json:"token"`
	At      time.Time `json:"at"`
}

// AppendPromotionResult is the entry's revision, or why it could not be made.
type AppendPromotionResult struct {
	Revision int64  `json:"revision"`
	Stale    bool   `json:"stale"`
	Reason   string `json:"reason"`
}

// AppendPromotion makes the ledger entry: the one act that changes what serves.
func (a *Activities) AppendPromotion(ctx context.Context, in AppendPromotionInput) (AppendPromotionResult, error) {
	p := registry.Promotion{
		Line: in.Line, To: in.Version, Kind: in.Kind, Who: in.Who, Why: in.Why,
		RunID: in.RunID, At: in.At, Token: in.Token,
	}
	if !in.Verdict.IsZero() {
		body, err := a.Blobs.ReadAll(ctx, in.Verdict)
		if err != nil {
			return AppendPromotionResult{}, wire(err)
		}
		p.Evidence = body
	}
	made, err := registry.Promote(ctx, a.Ledger, p, in.Seen)
	if errors.Is(err, lfb.ErrConflict) {
		a.countPromotion(in.Line, "stale")
		return AppendPromotionResult{Stale: true, Reason: err.Error()}, nil
	}
	if err != nil {
		return AppendPromotionResult{}, wire(err)
	}
	a.countPromotion(in.Line, in.Kind)
	return AppendPromotionResult{Revision: made.Revision}, nil
}

func (a *Activities) countPromotion(line, result string) {
	if a.Meter != nil {
		a.Meter.Promoted(line, result)
	}
}
