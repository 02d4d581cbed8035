package stack

import (
	"flag"
	"fmt"

	"go.temporal.io/api/enums/v1"
	"go.uber.org/zap"

	"lfb/internal/lfb"
)

// The databases to choose from.
const (
	Embedded = "embedded" // Dolt, in this process
	MariaDB  = "mariadb"  // an installed mariadbd, as a child process
)

// Options say what to start. Ports are on loopback; 0 picks a free one.
type Options struct {
	Dir              string // holds all state; made where missing
	Namespace        string // Temporal namespace
	SearchAttributes map[string]enums.IndexedValueType
	TemporalPort     int    // default 7233
	UIPort           int    // Temporal Web UI; default 8080
	S3Port           int    // default 9000
	MySQLPort        int    // default 3306
	Database         string // embedded | mariadb; default embedded
	// Others are addresses that this process will listen on later: they must be
	// free too before anything starts.
	Others []Listener
	// Settings are flags and values that another process needs beside the addresses.
	Settings [][2]string
	Log      *zap.Logger
}

// Listener is an address that must be free, and the flag that moves it.
type Listener struct {
	Name string // for people: "user API"
	Addr string // host:port
	Flag string // without the dash
}

const host = "127.0.0.1"

// Register declares the flags of o, with their defaults.
func (o *Options) Register(fs *flag.FlagSet) {
	fs.IntVar(&o.TemporalPort, "local.temporal-port", 7233, "port of the Temporal server")
	fs.IntVar(&o.UIPort, "local.ui-port", 8080, "port of the Temporal Web UI")
	fs.IntVar(&o.S3Port, "local.s3-port", 9000, "port of the S3 store")
	fs.IntVar(&o.MySQLPort, "local.mysql-port", 3306, "port of the database")
	fs.StringVar(&o.Database, "local.database", Embedded, "embedded, or mariadb for an installed mariadbd")
}

func (o *Options) validate() error {
	if o.Database != Embedded && o.Database != MariaDB {
		return fmt.Errorf("-local.database: %q is none of %s, %s: %w", o.Database, Embedded, MariaDB, lfb.ErrInvalid)
	}
	for _, p := range o.ports() {
		if *p.port < 0 || *p.port > 65535 {
			return fmt.Errorf("-%s: %d is not a port: %w", p.flag, *p.port, lfb.ErrInvalid)
		}
	}
	return nil
}

type port struct {
	name, flag string
	port       *int
}

func (o *Options) ports() []port {
	return []port{
		{"Temporal server", "local.temporal-port", &o.TemporalPort},
		{"Temporal Web UI", "local.ui-port", &o.UIPort},
		{"S3 store", "local.s3-port", &o.S3Port},
		{"database", "local.mysql-port", &o.MySQLPort},
	}
}
