package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"lfb/internal/app"
	"lfb/internal/control"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/workflows"
)

// admin asks the admin API as the admin; headers in pairs.
func (s *system) admin(method, path, body string, header ...string) (*http.Response, map[string]any) {
	s.t.Helper()
	address := s.args[slices.Index(s.args, "-api.admin")+1]
	password, err := os.ReadFile(app.AdminFile(s.config()))
	if err != nil {
		s.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(s.t.Context(), method, "http://"+address+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.SetBasicAuth(app.AdminAccount, strings.TrimSpace(string(password)))
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return res, map[string]any{"raw": string(raw)}
	}
	if list, ok := v.([]any); ok {
		return res, map[string]any{"list": list}
	}
	return res, v.(map[string]any)
}

// TestApproval has one promotion approved as from the Temporal Web UI, which
// needs a code, and one by the admin API.
func TestApproval(t *testing.T) {
	s := newSystem(t, small...)
	s.start()
	s.until("a champion", 5*time.Minute, s.ready)
	line, cl := lfb.Synthetic.Line(), s.temporal()
	champion, err := registry.Champion(t.Context(), s.db(), line)
	if err != nil {
		t.Fatal(err)
	}
	versions, err := s.db().Versions(t.Context(), line, 0)
	if err != nil {
		t.Fatal(err)
	}
	versions = slices.DeleteFunc(versions, func(v registry.Version) bool { return v.ID == champion.To })
	if len(versions) < 2 {
		t.Fatalf("%d versions beside the champion, want 2", len(versions))
	}
	s.approveByCode(cl, line, versions[0].ID)
	s.approveByAPI(cl, line, versions[1].ID)
}

func (s *system) awaiting(cl client.Client, line, version string, seen int64) (id string, h client.WorkflowRun) {
	s.t.Helper()
	h, err := control.StartPromote(s.t.Context(), cl, workflows.PromoteInput{
		Line: line, Version: version, Seen: seen, Kind: workflows.KindPromote, Who: "test", Why: "by hand",
		Spec: workflows.PromoteSpec{Approval: true, Deadline: time.Hour},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.until("the promotion in the list", 2*time.Minute, func() bool {
		_, got := s.admin("GET", "/v1/promotions", "")
		list, _ := got["list"].([]any)
		return slices.ContainsFunc(list, func(w any) bool {
			m := w.(map[string]any)
			return m["id"] == h.GetID() && m["version"] == version && m["revision"] == float64(seen)
		})
	})
	return url.PathEscape(h.GetID()), h
}

func (s *system) approveByCode(cl client.Client, line, version string) {
	s.t.Helper()
	id, h := s.awaiting(cl, line, version, 1)
	update := func(d workflows.Decision) error {
		u, err := cl.UpdateWorkflow(s.t.Context(), client.UpdateWorkflowOptions{
			WorkflowID: h.GetID(), UpdateName: workflows.UpdateApprove, Args: []any{d},
			WaitForStage: client.WorkflowUpdateStageCompleted,
		})
		if err != nil {
			return err
		}
		return u.Get(s.t.Context(), nil)
	}
	if err := update(workflows.Decision{Who: app.AdminAccount, Why: "I say so"}); err == nil ||
		!strings.Contains(err.Error(), "code") {
		s.t.Fatalf("approved without a code: %v", err)
	}
	res, got := s.admin("POST", "/v1/promotions/"+id+"/code", "")
	code, _ := got["code"].(string)
	if res.StatusCode != 201 || code == "" {
		s.t.Fatalf("code = %d %v", res.StatusCode, got)
	}
	if err := update(workflows.Decision{Who: "mallory", Why: "me too", Code: code}); err == nil {
		s.t.Fatal("approved by somebody else with the admin's code")
	}
	if err := update(workflows.Decision{
		Who: app.AdminAccount, Why: "looks right",
		Code: strings.ToLower(code),
	}); err != nil {
		s.t.Fatalf("approve with the code: %v", err)
	}
	s.promoted(h, line, 2)
	if res, _ := s.admin("POST", "/v1/promotions/"+id+"/approve", `{"why":"again"}`); res.StatusCode != 409 {
		s.t.Errorf("approve what is decided = %d, want 409", res.StatusCode)
	}
}

func (s *system) approveByAPI(cl client.Client, line, version string) {
	s.t.Helper()
	id, h := s.awaiting(cl, line, version, 2)
	res, got := s.admin("POST", "/v1/promotions/"+id+"/approve", `{"why":"looks right"}`, "If-Match", `"1"`)
	if res.StatusCode != 412 {
		s.t.Fatalf("approve from another revision = %d %v, want 412", res.StatusCode, got)
	}
	res, got = s.admin("POST", "/v1/promotions/"+id+"/approve", `{"why":"looks right"}`, "If-Match", `"2"`)
	if res.StatusCode != 200 {
		s.t.Fatalf("approve = %d %v", res.StatusCode, got)
	}
	s.promoted(h, line, 3)
}

func (s *system) promoted(h client.WorkflowRun, line string, revision int64) {
	s.t.Helper()
	var out workflows.PromoteResult
	if err := h.Get(s.t.Context(), &out); err != nil || out.Outcome != workflows.OutcomePromoted ||
		out.Revision != revision {
		s.t.Fatalf("promotion ended as %+v, %v; want revision %d", out, err, revision)
	}
	now, err := registry.Champion(s.t.Context(), s.db(), line)
	if err != nil || now.Who != app.AdminAccount || !strings.HasPrefix(now.Why, "looks right") {
		s.t.Errorf("ledger = %+v, %v; want who approved and why", now, err)
	}
}
