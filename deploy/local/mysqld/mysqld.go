package mysqld

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dolthub/dolt/go/cmd/dolt/commands/engine"
	"github.com/dolthub/dolt/go/cmd/dolt/commands/sqlserver"
	"github.com/dolthub/dolt/go/libraries/doltcore/doltdb"
	"github.com/dolthub/dolt/go/libraries/doltcore/env"
	"github.com/dolthub/dolt/go/libraries/doltcore/servercfg"
	"github.com/dolthub/dolt/go/libraries/utils/filesys"
	"github.com/dolthub/dolt/go/libraries/utils/svcs"
	"github.com/sirupsen/logrus"
)

// version is what the server says it is; it decides nothing.
const version = "2.2.0"

// Options say where the server keeps its databases and who may use it.
type Options struct {
	Dir            string // made where missing
	Host           string
	Port           int
	User, Password string // the only account; it may do everything
}

// Server is a running server.
type Server struct {
	ctl *svcs.Controller
	log *os.File
}

// Start returns when the server accepts connections.
func Start(ctx context.Context, o Options) (*Server, error) {
	home := filepath.Join(o.Dir, ".home")
	if err := ensureHome(home); err != nil {
		return nil, fmt.Errorf("database in %s: %w", o.Dir, err)
	}
	fs, err := filesys.LocalFilesysWithWorkingDir(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("database in %s: %w", o.Dir, err)
	}
	if err := clearHalfMade(o.Dir, fs); err != nil {
		return nil, fmt.Errorf("database in %s: %w", o.Dir, err)
	}
	run := context.WithoutCancel(ctx) // the server ends by Close, not by its starter's context
	cfg, err := serverConfig(o)
	if err != nil {
		return nil, fmt.Errorf("database in %s: %w", o.Dir, err)
	}
	logFile, err := os.Create(filepath.Join(o.Dir, "server.log")) // of this start alone
	if err != nil {
		return nil, fmt.Errorf("database in %s: %w", o.Dir, err)
	}
	s := &Server{ctl: svcs.NewController(), log: logFile}
	sqlserver.ConfigureServices(&sqlserver.Config{
		Version: version, ServerConfig: cfg, Controller: s.ctl, SkipRootUserInit: true,
		DoltEnv:           env.Load(run, func() (string, error) { return home, nil }, fs, doltdb.LocalDirDoltDB, version),
		EngineInitializer: account{o.User, o.Password},
	})
	logrus.SetOutput(logFile)            // after ConfigureServices, which sets it to standard error
	go func() { _ = s.ctl.Start(run) }() // how it started and ended is what the waits below return
	if err := s.ctl.WaitForStart(); err != nil {
		return nil, fmt.Errorf("database on %s:%d (see %s): %w", o.Host, o.Port, logFile.Name(), err)
	}
	return s, nil
}

// clearHalfMade removes databases whose creation was killed midway. They never
// existed for any client, and stand in the way of creating them again.
func clearHalfMade(dir string, fs filesys.Filesys) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.IsDir() || e.Name()[0] == '.' {
			continue
		}
		sub, err := fs.WithWorkingDir(e.Name())
		if err != nil {
			return err
		}
		if !env.IsIncompleteDatabaseDir(sub) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// Close ends the connections and stops the server.
func (s *Server) Close() error {
	s.ctl.Stop()
	return errors.Join(s.ctl.WaitForStop(), s.log.Close())
}

// account makes the one account before the server listens.
type account struct{ user, password string }

// InitializeEngine implements sqlserver.EngineInitializer.
func (a account) InitializeEngine(_ context.Context, e *engine.SqlEngine) error {
	users := e.GetUnderlyingEngine().Analyzer.Catalog.MySQLDb
	ed := users.Editor()
	defer ed.Close()
	users.AddEphemeralSuperUser(ed, a.user, "localhost", a.password) // loopback counts as localhost
	return nil
}

func serverConfig(o Options) (servercfg.ServerConfig, error) {
	cfg := filepath.Join(o.Dir, ".doltcfg")
	return servercfg.NewYamlConfig(fmt.Appendf(nil, `
log_level: warning
listener: {host: %q, port: %d, max_connections: 200}
data_dir: %q
cfg_dir: %q
privilege_file: %q
branch_control_file: %q
behavior: {autocommit: true, dolt_transaction_commit: false}
system_variables: {local_infile: 1, secure_file_priv: %q}
`, o.Host, o.Port, o.Dir, cfg, filepath.Join(cfg, "privileges.db"), filepath.Join(cfg, "branch_control.db"),
		filepath.Join(cfg, "none"))) // no such folder: SQL reads and writes no files of the server
}

// homeConfig keeps usage reports off the network, names an author, and leaves
// the statistics job off: the queries here read whole tables in key order, and
// the job would hold memory and a core after every load.
const homeConfig = `{"metrics.disabled":"true","user.name":"local","user.email":"local@localhost",` +
	`"sqlserver.global.dolt_stats_paused":"1"}`

func ensureHome(home string) error {
	dir := filepath.Join(home, ".dolt")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	file := filepath.Join(dir, "config_global.json")
	if _, err := os.Stat(file); err == nil {
		return nil
	}
	// Written beside and moved, so that a kill leaves no half file.
	if err := os.WriteFile(file+".new", []byte(homeConfig), 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}
