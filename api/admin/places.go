package admin

import (
	"context"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/control"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// PlaceSets are the sets of places that callers can name.
type PlaceSets interface {
	// PlaceSets returns the origin's sets, newest first; the first serves.
	PlaceSets(ctx context.Context, origin lfb.Origin, limit int) ([]registry.PlaceSet, error)
}

func (a *api) registerPlaces(doc huma.API) {
	const tag = "data"
	registerList(doc, tag, "place-sets", "/v1/place-sets",
		"The sets of places that callers can name, newest first: the first serves",
		func(ctx context.Context, in *originsInput) ([]registry.PlaceSet, error) {
			origin, err := a.originOf(ctx, in.OriginInput)
			if err != nil {
				return nil, err
			}
			return a.Store.PlaceSets(ctx, origin, 0) // a few a year
		}, func(s registry.PlaceSet) string { return strconv.FormatInt(s.Revision, 10) })
	op := newOperation(tag, http.MethodPost, "refresh-places", "/v1/place-sets",
		"Refresh the places: fetch their files, and what the rows teach")
	op.DefaultStatus = http.StatusAccepted
	registerChange(doc, op, func(ctx context.Context, by control.Actor,
		in *struct{ Body struct{ Reason } },
	) (*startedOutput, error) {
		return a.answerStart(a.Control.RefreshPlaces(ctx, by, in.Body.text()))
	})
}
