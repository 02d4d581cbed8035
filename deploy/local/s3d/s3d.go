package s3d

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

// readyWithin is how long a start may take; it is a tenth of a second.
const readyWithin = 20 * time.Second

// Options say where the server keeps its objects and who may use it.
type Options struct {
	Dir            string // made where missing
	Addr           string // host:port
	Region         string
	Access, Secret string // the only account
}

// Server is a running server.
type Server struct {
	cancel context.CancelFunc
	done   chan error
}

// Start returns when the server answers.
func Start(ctx context.Context, o Options) (*Server, error) {
	be, err := openBackend(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("s3 server in %s: %w", o.Dir, err)
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &Server{cancel: cancel, done: make(chan error, 1)}
	go func() {
		s.done <- embedgw.RunVersityGW(run, be, &embedgw.Config{
			RootUserAccess: o.Access, RootUserSecret: o.Secret, Region: o.Region, Ports: []string{o.Addr},
			// The library has no defaults for these; zero refuses everything.
			MaxConnections: 1024, MaxRequests: 512, MultipartMaxParts: 10000,
			KeepAlive: true, Quiet: true,
			IAMService: oneAccount{auth.NewIAMServiceSingle(auth.Account{
				Access: o.Access, Secret: o.Secret, Role: auth.RoleAdmin,
			})},
		})
	}()
	if err := s.waitReady(ctx, o.Addr); err != nil {
		return nil, fmt.Errorf("s3 server on %s: %w", o.Addr, err)
	}
	return s, nil
}

// oneAccount answers an unknown access key as S3 does. The library's own answer
// is 404, which to a HEAD request reads as "no such object".
type oneAccount struct{ auth.IAMService }

// GetUserAccount implements auth.IAMService.
func (s oneAccount) GetUserAccount(access string) (auth.Account, error) {
	a, err := s.IAMService.GetUserAccount(access)
	if err != nil {
		return auth.Account{}, auth.ErrNoSuchUser
	}
	return a, nil
}

// Close stops the server.
func (s *Server) Close() error {
	s.cancel()
	if err := <-s.done; err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("s3 server: %w", err)
	}
	return nil
}

func openBackend(dir string) (*posix.Posix, error) {
	data, side := filepath.Join(dir, "data"), filepath.Join(dir, "meta")
	for _, d := range []string{data, side} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, err
		}
	}
	opts := posix.PosixOpts{ValidateBucketNames: true, Concurrency: 64, CopyObjectThreshold: 5 << 30}
	if (meta.XattrMeta{}).Test(data) == nil {
		return posix.New(data, meta.XattrMeta{}, opts)
	}
	store, err := meta.NewSideCar(side)
	if err != nil {
		return nil, err
	}
	opts.SideCarDir = side
	return posix.New(data, store, opts)
}

// waitReady returns when the server takes connections.
func (s *Server) waitReady(ctx context.Context, addr string) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	for {
		if conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr); err == nil {
			return conn.Close()
		}
		select {
		case err := <-s.done:
			s.cancel()
			return errors.Join(err, errors.New("stopped while starting"))
		case <-ctx.Done():
			s.cancel()
			return errors.Join(ctx.Err(), <-s.done)
		case <-time.After(5 * time.Millisecond):
		}
	}
}
