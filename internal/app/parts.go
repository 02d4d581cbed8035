package app

import (
	"context"
	"crypto/tls"
	"fmt"
	"path/filepath"
	"time"

	"go.temporal.io/sdk/client"
	"go.uber.org/zap"

	"lfb/activities"
	"lfb/internal/alarm"
	"lfb/internal/clean"
	"lfb/internal/config"
	"lfb/internal/control"
	"lfb/internal/lfb"
	"lfb/internal/mysql"
	"lfb/internal/mysql/load"
	"lfb/internal/registry"
	"lfb/internal/s3"
	"lfb/internal/source"
	"lfb/internal/source/synthetic"
	"lfb/internal/telemetry"
)

// parts are the connections that a worker or starter needs.
type parts struct {
	db       *mysql.DB
	bucket   *s3.Bucket
	temporal client.Client
}

func openParts(ctx context.Context, c *config.Config, log *zap.Logger) (*parts, error) {
	p := &parts{}
	var err error
	t := telemetry.From(ctx)
	if p.db, err = mysql.Open(ctx, c.MySQL, mysql.OpenedBy(t.OpenDB)); err != nil {
		return nil, err
	}
	if p.bucket, err = s3.Open(ctx, c.S3, t.Transport); err != nil {
		p.close()
		return nil, err
	}
	if p.temporal, err = Dial(ctx, c, log); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *parts) close() {
	if p.temporal != nil {
		p.temporal.Close()
	}
	if p.db != nil {
		_ = p.db.Close() // nothing is in flight any more
	}
}

// clientOptions say how Temporal is reached.
func clientOptions(ctx context.Context, c *config.Config, log *zap.Logger) (client.Options, error) {
	o := client.Options{HostPort: c.Temporal.Address, Namespace: c.Temporal.Namespace, Logger: telemetry.Temporal(log)}
	if c.Temporal.TLS {
		o.ConnectionOptions.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if k := c.Temporal.APIKey.Reveal(); k != "" {
		o.Credentials = client.NewAPIKeyStaticCredentials(k)
	}
	err := telemetry.From(ctx).Temporal(&o)
	return o, err
}

// Dial connects to Temporal, waiting until it answers or ctx ends.
func Dial(ctx context.Context, c *config.Config, log *zap.Logger) (client.Client, error) {
	dctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	o, err := clientOptions(ctx, c, log)
	if err != nil {
		return nil, err
	}
	cl, err := client.DialContext(dctx, o)
	if err != nil {
		return nil, fmt.Errorf("temporal at %s: %w: %w", c.Temporal.Address, err, lfb.ErrUnavailable)
	}
	return cl, nil
}

func (p *parts) activities(ctx context.Context, c *config.Config, log *zap.Logger) (*activities.Activities, error) {
	scratch := filepath.Join(c.State.Dir, "scratch")
	notifier, err := alarm.New(c.Alarm, log.Named("alarm"))
	if err != nil {
		return nil, err
	}
	tracker, err := openTracker(c)
	if err != nil {
		return nil, err
	}
	tables := load.NewTables(p.db)
	return &activities.Activities{
		OpenSource: OpenSource,
		Blobs:      p.bucket, Uploads: p.bucket, Checkpoints: p.bucket,
		Files: p.db, Loader: tables, Rejects: p.db, Rows: tables, DataSets: p.db, PlaceSets: p.db, Runs: p.db,
		Attempts: p.db, Ledger: p.db, Notes: p.db,
		Backfills: p.db, Monitor: p.db, Schedules: control.LineSchedules{Client: p.temporal}, Notifier: notifier,
		Tracker: tracker, Meter: telemetry.From(ctx).Meter(),
		Records: p.db, OpenRuns: control.OpenRuns{Client: p.temporal, Namespace: c.Temporal.Namespace, Store: p.db},
		Objects: objects{p.bucket},
		NamespaceID: func(ctx context.Context) (string, error) {
			return control.NamespaceID(ctx, p.temporal, c.Temporal.Namespace)
		},
		Scratch: scratch, Revision: telemetry.Revision(),
		Threads: c.Worker.FitThreads(),
		Rights:  registry.Rights{Store: p.db, Now: time.Now},
	}, nil
}

// OpenSource builds the source that spec describes.
func OpenSource(spec activities.SourceSpec) (source.Source, error) {
	switch spec.Name {
	case "synthetic":
		return synthetic.New(synthetic.Options{
			Seed: spec.Seed, Incidents: spec.Incidents, Months: spec.Months,
			From: spec.From,
		})
	case "dir":
		return source.NewDir(spec.Dir, clean.KindOf), nil
	case "datastore":
		return source.NewDatastore(spec.Datastore), nil
	}
	return nil, fmt.Errorf("source %q is not known: %w", spec.Name, lfb.ErrInvalid)
}

// OpenRecords opens the database for a command that reads it.
func OpenRecords(ctx context.Context, c *config.Config) (*mysql.DB, error) {
	return mysql.Open(ctx, c.MySQL)
}

// ReadObject reads a stored object.
func ReadObject(ctx context.Context, c *config.Config, ref lfb.Ref) ([]byte, error) {
	bucket, err := s3.Open(ctx, c.S3)
	if err != nil {
		return nil, err
	}
	return bucket.ReadAll(ctx, ref)
}
