package mariadb

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/mysql"
)

// readyWithin is how long a start may take, recovery after a kill included.
const readyWithin = 60 * time.Second

// Options say where the server keeps its databases and who may use it.
type Options struct {
	Dir            string   // made where missing
	Port           int      // on loopback
	User, Password string   // the only account that anyone knows the password of
	Flags          []string // more of mariadbd's own, which override those that Start gives
}

// Server is a running child process.
type Server struct {
	cmd    *exec.Cmd
	exited chan struct{} // closed when it has ended
	err    error         // how it ended; read after exited
}

// Installed finds mariadbd; lfb.ErrNotFound where there is none.
func Installed() (string, error) {
	for _, name := range []string{"mariadbd", "/usr/sbin/mariadbd", "/usr/local/sbin/mariadbd"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("mariadbd is not installed (apt-get install mariadb-server): %w", lfb.ErrNotFound)
}

// Start returns when the server accepts the account.
func Start(ctx context.Context, o Options) (*Server, error) {
	bin, err := Installed()
	if err != nil {
		return nil, err
	}
	data := filepath.Join(o.Dir, "data")
	if err := ensureData(ctx, data); err != nil {
		return nil, err
	}
	accounts := filepath.Join(o.Dir, "accounts.sql")
	if err := os.WriteFile(accounts, []byte(accountsSQL(o)), 0o600); err != nil {
		return nil, err
	}
	defer os.Remove(accounts)
	logPath := filepath.Join(o.Dir, "mariadb.log")
	logFile, err := os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer logFile.Close()
	cmd := exec.Command(bin, append(serverArguments(data, accounts, o.Port), o.Flags...)...) // ends by Close, not by ctx
	cmd.Stdout, cmd.Stderr = logFile, logFile
	s := &Server{cmd: cmd, exited: make(chan struct{})}
	if err := s.runChild(); err != nil {
		return nil, fmt.Errorf("mariadbd: %w", err)
	}
	if err := s.waitReady(ctx, o); err != nil {
		return nil, fmt.Errorf("mariadbd on port %d (see %s): %w", o.Port, logPath, errors.Join(err, s.Close()))
	}
	return s, nil
}

// Close asks the server to end and waits for it.
func (s *Server) Close() error {
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // it may have ended already
	<-s.exited
	return s.err
}

// runChild starts the child on a thread that lives as long as it does: the kernel
// ties "die with the parent" to the thread that forked.
func (s *Server) runChild() error {
	s.cmd.SysProcAttr = childAttr()
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := s.cmd.Start()
		started <- err
		if err == nil {
			s.err = s.cmd.Wait()
			close(s.exited)
		}
	}()
	return <-started
}

func (s *Server) waitReady(ctx context.Context, o Options) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	db, err := mysql.New(config.MySQL{
		Address: fmt.Sprintf("127.0.0.1:%d", o.Port), Database: "mysql",
		User: o.User, Password: config.Secret(o.Password), TLS: "false", MaxConns: 1,
	})
	if err != nil {
		return err
	}
	defer db.Close()
	for {
		// Whoever took the port meanwhile may be such a server too.
		var data string
		err := db.Reader().QueryRowContext(ctx, "SELECT @@datadir").Scan(&data)
		if err == nil && isSameFolder(data, filepath.Join(o.Dir, "data")) {
			return nil
		}
		select {
		case <-s.exited:
			return errors.New("ended while starting")
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func isSameFolder(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// ensureData installs the system tables in a folder of another name and moves it
// into place, so that a kill halfway is made good by the next start.
func ensureData(ctx context.Context, data string) error {
	if _, err := os.Stat(data); err == nil {
		return nil
	}
	fresh := data + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	if err := os.MkdirAll(fresh, 0o700); err != nil {
		return err
	}
	args := append(asRoot(), "--datadir="+fresh, "--auth-root-authentication-method=normal", "--skip-test-db")
	out, err := exec.CommandContext(ctx, "mariadb-install-db", append([]string{"--no-defaults"},
		args...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("mariadb-install-db: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return os.Rename(fresh, data)
}

// asRoot: the server runs as root only where it is told so.
func asRoot() []string {
	if os.Getuid() == 0 {
		return []string{"--user=root"}
	}
	return nil
}

func serverArguments(data, accounts string, port int) []string {
	return append(append([]string{"--no-defaults"}, asRoot()...),
		"--datadir="+data, "--init-file="+accounts, fmt.Sprintf("--port=%d", port), "--bind-address=127.0.0.1",
		"--socket=local.sock", // in the data folder: a socket's path may have 107 bytes only
		"--pid-file=local.pid", "--skip-name-resolve", "--local-infile=1", "--character-set-server=utf8mb4",
		"--innodb-buffer-pool-size=128M", "--performance-schema=0")
}

// accountsSQL gives root a password that nobody keeps. Passwords hold letters
// and digits only, so that they stand in SQL as they are.
func accountsSQL(o Options) string {
	return fmt.Sprintf(`ALTER USER 'root'@'localhost' IDENTIFIED BY '%s';
CREATE USER IF NOT EXISTS '%s'@'127.0.0.1';
ALTER USER '%[2]s'@'127.0.0.1' IDENTIFIED BY '%s';
GRANT ALL ON *.* TO '%[2]s'@'127.0.0.1';
`, rand.Text(), o.User, o.Password)
}
