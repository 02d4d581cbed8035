package check

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// modules are the images whose servers the local stack runs from their modules.
var modules = map[string]string{
	"temporalio/server": "go.temporal.io/server", "temporalio/admin-tools": "go.temporal.io/server",
	"temporalio/ui": "github.com/temporalio/ui-server/v2", "versity/versitygw": "github.com/versity/versitygw",
}

// inLocal runs go in the local stack's module.
func inLocal(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = root + "/deploy/local"
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %q: %v", args, err)
	}
	return strings.TrimSpace(string(out))
}

// TestImagesAreWhatTestsRun holds the tags to the versions in deploy/local/go.mod.
func TestImagesAreWhatTestsRun(t *testing.T) {
	p, err := load(t, example(t))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for name, s := range p.Services {
		image, tag, _ := strings.Cut(s.Image, ":")
		module, ok := modules[image]
		if !ok {
			continue
		}
		seen[image] = true
		if want := inLocal(t, "list", "-m", "-f", "{{.Version}}", module); strings.TrimPrefix(tag,
			"v") != strings.TrimPrefix(want, "v") {
			t.Errorf("%s: image %s, want %s as in deploy/local/go.mod", name, s.Image, want)
		}
	}
	if len(seen) != len(modules) {
		t.Errorf("the file uses %v, want each of %d images", seen, len(modules))
	}
}

// install builds a command at the version that the local stack's module has.
func install(t *testing.T, module, command, name string) string {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command("go", "install", module+command+"@"+inLocal(t, "list", "-m", "-f", "{{.Version}}", module))
	cmd.Env = append(os.Environ(), "GOBIN="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go install %s%s: %v\n%s", module, command, err, out)
	}
	if err := os.Rename(filepath.Join(dir, filepath.Base(command)), filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// until waits for something to hold.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !holds(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within two minutes", what)
		}
	}
}

// run starts a server that ends with the test.
func run(t *testing.T, name string, args, env []string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	var out bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), env...), &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended already
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s: %s", name, out.String())
		}
	})
}

// TestTemporalSchema makes the account and the schema as compose does, twice, with
// the schema tool of the same version. MariaDB stands in for MySQL 8.4; it lacks what
// the visibility schema needs (->>), so only Temporal's core schema is tried.
func TestTemporalSchema(t *testing.T) {
	server, err := exec.LookPath("mariadbd")
	if err != nil {
		t.Skip("NOT TESTED: mariadbd is not installed")
	}
	dir, port := t.TempDir(), freePort(t)
	asRoot := []string{"--no-defaults", "--datadir=" + dir}
	if os.Getuid() == 0 {
		asRoot = append(asRoot, "--user=root")
	}
	if out, err := exec.Command("mariadb-install-db", append(asRoot, "--auth-root-authentication-method=normal",
		"--skip-test-db")...).CombinedOutput(); err != nil {
		t.Fatalf("mariadb-install-db: %v\n%s", err, out)
	}
	run(t, server, append(asRoot, "--port="+port, "--bind-address=127.0.0.1", "--socket=s.sock", "--pid-file=p.pid",
		"--skip-name-resolve"), nil)
	client := "mariadb --no-defaults -h127.0.0.1 -P" + port
	until(t, "the database", func() bool { return exec.Command("sh", "-c", client+" -uroot -e 'SELECT 1'").Run() == nil })
	script := func(env []string, line string) string {
		t.Helper()
		cmd := exec.Command("bash", "-euc", line)
		cmd.Dir, cmd.Env = root, append(os.Environ(), env...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
		return string(out)
	}
	script([]string{"TEMPORAL_DB_PASSWORD=filled"}, "docker_process_sql() { "+client+
		" -uroot; }; . deploy/mysql/accounts.sh")
	env := []string{
		"PATH=" + install(t, "go.temporal.io/server", "/cmd/tools/sql", "temporal-sql-tool") + ":" + os.Getenv("PATH"),
		"SQL_PLUGIN=mysql8", "SQL_HOST=127.0.0.1", "SQL_PORT=" + port, "SQL_USER=temporal", "SQL_PASSWORD=filled",
		"SQL_CONNECT_ATTRIBUTES=tx_isolation='READ-COMMITTED'", // as MariaDB 10 spells it
		"SCHEMAS=temporal", "SCHEMA_DIR=" + inLocal(t, "list", "-m", "-f", "{{.Dir}}", "go.temporal.io/server") +
			"/schema/mysql/v8",
	}
	for range 2 {
		script(env, "sh deploy/temporal/schema.sh")
	}
	ask := client + " -utemporal -pfilled -N -e "
	if got := script(nil, ask+"'SELECT curr_version FROM temporal.schema_version'"); !regexp.MustCompile(`^1\.\d+\n$`).MatchString(got) {
		t.Errorf("Temporal's schema version is %q, want one", got)
	}
	if got := script(nil, ask+"'SHOW DATABASES'"); strings.Contains(got, "mysql") {
		t.Errorf("Temporal's account sees %q, want its own databases alone", got)
	}
}

// TestStoreStarts runs the S3 server with the command line of the compose file.
func TestStoreStarts(t *testing.T) {
	p, err := load(t, example(t))
	if err != nil {
		t.Fatal(err)
	}
	port, dir := freePort(t), t.TempDir()
	var args, env []string
	for _, a := range p.Services["s3"].Command {
		switch a {
		case ":9000":
			a = "127.0.0.1:" + port
		case "/data":
			a = dir
		}
		args = append(args, a)
	}
	for k, v := range p.Services["s3"].Environment {
		env = append(env, k+"="+*v)
	}
	run(t, install(t, "github.com/versity/versitygw", "/cmd/versitygw", "s3")+"/s3", args, env)
	get := func(path string) int {
		res, err := http.Get(fmt.Sprintf("http://127.0.0.1:%s%s", port, path))
		if err != nil {
			return 0
		}
		res.Body.Close()
		return res.StatusCode
	}
	until(t, "the S3 server", func() bool { return get("/healthz") == http.StatusOK })
	if got := get("/"); got != http.StatusForbidden {
		t.Errorf("GET / without a signature = %d, want 403", got)
	}
}
