package serve_test

import (
	"encoding/json"
	"slices"
	"testing"

	"lfb/internal/serve"
	"lfb/internal/serve/servetest"
)

// An account's last questions are what was said to a person of it, and nothing that programs asked
// or somebody typed.
func TestRecentTo(t *testing.T) {
	t.Parallel()
	w, c := startServing(t)
	d, _ := predictor(t, c, w)
	call := servetest.City(1)[0].Call
	say := func(*serve.Reply) (json.RawMessage, error) {
		return json.RawMessage(`{"headline":"About 20:09."}`), nil
	}
	var want []string
	for _, q := range []serve.Question{
		{Account: "ann", Say: say},
		{Account: "ann"},
		{Account: "ben", Say: say},
		{Account: "ann", Say: say, Preview: true},
		{Account: "ann", Say: say},
		{Account: "ann", Say: say},
	} {
		q.Call = call
		replies, err := d.Predict([]serve.Question{q})
		if err != nil {
			t.Fatal(err)
		}
		if q.Account == "ann" && q.Say != nil && !q.Preview {
			want = append(want, replies[0].ID)
		}
	}
	slices.Reverse(want)
	var got []string
	for _, p := range d.RecentTo("ann", 2) {
		got = append(got, p.ID)
	}
	if !slices.Equal(got, want[:2]) || len(d.RecentTo("ann", 10)) != len(want) {
		t.Errorf("the last two of ann's = %v, want %v", got, want[:2])
	}
}
