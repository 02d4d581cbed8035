package mariadbtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/mysql"
	"lfb/internal/mysql/mariadb"
	"lfb/internal/mysql/mysqltest"
)

// Server is a running MariaDB. Its root has no password: it listens on loopback
// only, for as long as the test lasts.
type Server struct {
	Address string // host:port
	child   *mariadb.Server
}

// Start starts a server and ends it with the test. Without mariadbd it skips the
// test, or fails it where CI is set. Further flags for mariadbd may be given.
func Start(t testing.TB, flags ...string) *Server {
	t.Helper()
	s, err := startServer(t.TempDir(), flags)
	requireServer(t, err)
	t.Cleanup(func() { s.child.Close() })
	return s
}

// Shared starts one server for several tests, at the first call of the returned
// function; end it in TestMain with the second.
func Shared() (get func(t testing.TB) *Server, stop func()) {
	var (
		dir string
		s   *Server
	)
	once := sync.OnceValue(func() (err error) {
		if dir, err = os.MkdirTemp("", "lfb-mariadb-"); err == nil {
			s, err = startServer(dir, nil)
		}
		return err
	})
	get = func(t testing.TB) *Server {
		t.Helper()
		requireServer(t, once())
		return s
	}
	return get, func() {
		if s != nil {
			s.child.Close()
		}
		os.RemoveAll(dir)
	}
}

// Config names a fresh, not yet created database on the server.
func (s *Server) Config() config.MySQL {
	return config.MySQL{
		Address: s.Address, Database: mysqltest.FreshName(), User: "root",
		TLS: "false", MaxConns: 16, LocalInfile: true,
	}
}

// Open creates a fresh database with all tables, for as long as the test lasts.
func (s *Server) Open(t testing.TB) *mysql.DB { return mysqltest.Open(t, s.Config()) }

// startServer tries three ports: between the choice of one and the server's start lie the
// seconds that it takes to make the system tables, in which somebody else may take it.
func startServer(dir string, flags []string) (s *Server, err error) {
	for range 3 {
		if s, err = startOnce(dir, flags); err == nil || errors.Is(err, lfb.ErrNotFound) {
			break
		}
	}
	return s, err
}

func startOnce(dir string, flags []string) (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address, port := l.Addr().String(), l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		return nil, err
	}
	child, err := mariadb.Start(context.Background(), mariadb.Options{
		Dir: dir, Port: port, User: "root",
		Flags: append([]string{"--innodb-buffer-pool-size=256M", "--innodb-flush-log-at-trx-commit=2"}, flags...),
	})
	if err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "mariadb.log")) // there is none where it was not installed
		return nil, fmt.Errorf("%w\n%s", err, log)
	}
	return &Server{address, child}, nil
}

func requireServer(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, lfb.ErrNotFound) && os.Getenv("CI") == "" {
		t.Skipf("SKIPPED, NOT TESTED: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
}
