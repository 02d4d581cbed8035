package mysqltest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/mysql"
	"lfb/internal/registry"
)

// testAsks logs the same question again: by several processes at once, sent again, out of
// order, and with other facts.
func testAsks(t *testing.T, db *mysql.DB) {
	ctx, n := t.Context(), 0
	ask := func(after time.Duration, change func(*registry.Prediction)) registry.Prediction {
		n++
		p := makePrediction(n)
		p.At, p.IncidentNumber, p.PumpOrder, p.Request = noon.Add(after), "1", 1, json.RawMessage(`{"pump":1,"postcode":"SE1"}`)
		if change != nil {
			change(&p)
		}
		return p
	}
	var first []registry.Prediction
	var wg sync.WaitGroup
	for i := range 8 {
		p := ask(time.Duration(i)*time.Second, func(p *registry.Prediction) { p.Request = json.RawMessage(` {"postcode": "SE1", "pump": 1}`) })
		first = append(first, p)
		wg.Go(func() {
			for range 2 {
				mustSucceed(t, "SavePredictions", db.SavePredictions(ctx, []registry.Prediction{p, p}))
			}
		})
	}
	wg.Wait()
	count := func() int64 {
		t.Helper()
		return mustGet[int64](t, "CountPredictions")(db.CountPredictionsBefore(ctx, noon.AddDate(1, 0, 0)))
	}
	read := func(p registry.Prediction) string {
		t.Helper()
		return mustGet[registry.Prediction](t, "Prediction")(db.Prediction(ctx, p.ID)).ID
	}
	kept := read(first[0])
	for _, p := range first {
		if got := read(p); got != kept {
			t.Errorf("%s leads to %s, want %s as the others", p.ID, got, kept)
		}
	}
	if got := count(); got != 1 {
		t.Errorf("one question asked eight times is %d records, want 1", got)
	}
	for name, step := range map[string]struct {
		p    registry.Prediction
		same bool
	}{
		"late":              {ask(-9*time.Minute, nil), true},
		"ten minutes later": {ask(11*time.Minute, nil), false},
		"another account":   {ask(0, func(p *registry.Prediction) { p.Account = "bob" }), false},
		"another reference": {ask(0, func(p *registry.Prediction) { p.IncidentNumber += "x" }), false},
		"no reference":      {ask(0, func(p *registry.Prediction) { p.IncidentNumber = "" }), false},
		"another engine":    {ask(0, func(p *registry.Prediction) { p.PumpOrder = 2 }), false},
		"another model":     {ask(0, func(p *registry.Prediction) { p.Version = "v2" }), false},
		"other facts":       {ask(0, func(p *registry.Prediction) { p.Request = json.RawMessage(`{"postcode":"SE2","pump":1}`) }), false},
	} {
		before := count()
		mustSucceed(t, "SavePredictions", db.SavePredictions(ctx, []registry.Prediction{step.p}))
		if same := read(step.p) == kept; same != step.same || (count() == before) != same {
			t.Errorf("%s: the same record: %v, %d records more; want %v", name, same, count()-before, step.same)
		}
	}
	if _, err := db.RemovePredictions(ctx, noon.AddDate(1, 0, 0), 1000); err != nil {
		t.Error(err)
	}
	wantErr(t, "Prediction that was removed", secondError(db.Prediction(ctx, first[3].ID)), lfb.ErrNotFound)
	wantErr(t, "Prediction of an id that is no text", secondError(db.Prediction(ctx, "\xff")), lfb.ErrInvalid)
}

// testRefused keeps what the log refuses, the newest of it.
func testRefused(t *testing.T, db *mysql.DB) {
	ctx := t.Context()
	save := func(n int, record string) int {
		t.Helper()
		r := registry.RefusedPrediction{
			ID: fmt.Sprintf("%064d", n), At: noon.Add(time.Duration(n) * time.Second),
			Prediction: "p", Host: "h", Reason: strings.Repeat("é", 9000),
		}
		return mustGet[int](t, "SaveRefused")(db.SaveRefused(ctx, r, []byte(record)))
	}
	const odd = "{\"a\":\"\xff\x00 é\"}"
	for _, record := range []string{odd, "another"} {
		if dropped := save(1, record); dropped != 0 {
			t.Errorf("%d dropped for the first", dropped)
		}
	}
	save(2, "later")
	got := mustGet[[]registry.RefusedPrediction](t, "Refused")(db.Refused(ctx, time.Time{}, "", 0))
	if len(got) != 2 || got[0].Record != "later" || got[1].Record != fmt.Sprintf("%q", odd) ||
		!got[1].At.Equal(noon.Add(time.Second)) || got[1].Host != "h" {
		t.Errorf("Refused = %.200v, want both, the newest first, the first as it came first", got)
	}
	if got := mustGet[[]registry.RefusedPrediction](t, "Refused")(db.Refused(ctx, noon.Add(2*time.Second), "",
		0)); len(got) != 1 {
		t.Errorf("%d refused since the second, want 1", len(got))
	}
	if got := mustGet[[]registry.RefusedPrediction](t, "Refused")(db.Refused(ctx, time.Time{}, got[0].ID,
		5)); len(got) != 1 || got[0].Host != "h" {
		t.Errorf("behind the newest: %.200v, want the other", got)
	}
	if _, err := db.Refused(ctx, time.Time{}, "none", 5); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("behind one that is not there: %v", err)
	}
	large := strings.Repeat("x", 6<<20)
	for n, want := range []int{3: 0, 4: 0, 5: 3} { // 3 × 6 MiB are too many: the oldest goes, and what is older
		if n >= 3 {
			if dropped := save(n, large); dropped != want {
				t.Errorf("%d dropped for record %d, want %d", dropped, n, want)
			}
		}
	}
	if _, err := db.RemovePredictions(ctx, noon.AddDate(1, 0, 0), 1000); err != nil {
		t.Error(err)
	}
	if got := mustGet[[]registry.RefusedPrediction](t, "Refused")(db.Refused(ctx, time.Time{}, "", 0)); len(got) != 0 {
		t.Errorf("%d refused are left when what is old is removed", len(got))
	}
}
