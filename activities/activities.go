package activities

import (
	"context"
	"iter"
	"time"

	"lfb/internal/dataset"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/internal/source"
)

// The names of the search attributes; setup creates them.
const (
	AttrLine    = "LfbLine"
	AttrRun     = "LfbRun" // the registry's id
	AttrDataSet = "LfbDataSet"
	AttrVersion = "LfbVersion"
	AttrOutcome = "LfbOutcome"
	AttrTrigger = "LfbTrigger"
	AttrAsOf    = "LfbAsOf"
)

// Blobs is the object store.
type Blobs interface {
	PutBytes(ctx context.Context, key string, body []byte) (lfb.Ref, error)
	ReadAll(ctx context.Context, ref lfb.Ref) ([]byte, error)
	Exists(ctx context.Context, key string) (lfb.Ref, bool, error)
}

// Uploads stores files by their content.
type Uploads interface {
	PutFile(ctx context.Context, prefix, path string) (lfb.Ref, error)
	Download(ctx context.Context, ref lfb.Ref, path string) error
}

// Files remembers which files are stored and loaded.
type Files interface {
	SaveFile(ctx context.Context, f lfb.SourceFile) error
	FileByVersion(ctx context.Context, source, name, version string) (lfb.SourceFile, error)
	Files(ctx context.Context, origin lfb.Origin) ([]lfb.SourceFile, error)
	LoadedAt(ctx context.Context, sha string) (count lfb.LoadCount, loaded bool, err error)
}

// Loader writes parsed rows into the tables.
type Loader interface {
	LoadIncidents(ctx context.Context, f lfb.SourceFile, rows iter.Seq2[*lfb.Incident, error],
		opts lfb.LoadOptions) (lfb.LoadCount, error)
	LoadMobilisations(ctx context.Context, f lfb.SourceFile, rows iter.Seq2[*lfb.Mobilisation, error],
		opts lfb.LoadOptions) (lfb.LoadCount, error)
}

// Rejects keeps what could not be used of a file, and why.
type Rejects interface {
	SaveRejects(ctx context.Context, sha string, samples []lfb.Reject, counts []registry.RejectCount) error
	RejectCounts(ctx context.Context, sha string) ([]registry.RejectCount, error)
}

// Rows reads the tables in key order.
type Rows interface {
	Incidents(ctx context.Context, origin lfb.Origin) iter.Seq2[*lfb.Incident, error]
	Mobilisations(ctx context.Context, origin lfb.Origin) iter.Seq2[*lfb.Mobilisation, error]
}

// DataSets remembers snapshots.
type DataSets interface {
	SaveDataSet(ctx context.Context, d registry.DataSet) error
	// DataSet returns one snapshot; lfb.ErrNotFound.
	DataSet(ctx context.Context, id string) (registry.DataSet, error)
	// DataSets returns the origin's snapshots, newest first.
	DataSets(ctx context.Context, origin lfb.Origin) ([]registry.DataSet, error)
}

// Rights says who may decide on a promotion.
type Rights interface {
	// MayDecide returns lfb.ErrInvalid where who asks is no administrator, or shows
	// no one-time code for that promotion.
	MayDecide(ctx context.Context, a registry.Ask) error
}

// OpenRuns knows what is at work.
type OpenRuns interface {
	// OpenRecords asks Temporal what has become of the records that are open, and
	// returns those that still are.
	OpenRecords(ctx context.Context) ([]registry.Record, error)
}

// Meter counts what the work came to.
type Meter interface {
	Promoted(line, result string)  // promote | rollback | refit | stale
	RunEnded(line, outcome string) // as registry.Run has it
}

// Activities is everything that the work needs. Its methods are the activities.
type Activities struct {
	OpenSource func(SourceSpec) (source.Source, error)
	Blobs      Blobs
	Uploads    Uploads
	Files      Files
	Loader     Loader
	Rejects    Rejects
	Rows       Rows
	DataSets   DataSets
	PlaceSets  PlaceSets
	Runs       registry.Runs
	Attempts   registry.Attempts
	Ledger     registry.Ledger
	Notes      registry.VersionNotes // where a version's later verdicts go
	Backfills  registry.Backfills
	Objects    Objects // with Records: what housekeeping removes
	Records    Records
	OpenRuns   OpenRuns
	Monitor    MonitorStore
	Schedules  ScheduleStates // nil: none are asked after
	Notifier   Notifier       // nil: alarms are kept and sent to nobody
	Rights     Rights         // nil: whoever reaches Temporal may decide
	Tracker    Tracker        // nil: runs are exported nowhere
	Meter      Meter          // nil: nothing is counted
	Revision   string         // of git that the program was built from; empty where it is not known
	// NamespaceID is Temporal's id of the namespace that the work is of; nil: records
	// come to know it later.
	NamespaceID func(context.Context) (string, error)
	Scratch     string // folder for downloads
	Threads     int    // cores of one fit

	// Checkpoints keeps fits under way; nil: a fit that is killed starts anew.
	Checkpoints Checkpoints

	prepared        prepared
	checkpointEvery time.Duration // 0 = the constant of that name; for tests
}

var _ dataset.Blobs = Blobs(nil)
