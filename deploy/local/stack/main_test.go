package stack_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.uber.org/zap"

	"lfb/deploy/local/stack"
	"lfb/internal/config"
)

// The variables that make the test binary a stack of its own, to be killed.
const (
	childDir      = "LFB_TEST_STACK_DIR"
	childDatabase = "LFB_TEST_STACK_DATABASE"
)

// shared is the one stack that this process may have.
var shared *config.Config

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		os.Exit(child(dir, os.Getenv(childDatabase)))
	}
	os.Exit(withStack(m))
}

func options(dir, database string) stack.Options {
	return stack.Options{
		Dir: dir, Namespace: "default", Database: database, Log: zap.NewNop(),
		SearchAttributes: map[string]enums.IndexedValueType{"LfbLine": enums.INDEXED_VALUE_TYPE_KEYWORD},
	}
}

func withStack(m *testing.M) int {
	dir, err := os.MkdirTemp("", "lfb-stack-*")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	s, err := stack.Start(context.Background(), options(dir, stack.Embedded))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	shared = load(dir)
	code := m.Run()
	if err := s.Close(); err != nil {
		fmt.Fprintln(os.Stderr, "close:", err)
		return 1
	}
	return code
}

// load reads a stack's addresses as another process does.
func load(dir string) *config.Config {
	vars, err := stack.Settings(dir)
	c, err2 := config.Load("test", nil, func(k string) (string, bool) { v, ok := vars[k]; return v, ok })
	if err != nil || err2 != nil {
		panic(fmt.Sprint(err, err2))
	}
	return c
}

// child runs a stack until its input ends or it is killed.
func child(dir, database string) int {
	s, err := stack.Start(context.Background(), options(dir, database))
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
	if err := s.Close(); err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

// process is a stack in a process of its own.
type process struct {
	cmd   *exec.Cmd
	stdin io.Closer
	out   *strings.Builder // whatever it prints; read after it ended
	ended chan error
}

func spawn(t *testing.T, dir, database string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(os.Args[0]), out: &strings.Builder{}, ended: make(chan error, 1)}
	p.cmd.Env = append(os.Environ(), childDir+"="+dir, childDatabase+"="+database)
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stdin = stdin
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout, p.cmd.Stderr = w, w
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	ready := make(chan bool, 1)
	go func() {
		for lines := bufio.NewScanner(r); lines.Scan(); {
			p.out.WriteString(lines.Text() + "\n")
			if lines.Text() == "ready" {
				ready <- true
			}
		}
		p.ended <- p.cmd.Wait()
	}()
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	select {
	case <-ready:
	case err := <-p.ended:
		t.Fatalf("stack ended while starting: %v\n%s", err, p.out)
	case <-time.After(2 * time.Minute):
		t.Fatal("stack is not ready after 2 minutes")
	}
	return p
}

// kill is kill -9.
func (p *process) kill() { _ = p.cmd.Process.Kill(); <-p.ended }

func (p *process) stop(t *testing.T) {
	t.Helper()
	p.stdin.Close()
	if err := <-p.ended; err != nil {
		t.Errorf("stack stopped with %v, want nil\n%s", err, p.out)
	}
}
