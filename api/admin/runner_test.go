package admin_test

import (
	"strings"
	"testing"

	"lfb/internal/bundle"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/internal/serve/servetest"
)

func TestRetrainAndBackfill(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, path, body string
		status           int
		asked            string
	}{
		{"as configured", "/v1/retrains", `{"why":"monthly"}`, 202, "retrain [], seed 0, force false by root: monthly"},
		{"as asked", "/v1/retrains", `{"candidates":["gbdt","forest"],"seed":7,"force":true,"approval":true,"why":"x"}`, 202, "retrain [gbdt forest], seed 7, force true, approval true by root: x"},
		{
			"a candidate of another program", "/v1/retrains", `{"candidates":["external:xgb-2"],"why":"x"}`, 202,
			"retrain [external:xgb-2], seed 0, force false by root: x",
		},
		{"a bad name of another program", "/v1/retrains", `{"candidates":["external:XGB"],"why":"x"}`, 422, ""},
		{"an unknown candidate", "/v1/retrains", `{"candidates":["gbdt","xgb"],"why":"x"}`, 422, ""},
		{"without a reason", "/v1/retrains", `{}`, 422, ""},
		{"a reason of blanks", "/v1/retrains", `{"why":" \u0000\n\u00a0"}`, 422, ""},
		{"an unknown field", "/v1/retrains", `{"why":"x","candidate":"gbdt"}`, 422, ""},
		{"past months", "/v1/backfills", `{"from":"2016-01","to":"2017-04","why":"x"}`, 202, "backfill 2016-01 to 2017-04 by root: x"},
		{"months the wrong way round", "/v1/backfills", `{"from":"2017-04","to":"2016-01","why":"x"}`, 422, ""},
		{"no months", "/v1/backfills", `{"from":"2017-13","to":"2017-14","why":"x"}`, 422, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			got, res := s.want(t, tt.status, "root", "POST", tt.path, tt.body)
			if asked := strings.Join(s.temporal.asked, "; "); asked != tt.asked {
				t.Errorf("asked for %q, want %q", asked, tt.asked)
			}
			if tt.status == 202 && (got["workflow_id"] == "" || res.Header.Get("Location") != got["link"]) {
				t.Errorf("answer = %v %v, want the workflow and where to watch it", got, res.Header)
			}
		})
	}
}

func TestCancelAndProgress(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.want(t, 409, "root", "POST", "/v1/runs/run-5/cancel", `{"why":"x"}`)
	s.want(t, 404, "root", "POST", "/v1/runs/none/cancel", `{"why":"x"}`)
	s.runs[0].State, s.runs[0].WorkflowID, s.runs[0].WorkflowRunID = registry.Running, "w", "r"
	s.want(t, 202, "root", "POST", "/v1/runs/run-5/cancel", `{"why":"x"}`)
	if got := strings.Join(s.temporal.asked, "; "); got != "cancel run-5: x" {
		t.Errorf("asked for %q", got)
	}
	got, _ := s.want(t, 200, "olga", "GET", "/v1/runs/run-5/progress", "")
	steps := got["steps"].([]any)
	if step := steps[0].(map[string]any); got["state"] != "running" || step["name"] != "fetch of w" ||
		step["state"] != "running" || step["ended_at"] != nil {
		t.Errorf("progress = %v", got)
	}
	s.want(t, 404, "olga", "GET", "/v1/runs/none/progress", "")
}

func TestDownloads(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.Store(t, lfb.Real.Line(), servetest.Fit(t, servetest.Options{Rows: 1000}))
	path := "/v1/versions/" + v.ID + "/"
	for what, want := range map[string]struct{ kind, name, starts string }{
		"bundle":                     {"application/octet-stream", ".lfb", ""},
		"encoders":                   {"application/json", "-encoders.json", "{"},
		"lightgbm":                   {"text/plain", "-attendance.lgb.txt", "tree\nversion=v4"},
		"lightgbm?target=attendance": {"text/plain", "-attendance.lgb.txt", "tree\nversion=v4"},
		"onnx":                       {"application/octet-stream", "-attendance.onnx", ""},
	} {
		res, got := s.do("olga", "GET", path+what, "")
		h := res.Header
		if res.StatusCode != 200 || !strings.HasPrefix(h.Get("Content-Type"), want.kind) ||
			!strings.HasPrefix(got, want.starts) || len(got) < 100 ||
			!strings.HasSuffix(h.Get("Content-Disposition"), want.name+`"`) || !strings.Contains(h.Get("Content-Disposition"), v.ID) {
			t.Errorf("%s = %d, %v, %d bytes", what, res.StatusCode, h, len(got))
		}
		if _, err := bundle.Decode([]byte(got)); what == "bundle" && err != nil {
			t.Errorf("bundle: %v", err)
		}
	}
	s.want(t, 404, "olga", "GET", path+"onnx?target=none", "")
	s.want(t, 404, "olga", "GET", "/v1/versions/v9/bundle", "")
	s.want(t, 404, "olga", "GET", "/v1/versions/v9/lightgbm", "")
}

func TestTrainingByGetIsForThoseWhoMeanIt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, header := range [][]string{
		{"Sec-Fetch-Site", "cross-site"},
		{"Sec-Fetch-Site", "same-site"},
		{"Sec-Purpose", "prefetch"},
		{"Purpose", "prefetch"},
	} {
		s.want(t, 403, "root", "GET", "/model/training/lgbm", "", header...)
	}
	if len(s.temporal.asked) != 0 || len(s.audit) != 0 {
		t.Errorf("started %v", s.temporal.asked)
	}
	s.want(t, 202, "root", "GET", "/model/training/lgbm", "", "Sec-Fetch-Site", "none") // typed
	s.want(t, 202, "root", "GET", "/model/training/rf", "", "Sec-Fetch-Site", "same-origin")
}
