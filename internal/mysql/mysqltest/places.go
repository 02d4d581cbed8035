package mysqltest

import (
	"strings"
	"testing"
	"time"

	"lfb/internal/gc"
	"lfb/internal/lfb"
	"lfb/internal/mysql"
	"lfb/internal/registry"
)

func makePlaceSet(origin lfb.Origin, revision int64, content string) registry.PlaceSet {
	return registry.PlaceSet{
		Origin: origin, Revision: revision, File: lfb.RefTo("places/"+content, []byte(content)), Inputs: "made of " + content,
		Products: []registry.PlaceProduct{{
			Name: "codepo_gb.zip", Kind: lfb.CodePointFile, Edition: "2026-08",
			SHA256: strings.Repeat("c", 64),
		}},
		Counts:      []registry.PlaceCount{{Kind: "postcode", Places: 5}, {Kind: "road", Places: 2}},
		Attribution: "Contains OS data © Crown copyright",
		MadeAt:      noon.Add(time.Duration(revision) * time.Hour), MadeBy: "schedule",
	}
}

// testPlaceSets numbers the sets of each origin apart: of two that come at once one wins.
func testPlaceSets(t *testing.T, db *mysql.DB) {
	ctx := t.Context()
	wantErr(t, "PlaceSet without one", secondError(db.PlaceSet(ctx, lfb.Real)), lfb.ErrNotFound)
	first, second, other := makePlaceSet(lfb.Real, 1, "a"), makePlaceSet(lfb.Real, 2, "b"),
		makePlaceSet(lfb.Synthetic, 1, "c")
	for _, s := range []registry.PlaceSet{first, other, first, second} {
		mustSucceed(t, "SavePlaceSet", db.SavePlaceSet(ctx, s))
	}
	wantErr(t, "SavePlaceSet of a revision that is taken", db.SavePlaceSet(ctx, makePlaceSet(lfb.Real, 2, "late")),
		lfb.ErrConflict)
	wantErr(t, "SavePlaceSet without a file", db.SavePlaceSet(ctx, registry.PlaceSet{
		Origin: lfb.Real, Revision: 3,
		MadeAt: noon,
	}), lfb.ErrInvalid)
	wantErr(t, "PlaceSet of no origin", secondError(db.PlaceSet(ctx, "none")), lfb.ErrInvalid)
	wantResult(t, "PlaceSet", second)(db.PlaceSet(ctx, lfb.Real))
	wantResult(t, "PlaceSet of the other origin", other)(db.PlaceSet(ctx, lfb.Synthetic))
	wantResult(t, "PlaceSets", []registry.PlaceSet{second, first})(db.PlaceSets(ctx, lfb.Real, 0))
	wantResult(t, "the newest of PlaceSets", []registry.PlaceSet{second})(db.PlaceSets(ctx, lfb.Real, 1))
	for _, id := range []string{"1/1", "1/2", "1/2", "2/1"} {
		mustSucceed(t, "RemoveRecord", db.RemoveRecord(ctx, gc.PlaceSet+id))
	}
	wantResult(t, "PlaceSets after housekeeping", []registry.PlaceSet{second})(db.PlaceSets(ctx, lfb.Real, 0))
	wantResult(t, "the other origin's PlaceSet after housekeeping", other)(db.PlaceSet(ctx, lfb.Synthetic))
}
