package admin_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"

	"lfb/internal/registry"
)

func TestAvailability(t *testing.T) {
	t.Parallel()
	const path = "/v1/availability"
	s := newSite(t)
	got, res := s.want(t, 200, "root", "GET", path, "")
	if res.Header.Get("ETag") != `"0"` || got["revision"] != 0.0 {
		t.Fatalf("never set: %v, ETag %s", got, res.Header.Get("ETag"))
	}
	soho := `{"engines":[{"station":"Soho","engines":1}],"why":"training"}`
	s.want(t, 428, "root", "PUT", path, soho)
	got, res = s.want(t, 200, "root", "PUT", path, soho, "If-Match", `"0"`)
	e := got["engines"].([]any)[0].(map[string]any)
	if res.Header.Get("ETag") != `"1"` || e["until"] != "2026-05-01T16:00:00Z" || got["who"] != "root" || got["why"] != "training" {
		t.Errorf("set: %v, ETag %s", got, res.Header.Get("ETag"))
	}
	s.want(t, 412, "root", "PUT", path, soho, "If-Match", `"0"`)
	for name, body := range map[string]string{
		"an unknown station": `{"engines":[{"station":"Atlantis"}]}`,
		"over already":       `{"engines":[{"station":"Soho","until":"2026-05-01T11:00:00Z"}]}`,
		"for too long":       `{"engines":[{"station":"Soho","until":"2026-06-01T11:00:00Z"}]}`,
		"none of them":       `{"engines":[{"station":"Soho","engines":0}]}`,
		"complete before":    `{"engines":[],"complete_until":"2026-05-01T11:59:00Z"}`,
		"at home":            `{"engines":[{"station":"Soho","at":"Soho"}]}`,
		"complete too long":  `{"engines":[],"complete_until":"2026-05-01T15:00:00Z"}`,
		"engines not said":   `{}`,
	} {
		if res, said := s.do("root", "PUT", path, body, "If-Match", `"1"`); res.StatusCode != 422 || !strings.Contains(said, `"pointer"`) {
			t.Errorf("%s: %d %s, want 422 and where", name, res.StatusCode, said)
		}
	}
	for _, seen := range []string{`"0"`, `"2"`, `"99"`, `"9223372036854775806"`, `"9223372036854775807"`, `"-1"`, "x"} {
		s.want(t, 412, "root", "PUT", path, soho, "If-Match", seen)
	}
	s.want(t, 200, "olga", "GET", path, "")
	s.want(t, 403, "olga", "PUT", path, soho, "If-Match", `"1"`)
	s.want(t, 403, "ann", "GET", path, "")
	s.want(t, 403, "ann", "PUT", path, soho, "If-Match", `"1"`)
}

// A key of the scope availability says who is out, and does nothing else.
func TestAvailabilityKey(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	made, _ := s.want(t, 201, "root", "POST", "/v1/api-keys", `{"scope":"availability","account":"ann","note":"mobilising"}`)
	secret := made["key"].(string)
	sum := sha256.Sum256([]byte(secret))
	if k, err := s.APIKeyByHash(t.Context(), hex.EncodeToString(sum[:])); err != nil ||
		k.Scope != registry.RoleAvailability {
		t.Fatalf("key %+v, %v", k, err)
	}
	ask := func(method, path, body string) int {
		r, err := http.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range map[string]string{"Authorization": "Bearer " + secret, "Content-Type": "application/json", "If-Match": `"0"`} {
			r.Header.Set(k, v)
		}
		return s.serve(r).StatusCode
	}
	for _, tt := range []struct {
		method, path, body string
		want               int
	}{
		{"GET", "/v1/availability", "", 200},
		{"PUT", "/v1/availability", `{"engines":[{"station":"Soho"}]}`, 200},
		{"GET", "/v1/champion", "", 403},
		{"GET", "/v1/accounts", "", 403},
		{"POST", "/v1/retrains", `{"why":"x"}`, 403},
	} {
		if got := ask(tt.method, tt.path, tt.body); got != tt.want {
			t.Errorf("%s %s = %d, want %d", tt.method, tt.path, got, tt.want)
		}
	}
}
