package controltest

import (
	"os"
	"testing"

	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
)

// PromotedRetrain is the events of a retrain that promoted its winner, for packages two
// folders down.
func PromotedRetrain(t testing.TB) []*historypb.HistoryEvent {
	t.Helper()
	f, err := os.Open("../../workflows/testdata/histories/retrain-promoted.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h, err := client.HistoryFromJSON(f, client.HistoryJSONOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return h.GetEvents()
}
