package stack_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"go.uber.org/zap"

	"lfb/deploy/local/stack"
	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/mysql"
	"lfb/internal/mysql/mysqltest"
	"lfb/internal/s3"
	"lfb/internal/s3/s3test"
	"lfb/internal/telemetry"
)

func dial(t *testing.T, c *config.Config) client.Client {
	t.Helper()
	cl, err := client.DialContext(t.Context(), client.Options{
		HostPort: c.Temporal.Address, Namespace: c.Temporal.Namespace, Logger: telemetry.Temporal(zap.NewNop()),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return cl
}

func bucket(t *testing.T, c *config.Config) *s3.Bucket {
	t.Helper()
	b, err := s3.Open(t.Context(), c.S3)
	if err == nil {
		err = b.EnsureBucket(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var attrLine = temporal.NewSearchAttributeKeyKeyword("LfbLine")

func double(_ context.Context, n int) (int, error) { return 2 * n, nil }

func doubling(ctx workflow.Context, n int) (int, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	if err := workflow.UpsertTypedSearchAttributes(ctx, attrLine.ValueSet("doubled")); err != nil {
		return 0, err
	}
	var out int
	err := workflow.ExecuteActivity(ctx, double, n).Get(ctx, &out)
	return out, err
}

func TestWorkflowRunsAndIsFound(t *testing.T) {
	t.Parallel()
	cl := dial(t, shared)
	w := worker.New(cl, "double", worker.Options{})
	w.RegisterWorkflow(doubling)
	w.RegisterActivity(double)
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	run, err := cl.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "double-21", TaskQueue: "double"},
		doubling, 21)
	if err != nil {
		t.Fatal(err)
	}
	var got int
	if err := run.Get(t.Context(), &got); err != nil || got != 42 {
		t.Fatalf("workflow = %d, %v, want 42", got, err)
	}
	ask := &workflowservice.CountWorkflowExecutionsRequest{
		Namespace: "default", Query: fmt.Sprintf("LfbLine = 'doubled' AND ExecutionStatus = 'Completed' AND RunId = %q",
			run.GetRunID()),
	}
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		n, err := cl.WorkflowService().CountWorkflowExecutions(t.Context(), ask)
		if err == nil && n.GetCount() == 1 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("CountWorkflowExecutions(%s) = %d, %v, want 1", ask.Query, n.GetCount(), err)
		}
	}
}

func TestUIAnswers(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/", "/namespaces/default/workflows", "/api/v1/namespaces"} {
		resp, err := http.Get(shared.Temporal.UI + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("GET %s = %d, want 200", path, resp.StatusCode)
		}
	}
}

func TestStoreConformance(t *testing.T) {
	t.Parallel()
	s3test.Run(t, bucket(t, shared))
}

func TestStoreRefusesOthers(t *testing.T) {
	t.Parallel()
	for _, change := range []func(*config.S3){
		func(c *config.S3) { c.Access, c.Secret = "", "" },
		func(c *config.S3) { c.Secret = "wrong" },
		func(c *config.S3) { c.Access, c.Secret = "minioadmin", "minioadmin" },
	} {
		c := shared.S3
		change(&c)
		b, err := s3.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.EnsureBucket(t.Context()); !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("EnsureBucket as %q = %v, want %v", c.Access, err, lfb.ErrInvalid)
		}
	}
}

func TestDatabaseRefusesOthers(t *testing.T) {
	t.Parallel()
	for _, who := range []struct {
		user     string
		password config.Secret
	}{{"root", ""}, {"lfb", ""}, {"lfb", "wrong"}, {"", ""}} {
		c := shared.MySQL
		c.User, c.Password, c.Database = who.user, who.password, "mysql"
		db, err := mysql.Open(t.Context(), c)
		if err == nil {
			db.Close()
			t.Errorf("Open as %q with password %q = nil, want an error", who.user, who.password.Reveal())
		}
	}
}

func TestDatabaseConformance(t *testing.T) {
	t.Parallel()
	mysqltest.Run(t, func(*testing.T) config.MySQL {
		c := shared.MySQL
		c.Database = mysqltest.FreshName()
		return c
	})
}

