package admin_test

import (
	"fmt"
	"strings"
	"testing"

	"lfb/internal/control"
	"lfb/internal/lfb"
)

func TestApprovals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, as, path, body, match string
		err                         error
		status                      int
		asked                       string
	}{
		{"approve", "root", "/v1/promotions/p/approve", `{"why":"good"}`, "", nil, 200, "approve p from -1 by root: good"},
		{"approve as seen", "root", "/v1/promotions/p/approve", `{"why":"good"}`, `"2"`, nil, 200, "approve p from 2 by root: good"},
		{"approve as never seen", "root", "/v1/promotions/p/approve", `{"why":"good"}`, `"x"`, nil, 412, ""},
		{"approve what was overtaken", "root", "/v1/promotions/p/approve", `{"why":"good"}`, "", &control.StaleError{}, 412, "approve p from -1 by root: good"},
		{"approve what is decided", "root", "/v1/promotions/p/approve", `{"why":"good"}`, "", lfb.ErrConflict, 409, "approve p from -1 by root: good"},
		{"approve nothing", "root", "/v1/promotions/p/approve", `{"why":"good"}`, "", lfb.ErrNotFound, 404, "approve p from -1 by root: good"},
		{"approve without a reason", "root", "/v1/promotions/p/approve", `{}`, "", nil, 422, ""},
		{"approve as an analyst", "olga", "/v1/promotions/p/approve", `{"why":"good"}`, "", nil, 403, ""},
		{"reject", "root", "/v1/promotions/p/reject", `{"why":"bad"}`, `"2"`, nil, 200, "reject p from 2 by root: bad"},
		{"code", "root", "/v1/promotions/p/code", "", "", nil, 201, "code for root: p"},
		{
			"code for what was overtaken", "root", "/v1/promotions/p/code", "", "", &control.StaleError{}, 412,
			"code for root: p",
		},
		{"code as an analyst", "olga", "/v1/promotions/p/code", "", "", nil, 403, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.temporal.err = tt.err
			var header []string
			if tt.match != "" {
				header = []string{"If-Match", tt.match}
			}
			got, _ := s.want(t, tt.status, tt.as, "POST", tt.path, tt.body, header...)
			if asked := strings.Join(s.temporal.asked, "; "); asked != tt.asked {
				t.Errorf("asked for %q, want %q", asked, tt.asked)
			}
			if code, ok := got["code"].(string); ok && tt.status < 400 && (code == "" || got["who"] != "root") {
				t.Errorf("code = %v, want it shown to its account", got)
			}
		})
	}
}

func TestWaiting(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	got, _ := s.want(t, 200, "olga", "GET", "/v1/promotions", "")
	list := got["list"].([]any)
	if w := list[0].(map[string]any); len(list) != 1 || w["id"] != "p" || w["version"] != "v3" || w["revision"] != 2.0 ||
		w["run_id"] != "run-5" {
		t.Errorf("waiting = %v", list)
	}
	s.temporal.err = fmt.Errorf("temporal: %w", lfb.ErrUnavailable)
	s.want(t, 503, "olga", "GET", "/v1/promotions", "")
}
