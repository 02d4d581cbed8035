package user_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"lfb/internal/registry"
)

// openToAll is what needs no account: health, metrics and the document.
var openToAll = map[string]bool{
	"/livez": true, "/readyz": true, "/metrics": true, "/v2/health/live": true, "/v2/health/ready": true,
}

// TestEveryRouteByRole asks for every route of the document as nobody, as an
// account without a right, and as one of each role.
func TestEveryRouteByRole(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	var doc struct{ Paths map[string]map[string]any }
	res := s.do("GET", "/openapi.json", "", map[string]string{"Authorization": ""})
	if err := json.Unmarshal([]byte(text(t, res)), &doc); err != nil || len(doc.Paths) < 5 {
		t.Fatalf("document has %d paths (%v), want every route", len(doc.Paths), err)
	}
	names := strings.NewReplacer("{id}", "x", "{model}", "lfb-attendance", "{version}", "1")
	for path, ops := range doc.Paths {
		for method := range ops {
			method = strings.ToUpper(method)
			if method == "PARAMETERS" || method == "SUMMARY" {
				continue
			}
			ask := func(as string) int {
				header := map[string]string{"Authorization": ""}
				if as != "" {
					header["Authorization"] = "Basic " + base64.StdEncoding.EncodeToString([]byte(as+":secret"))
				}
				return s.do(method, names.Replace(path), "", header).StatusCode
			}
			wantNobody, wantNone := 401, 403
			if openToAll[path] {
				wantNobody, wantNone = 200, 200
			}
			if got := ask(""); got != wantNobody {
				t.Errorf("%s %s as nobody = %d, want %d", method, path, got, wantNobody)
			}
			if got := ask("none"); got != wantNone {
				t.Errorf("%s %s without a right = %d, want %d", method, path, got, wantNone)
			}
			for _, as := range []string{"ann", "olga"} {
				if got := ask(as); got == 401 || got == 403 || got >= 500 {
					t.Errorf("%s %s as %s = %d, want it let through", method, path, as, got)
				}
			}
		}
	}
}

// TestAOneTimePasswordAsksNothing before it is changed, and its documents are open as ever.
func TestAOneTimePasswordAsksNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	once := registry.Account{Name: "once", Role: registry.RoleAdmin, PasswordHash: fixture.hash, OneTime: true}
	if err := s.world.SaveAccount(t.Context(), once); err != nil {
		t.Fatal(err)
	}
	header := map[string]string{"Authorization": basicAuth("once")}
	for _, path := range []string{"/v1/model", "/v2", "/v1/predictions/x"} {
		if res := s.do("GET", path, "", header); res.StatusCode != 403 {
			t.Errorf("GET %s = %d, want 403", path, res.StatusCode)
		}
	}
	if res := s.do("POST", "/v1/predictions", `{"postcode_district":"SE1"}`, header); res.StatusCode != 403 {
		t.Errorf("asked by a one-time password = %d", res.StatusCode)
	} else if got := text(t, res); !strings.Contains(got, `"code":"password_change_needed"`) {
		t.Errorf("asked by a one-time password = %s", got)
	}
	if res := s.do("GET", "/openapi.json", "", header); res.StatusCode != 200 {
		t.Errorf("the document = %d, want 200", res.StatusCode)
	}
}
