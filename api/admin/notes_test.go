package admin_test

import (
	"strings"
	"testing"
)

// TestNotesVerdictsAndSettings reads and writes what stands beside a version, has one judged,
// and sets what answers assume: by administrators alone, and not over somebody else's change.
func TestNotesVerdictsAndSettings(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	got, _ := s.want(t, 200, "olga", "GET", "/v1/versions/v1/notes", "")
	if list := got["list"].([]any); len(list) != 1 || list[0].(map[string]any)["text"] != "watch Barnet" {
		t.Errorf("notes = %v", got)
	}
	s.want(t, 404, "olga", "GET", "/v1/versions/v9/notes", "")
	if got, _ := s.want(t, 200, "olga", "GET", "/v1/settings/call-handling", ""); got["seconds"] != 0.0 ||
		got["revision"] != 0.0 {
		t.Errorf("call handling = %v", got)
	}
	for _, c := range [][3]string{
		{"POST", "/v1/versions/v1/notes", `{"text":"x"}`}, {"POST", "/v1/versions/v1/judge", ""}, {"PUT", "/v1/settings/call-handling", `{"seconds":80,"why":"x"}`},
	} {
		s.want(t, 403, "olga", c[0], c[1], c[2])
	}
	s.want(t, 204, "root", "POST", "/v1/versions/v1/notes", `{"text":"watch Barnet"}`)
	s.want(t, 422, "root", "POST", "/v1/versions/v1/notes", `{"text":""}`)
	if got, _ := s.want(t, 200, "root", "POST", "/v1/versions/v1/judge", ""); got["done"] != true {
		t.Errorf("judged = %v", got)
	}
	s.want(t, 202, "root", "POST", "/v1/versions/v3/judge", "")
	s.want(t, 428, "root", "PUT", "/v1/settings/call-handling", `{"seconds":80,"why":"measured"}`)
	s.want(t, 412, "root", "PUT", "/v1/settings/call-handling", `{"seconds":80,"why":"measured"}`, "If-Match", `"7"`)
	s.want(t, 200, "root", "PUT", "/v1/settings/call-handling", `{"seconds":80,"why":"measured"}`, "If-Match", `"0"`)
	if got, _ := s.want(t, 200, "olga", "GET", "/v1/settings/call-handling", ""); got["seconds"] != 80.0 ||
		got["who"] != "root" {
		t.Errorf("call handling = %v", got)
	}
	want := "note on v1 of lfb-attendance by root: watch Barnet; judge v1 of lfb-attendance by root; judge v3 of " +
		"lfb-attendance by root; call handling 1m20s from 7 by root: measured; " +
		"call handling 1m20s from 0 by root: measured"
	if got := strings.Join(s.temporal.asked, "; "); got != want {
		t.Errorf("asked for %s, want %s", got, want)
	}
}
