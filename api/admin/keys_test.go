package admin_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/internal/serve/servetest"
)

// giveKey gives root a key of the scope, and its header.
func (s *site) giveKey(t *testing.T, id string, scope registry.Role) []string {
	t.Helper()
	sum := sha256.Sum256([]byte("lfb_" + id))
	k := registry.APIKey{
		ID: id, Hash: hex.EncodeToString(sum[:]), Account: "root", Scope: scope,
		ExpiresAt: time.Now().Add(time.Hour),
	}
	if err := s.SaveAPIKey(t.Context(), k); err != nil {
		t.Fatal(err)
	}
	return []string{"Authorization", "Bearer lfb_" + id}
}

// TestAKeyMakesNothingThatOutlivesIt: no key, whatever its scope, makes or changes a
// password, an account or another key, so that revoking it ends all that it could do.
func TestAKeyMakesNothingThatOutlivesIt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admins := s.giveKey(t, "k1", registry.RoleAdmin)
	s.giveKey(t, "k2", registry.RoleAdmin)
	for _, c := range []struct{ method, path, body string }{
		{"PUT", "/v1/accounts/new", `{"role":"operator"}`},
		{"PUT", "/v1/accounts/ann", `{"role":"operator","password":"correct horse battery"}`},
		{"PUT", "/v1/accounts/root", `{"role":"admin","password":"correct horse battery"}`},
		{"POST", "/v1/password", `{"password":"correct horse battery"}`},
		{"PATCH", "/v1/accounts/root", `{"password":"correct horse battery"}`},
		{"POST", "/v1/api-keys", `{"scope":"admin","note":"x","account":"ann"}`},
		{"POST", "/v1/api-keys", `{"scope":"admin","note":"x"}`},
		{"POST", "/v1/api-keys/k2/rotate", ""},
		{"DELETE", "/v1/api-keys/k2", ""},
	} {
		if got, _ := s.want(t, 403, "", c.method, c.path, c.body, admins...); got["code"] != "password_needed" {
			t.Errorf("%s %s by a key = %v, want the code password_needed", c.method, c.path, got)
		}
	}
	if len(s.audit) != 0 {
		t.Errorf("audit log = %v, want nothing", s.audit)
	}
	s.want(t, 200, "", "PATCH", "/v1/accounts/ann", `{"disabled":true}`, admins...)
	if len(s.audit) != 1 || s.audit[0].Key != "k1" || s.audit[0].Who != "root" {
		t.Errorf("audit log = %+v, want the change with the key's id", s.audit)
	}
	s.want(t, 204, "", "POST", "/v1/schedules/s/pause", `{"note":"x"}`, admins...)
	if s.temporal.by.Key != "k1" {
		t.Errorf("Control was asked by %+v, want the key named", s.temporal.by)
	}
}

// TestAKeyRenewsItself, whatever its scope: another secret, all else stays.
func TestAKeyRenewsItself(t *testing.T) {
	t.Parallel()
	for _, scope := range []registry.Role{registry.RoleOperator, registry.RoleAdmin} {
		s := newSite(t)
		header := s.giveKey(t, "k1", scope)
		old := s.keys[0]
		got, _ := s.want(t, 200, "", "POST", "/v1/api-keys/k1/rotate", "", header...)
		sum := sha256.Sum256([]byte(fmt.Sprint(got["key"])))
		now := s.keys[0]
		if now.Hash != hex.EncodeToString(sum[:]) || now.Hash == old.Hash || now.ID != old.ID || now.Scope != old.Scope ||
			!now.ExpiresAt.Equal(old.ExpiresAt) {
			t.Errorf("key %+v became %+v, shown as %v", old, now, got)
		}
		if len(s.audit) != 1 || s.audit[0].Key != "k1" || strings.Contains(fmt.Sprint(s.audit), fmt.Sprint(got["key"])) {
			t.Errorf("audit log = %+v", s.audit)
		}
	}
	s := newSite(t)
	s.giveKey(t, "k1", registry.RoleOperator)
	s.want(t, 403, "olga", "POST", "/v1/api-keys/k1/rotate", "")
	s.want(t, 200, "root", "POST", "/v1/api-keys/k1/rotate", "")
	s.want(t, 404, "root", "POST", "/v1/api-keys/none/rotate", "")
}

