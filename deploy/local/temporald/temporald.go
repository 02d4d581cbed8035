package temporald

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/temporalio/ui-server/v2/server"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/primitives"
	sqliteschema "go.temporal.io/server/schema/sqlite"
	"go.temporal.io/server/temporal"
	"go.uber.org/zap"

	"lfb/internal/telemetry"
)

// readyWithin is how long a start may take; it is a second where nothing is wrong.
const readyWithin = 60 * time.Second

// Options say where the server keeps its state and listens.
type Options struct {
	File             string // SQLite file; its folder must exist
	Port             int    // gRPC port on loopback
	UIPort           int    // Web UI port on loopback
	Namespace        string
	SearchAttributes map[string]enums.IndexedValueType // of a new namespace
	Log              *zap.Logger                       // gets errors only
}

// Server is a running server and UI.
type Server struct {
	server temporal.Server
	ui     *server.Server
}

// Start returns when a workflow can be started. The file is created where it is
// missing.
func Start(ctx context.Context, o Options) (*Server, error) {
	if err := ensureFile(o); err != nil {
		return nil, err
	}
	ports, err := servicePorts(o.Port)
	if err != nil {
		return nil, err
	}
	srv, err := temporal.NewServer(
		temporal.WithConfig(serverConfig(o, ports)),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(hosts(ports)),
		temporal.WithLogger(log.NewZapLogger(o.Log.WithOptions(zap.IncreaseLevel(zap.ErrorLevel)))),
		temporal.WithDynamicConfigClient(dynamicConfig()),
	)
	if err != nil {
		return nil, fmt.Errorf("temporal server: %w", err)
	}
	if err := srv.Start(); err != nil {
		return nil, fmt.Errorf("temporal server: %w", err)
	}
	s := &Server{server: srv, ui: startUI(o)}
	if err := waitReady(ctx, o); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close stops the UI, then the server.
func (s *Server) Close() error {
	s.ui.Stop()
	return s.server.Stop()
}

// ensureFile makes schema and namespace in a file of another name and moves it
// into place, so that a kill halfway leaves no half schema behind.
func ensureFile(o Options) error {
	if _, err := os.Stat(o.File); err == nil {
		return ensureNamespace(o, liveDB(o.File))
	}
	fresh := o.File + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	db := freshDB(fresh)
	if err := sqliteschema.SetupSchema(db); err != nil {
		return fmt.Errorf("temporal schema in %s: %w", fresh, err)
	}
	if err := ensureNamespace(o, db); err != nil {
		return err
	}
	return os.Rename(fresh, o.File)
}

// waitReady asks until the namespace is known and its search attributes show:
// both pass through caches that fill after the start.
func waitReady(ctx context.Context, o Options) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	cl, err := client.DialContext(ctx, client.Options{
		HostPort: addr(o.Port), Namespace: o.Namespace, Logger: telemetry.Temporal(zap.NewNop()),
	})
	if err != nil {
		return fmt.Errorf("temporal server on %s: %w", addr(o.Port), err)
	}
	defer cl.Close()
	queue := &workflowservice.ListWorkflowExecutionsRequest{Namespace: o.Namespace, PageSize: 1}
	for {
		_, err := cl.WorkflowService().ListWorkflowExecutions(ctx, queue)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("temporal server on %s: %w", addr(o.Port), errors.Join(ctx.Err(), err))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// servicePorts picks ports for the services that only talk among themselves.
func servicePorts(frontend int) (map[primitives.ServiceName]int, error) {
	ports := map[primitives.ServiceName]int{primitives.FrontendService: frontend}
	for _, name := range []primitives.ServiceName{
		primitives.HistoryService, primitives.MatchingService, primitives.WorkerService,
	} {
		p, err := freePort()
		if err != nil {
			return nil, err
		}
		ports[name] = p
	}
	return ports, nil
}
