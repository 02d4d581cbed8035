package stack_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"go.temporal.io/sdk/client"

	"lfb/deploy/local/stack"
	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/mysql/mariadb"
)

// TestKilledStackKeepsItsState fills all three servers, kills the process while
// it writes, and expects everything that was acknowledged to be there.
func TestKilledStackKeepsItsState(t *testing.T) {
	t.Parallel()
	for _, database := range []string{stack.Embedded, stack.MariaDB} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			if database == stack.MariaDB {
				needMariaDB(t)
			}
			dir := t.TempDir()
			p := spawn(t, dir, database)
			kept := fill(t, load(dir))
			acknowledged := writeUntilKilled(t, load(dir), p)
			p = spawn(t, dir, database)
			c := load(dir)
			kept.check(t, c)
			if n := rows(t, c); n < acknowledged || n > acknowledged+1 {
				t.Errorf("after kill -9 the table has %d rows, want the %d acknowledged or one more", n, acknowledged)
			}
			p.stop(t)
		})
	}
}

func needMariaDB(t *testing.T) {
	t.Helper()
	_, err := mariadb.Installed()
	if err != nil && os.Getenv("CI") != "" {
		t.Fatal(err)
	}
	if errors.Is(err, lfb.ErrNotFound) {
		t.Skipf("NOT TESTED: %v", err)
	}
}

type state struct{ object lfb.Ref }

func fill(t *testing.T, c *config.Config) state {
	t.Helper()
	ref, err := bucket(t, c).PutBytes(t.Context(), "kept/a", []byte("kept"))
	if err != nil {
		t.Fatal(err)
	}
	cl := dial(t, c)
	if _, err := cl.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "waiting", TaskQueue: "nobody"},
		"Waiting"); err != nil {
		t.Fatal(err)
	}
	_, err = cl.ScheduleClient().Create(t.Context(), client.ScheduleOptions{
		ID: "monthly", Spec: client.ScheduleSpec{CronExpressions: []string{"0 6 5 * *"}, TimeZoneName: "Europe/London"},
		Action: &client.ScheduleWorkflowAction{ID: "scheduled", Workflow: "Waiting", TaskQueue: "nobody"},
	})
	if err != nil {
		t.Fatal(err)
	}
	db := open(t, c)
	for _, q := range []string{"CREATE DATABASE kept", "CREATE TABLE kept.n (id INT PRIMARY KEY, body VARCHAR(2000))"} {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
	return state{ref}
}

func open(t *testing.T, c *config.Config) *sql.DB {
	t.Helper()
	mc := mysql.NewConfig()
	mc.Net, mc.Addr, mc.User, mc.Passwd = "tcp", c.MySQL.Address, c.MySQL.User, c.MySQL.Password.Reveal()
	mc.Logger = &mysql.NopLogger{} // the killed connection is meant
	connector, err := mysql.NewConnector(mc)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	return db
}

// writeUntilKilled inserts row after row, kills the process at one of them, and
// returns how many were acknowledged.
func writeUntilKilled(t *testing.T, c *config.Config, p *process) int {
	t.Helper()
	db := open(t, c)
	body := strings.Repeat("x", 1000)
	for n := 0; ; n++ {
		if n == 200 {
			go p.kill()
		}
		if _, err := db.ExecContext(t.Context(), "INSERT INTO kept.n VALUES (?, ?)", n, body); err != nil {
			if n < 200 {
				t.Fatalf("INSERT %d before the kill: %v", n, err)
			}
			return n
		}
	}
}

func rows(t *testing.T, c *config.Config) (n int) {
	t.Helper()
	if err := open(t, c).QueryRowContext(t.Context(), "SELECT COUNT(*) FROM kept.n").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func (s state) check(t *testing.T, c *config.Config) {
	t.Helper()
	if got, err := bucket(t, c).ReadAll(t.Context(), s.object); err != nil || string(got) != "kept" {
		t.Errorf("object after kill -9 = %q, %v, want kept", got, err)
	}
	cl := dial(t, c)
	if _, err := cl.DescribeWorkflowExecution(t.Context(), "waiting", ""); err != nil {
		t.Errorf("workflow after kill -9: %v", err)
	}
	d, err := cl.ScheduleClient().GetHandle(t.Context(), "monthly").Describe(t.Context())
	if err != nil || d.Schedule.Spec.TimeZoneName != "Europe/London" {
		t.Errorf("schedule after kill -9: %v", err)
	}
	if _, err := cl.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "next", TaskQueue: "nobody"},
		"Waiting"); err != nil {
		t.Errorf("starting a workflow after kill -9: %v", err)
	}
}

// TestChildDiesWithUs: a killed stack leaves no mariadbd behind.
func TestChildDiesWithUs(t *testing.T) {
	t.Parallel()
	needMariaDB(t)
	if runtime.GOOS != "linux" {
		t.Skipf("NOT TESTED: %s cannot tie a child's life to ours", runtime.GOOS)
	}
	dir := t.TempDir()
	p := spawn(t, dir, stack.MariaDB)
	var pid int
	body, err := os.ReadFile(filepath.Join(dir, "mariadb", "data", "local.pid"))
	if err == nil {
		_, err = fmt.Sscan(string(body), &pid)
	}
	if err != nil {
		t.Fatal(err)
	}
	p.kill()
	for deadline := time.Now().Add(2 * time.Minute); syscall.Kill(pid, 0) == nil; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("mariadbd %d lives on after its parent was killed", pid)
		}
	}
}

// TestListensOnLoopbackAlone reads this process's listening sockets.
func TestListensOnLoopbackAlone(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("NOT TESTED: needs /proc")
	}
	p := spawn(t, t.TempDir(), stack.Embedded)
	defer p.stop(t)
	mine := sockets(t, p.cmd.Process.Pid)
	listening := 0
	for _, file := range []string{"tcp", "tcp6"} {
		body, err := os.ReadFile("/proc/self/net/" + file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(body)) {
			f := strings.Fields(line)
			if len(f) < 10 || f[3] != "0A" || !mine[f[9]] { // 0A: listening
				continue
			}
			listening++
			if ip, _, _ := strings.Cut(f[1], ":"); ip != "0100007F" {
				t.Errorf("listens on %s, want 0100007F (127.0.0.1)", f[1])
			}
		}
	}
	if listening < 4 {
		t.Errorf("found %d listening sockets, want 4 or more", listening)
	}
}

func sockets(t *testing.T, pid int) map[string]bool {
	t.Helper()
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	inodes := map[string]bool{}
	for _, e := range entries {
		if target, err := os.Readlink(filepath.Join(dir, e.Name())); err == nil {
			if inode, ok := strings.CutPrefix(target, "socket:["); ok {
				inodes[strings.TrimSuffix(inode, "]")] = true
			}
		}
	}
	return inodes
}
