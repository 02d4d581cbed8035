package mariadbtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"lfb/internal/config"
	"lfb/internal/mysql"
)

// startTimeout is generous: the machine may be busy with other tests.
const startTimeout = 60 * time.Second

// Server is a running MariaDB. Its root has no password: it listens on loopback
// only, for as long as the test lasts.
type Server struct {
	Address string // host:port
	cmd     *exec.Cmd
	exited  chan struct{}
	log     string
}

// Start starts a server and ends it with the test. Without mariadbd it skips the
// test, or fails it where CI is set. Further flags for mariadbd may be given.
func Start(t testing.TB, flags ...string) *Server {
	t.Helper()
	s, err := start(t.TempDir(), flags)
	if errors.Is(err, errors.ErrUnsupported) && os.Getenv("CI") == "" {
		t.Skipf("SKIPPED, NOT TESTED: %v (apt-get install mariadb-server)", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	return s
}

// Config names a fresh, not yet created database on the server.
func (s *Server) Config() config.MySQL {
	return config.MySQL{
		Address: s.Address, Database: "t_" + strings.ToLower(rand.Text()), User: "root",
		TLS: "false", MaxConns: 16, LocalInfile: true,
	}
}

// Open creates a fresh database with all tables, for as long as the test lasts.
func (s *Server) Open(t testing.TB) *mysql.DB {
	t.Helper()
	cfg := s.Config()
	ctx := context.Background()
	if err := mysql.CreateDatabase(ctx, cfg); err != nil {
		t.Fatal(err)
	}
	db, err := mysql.Open(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	return db
}

func start(dir string, flags []string) (*Server, error) {
	install, err := find("mariadb-install-db")
	if err != nil {
		return nil, err
	}
	bin, err := find("mariadbd")
	if err != nil {
		return nil, err
	}
	me, err := user.Current()
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	out, err := exec.Command(install, "--no-defaults", "--user="+me.Username, "--datadir="+data,
		"--auth-root-authentication-method=normal", "--skip-test-db").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("mariadb-install-db: %w: %s", err, out)
	}
	// The socket is not used, but its path may not be longer than 107 bytes,
	// which a test's folder easily is.
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	args := append([]string{
		"--no-defaults", "--user=" + me.Username, "--datadir=" + data,
		"--bind-address=127.0.0.1", fmt.Sprintf("--port=%d", port), "--socket=" + socketPath(dir),
		"--pid-file=" + filepath.Join(dir, "pid"), "--local-infile=1", "--innodb-buffer-pool-size=256M",
		"--innodb-flush-log-at-trx-commit=2", "--character-set-server=utf8mb4",
	}, flags...)
	s := &Server{
		Address: fmt.Sprintf("127.0.0.1:%d", port), cmd: exec.Command(bin, args...),
		exited: make(chan struct{}), log: filepath.Join(dir, "log"),
	}
	return s, s.run()
}

func (s *Server) run() error {
	log, err := os.Create(s.log)
	if err != nil {
		return err
	}
	defer log.Close()
	s.cmd.Stdout, s.cmd.Stderr = log, log
	s.cmd.SysProcAttr = childAttr()
	// The kernel ties "die with the parent" to the thread that forked: it has to
	// live as long as the server.
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := s.cmd.Start()
		started <- err
		if err == nil {
			s.cmd.Wait()
			close(s.exited)
		}
	}()
	if err := <-started; err != nil {
		return err
	}
	return s.await()
}

func (s *Server) await() error {
	cfg := s.Config()
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	for {
		err := mysql.CreateDatabase(ctx, cfg)
		if err == nil {
			return nil
		}
		select {
		case <-s.exited:
			text, _ := os.ReadFile(s.log)
			return fmt.Errorf("mariadbd exited: %s", text)
		case <-ctx.Done():
			s.stop()
			return fmt.Errorf("mariadbd at %s not ready in %v: %w", s.Address, startTimeout, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (s *Server) stop() {
	s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.exited:
	case <-time.After(20 * time.Second):
		s.cmd.Process.Kill()
		<-s.exited
	}
}

// Shared starts one server for several tests, at the first call of the returned
// function; end it in TestMain with the second.
func Shared() (get func(t testing.TB) *Server, stop func()) {
	var (
		once sync.Once
		dir  string
		s    *Server
		err  error
	)
	get = func(t testing.TB) *Server {
		t.Helper()
		once.Do(func() {
			if dir, err = os.MkdirTemp("", "lfb-mariadb-"); err == nil {
				s, err = start(dir, nil)
			}
		})
		if errors.Is(err, errors.ErrUnsupported) && os.Getenv("CI") == "" {
			t.Skipf("SKIPPED, NOT TESTED: %v (apt-get install mariadb-server)", err)
		}
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	return get, func() {
		if s != nil && err == nil {
			s.stop()
		}
		os.RemoveAll(dir)
	}
}

func find(name string) (string, error) {
	for _, p := range []string{name, "/usr/sbin/" + name, "/usr/local/sbin/" + name, "/usr/bin/" + name} {
		if path, err := exec.LookPath(p); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is not installed: %w", name, errors.ErrUnsupported)
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func socketPath(dir string) string {
	if p := filepath.Join(dir, "sock"); len(p) < 100 {
		return p
	}
	return filepath.Join(os.TempDir(), "lfb-"+strings.ToLower(rand.Text())+".sock")
}
