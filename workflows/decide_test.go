package workflows

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/testsuite"

	"lfb/activities"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// office is accounts, codes and a ledger at revision 4, in memory.
type office struct {
	registry.Ledger
	codes map[string]registry.Code
	used  map[string]string
}

func (o *office) Account(_ context.Context, name string) (registry.Account, error) {
	role := map[string]registry.Role{
		"root": registry.RoleAdmin, "eve": registry.RoleAdmin,
		"olga": registry.RoleAnalyst,
	}[name]
	if role == "" {
		return registry.Account{}, fmt.Errorf("account %s: %w", name, lfb.ErrNotFound)
	}
	return registry.Account{Name: name, Role: role}, nil
}

func (o *office) SaveCode(_ context.Context, c registry.Code) error {
	o.codes[c.Hash] = c
	return nil
}

func (o *office) UseCode(_ context.Context, hash string, a registry.Ask, at time.Time) error {
	c, ok := o.codes[hash]
	if by := o.used[hash]; !ok || c.Account != a.Who || c.Promotion != a.Promotion || !at.Before(c.ExpiresAt) ||
		by != "" && by != a.By {
		return fmt.Errorf("code: %w", lfb.ErrNotFound)
	}
	o.used[hash] = a.By
	return nil
}

func (o *office) Promotions(context.Context, string, int) ([]registry.Promotion, error) {
	return []registry.Promotion{{Revision: 4, To: "v1"}}, nil
}

// TestDecisionFromElsewhere sends decisions as the Temporal Web UI would, to the
// real check: only who has a code of their own for this promotion is heard, once.
func TestDecisionFromElsewhere(t *testing.T) {
	t.Parallel()
	const id = "promote l v2 after revision 4"
	o := &office{codes: map[string]registry.Code{}, used: map[string]string{}}
	rights := registry.Rights{Store: o, Now: time.Now}
	code, _, err := rights.Issue(t.Context(), "root", id)
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := rights.Issue(t.Context(), "root", "promote l v3 after revision 4")
	if err != nil {
		t.Fatal(err)
	}
	env := newTestEnvironment()
	env.RegisterActivity(&activities.Activities{Ledger: o, Rights: rights})
	var a *activities.Activities
	env.OnActivity(a.CheckBundle, mock.Anything, mock.Anything).Return(nil)
	var entered activities.AppendPromotionInput
	env.OnActivity(a.AppendPromotion, mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.AppendPromotionInput) (activities.AppendPromotionResult, error) {
			entered = in
			return activities.AppendPromotionResult{Revision: in.Seen + 1}, nil
		})
	env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: id})
	decisions := []struct {
		name, update string
		d            Decision
		heard        bool
		told         *answer
	}{
		{"no code", UpdateApprove, Decision{Who: "root", Why: "x"}, false, &answer{}},
		{"a made-up code", UpdateApprove, Decision{Who: "root", Why: "x", Code: "AAAA-BBBB-CCCC-DDDD"}, false, &answer{}},
		{"another promotion's code", UpdateReject, Decision{Who: "root", Why: "x", Code: other}, false, &answer{}},
		{"another's code", UpdateApprove, Decision{Who: "eve", Why: "x", Code: code}, false, &answer{}},
		{"no administrator", UpdateReject, Decision{Who: "olga", Why: "x", Code: code}, false, &answer{}},
		{"the code", UpdateApprove, Decision{Who: "root", Why: "looks right", Code: code}, true, &answer{}},
	}
	for i, c := range decisions {
		env.RegisterDelayedCallback(func() {
			if i == 0 {
				checkWaiting(t, env)
			}
			env.UpdateWorkflow(c.update, fmt.Sprint("u", i), c.told, c.d)
		}, time.Duration(i+1)*time.Minute)
	}
	env.ExecuteWorkflow(Promote, promotion())
	for _, c := range decisions {
		if heard := c.told.rejected == nil && c.told.failed == nil; heard != c.heard {
			t.Errorf("decision with %s: heard %v (%v, %v), want %v", c.name, heard, c.told.rejected, c.told.failed, c.heard)
		}
	}
	var got PromoteResult
	if err := env.GetWorkflowResult(&got); err != nil || got.Outcome != OutcomePromoted || entered.Who != "root" {
		t.Errorf("promotion ended as %+v by %q, %v; want promoted by root", got, entered.Who, err)
	}
}

// checkWaiting asks the promotion itself where it stands.
func checkWaiting(t *testing.T, env *testsuite.TestWorkflowEnvironment) {
	t.Helper()
	value, err := env.QueryWorkflow(QueryPromotion)
	if err != nil {
		t.Error(err)
		return
	}
	var p Promotion
	if err := value.Get(&p); err != nil || !p.Waiting || p.Version != "v2" || p.Seen != 4 || p.Deadline.IsZero() {
		t.Errorf("promotion = %+v, %v; want it waiting", p, err)
	}
}
