package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
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

// world is the processes.
type world struct {
	o    options
	env  map[string]string
	c    *config.Config
	live map[string]*process
}

// process is one of them.
type process struct {
	cmd  *exec.Cmd
	gone chan struct{}
}

func newWorld(o options) (*world, error) {
	ports, err := freePorts(7)
	if err != nil {
		return nil, err
	}
	at := func(i int) string { return fmt.Sprintf("127.0.0.1:%d", ports[i]) }
	w := &world{o: o, live: map[string]*process{}, env: map[string]string{
		"LFB_STATE_DIR": o.dir, "LFB_TEMPORAL_ADDRESS": at(0), "LFB_TEMPORAL_UI": "http://" + at(1), "LFB_S3_ENDPOINT": at(2),
		"LFB_S3_ACCESS": rand.Text(), "LFB_S3_SECRET": rand.Text(), "LFB_MYSQL_ADDRESS": at(3), "LFB_MYSQL_USER": "lfb",
		"LFB_MYSQL_PASSWORD": rand.Text(), "LFB_API_USER": at(4), "LFB_API_ADMIN": at(5), "LFB_API_WEB": at(6),
		"LFB_SOURCE": "synthetic", "LFB_SOURCE_INCIDENTS": "9000", "LFB_SOURCE_MONTHS": "6",
		"LFB_TRAIN_CANDIDATES": "baseline-mean,baseline,linear,gbdt", "LFB_LOG_FORMAT": "json",
	}}
	w.c, err = config.Load("chaos", nil, func(k string) (string, bool) { v, ok := w.env[k]; return v, ok })
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

// boot starts everything for the first time.
func (w *world) boot(ctx context.Context) error {
	for _, name := range []string{"temporal", "s3", "mysql"} {
		if err := w.start(ctx, name); err != nil {
			return err
		}
	}
	cmd := w.command("starter", "setup")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("starter setup: %w: %s", err, out)
	}
	for _, name := range []string{"worker", "api"} {
		if err := w.start(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) command(bin string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(w.o.bin, bin), args...)
	cmd.Env = os.Environ()
	for k, v := range w.env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	return cmd
}

// start starts a process and waits until it answers.
func (w *world) start(ctx context.Context, name string) error {
	cmd := w.command("part", name)
	if name == "worker" || name == "api" {
		cmd = w.command(name)
	}
	log, err := os.OpenFile(filepath.Join(w.o.dir, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
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
	for !w.answers(ctx, name) {
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

// answers says whether a process does what it is for. A worker says so in its log
// only; it is taken as it is.
func (w *world) answers(ctx context.Context, name string) bool {
	switch name {
	case "api":
		res, err := http.Get("http://" + w.c.API.User + "/livez")
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK
	case "mysql":
		cfg := w.c.MySQL
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
		body, err := os.ReadFile(filepath.Join(w.o.dir, name+".log"))
		return err == nil && strings.Contains(string(body), "ready")
	case "s3":
		conn, err := net.DialTimeout("tcp", w.c.S3.Endpoint, time.Second)
		if err != nil {
			return false
		}
		conn.Close()
	}
	return true
}

// kill is kill -9; it returns when the process is gone. mariadbd dies with its part.
func (w *world) kill(name string) {
	p := w.live[name]
	if p == nil {
		return
	}
	_ = p.cmd.Process.Kill() // it may have ended already
	<-p.gone
	delete(w.live, name)
}

func (w *world) close() {
	for _, name := range []string{"api", "worker", "mysql", "s3", "temporal"} {
		w.kill(name)
	}
}

// errNoPassword is what setup leaves out where the account was there already.
var errNoPassword = errors.New("setup left no admin.password")

func (w *world) password() (string, error) {
	body, err := os.ReadFile(filepath.Join(w.o.dir, "admin.password"))
	if err != nil {
		return "", errors.Join(errNoPassword, err)
	}
	return strings.TrimSpace(string(body)), nil
}