func TestEnvFileIsPrivate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := spawn(t, dir, stack.Embedded)
	info, err := os.Stat(filepath.Join(dir, "env"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("Stat(env) = %v, %v, want mode 0600", info.Mode(), err)
	}
	first := load(dir)
	p.stop(t)
	for _, secret := range []string{first.S3.Access, first.S3.Secret.Reveal(), first.MySQL.Password.Reveal()} {
		if len(secret) < 20 || strings.Contains(p.out.String(), secret) {
			t.Errorf("secret of %d letters, printed: %v; want 20 or more, false", len(secret),
				strings.Contains(p.out.String(), secret))
		}
	}
	again := spawn(t, dir, stack.Embedded)
	defer again.stop(t)
	second := load(dir)
	if first.S3.Access != second.S3.Access || first.S3.Secret != second.S3.Secret ||
		first.MySQL.Password != second.MySQL.Password {
		t.Error("passwords differ after a restart, want the same")
	}
}

func TestFolderInUse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := spawn(t, dir, stack.Embedded)
	defer p.stop(t)
	_, err := stack.Start(t.Context(), options(dir, stack.Embedded))
	if !errors.Is(err, lfb.ErrConflict) || !strings.Contains(err.Error(), dir) ||
		!strings.Contains(err.Error(), "-state.dir") {
		t.Errorf("Start in a folder in use = %v, want %v with folder and flag", err, lfb.ErrConflict)
	}
}

func TestTakenPorts(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() }) // the parallel tests below outlive this function
	port := l.Addr().(*net.TCPAddr).Port
	tests := []struct {
		flag string
		take func(*stack.Options)
	}{
		{"-local.temporal-port", func(o *stack.Options) { o.TemporalPort = port }},
		{"-local.ui-port", func(o *stack.Options) { o.UIPort = port }},
		{"-local.s3-port", func(o *stack.Options) { o.S3Port = port }},
		{"-local.mysql-port", func(o *stack.Options) { o.MySQLPort = port }},
		{"-api.user", func(o *stack.Options) {
			o.Others = []stack.Listener{{Name: "user API", Addr: l.Addr().String(), Flag: "api.user"}}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.flag, func(t *testing.T) {
			t.Parallel()
			o := options(t.TempDir(), stack.Embedded)
			tt.take(&o)
			_, err := stack.Start(t.Context(), o)
			if !errors.Is(err, lfb.ErrUnavailable) {
				t.Fatalf("Start = %v, want %v", err, lfb.ErrUnavailable)
			}
			for _, want := range []string{strconv.Itoa(port), tt.flag} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("Start = %q, want it to name %s", err, want)
				}
			}
			if left, _ := os.ReadDir(o.Dir); len(left) != 1 { // the lock's file
				t.Errorf("Start left %v, want the lock alone: nothing may have started", left)
			}
		})
	}
}

func TestTwoOnOnePort(t *testing.T) {
	t.Parallel()
	o := options(t.TempDir(), stack.Embedded)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.S3Port = l.Addr().(*net.TCPAddr).Port
	o.MySQLPort = o.S3Port
	l.Close()
	if _, err := stack.Start(t.Context(), o); !errors.Is(err, lfb.ErrUnavailable) {
		t.Errorf("Start with one port for two servers = %v, want %v", err, lfb.ErrUnavailable)
	}
}

func TestBadOptions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		flag   string
		change func(*stack.Options)
	}{
		{"-local.database", func(o *stack.Options) { o.Database = "oracle" }},
		{"-local.s3-port", func(o *stack.Options) { o.S3Port = 70000 }},
		{"-local.ui-port", func(o *stack.Options) { o.UIPort = -1 }},
	} {
		o := options(t.TempDir(), stack.Embedded)
		tt.change(&o)
		if _, err := stack.Start(t.Context(), o); !errors.Is(err, lfb.ErrInvalid) || !strings.Contains(err.Error(), tt.flag) {
			t.Errorf("Start = %v, want %v naming %s", err, lfb.ErrInvalid, tt.flag)
		}
	}
}

func TestDatabaseStaysTheSame(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/database", []byte("mariadb\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := stack.Start(t.Context(), options(dir, stack.Embedded))
	if !errors.Is(err, lfb.ErrConflict) || !strings.Contains(err.Error(), "-local.database=mariadb") {
		t.Errorf("Start on another database's folder = %v, want %v and the flag", err, lfb.ErrConflict)
	}
}
