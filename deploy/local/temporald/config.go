package temporald

import (
	"fmt"
	"net"
	"time"

	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/primitives"
	sqliteschema "go.temporal.io/server/schema/sqlite"
	"google.golang.org/protobuf/types/known/durationpb"
)

const (
	loopback    = "127.0.0.1"
	clusterName = "active"
	// retention is how long a finished workflow stays in the UI: longer than a
	// month, so that the last monthly retrain can be looked at.
	retention = 40 * 24 * time.Hour
)

func addr(port int) string { return fmt.Sprintf("%s:%d", loopback, port) }

func freePort() (int, error) {
	l, err := net.Listen("tcp", addr(0))
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// liveDB has a write-ahead log that is synced at checkpoints only: it survives a
// killed process; a power cut may lose the last moments, never the file.
func liveDB(file string) *config.SQL { return sqlDB(file, "wal", "1") }

// freshDB is one file, with no log beside it to move too, and no sync a
// statement: it counts only once it is whole.
func freshDB(file string) *config.SQL { return sqlDB(file, "memory", "0") }

func sqlDB(file, journal, synchronous string) *config.SQL {
	return &config.SQL{
		PluginName: sqlite.PluginName, DatabaseName: file,
		ConnectAttributes: map[string]string{"mode": "rwc", "journal_mode": journal, "synchronous": synchronous},
	}
}

// ensureNamespace does nothing where the namespace is there.
func ensureNamespace(o Options, db *config.SQL) error {
	ns, err := sqliteschema.NewNamespaceConfig(clusterName, o.Namespace, false, o.SearchAttributes)
	if err != nil {
		return fmt.Errorf("temporal namespace %q: %w", o.Namespace, err)
	}
	ns.Detail.Config.Retention = durationpb.New(retention)
	if err := sqliteschema.CreateNamespaces(db, ns); err != nil {
		return fmt.Errorf("temporal namespace %q: %w", o.Namespace, err)
	}
	return nil
}

func hosts(ports map[primitives.ServiceName]int) map[primitives.ServiceName]static.Hosts {
	h := map[primitives.ServiceName]static.Hosts{}
	for name, p := range ports {
		h[name] = static.SingleLocalHost(addr(p))
	}
	return h
}

func serverConfig(o Options, ports map[primitives.ServiceName]int) *config.Config {
	services := map[string]config.Service{}
	for name, p := range ports {
		services[string(name)] = config.Service{RPC: config.RPC{GRPCPort: p, BindOnIP: loopback}}
	}
	const off = "disabled"
	return &config.Config{
		Global: config.Global{Membership: config.Membership{
			MaxJoinDuration: 30 * time.Second, BroadcastAddress: loopback,
		}},
		Persistence: config.Persistence{
			DefaultStore: "sqlite", VisibilityStore: "sqlite", NumHistoryShards: 1,
			DataStores: map[string]config.DataStore{"sqlite": {SQL: liveDB(o.File)}},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10, MasterClusterName: clusterName, CurrentClusterName: clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{clusterName: {
				Enabled: true, InitialFailoverVersion: 1, RPCAddress: addr(o.Port),
				ClusterID: "00000000-0000-0000-0000-0000000000a1",
			}},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services:            services,
		Archival: config.Archival{
			History:    config.HistoryArchival{State: off},
			Visibility: config.VisibilityArchival{State: off},
		},
		NamespaceDefaults: config.NamespaceDefaults{Archival: config.ArchivalNamespaceDefaults{
			History:    config.HistoryArchivalNamespaceDefaults{State: off},
			Visibility: config.VisibilityArchivalNamespaceDefaults{State: off},
		}},
		PublicClient: config.PublicClient{HostPort: addr(o.Port)},
	}
}

// dynamicConfig sizes a server for one machine and one user.
func dynamicConfig() dynamicconfig.StaticClient {
	return dynamicconfig.StaticClient{
		dynamicconfig.HistoryCacheHostLevelMaxSize.Key():                 1024,
		dynamicconfig.FrontendMaxNamespaceVisibilityRPSPerInstance.Key(): 100,
		// A shard looks for work at most twenty times a second by default. There is one
		// shard, and a step needs two looks: each took 100 ms.
		dynamicconfig.TransferProcessorMaxPollRPS.Key(): 2000,
		dynamicconfig.TimerProcessorMaxPollRPS.Key():    2000,
		// One machine needs no partitions of a queue: tasks that wait on one are forwarded
		// to the root again and again, a tenth of a core for as long as any waits, and the
		// order of their priorities holds within each partition only.
		dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
		dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,
	}
}
