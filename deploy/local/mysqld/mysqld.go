package mysqld

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/dolthub/dolt/go/cmd/dolt/commands/engine"
	"github.com/dolthub/dolt/go/libraries/doltcore/doltdb"
	"github.com/dolthub/dolt/go/libraries/doltcore/env"
	"github.com/dolthub/dolt/go/libraries/doltcore/sqle"
	"github.com/dolthub/dolt/go/libraries/doltcore/sqlserver"
	"github.com/dolthub/dolt/go/libraries/utils/filesys"
	"github.com/dolthub/dolt/go/store/chunks"
	"github.com/dolthub/go-mysql-server/eventscheduler"
	"github.com/dolthub/go-mysql-server/server"
	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/vitess/go/mysql"
	"github.com/sirupsen/logrus"
)

const (
	// version is what the database's files say wrote them; it decides nothing.
	version = "2.2.0"
	// idle is how long a connection may say nothing: MySQL's own eight hours.
	idle = 8 * time.Hour
)

// Options say where the server keeps its databases and who may use it.
type Options struct {
	Dir            string // made where missing
	Host           string
	Port           int
	User, Password string // the only account; it may do everything
}

// Server is a running server.
type Server struct {
	engine *engine.SqlEngine
	server *server.Server
	log    *os.File
	ended  chan error
}

// Start returns when the server accepts connections.
func Start(ctx context.Context, o Options) (*Server, error) {
	s, err := start(context.WithoutCancel(ctx), o) // the server ends by Close, not by its starter's context
	if err != nil {
		return nil, fmt.Errorf("database in %s: %w", o.Dir, err)
	}
	return s, nil
}

func start(ctx context.Context, o Options) (_ *Server, err error) {
	home := filepath.Join(o.Dir, ".home")
	if err := writeHome(home); err != nil {
		return nil, err
	}
	fs, err := filesys.LocalFilesysWithWorkingDir(o.Dir)
	if err != nil {
		return nil, err
	}
	if err := clearHalfMade(o.Dir, fs); err != nil {
		return nil, err
	}
	s := &Server{ended: make(chan error, 1)}
	s.log, err = os.Create(filepath.Join(o.Dir, "server.log")) // of this start alone
	if err != nil {
		return nil, err
	}
	logrus.SetOutput(s.log)
	logrus.SetLevel(logrus.WarnLevel)
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	dolt := env.Load(ctx, func() (string, error) { return home, nil }, fs, doltdb.LocalDirDoltDB, version)
	dolt.Config.SetFailsafes(env.DefaultFailsafeConfig)
	databases, err := env.MultiEnvForDirectory(ctx, fs, dolt)
	if err != nil {
		return nil, err
	}
	s.engine, err = engine.NewSqlEngine(ctx, databases, engineConfig(o))
	if err != nil {
		return nil, err
	}
	if err := s.engine.InitStats(ctx); err != nil {
		return nil, err
	}
	return s, s.listen(o)
}

// listen opens the port, and makes the one account before it does.
func (s *Server) listen(o Options) (err error) {
	e := s.engine.GetUnderlyingEngine()
	users := e.Analyzer.Catalog.MySQLDb
	ed := users.Editor()
	users.AddEphemeralSuperUser(ed, o.User, "localhost", o.Password) // loopback counts as localhost
	ed.Close()
	s.server, err = server.NewServer(server.Config{
		Protocol: "tcp", Address: net.JoinHostPort(o.Host, strconv.Itoa(o.Port)), MaxConnections: 200,
		MaxWaitConnections: 50, MaxWaitConnectionsTimeout: time.Minute, ConnReadTimeout: idle, ConnWriteTimeout: idle,
	}, e, s.engine.ContextFactory, s.session, nil)
	if err != nil {
		return err
	}
	sqlserver.SetRunningServer(s.server)
	go func() { s.ended <- s.server.Start() }()
	return nil
}

func (s *Server) session(ctx context.Context, conn *mysql.Conn, addr string) (sql.Session, error) {
	base, err := sql.BaseSessionFromConnection(ctx, conn, addr)
	if err != nil {
		return nil, err
	}
	return s.engine.NewDoltSession(ctx, base)
}

// engineConfig leaves the statistics job off: the queries here read whole tables
// in key order, and the job would hold memory and a core after every load.
func engineConfig(o Options) *engine.SqlEngineConfig {
	cfg := filepath.Join(o.Dir, ".doltcfg")
	return &engine.SqlEngineConfig{
		DoltCfgDirPath: cfg, PrivFilePath: filepath.Join(cfg, "privileges.db"),
		BranchCtrlFilePath: filepath.Join(cfg, "branch_control.db"), Autocommit: true,
		AutoGCController: sqle.NewAutoGCController(chunks.SimpleArchive, chunks.IncrementalGCTablesDisabled,
			sqle.NewGCScheduler(""), logrus.StandardLogger()),
		EventSchedulerStatus: eventscheduler.SchedulerDisabled,
		SystemVariables: engine.SystemVariables{
			"local_infile": int8(1), "dolt_stats_paused": int8(1),
			"secure_file_priv": filepath.Join(cfg, "none"), // no such folder: SQL reads and writes no files of the server
		},
	}
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
	var err error
	if s.server != nil {
		sqlserver.UnsetRunningServer()
		err = errors.Join(s.server.Close(), <-s.ended, s.endSessions())
	}
	if s.engine != nil {
		err = errors.Join(err, s.engine.Close())
	}
	if s.server != nil {
		s.server.SessionManager().WaitForClosedConnections()
	}
	return errors.Join(err, s.log.Close())
}

func (s *Server) endSessions() error {
	sessions := s.server.SessionManager()
	return sessions.Iter(func(one sql.Session) (bool, error) {
		return false, sessions.KillConnection(one.ID())
	})
}

// homeConfig keeps usage reports off the network and names an author.
const homeConfig = `{"metrics.disabled":"true","user.name":"local","user.email":"local@localhost"}`

// writeHome is repeated at every start, so a kill midway leaves nothing that stays half.
func writeHome(home string) error {
	dir := filepath.Join(home, ".dolt")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "config_global.json"), []byte(homeConfig), 0o600)
}
