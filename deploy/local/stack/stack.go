package stack

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sync/errgroup"

	"lfb/internal/config"
)

// Stack is the running servers. One a process: two of the libraries keep global
// state.
type Stack struct {
	o    Options
	keys passwords
	lock *os.File

	quit chan struct{} // closed by Close

	mu      sync.Mutex
	servers []io.Closer
}

// Start starts the servers and returns when they all answer and a workflow can
// be started. A folder in use is lfb.ErrConflict, a taken port
// lfb.ErrUnavailable, with the flag that helps; nothing has been started then.
func Start(ctx context.Context, o Options) (*Stack, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, err
	}
	o.Dir = dir
	lock, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	s := &Stack{o: o, lock: lock, quit: make(chan struct{})}
	limitMemory()
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	go giveBackMemory(s.quit)
	return s, nil
}

func (s *Stack) start(ctx context.Context) (err error) {
	if err := s.o.claimPorts(); err != nil {
		return err
	}
	if err := keepDatabase(s.o.Dir, s.o.Database); err != nil {
		return err
	}
	if s.keys, err = readPasswords(s.o.Dir); err != nil {
		return err
	}
	// Before the servers: a kill between the two must not lose a password that a
	// server already has.
	if err := s.writeEnv(); err != nil {
		return err
	}
	var c config.Config
	s.Config(&c)
	g, ctx := errgroup.WithContext(ctx)
	for _, name := range []string{Temporal, S3, s.o.Database} {
		g.Go(func() error {
			server, err := StartServer(ctx, name, &c, s.o.SearchAttributes, s.o.Log)
			if err == nil {
				s.mu.Lock()
				s.servers = append(s.servers, server)
				s.mu.Unlock()
			}
			return err
		})
	}
	return g.Wait()
}

// Config fills the servers' addresses and passwords into c.
func (s *Stack) Config(c *config.Config) {
	c.State.Dir = s.o.Dir
	c.Temporal = config.Temporal{Address: s.addr(s.o.TemporalPort), Namespace: s.o.Namespace, UI: s.UI()}
	c.S3.Endpoint, c.S3.Region, c.S3.TLS = s.addr(s.o.S3Port), storeRegion, false
	c.S3.Access, c.S3.Secret = s.keys.access, config.Secret(s.keys.secret)
	c.MySQL.Address, c.MySQL.TLS = s.addr(s.o.MySQLPort), "false"
	c.MySQL.User, c.MySQL.Password = databaseUser, config.Secret(s.keys.mysql)
	c.MySQL.SingleWriter, c.MySQL.LocalInfile = s.o.Database == Embedded, true
}

// UI is the address of the Temporal Web UI.
func (s *Stack) UI() string { return "http://" + s.addr(s.o.UIPort) }

// Close stops the servers, then frees the folder. It is called once.
func (s *Stack) Close() error {
	close(s.quit)
	var g errgroup.Group
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, server := range s.servers {
		g.Go(server.Close)
	}
	s.servers = nil
	return errors.Join(g.Wait(), s.lock.Close())
}