// TestAccountsChangeAsNamed: what a request does not name stays, and a weak password
// is refused.
func TestAccountsChangeAsNamed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.want(t, 200, "root", "PATCH", "/v1/accounts/ann", `{"disabled":true}`)
	got, _ := s.want(t, 200, "root", "PUT", "/v1/accounts/ann", `{"role":"analyst"}`)
	if got["disabled"] != true || got["role"] != "analyst" {
		t.Errorf("PUT without disabled = %v, want it to stay so", got)
	}
	if got, _ = s.want(t, 200, "root", "PATCH", "/v1/accounts/ann", `{"disabled":false}`); got["disabled"] != false || got["role"] != "analyst" {
		t.Errorf("PATCH = %v, want it enabled and nothing else changed", got)
	}
	s.want(t, 404, "root", "PATCH", "/v1/accounts/nobody", `{"disabled":false}`)
	s.want(t, 409, "root", "PATCH", "/v1/accounts/root", `{"disabled":true}`)
	for _, weak := range []string{strings.Repeat(" ", 12), "aaaaaaaaaaaa", "password1234", "londonfirebrigade"} {
		got, _ := s.want(t, 422, "root", "PUT", "/v1/accounts/ann", fmt.Sprintf(`{"role":"analyst","password":%q}`, weak))
		if field := got["errors"].([]any)[0].(map[string]any); field["pointer"] != "/password" {
			t.Errorf("password %q: %v, want the field named", weak, got)
		}
	}
	s.want(t, 200, "root", "PATCH", "/v1/accounts/ann", `{"password":"correct horse battery"}`)
}

// TestAOneTimePasswordIsChangedFirst: before that it does nothing here, whatever the role.
// Accounts made without a word of it have a password that lasts, as programs need.
func TestAOneTimePasswordIsChangedFirst(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	lasting, _ := s.want(t, 201, "root", "PUT", "/v1/accounts/program", `{"role":"analyst"}`)
	s.want(t, 200, "", "GET", "/v1/champion", "", basic("program", lasting["password"].(string))...)
	for _, role := range []string{"operator", "admin"} {
		made, _ := s.want(t, 201, "root", "PUT", "/v1/accounts/new-"+role, fmt.Sprintf(`{"role":%q,"one_time":true}`, role))
		once := basic("new-"+role, made["password"].(string))
		if role == "admin" {
			for _, c := range []struct{ method, path, body string }{
				{"GET", "/v1/champion", ""},
				{"PATCH", "/v1/accounts/new-admin", `{"password":"correct horse battery"}`},
				{"POST", "/v1/api-keys", `{"scope":"admin","note":"x"}`},
				{"POST", "/v1/api-keys/k1/rotate", ""},
			} {
				if got, _ := s.want(t, 403, "", c.method, c.path, c.body, once...); got["code"] != "password_change_needed" {
					t.Errorf("%s %s by a one-time password = %v", c.method, c.path, got)
				}
			}
		}
		s.want(t, 422, "", "POST", "/v1/password", `{"password":"aaaaaaaaaaaa"}`, once...)
		s.want(t, 422, "", "POST", "/v1/password", fmt.Sprintf(`{"password":%q}`, made["password"]), once...)
		s.want(t, 204, "", "POST", "/v1/password", `{"password":"tide over lambeth bridge"}`, once...)
	}
	s.want(t, 200, "", "GET", "/v1/champion", "", basic("new-admin", "tide over lambeth bridge")...)
	s.want(t, 200, "root", "PATCH", "/v1/accounts/ann", `{"one_time":true}`)
	if got, _ := s.want(t, 403, "ann", "POST", "/v1/api-keys/k1/rotate", ""); got["code"] != "password_change_needed" {
		t.Errorf("an account whose password is to be changed = %v", got)
	}
}

func basic(name, password string) []string {
	return []string{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte(name+":"+password))}
}

// TestEveryProcessHasOneDocument: clients keep it by its tag, whichever process answers.
func TestEveryProcessHasOneDocument(t *testing.T) {
	t.Parallel()
	res, _ := newSite(t).do("", "GET", "/openapi.json", "")
	tag := res.Header.Get("ETag")
	for range 8 {
		if res, _ := newSite(t).do("", "GET", "/openapi.json", ""); tag == "" || res.Header.Get("ETag") != tag {
			t.Fatalf("tags = %q and %q, want one", tag, res.Header.Get("ETag"))
		}
	}
}

// TestANewAccountIsDocumented: a generated client must know the answer that has the
// password, or it is lost.
func TestANewAccountIsDocumented(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	doc, _ := s.want(t, 200, "", "GET", "/openapi.json", "")
	path := doc["paths"].(map[string]any)["/v1/accounts/{name}"].(map[string]any)
	responses := path["put"].(map[string]any)["responses"].(map[string]any)
	for _, status := range []string{"200", "201"} {
		if text := fmt.Sprint(responses[status]); !strings.Contains(text, "AccountAnswer") {
			t.Errorf("answer %s of PUT is documented as %s, want an AccountAnswer", status, text)
		}
	}
}

