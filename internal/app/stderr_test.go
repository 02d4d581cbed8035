package app

import (
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"lfb/internal/config"
	"lfb/internal/mysql"
	"lfb/internal/telemetry"
)

// TestThirdPartiesLogThroughZap: nothing unstructured comes on standard error, where the
// database's driver says that a connection broke. It runs itself in a process of its own,
// whose standard error it reads.
func TestThirdPartiesLogThroughZap(t *testing.T) {
	const variable = "LFB_TEST_STDERR"
	if os.Getenv(variable) != "" {
		breakConnection(t)
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestThirdPartiesLogThroughZap$")
	cmd.Env = append(os.Environ(), variable+"=1")
	var out strings.Builder
	cmd.Stderr = &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	driver := false
	for line := range strings.Lines(out.String()) {
		var entry struct{ Level, Logger, Msg string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil || entry.Level != "warn" {
			t.Errorf("standard error has %q (%v), want a warning as JSON", line, err)
		}
		driver = driver || strings.Contains(entry.Msg, "EOF")
	}
	if !driver {
		t.Errorf("standard error is %q, want what the driver says of a connection that broke", out.String())
	}
}

// breakConnection asks a database that hangs up.
func breakConnection(t *testing.T) {
	if _, err := telemetry.NewLogger(config.Log{Level: "info", Format: "json"}); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	_, err = mysql.Open(t.Context(), config.MySQL{Address: l.Addr().String(), Database: "lfb", TLS: "false"})
	if err == nil {
		t.Error("Open of a server that hangs up = nil")
	}
}
