package activities

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"lfb/internal/bundle"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// TestReproduce makes the versions of a run again: the same bytes, though every
// step of the run is remembered; and says what differs where a record was changed.
func TestReproduce(t *testing.T) {
	t.Parallel()
	a := newActivities(t)
	d, plan := planned(t, a, village())
	saveRun(t, a, "r", d.ID)
	compared := run{t, a, plan}.compare("r", "baseline", "gbdt")
	for _, s := range compared.Leaderboard {
		got, err := a.Reproduce(t.Context(), ReproduceInput{Line: lfb.Synthetic.Line(), Version: s.Version})
		if err != nil {
			t.Fatal(err)
		}
		if got.Outcome != Reproduced || got.Got != got.Want || len(got.Notes) != 0 || got.FitTime <= 0 {
			t.Errorf("Reproduce of %s = %+v, want the same bytes and no notes", s.Candidate, got)
		}
	}
	forged := forge(t, a, compared.Winner, func(m *bundle.Manifest) { m.Valid.First.RMSE++ })
	got, err := a.Reproduce(t.Context(), ReproduceInput{Line: lfb.Synthetic.Line(), Version: forged})
	if err != nil || got.Outcome != NotTheSame || !slices.Equal(got.Parts, []string{"manifest.json: valid"}) {
		t.Errorf("Reproduce of a bundle with another score = %+v, %v, want it to differ in the manifest's valid", got, err)
	}
	forged = forge(t, a, compared.Winner, func(m *bundle.Manifest) { m.Seed++ })
	got, err = a.Reproduce(t.Context(), ReproduceInput{Line: lfb.Synthetic.Line(), Version: forged})
	if err != nil || got.Outcome != NotTheSame || len(got.Notes) != 2 ||
		!strings.HasPrefix(got.Notes[0], "seed: 2 in the bundle, 1") {
		t.Errorf("Reproduce of a bundle with another seed = %+v, %v, want it to differ and the records to disagree", got, err)
	}
	forged = forge(t, a, compared.Winner, func(m *bundle.Manifest) { m.Recipe = json.RawMessage(`{"estimator":"gbdt","parameters":{}}`) })
	if _, err = a.Reproduce(t.Context(), ReproduceInput{Line: lfb.Synthetic.Line(), Version: forged}); !errors.Is(err,
		lfb.ErrInvalid) {
		t.Errorf("Reproduce of a recipe that cannot be rebuilt = %v, want lfb.ErrInvalid", err)
	}
}

func saveRun(t *testing.T, a *Activities, id, dataSet string) {
	t.Helper()
	err := a.Runs.SaveRun(t.Context(), registry.Run{
		ID: id, Line: lfb.Synthetic.Line(), Origin: lfb.Synthetic, State: registry.Succeeded, DataSet: dataSet, Seed: 1,
		Config: json.RawMessage(`{"Train":{"seed":1}}`), StartedAt: time.Now().UTC(),
	})
	if err != nil {
		t.Fatal(err)
	}
}

// forge stores a version like the named one but for its manifest.
func forge(t *testing.T, a *Activities, version string, change func(*bundle.Manifest)) string {
	t.Helper()
	v, err := a.Ledger.Version(t.Context(), lfb.Synthetic.Line(), version)
	if err != nil {
		t.Fatal(err)
	}
	b, err := bundle.Read(t.Context(), a.Blobs, v.Bundle)
	if err != nil {
		t.Fatal(err)
	}
	change(&b.Manifest)
	if v.Bundle, err = bundle.Write(t.Context(), a.Blobs, b); err != nil {
		t.Fatal(err)
	}
	v.ID = v.Bundle.SHA256[:12]
	if err := a.Ledger.SaveVersion(t.Context(), v); err != nil {
		t.Fatal(err)
	}
	return v.ID
}

func TestReproduceExemptsOnlyTheModelOfTheSharedGenerator(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		parts []string
		want  bool
	}{
		{[]string{"manifest.json: valid", "head/attendance: 5 bytes, were 5"}, true},
		{[]string{"head/response: 5 bytes, were 6"}, true},
		{[]string{"manifest.json: trained_to, valid", "head/attendance: 5 bytes, were 5"}, false},
		{[]string{"spec.json: 5 bytes, were 5", "head/attendance: 5 bytes, were 5"}, false},
		{nil, false},
	} {
		if got := onlyModel(tt.parts); got != tt.want {
			t.Errorf("onlyModel(%q) = %v, want %v", tt.parts, got, tt.want)
		}
	}
}