// TestEitherNameOfAReason, why or note, and not none.
func TestEitherNameOfAReason(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.want(t, 204, "root", "POST", "/v1/schedules/s/pause", `{"why":"holiday"}`)
	s.want(t, 202, "root", "POST", "/v1/retrains", `{"note":"new files"}`)
	s.want(t, 204, "root", "DELETE", "/v1/schedules/s?why=old", "")
	want := "pause s: holiday; retrain [], seed 0, force false by root: new files; delete s: old"
	if got := strings.Join(s.temporal.asked, "; "); got != want {
		t.Errorf("asked for %s", got)
	}
	s.want(t, 422, "root", "POST", "/v1/schedules/s/pause", `{}`)
}

// TestListsDefaultToWhatServes: on an install whose only champion is synthetic, lists
// are of the synthetic line.
func TestListsDefaultToWhatServes(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.World = servetest.NewWorld()
	for _, name := range []string{"root"} {
		h, err := hash()
		if err != nil {
			t.Fatal(err)
		}
		admin := registry.Account{Name: name, Role: registry.RoleAdmin, PasswordHash: h}
		if err := s.SaveAccount(t.Context(), admin); err != nil {
			t.Fatal(err)
		}
	}
	v := registry.Version{ID: "s1", Line: lfb.Synthetic.Line(), Origin: lfb.Synthetic}
	if err := s.SaveVersion(t.Context(), v); err != nil {
		t.Fatal(err)
	}
	s.Promote(t, v)
	if got, _ := s.want(t, 200, "root", "GET", "/v1/champion", ""); got["to"] != "s1" {
		t.Errorf("champion = %v", got)
	}
	if got, _ := s.want(t, 200, "root", "GET", "/v1/ledger", ""); len(got["list"].([]any)) != 1 {
		t.Errorf("ledger = %v", got)
	}
	s.want(t, 200, "root", "GET", "/v1/versions/s1", "")
	s.want(t, 404, "root", "GET", "/v1/champion?line=lfb-attendance", "")
	for _, path := range []string{"/v1/data-sets", "/v1/files"} {
		s.want(t, 200, "root", "GET", path, "")
		if s.listed != lfb.Synthetic {
			t.Errorf("%s lists %q", path, s.listed)
		}
	}
}

// TestListsBeforeTheFirstChampion are of what there is data of.
func TestListsBeforeTheFirstChampion(t *testing.T) {
	t.Parallel()
	for _, holds := range []lfb.Origin{lfb.Synthetic, lfb.Real} {
		s := newSite(t)
		s.World, s.runs, s.holds = servetest.NewWorld(), nil, holds
		h, err := hash()
		if err != nil {
			t.Fatal(err)
		}
		root := registry.Account{Name: "root", Role: registry.RoleAdmin, PasswordHash: h}
		if err := s.SaveAccount(t.Context(), root); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/v1/data-sets", "/v1/files"} {
			s.want(t, 200, "root", "GET", path, "")
			if s.listed != holds {
				t.Errorf("%s lists %q, want %q", path, s.listed, holds)
			}
		}
		got, _ := s.want(t, 404, "root", "GET", "/v1/champion", "")
		if !strings.Contains(fmt.Sprint(got["detail"]), holds.Line()) {
			t.Errorf("champion = %v, want that of %s", got["detail"], holds.Line())
		}
	}
}

// TestListsComeInPages, each with where the next one is, until all were seen once.
func TestListsComeInPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for i := range 3 {
		s.giveKey(t, fmt.Sprint("k", i), registry.RoleOperator)
		s.want(t, 200, "root", "PATCH", "/v1/accounts/ann", `{"disabled":false}`)
	}
	next := regexp.MustCompile(`^<(.+)>; rel="next"$`)
	for path, want := range map[string]int{
		"/v1/versions": 3, "/v1/ledger": 2, "/v1/accounts": 3, "/v1/api-keys": 3, "/v1/audit": 3,
		"/v1/backfills": 2, "/v1/data-sets": 1, "/v1/files": 1, "/v1/schedules": 1, "/v1/promotions": 1,
	} {
		seen := map[string]bool{}
		for at := path + "?limit=1"; at != ""; {
			got, res := s.want(t, 200, "root", "GET", at, "")
			page := got["list"].([]any)
			if len(page) != 1 || seen[fmt.Sprint(page)] {
				t.Fatalf("%s: page %v after %v", at, page, seen)
			}
			seen[fmt.Sprint(page)] = true
			at = ""
			if m := next.FindStringSubmatch(res.Header.Get("Link")); m != nil {
				at = m[1]
			}
		}
		if len(seen) != want {
			t.Errorf("%s: %d elements in pages of one, want %d", path, len(seen), want)
		}
		if _, res := s.want(t, 200, "root", "GET", path, ""); res.Header.Get("Link") != "" {
			t.Errorf("%s whole: Link %s", path, res.Header.Get("Link"))
		}
	}
	if res, _ := s.do("root", http.MethodGet, "/v1/audit?after=x", ""); res.StatusCode != 422 {
		t.Errorf("a page after no entry = %d", res.StatusCode)
	}
}
