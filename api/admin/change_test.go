package admin_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"lfb/internal/control"
	"lfb/internal/registry"
)

// changes is one good request to every operation that changes something.
var changes = map[string]struct{ path, body string }{
	"train":                 {"/model/training/lgbm", ""},
	"retrain":               {"/v1/retrains", `{"why":"x"}`},
	"start-backfill":        {"/v1/backfills", `{"from":"2017-01","to":"2017-02","why":"x"}`},
	"cancel":                {"/v1/runs/run-1/cancel", `{"why":"x"}`},
	"promote":               {"/v1/promotions", `{"version":"v3","why":"x"}`},
	"approve":               {"/v1/promotions/p/approve", `{"why":"x"}`},
	"reject":                {"/v1/promotions/p/reject", `{"why":"x"}`},
	"decision-code":         {"/v1/promotions/p/code", ""},
	"set-account":           {"/v1/accounts/new", `{"role":"operator"}`},
	"change-account":        {"/v1/accounts/ann", `{"role":"analyst"}`},
	"change-password":       {"/v1/password", `{"password":"correct horse battery"}`},
	"rotate-key":            {"/v1/api-keys/k1/rotate", ""},
	"end-sessions":          {"/v1/accounts/ann/sessions", ""},
	"make-key":              {"/v1/api-keys", `{"scope":"operator","note":"x"}`},
	"revoke-key":            {"/v1/api-keys/k1", ""},
	"set-schedule":          {"/v1/schedules/retrain", `{"note":"x"}`},
	"delete-schedule":       {"/v1/schedules/s", ""},
	"pause-schedule":        {"/v1/schedules/s/pause", `{"note":"x"}`},
	"resume-schedule":       {"/v1/schedules/s/resume", `{"note":"x"}`},
	"trigger-schedule":      {"/v1/schedules/s/trigger", `{"note":"x"}`},
	"refresh-places":        {"/v1/place-sets", `{"why":"x"}`},
	"save-cover-scenario":   {"/v1/cover/scenarios/Lee%20Green%20closes", `{"out":[{"station":"Lee Green"}]}`},
	"delete-cover-scenario": {"/v1/cover/scenarios/x", ""},
	"monitor":               {"/v1/monitoring", `{"note":"x"}`},
	"add-note":              {"/v1/versions/v1/notes", `{"text":"x"}`},
	"judge":                 {"/v1/versions/v1/judge", ""},
	"set-call-handling":     {"/v1/settings/call-handling", `{"seconds":80,"why":"x"}`},
	"set-availability":      {"/v1/availability", `{"engines":[{"station":"Soho"}]}`},

	"give-candidate-model": {"/v1/candidates/one/results/attendance.mean.onnx", "model"},

	"acknowledge-alarm": {"/v1/alarms/acknowledge", `{"name":"rmse","episode":1,"note":"x"}`},
}

// operation is one of the document's.
type operation struct{ id, method, path string }

func operations(t *testing.T, s *site) []operation {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]struct{ OperationID string }
	}
	_, raw := s.do("", "GET", "/openapi.json", "")
	if err := json.Unmarshal([]byte(raw), &doc); err != nil {
		t.Fatal(err)
	}
	var out []operation
	for path, ops := range doc.Paths {
		for method, op := range ops {
			out = append(out, operation{op.OperationID, strings.ToUpper(method), path})
		}
	}
	return out
}

// TestEveryChangeIsLogged makes every change that the document has: each leaves
// one entry of who, when and from where, or is handed to Control, which writes it;
// none is made that cannot be logged.
func TestEveryChangeIsLogged(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, op := range operations(t, newSite(t)) {
		c, ok := changes[op.id]
		if !ok {
			if op.method != http.MethodGet && op.id != "plan-cover" {
				t.Errorf("operation %s, %s %s, changes something and is not tested here", op.id, op.method, op.path)
			}
			continue
		}
		seen++
		t.Run(op.id, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.runs[4].State = registry.Running
			s.openAttempt(t, "one", clock.Add(time.Hour))
			if err := s.SaveAPIKey(t.Context(), registry.APIKey{ID: "k1", Account: "ann"}); err != nil {
				t.Fatal(err)
			}
			s.noAudit = true
			logged := s.change(op.method, c.path, c.body) == http.StatusServiceUnavailable
			if logged != (len(s.temporal.asked) == 0) || len(s.keys) != 1 || !s.keys[0].RevokedAt.IsZero() {
				t.Fatalf("made without being logged: %v, keys %v", s.temporal.asked, s.keys)
			}
			if !logged { // Control logs what it does: it must be told who asked, and from where
				if want := (control.Actor{Name: "root", Address: "192.0.2.1"}); s.temporal.by != want {
					t.Errorf("asked by %v, want %v", s.temporal.by, want)
				}
				return
			}
			s.noAudit = false
			if status := s.change(op.method, c.path, c.body); status >= 400 {
				t.Fatalf("%s %s = %d", op.method, c.path, status)
			}
			e := s.audit[0]
			if len(s.audit) != 1 || e.Who != "root" || e.From != "192.0.2.1" || !e.At.Equal(clock) || e.Action == "" {
				t.Errorf("entries = %+v, want one of who, when, from where and what", s.audit)
			}
		})
	}
	if seen != len(changes) {
		t.Errorf("%d changes of the document were made, the table has %d", seen, len(changes))
	}
}

// change makes a change as an administrator and returns the status.
func (s *site) change(method, path, body string) int {
	res, _ := s.do("root", method, path, body, "If-Match", `"2"`)
	return res.StatusCode
}
