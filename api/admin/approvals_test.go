package admin_test

import (
	"fmt"
	"strings"
	"testing"

	"lfb/internal/lfb"
)

func TestApprovals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, as, path, body string
		match                string
		status               int
		asked                string // of Temporal, and then logged
	}{
		{"approve", "root", "/v1/promotions/p/approve", `{"why":"good"}`, "", 200, "approve p by root: good"},
		{"approve as seen", "root", "/v1/promotions/p/approve", `{"why":"good"}`, `"2"`, 200, "approve p by root: good"},
		{"approve as seen before", "root", "/v1/promotions/p/approve", `{"why":"good"}`, `"1"`, 412, ""},
		{"approve as never seen", "root", "/v1/promotions/p/approve", `{"why":"good"}`, `"x"`, 412, ""},
		{"approve what was overtaken", "root", "/v1/promotions/stale/approve", `{"why":"good"}`, "", 412, ""},
		{"approve what is decided", "root", "/v1/promotions/done/approve", `{"why":"good"}`, "", 409, ""},
		{"approve nothing", "root", "/v1/promotions/none/approve", `{"why":"good"}`, "", 404, ""},
		{"approve without a reason", "root", "/v1/promotions/p/approve", `{}`, "", 422, ""},
		{"approve as an analyst", "olga", "/v1/promotions/p/approve", `{"why":"good"}`, "", 403, ""},
		{"reject", "root", "/v1/promotions/p/reject", `{"why":"bad"}`, `"2"`, 200, "reject p by root: bad"},
		{"reject what was overtaken", "root", "/v1/promotions/stale/reject", `{"why":"bad"}`, "", 412, ""},
		{"code", "root", "/v1/promotions/p/code", "", "", 201, "code for root: p"},
		{"code for what was overtaken", "root", "/v1/promotions/stale/code", "", "", 412, ""},
		{"code for nothing", "root", "/v1/promotions/none/code", "", "", 404, ""},
		{"code as an analyst", "olga", "/v1/promotions/p/code", "", "", 403, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			var header []string
			if tt.match != "" {
				header = []string{"If-Match", tt.match}
			}
			got, _ := s.want(t, tt.status, tt.as, "POST", tt.path, tt.body, header...)
			if asked := strings.Join(s.temporal.asked, "; "); asked != tt.asked || (len(s.audit) == 1) != (tt.asked != "") {
				t.Errorf("asked for %q with %d audit entries, want %q", asked, len(s.audit), tt.asked)
			}
			if code, ok := got["code"].(string); ok && (code == "" || got["who"] != "root" || strings.Contains(fmt.Sprint(s.audit), code)) {
				t.Errorf("code = %v, audit %v; want it shown to its account and nowhere else", got, s.audit)
			}
		})
	}
}

func TestWaiting(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	got, _ := s.want(t, 200, "olga", "GET", "/v1/promotions", "")
	list := got["list"].([]any)
	if w := list[0].(map[string]any); len(list) != 1 || w["id"] != "p" || w["version"] != "v3" || w["revision"] != 2.0 || w["run_id"] != "run-5" {
		t.Errorf("waiting = %v", list)
	}
	s.temporal.err = fmt.Errorf("temporal: %w", lfb.ErrUnavailable)
	s.want(t, 503, "olga", "GET", "/v1/promotions", "")
}
