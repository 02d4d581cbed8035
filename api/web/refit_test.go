package web_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"lfb/api/web"
	"lfb/internal/registry"
)

// refitted is a store whose version of that id is a refit of another, and on the leaderboard.
type refitted struct {
	web.Store
	id, of string
}

func (s refitted) Version(ctx context.Context, line, id string) (registry.Version, error) {
	v, err := s.Store.Version(ctx, line, id)
	if id != s.id || err != nil {
		return v, err
	}
	judged, err := s.Store.Version(ctx, line, s.of)
	v.RefitOf, v.RunID = s.of, judged.RunID
	return v, err
}

func (s refitted) Run(ctx context.Context, id string) (registry.Run, []registry.Candidate, error) {
	r, cs, err := s.Store.Run(ctx, id)
	if len(cs) == 0 {
		return r, cs, err
	}
	return r, append(cs, registry.Candidate{
		RunID: id, Name: "refitted (gbdt)", State: "trained", Version: s.id, RefitOf: s.of, Holdout: cs[0].Holdout,
		FitTime: time.Minute,
	}), err
}

// TestRefittedSaysWhatItIs: its page names the version that was judged, and whose the figures are; the leaderboard has
// it.
func TestRefittedSaysWhatItIs(t *testing.T) {
	t.Parallel()
	o := newOptions(t, "")
	const line, id, of = "lfb-attendance-synthetic", "9e3b41c07d52", "41d09c8ae6f3"
	v, err := o.Store.Version(t.Context(), line, id)
	if err != nil {
		t.Fatal(err)
	}
	o.Store = refitted{o.Store, id, of}
	h := web.New(o)
	page := get(h, "/models/"+line+"/"+id).Body.String()
	if !strings.Contains(page, "<strong>Refitted.</strong> It is <a href=\"/models/"+line+"/"+of+
		"\">v1 gbdt</a>, which passed the gate") {
		t.Errorf("the page of a refitted version does not say so: %.3000s", page)
	}
	if page = get(h, "/admin").Body.String(); !strings.Contains(page,
		"on calls that v1 gbdt had not seen, of which this is the refit") {
		t.Error("the first page says of a refitted version that it had not seen the hold-out")
	}
	for _, path := range []string{"/models/" + line + "/77aa01b2c3d4/promote", waiting} {
		page = mainOf(get(h, path).Body.String())
		for _, want := range []string{
			"both on the same hold-out", "6\u202f480 rows, v2 gbdt with the figures of v1 gbdt, which was judged",
			"2.31\u00a0s better than what serves",
		} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the evidence beside a refit lacks %q: %s", path, want, page)
			}
		}
	}
	page = get(h, "/runs/"+v.RunID).Body.String()
	if !strings.Contains(page, "refitted (gbdt)") || !strings.Contains(page,
		"its hold-out is that of the version it is a refit of") {
		t.Error("the leaderboard does not have the refitted version, or not whose the figures are")
	}
}
