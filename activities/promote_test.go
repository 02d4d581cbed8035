package activities

import (
	"errors"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"lfb/internal/registry"
)

// TestCheckDecision takes a code from the database once, whoever claims it.
func TestCheckDecision(t *testing.T) {
	t.Parallel()
	db := server(t).Open(t)
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	rights := registry.Rights{Store: db, Now: func() time.Time { return now }}
	for name, role := range map[string]registry.Role{
		"root": registry.RoleAdmin, "eve": registry.RoleAdmin,
		"olga": registry.RoleAnalyst,
	} {
		if err := db.SaveAccount(t.Context(), registry.Account{
			Name: name, PasswordHash: "x", Role: role,
			CreatedAt: now,
		}); err != nil {
			t.Fatal(err)
		}
	}
	const promotion = "promote l v2 after revision 0"
	code, _, err := rights.Issue(t.Context(), "root", promotion)
	if err != nil {
		t.Fatal(err)
	}
	a := &Activities{Ledger: db, Rights: rights}
	good := CheckDecisionInput{Line: "l", Version: "v2", Who: "root", Code: code, Promotion: promotion}
	tests := []struct {
		name   string
		change func(*CheckDecisionInput)
		kind   string // of the error; empty: let through
	}{
		{"no code", func(in *CheckDecisionInput) { in.Code = "" }, "permanent"},
		{"another's code", func(in *CheckDecisionInput) { in.Who = "eve" }, "permanent"},
		{"an analyst", func(in *CheckDecisionInput) { in.Who = "olga" }, "permanent"},
		{"another promotion", func(in *CheckDecisionInput) { in.Promotion = "promote l v3 after revision 0" }, "permanent"},
		{"an overtaken one", func(in *CheckDecisionInput) { in.Seen = 4 }, "conflict"},
		{"the code", func(*CheckDecisionInput) {}, ""},
	}
	for _, tt := range tests {
		in := good
		tt.change(&in)
		var s testsuite.WorkflowTestSuite
		env := s.NewTestActivityEnvironment()
		env.RegisterActivity(a)
		_, err := env.ExecuteActivity(a.CheckDecision, in)
		var app *temporal.ApplicationError
		if tt.kind == "" && err != nil || tt.kind != "" && (!errors.As(err, &app) || app.Type() != tt.kind ||
			!app.NonRetryable()) {
			t.Errorf("CheckDecision with %s = %v, want %q", tt.name, err, tt.kind)
		}
	}
}
