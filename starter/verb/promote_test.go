package verb

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"lfb/internal/app"
	"lfb/internal/config"
	"lfb/workflows"
)

// TestPromoted holds the exit code to what happened: a stale rollback changed
// nothing, and says so to people and to scripts.
func TestPromoted(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		outcome string
		code    int
	}{{workflows.OutcomePromoted, 0}, {workflows.OutcomeStale, 3}, {workflows.OutcomeRejected, 3}, {workflows.OutcomeExpired, 3}} {
		for _, json := range []bool{false, true} {
			var out bytes.Buffer
			e := &env{c: &config.Config{Starter: config.Starter{JSON: json}}, out: &out}
			err := e.printPromotion(workflows.PromoteResult{Outcome: tt.outcome, Reason: "line l is at revision 5, the decision was made from 4"})
			var exit app.ExitError
			errors.As(err, &exit)
			if exit.Code != tt.code || !strings.Contains(out.String(), tt.outcome) || !strings.Contains(out.String(), "revision 5") {
				t.Errorf("%s, json %v: exit code %d (%v), %q; want %d and the reason", tt.outcome, json, exit.Code, err, out.String(), tt.code)
			}
		}
	}
}
