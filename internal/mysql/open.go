package mysql

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"log"
	"regexp"
	"time"

	"github.com/go-sql-driver/mysql"

	"lfb/internal/config"
	"lfb/internal/lfb"
)

// sqlMode is the mode of every session, whatever the server's own default is: a
// value that does not fit is an error, never a truncation.
const sqlMode = "'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'"

// DB is the project's database. It is safe for concurrent use.
type DB struct {
	cfg   config.MySQL
	read  *sql.DB
	write *sql.DB // one connection in single-writer mode, else the same pool as read
	bulk  *sql.DB // a connection a published table in single-writer mode: a load must not hold up small writes
}

// Option changes how a DB is made.
type Option func(*options)

type options struct {
	open   func(driver.Connector) *sql.DB
	within time.Duration // 0: as long as it takes
}

// AnsweredWithin makes a connection give up where the server is silent for so long, for
// a process that asks only what is answered at once: one that accepts and never answers
// would hold a question without a deadline for ever.
func AnsweredWithin(d time.Duration) Option {
	return func(o *options) { o.within = d }
}

// OpenedBy has open make the connection pools in place of sql.OpenDB, so that
// statements can be watched.
func OpenedBy(open func(driver.Connector) *sql.DB) Option {
	return func(o *options) { o.open = open }
}

// New returns the database without dialling it, so that a process can start
// while the server is away; what is asked of it then gives lfb.ErrUnavailable.
// A configuration that cannot be right gives lfb.ErrInvalid.
func New(cfg config.MySQL, opts ...Option) (*DB, error) {
	o := options{open: sql.OpenDB}
	for _, set := range opts {
		set(&o)
	}
	pool := o.openPool
	if !plainName(cfg.Database) {
		return nil, fmt.Errorf("-mysql.database %q: want 1 to 48 letters, digits or _: %w", cfg.Database, lfb.ErrInvalid)
	}
	read, err := pool(cfg, cfg.Database, max(cfg.MaxConns, 1))
	if err != nil {
		return nil, err
	}
	db := &DB{cfg: cfg, read: read, write: read, bulk: read}
	if !cfg.SingleWriter {
		return db, nil
	}
	// The same configuration was accepted above.
	db.write, _ = pool(cfg, cfg.Database, 1)
	db.bulk, _ = pool(cfg, cfg.Database, 2)
	return db, nil
}

// Open is New and Ping.
func Open(ctx context.Context, cfg config.MySQL, opts ...Option) (*DB, error) {
	db, err := New(cfg, opts...)
	if err != nil {
		return nil, err
	}
	if err := db.Ping(ctx); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// CreateDatabase creates the database that cfg names where it is missing.
func CreateDatabase(ctx context.Context, cfg config.MySQL) error {
	if !plainName(cfg.Database) {
		return fmt.Errorf("-mysql.database %q: want 1 to 48 letters, digits or _: %w", cfg.Database, lfb.ErrInvalid)
	}
	server, err := options{open: sql.OpenDB}.openPool(cfg, "", 1)
	if err != nil {
		return err
	}
	defer server.Close()
	_, err = server.ExecContext(ctx, "CREATE DATABASE IF NOT EXISTS `"+cfg.Database+
		"` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
	return Wrap(err, "create database %s at %s", cfg.Database, cfg.Address)
}

// Ping reports whether the server answers: lfb.ErrUnavailable where it does not.
func (db *DB) Ping(ctx context.Context) error {
	return Wrap(db.read.PingContext(ctx), "database %s at %s", db.cfg.Database, db.cfg.Address)
}

// Reader is the pool of connections for reading.
func (db *DB) Reader() *sql.DB { return db.read }

// LoadConn returns a connection for the bulk load of a file.
func (db *DB) LoadConn(ctx context.Context) (*sql.Conn, error) { return db.bulk.Conn(ctx) }

// LocalInfile says whether bulk loads are to try LOAD DATA LOCAL INFILE.
func (db *DB) LocalInfile() bool { return db.cfg.LocalInfile }

// Close ends all connections.
func (db *DB) Close() error {
	err := db.read.Close()
	if db.cfg.SingleWriter {
		db.write.Close()
		db.bulk.Close()
	}
	return err
}

func (o options) openPool(cfg config.MySQL, database string, conns int) (*sql.DB, error) {
	c := mysql.NewConfig()
	c.Net, c.Addr, c.DBName = "tcp", cfg.Address, database
	c.User, c.Passwd = cfg.User, cfg.Password.Reveal()
	c.ParseTime, c.Loc = true, time.UTC
	c.InterpolateParams = true // one round trip a statement
	c.Logger = log.Default()   // which package telemetry leads to the process's own
	c.Timeout = 10 * time.Second
	c.ReadTimeout, c.WriteTimeout = o.within, o.within
	c.Params = map[string]string{"time_zone": "'+00:00'", "sql_mode": sqlMode}
	if cfg.TLS != "false" {
		c.TLSConfig = cfg.TLS
	}
	// Columns of time keep microseconds: cut them here, or the server rounds up.
	if err := c.Apply(mysql.Charset("utf8mb4", ""), mysql.TimeTruncate(time.Microsecond)); err != nil {
		return nil, fmt.Errorf("mysql driver: %w", err)
	}
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return nil, fmt.Errorf("mysql at %s: %w: %w", cfg.Address, err, lfb.ErrInvalid)
	}
	p := o.open(connector)
	p.SetMaxOpenConns(conns)
	p.SetMaxIdleConns(conns)
	p.SetConnMaxIdleTime(5 * time.Minute) // below the server's and middle boxes' own limits
	return p, nil
}

// plainName reports whether s can stand in SQL and in lock names as it is.
func plainName(s string) bool {
	ok, _ := regexp.MatchString(`^\w{1,48}$`, s)
	return ok
}
