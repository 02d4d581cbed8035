// Package world runs the system as processes of their own on this machine, for
// measurements that kill them or want more than one of a kind: Temporal, the S3
// store and a real mariadbd by deploy/local/part, workers and api as they are shipped.
package world

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"lfb/internal/config"
	"lfb/internal/mysql"
)

// Options say where binaries and state are.
type Options struct {
	Bin string            // folder of worker, api, starter and part
	Dir string            // folder of all state
	Env map[string]string // what every process is told beyond addresses and secrets
}

// World is the processes.
type World struct {
	Config *config.Config // as the processes have it
	o      Options
	env    map[string]string
	live   map[string]*process
}

// process is one of them.
type process struct {
	cmd  *exec.Cmd
	gone chan struct{}
}

// New takes ports and makes up secrets; nothing runs yet.
func New(o Options) (*World, error) {
	ports, err := freePorts(7)
	if err != nil {
		return nil, err
	}
	at := func(i int) string { return fmt.Sprintf("127.0.0.1:%d", ports[i]) }
	w := &World{o: o, live: map[string]*process{}, env: map[string]string{
		"LFB_STATE_DIR": o.Dir, "LFB_TEMPORAL_ADDRESS": at(0), "LFB_TEMPORAL_UI": "http://" + at(1), "LFB_S3_ENDPOINT": at(2),
		"LFB_S3_ACCESS": rand.Text(), "LFB_S3_SECRET": rand.Text(), "LFB_MYSQL_ADDRESS": at(3), "LFB_MYSQL_USER": "lfb",
		"LFB_MYSQL_PASSWORD": rand.Text(), "LFB_API_USER": at(4), "LFB_API_ADMIN": at(5), "LFB_API_WEB": at(6),
		"LFB_SOURCE": "synthetic", "LFB_SOURCE_FROM": "2024-01", "LFB_LOG_FORMAT": "json",
	}}
	maps.Copy(w.env, o.Env)
	w.Config, err = config.Load("world", nil, func(k string) (string, bool) { v, ok := w.env[k]; return v, ok })
	return w, err
}

func freePorts(n int) ([]int, error) {
	var ports []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// Boot starts the servers for the first time and sets them up.
func (w *World) Boot(ctx context.Context) error {
	for _, name := range []string{"temporal", "s3", "mysql"} {
		if err := w.Start(ctx, name); err != nil {
			return err
		}
	}
	cmd := w.command("starter", "setup")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("starter setup: %w: %s", err, out)
	}
	return nil
}

func (w *World) command(bin string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(w.o.Bin, bin), args...)
	cmd.Env = os.Environ()
	for k, v := range w.env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	return cmd
}

// Start starts a process and waits until it answers. Its name up to a hyphen says
// what it is: worker, api, temporal, s3 or mysql. env, as NAME=value, is for it alone.
func (w *World) Start(ctx context.Context, name string, env ...string) error {
	what, _, _ := strings.Cut(name, "-")
	cmd := w.command("part", strings.Replace(what, "mysql", "mariadb", 1))
	if what == "worker" || what == "api" {
		cmd = w.command(what)
	}
	cmd.Env = append(cmd.Env, env...)
	log, err := os.OpenFile(w.Log(name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	p := &process{cmd: cmd, gone: make(chan struct{})}
	go func() { _ = cmd.Wait(); close(p.gone) }() // killed is how it ends
	w.live[name] = p
	deadline := time.Now().Add(3 * time.Minute)
	for !w.answers(ctx, what) {
		select {
		case <-p.gone:
			return fmt.Errorf("%s ended while starting: see %s", name, log.Name())
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s does not answer: see %s", name, log.Name())
		}
	}
	return nil
}

// Log is the file of what a process prints.
func (w *World) Log(name string) string { return filepath.Join(w.o.Dir, name+".log") }

// PID is a live process's id; 0 where it is not alive.
func (w *World) PID(name string) int {
	if p := w.live[name]; p != nil {
		return p.cmd.Process.Pid
	}
	return 0
}

// answers says whether a process does what it is for. A worker says so in its log
// only; it is taken as it is.
func (w *World) answers(ctx context.Context, what string) bool {
	switch what {
	case "api":
		res, err := http.Get("http://" + w.Config.API.User + "/livez")
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK
	case "mysql":
		cfg := w.Config.MySQL
		cfg.Database = "mysql"
		db, err := mysql.New(cfg)
		if err != nil {
			return false
		}
		defer db.Close()
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		return db.Ping(ctx) == nil
	case "temporal":
		body, err := os.ReadFile(w.Log(what))
		return err == nil && strings.Contains(string(body), "ready")
	case "s3":
		conn, err := net.DialTimeout("tcp", w.Config.S3.Endpoint, time.Second)
		if err != nil {
			return false
		}
		conn.Close()
	}
	return true
}

// Kill is kill -9; it returns when the process is gone. mariadbd dies with its part.
func (w *World) Kill(name string) {
	p := w.live[name]
	if p == nil {
		return
	}
	_ = p.cmd.Process.Kill() // it may have ended already
	<-p.gone
	delete(w.live, name)
}

// Close kills everything, the servers last.
func (w *World) Close() {
	servers := []string{"mysql", "s3", "temporal"}
	for name := range maps.Clone(w.live) {
		if name != servers[0] && name != servers[1] && name != servers[2] {
			w.Kill(name)
		}
	}
	for _, name := range servers {
		w.Kill(name)
	}
}

// errNoPassword is what setup leaves out where the account was there already.
var errNoPassword = errors.New("setup left no admin.password")

// Password is that of the first account.
func (w *World) Password() (string, error) {
	body, err := os.ReadFile(filepath.Join(w.o.Dir, "admin.password"))
	if err != nil {
		return "", errors.Join(errNoPassword, err)
	}
	return strings.TrimSpace(string(body)), nil
}
