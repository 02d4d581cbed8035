package admin_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"lfb/internal/registry"
)

// openAttempt opens one that was given rows.parquet and takes 2 MiB a model.
func (s *site) openAttempt(t *testing.T, id string, closes time.Time) {
	t.Helper()
	rows, err := s.Blobs.PutBytes(t.Context(), "candidate/input/rows", []byte("PAR1"))
	if err != nil {
		t.Fatal(err)
	}
	s.attempts[id] = registry.Attempt{
		ID: id, RunID: "run-5", Candidate: "external:elsewhere",
		Files: []registry.AttemptFile{{Name: "attendance.train.parquet", Ref: rows}},
		Heads: []string{"attendance", "attendance/sent"}, MaxBytes: 2 << 20, OpenedAt: clock, ClosesAt: closes,
	}
}

// TestCandidatesAreFittedElsewhere: a key of the scope candidate fetches what an attempt was
// given, and gives models back, which are kept by content and written in the audit log.
func TestCandidatesAreFittedElsewhere(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	key := s.giveKey(t, "k1", registry.RoleCandidate)
	s.openAttempt(t, "one", clock.Add(time.Hour))
	if _, got := s.do("", "GET", "/v1/candidates/one/files/attendance.train.parquet", "", key...); got != "PAR1" {
		t.Errorf("the file = %q, want its bytes", got)
	}
	octets := append([]string{"Content-Type", "application/octet-stream"}, key...)
	large := strings.Repeat("x", 2<<20)
	for _, body := range []string{"model", "model", large} {
		got, _ := s.want(t, 200, "", "PUT", "/v1/candidates/one/results/attendance-sent.p90.onnx", body, octets...)
		if got["bytes"] != float64(len(body)) || len(got["sha256"].(string)) != 64 {
			t.Errorf("answer to %d bytes = %v", len(body), got)
		}
	}
	kept := s.results["one"]
	if len(kept) != 3 || kept[0] != kept[1] || kept[2].Name != kept[0].Name || kept[2].Ref == kept[0].Ref {
		t.Errorf("results = %+v, want both contents under the one name", kept)
	}
	body, err := s.Blobs.ReadAll(t.Context(), kept[2].Ref)
	if err != nil || !bytes.Equal(body, []byte(large)) {
		t.Errorf("the stored result has %d bytes, %v", len(body), err)
	}
	if len(s.audit) != 3 || s.audit[0].Key != "k1" || s.audit[0].Target != "one" || !strings.Contains(s.audit[0].Detail,
		kept[0].Ref.SHA256) {
		t.Errorf("audit log = %+v", s.audit)
	}
}

// TestCandidatesAreRefused says to each wrong request what is wrong with it, and keeps nothing
// of it.
func TestCandidatesAreRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	key := s.giveKey(t, "k1", registry.RoleCandidate)
	s.openAttempt(t, "one", clock.Add(time.Hour))
	s.openAttempt(t, "late", clock)
	s.openAttempt(t, "closed", clock.Add(time.Hour))
	closed := s.attempts["closed"]
	closed.ClosedAt = clock
	s.attempts["closed"] = closed
	octets := append([]string{"Content-Type", "application/octet-stream"}, key...)
	const model = "/results/attendance.mean.onnx"
	for _, c := range []struct {
		status                   int
		method, path, body, said string
	}{
		{404, "GET", "none/files/attendance.train.parquet", "", "attempt none"},
		{404, "GET", "one/files/attendance.calib.parquet", "", "attendance.calib.parquet"},
		{409, "GET", "late/files/attendance.train.parquet", "", "closed"},
		{404, "PUT", "none" + model, "x", "attempt none"},
		{409, "PUT", "late" + model, "x", "closed"},
		{409, "PUT", "closed" + model, "x", "closed"},
		{422, "PUT", "one/results/attendance.mean.pickle", "x", "attendance.mean.lightgbm"},
		{422, "PUT", "one/results/response.mean.onnx", "x", "none of"},
		{413, "PUT", "one" + model, strings.Repeat("x", 2<<20+1), "2097152"},
		{413, "PUT", "one" + model, strings.Repeat("x", 4<<20), "large"},
	} {
		res, got := s.do("", c.method, "/v1/candidates/"+c.path, c.body, octets...)
		if res.StatusCode != c.status || !strings.Contains(got, c.said) {
			t.Errorf("%s %s of %d bytes = %d %s, want %d and %q", c.method, c.path, len(c.body), res.StatusCode, got, c.status,
				c.said)
		}
	}
	if len(s.results) != 0 || len(s.audit) != 0 {
		t.Errorf("kept %v, audit log %v, want nothing", s.results, s.audit)
	}
}

// TestTheScopeCandidateOpensNothingElse, nor does another scope open what it opens; a key of it
// may be any account's.
func TestTheScopeCandidateOpensNothingElse(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	key := s.giveKey(t, "k1", registry.RoleCandidate)
	s.openAttempt(t, "one", clock.Add(time.Hour))
	for _, path := range []string{"/v1/runs", "/v1/accounts", "/v1/versions/v1/bundle", "/v1/audit", "/greet"} {
		s.want(t, 403, "", "GET", path, "", key...)
	}
	for _, path := range []string{"/v1/password", "/v1/api-keys/k1/rotate", "/v1/retrains", "/v1/api-keys"} {
		s.want(t, 403, "", "POST", path, `{}`, key...)
	}
	const file = "/v1/candidates/one/files/attendance.train.parquet"
	for i, scope := range []registry.Role{registry.RoleOperator, registry.RoleAnalyst} {
		s.want(t, 403, "", "GET", file, "", s.giveKey(t, []string{"k2", "k3"}[i], scope)...)
	}
	s.want(t, 403, "olga", "GET", file, "")
	s.want(t, 401, "", "GET", file, "")
	s.keys[0].Account = "ann"
	s.want(t, 403, "", "GET", "/v1/runs", "", key...)
	if res, got := s.do("", "GET", file, "", key...); res.StatusCode != 200 {
		t.Errorf("by an operator's key of the scope = %d %s", res.StatusCode, got)
	}
	made, _ := s.want(t, 201, "root", "POST", "/v1/api-keys", `{"scope":"candidate","note":"the trainer"}`)
	if made["scope"] != "candidate" || made["key"] == nil {
		t.Errorf("the key made = %v", made)
	}
	s.want(t, 422, "root", "PUT", "/v1/accounts/trainer", `{"role":"candidate"}`)
}
