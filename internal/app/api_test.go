package app_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"lfb/internal/app"
	"lfb/internal/auth"
	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/internal/serve"
	"lfb/internal/serve/servetest"
)

// free is n addresses on which nothing listens.
func free(t *testing.T, n int) []string {
	t.Helper()
	out := make([]string, n)
	for i := range out {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		out[i] = l.Addr().String()
		defer func() { _ = l.Close() }() // all at the end, so that none is given twice
	}
	return out
}

// lived is a state folder of an api process that has served ann, whose key is
// secret-key, from a champion.
func lived(t *testing.T) string {
	t.Helper()
	dir, w := t.TempDir(), servetest.NewWorld()
	hash, err := auth.HashPassword("secret")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.SaveAccount(t.Context(), registry.Account{
		Name: "ann", Role: registry.RoleOperator,
		PasswordHash: hash,
	}); err != nil {
		t.Fatal(err)
	}
	r := serve.Remember(w, filepath.Join(dir, "accounts.json"), time.Now, zap.NewNop())
	if _, err := r.Account(t.Context(), "ann"); err != nil {
		t.Fatal(err)
	}
	w.Promote(t, w.Store(t, lfb.Real.Line(), servetest.Fit(t, servetest.Options{Rows: 1000})))
	c := serve.NewChampion(w, w.Blobs, filepath.Join(dir, "champion"), time.Second, zap.NewNop())
	if err := c.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	return dir
}

// runAPI runs the api process's own function. stop tells it to end, and expects no error
// of it.
func runAPI(t *testing.T, c *config.Config) (ended <-chan struct{}, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	var err error
	go func() {
		defer close(done)
		err = app.API(ctx, c, zap.NewNop())
	}()
	return done, func() {
		cancel()
		if <-done; err != nil {
			t.Errorf("API = %v, want nil after it was told to end", err)
		}
	}
}

// request sends a body to an address, as an account where one is named, from a revision where match has one. It returns
// the status and the text; 0 and the error where nothing answers.
func request(t *testing.T, client *http.Client, as, method, address, body, match string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if as != "" {
		r.SetBasicAuth(as, "secret")
	}
	r.Header.Set("Content-Type", "application/json")
	if strings.Contains(address, "/sign-in") {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if match != "" {
		r.Header.Set("If-Match", match)
	}
	res, err := client.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err.Error()
	}
	return res.StatusCode, string(text)
}

// TestAPIStartsAndAnswersWhileAllElseIsAway runs the api process's own function
// with a database, a store and a Temporal that refuse.
func TestAPIStartsAndAnswersWhileAllElseIsAway(t *testing.T) {
	t.Parallel()
	at := free(t, 6)
	c, err := config.Load("api", []string{
		"-state.dir", lived(t), "-api.user", at[0], "-api.admin", at[1], "-api.web", at[2],
		"-mysql.address", at[3], "-s3.endpoint", at[4], "-temporal.address", at[5],
	}, func(name string) (string, bool) {
		return "x", name == "LFB_S3_SECRET" || name == "LFB_MYSQL_PASSWORD"
	})
	if err != nil {
		t.Fatal(err)
	}
	ended, stop := runAPI(t, c)
	defer stop()
	ask := func(method, path, body string) (int, string) {
		return request(t, http.DefaultClient, "ann", method, "http://"+at[0]+path, body, "")
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		select {
		case <-ended:
			t.Fatal("API ended by itself")
		default:
		}
		status, text := ask("GET", "/readyz", "")
		if status == http.StatusOK {
			if !strings.Contains(text, `"degraded"`) {
				t.Errorf("readyz = %s, want degraded", text)
			}
			break
		}
		if time.Now().After(end) {
			t.Fatalf("readyz = %d %s after a minute", status, text)
		}
	}
	if status, text := ask("POST", "/v1/predictions", `{"postcode_district":"SE1"}`); status != http.StatusOK {
		t.Errorf("prediction = %d %s, want 200", status, text)
	}
}
