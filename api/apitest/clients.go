package apitest

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"
)

// RunClients serves h on a free loopback port and holds it against its document and real
// clients, by the script that the variable LFB_CLIENTS names: bench/clients/check.sh.
func RunClients(t *testing.T, h http.Handler, api, account string) {
	t.Helper()
	script := os.Getenv("LFB_CLIENTS")
	if script == "" {
		t.Fatal("LFB_CLIENTS names no script: run bench/clients.sh")
	}
	srv := httptest.NewServer(h)
	defer srv.Close()
	cmd := exec.CommandContext(t.Context(), "bash", script, api, srv.URL, account)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v", script, err)
	}
}
