package workflows

import (
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"lfb/activities"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// RefreshPlacesInput says what the places that callers name are made of.
type RefreshPlacesInput struct {
	Origin lfb.Origin            `json:"origin"` // of the rows that teach some
	Places activities.PlacesSpec `json:"places"`
	// Loaded says that new rows are why: files that would have to be downloaded stay as they are.
	Loaded bool   `json:"loaded,omitempty"`
	Who    string `json:"who"`
	// WhoVerified says that Who signed in, or is the system itself.
	WhoVerified bool `json:"who_verified,omitempty"`
}

// RefreshPlacesResult is what came of it.
type RefreshPlacesResult struct {
	Outcome string             `json:"outcome"` // published | unchanged | nothing
	Reason  string             `json:"reason"`
	Set     *registry.PlaceSet `json:"set,omitempty"` // that serves now; nil without one
}

// The outcomes of RefreshPlaces.
const (
	PlacesPublished = "published"
	PlacesUnchanged = "unchanged"
	PlacesNothing   = "nothing" // neither files nor rows
)

// placeRounds is how often RefreshPlaces makes a set at most: again where rows were loaded
// while it made one.
const placeRounds = 3

// RefreshPlaces fetches the files of places, makes one compact file of them and of what the
// rows teach, and publishes it; every api takes it within seconds. Where the files cannot be
// had, those of the set that serves are taken, and the workflow fails once that is published.
func RefreshPlaces(ctx workflow.Context, in RefreshPlacesInput) (*RefreshPlacesResult, error) {
	if err := workflow.UpsertTypedSearchAttributes(ctx, attrLine.ValueSet(in.Origin.Line()),
		attrTrigger.ValueSet("places")); err != nil {
		return nil, err
	}
	files, fetchErr := execute(ctx, fetchClass, "files of places", act.FetchPlaces, activities.FetchPlacesInput{
		Origin: in.Origin, Places: in.Places, Loaded: in.Loaded,
	})
	if isCancelled(ctx, fetchErr) {
		return nil, temporal.NewCanceledError()
	}
	out := &RefreshPlacesResult{Outcome: PlacesUnchanged, Reason: "nothing new since the set that serves"}
	for round := range placeRounds {
		built, err := execute(ctx, scanClass, "one compact file", act.BuildPlaces, activities.BuildPlacesInput{
			Origin: in.Origin, Files: files.Files, Kept: fetchErr != nil, Who: in.Who,
		})
		if err != nil {
			return nil, err
		}
		if built.Set == nil && round == 0 {
			out.Outcome, out.Reason = PlacesNothing, "there are neither files of places nor rows that teach any"
		}
		if out.Set = built.Set; built.Set == nil || built.Unchanged {
			break
		}
		published, err := execute(ctx, recordClass, "publish", act.PublishPlaces,
			activities.PublishPlacesInput{Set: *built.Set})
		if err != nil {
			return nil, err
		}
		out.Set, out.Outcome = &published.Set, PlacesPublished
		out.Reason = fmt.Sprintf("set %d of %s: %d places", published.Set.Revision, published.Set.Origin,
			published.Set.Places())
	}
	if err := showOutcome(ctx, out.Outcome, out.Reason); err != nil {
		return nil, err
	}
	if fetchErr != nil {
		return nil, fmt.Errorf("files of places: %w", fetchErr)
	}
	return out, nil
}

// changePlacesAfterLoad is the version marker of startPlaces.
const changePlacesAfterLoad = "places after a load"

// startPlaces starts a refresh of the places, as rows were loaded, and does not wait for it. Where
// one runs already, that one sees the rows; no retrain fails for what is not started.
func startPlaces(ctx workflow.Context, source activities.SourceSpec) {
	if workflow.GetVersion(ctx, changePlacesAfterLoad, workflow.DefaultVersion, 1) < 1 {
		return
	}
	in := RefreshPlacesInput{Origin: source.Origin(), Places: source.Places, Loaded: true, Who: "load", WhoVerified: true}
	cctx := withChildOptions(ctx, PlacesID(in.Origin), "places, as rows were loaded", true)
	err := workflow.ExecuteChildWorkflow(cctx, RefreshPlaces, in).GetChildWorkflowExecution().Get(ctx, nil)
	if err != nil && !temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		workflow.GetLogger(ctx).Warn("places not refreshed", "error", err)
	}
}
