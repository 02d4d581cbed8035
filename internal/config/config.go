package config

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Config is everything that can be set, nested by part.
type Config struct {
	Log       Log
	State     State
	Temporal  Temporal
	S3        S3
	MySQL     MySQL
	Source    Source
	Worker    Worker
	API       API
	Train     Train
	Gate      Gate
	Promote   Promote
	Schedule  Schedule
	Backfill  Backfill
	GC        GC
	Monitor   Monitor
	Alarm     Alarm
	Telemetry Telemetry
	MLflow    MLflow
	Starter   Starter
	// Args are the words that are no flags: the starter's verb and its arguments.
	// They may stand before, between and after flags.
	Args []string `json:"-"`

	changed [][2]string // flags that are not at their default, and their values
}

// Changed are the flags that do not have their default, with their values, whose
// name is one of parts or begins with it and a dot: "source" is -source and
// -source.dir. Ask for no part that has a secret: what a Secret gives is not its value.
func (c *Config) Changed(parts ...string) [][2]string {
	var out [][2]string
	for _, kv := range c.changed {
		part, _, _ := strings.Cut(kv[0], ".")
		if slices.Contains(parts, part) {
			out = append(out, kv)
		}
	}
	return out
}

// Log says how much is logged and in which form.
type Log struct {
	Level  string // debug | info | warn | error; default info
	Format string // console | json; default console
}

// State is where a process keeps its own files.
type State struct {
	Dir string // champion copy, prediction spool, download scratch; default .lfb
}

// Temporal is the address of the workflow engine.
type Temporal struct {
	Address   string // host:port; default 127.0.0.1:7233
	Namespace string // default default
	UI        string // base address of the Web UI for links; default http://127.0.0.1:8080
	APIKey    Secret // for a server that wants one; default none
	TLS       bool   // default false
}

// S3 is the object store.
type S3 struct {
	Endpoint string // host:port, no scheme; default 127.0.0.1:9000
	Bucket   string // default lfb
	Region   string // default us-east-1
	Access   string // access key; no default
	Secret   Secret // secret key; no default
	TLS      bool   // default false
}

// MySQL is the database.
type MySQL struct {
	Address  string // host:port; default 127.0.0.1:3306
	Database string // default lfb
	User     string // default lfb
	Password Secret // no default
	TLS      string // false | true | skip-verify | preferred; default false
	MaxConns int    // open connections a process; default 16
	// LocalInfile lets bulk loads stream through LOAD DATA LOCAL INFILE; off uses
	// multi-row INSERT. Default true.
	LocalInfile bool
	// SingleWriter makes every write of this process go through one connection, as
	// the embedded database wants. Default false.
	SingleWriter bool
}

// Source is where published files come from.
type Source struct {
	Name string // datastore | dir | synthetic; default datastore
	Dir  string // for dir: a folder, or http(s) addresses separated by commas
	// Incidents and Months size the synthetic city; From is its first month (2006-01).
	Incidents int    // default 100000
	Months    int    // default 12
	From      string // default 2024-01
	Seed      uint64 // default 1
	// Datastore is the London Datastore's base address.
	Datastore string // default https://data.london.gov.uk
	// MaxRejects is the share of a file's rows that may be rejected before the run
	// fails. Default 0.05.
	MaxRejects float64
}

// Worker says what a worker process takes on.
type Worker struct {
	Queues      string        // comma-separated: control, io, train; default all three
	Fits        int           // fits at once; default 1, as each uses Threads cores
	Threads     int           // cores of one fit; 0 = all
	StopTimeout time.Duration // how long a stop waits for running activities; default 30 s
}

// API says where the three listeners are.
type API struct {
	User  string // default 127.0.0.1:8001
	Admin string // default 127.0.0.1:8002
	Web   string // default 127.0.0.1:8501
	// Refresh is how often the champion pointer is read. Default 250 ms.
	Refresh time.Duration
	TLSCert string // file; with TLSKey switches TLS on
	TLSKey  string // file
	// MaxBody is the largest request body in bytes. Default 8 MiB.
	MaxBody int64
	// Rate is how many requests a second the user API answers one API key or account,
	// in each process; twice as many at once. Default 50,000; 0 is no limit.
	Rate float64
	// PageRate is the same for the admin API and the web UI. Default 500.
	PageRate float64
	// MaxTable is the largest table that is answered, in bytes. Default 512 MiB.
	MaxTable int64
	// SessionIdle is how long a browser stays signed in without a click. Default 2 h.
	SessionIdle time.Duration
	// SessionMax is how long a browser stays signed in at all. Default 12 h.
	SessionMax time.Duration
	// SecureCookies says that a proxy before this process speaks TLS. Default false.
	SecureCookies bool
}

// Train says what a retrain trains, on which spans.
type Train struct {
	Candidates string // comma-separated names of package catalog; default all
	Seed       uint64 // default 1
	// The spans, in days, counted back from the end of the data. 0 everywhere
	// (the default) chooses by the length of the data: with a year or more, one
	// month each of validation, calibration and hold-out; with three months, the
	// last month is the hold-out and the second half of the month before it is
	// halved into validation and calibration.
	ValidDays, CalibDays, HoldoutDays int
	// MaxMonths is the most months of history to train on; 0 = all.
	MaxMonths int
	// TuneTrials is how many recipes of the boosting a retrain tries before it
	// trains, the default recipe among them; 0 (the default) is no search. The first
	// start, and a run without gbdt among its candidates, do not search either.
	TuneTrials int
	// TuneMinutes is when a search stops at the latest, default 30.
	TuneMinutes int
	// RelevanceCycles is how many forests of the relevance report (Boruta) a retrain grows on
	// the training rows, beside the candidate randomforest; 0 (the default) is no report.
	RelevanceCycles int
	// RelevanceRows and RelevanceTrees bound each of them, default 2,000 and 50.
	RelevanceRows, RelevanceTrees int
	Force                         bool // go on though nothing is new
}

// Gate is what a winner must show before it may serve.
type Gate struct {
	Confidence  float64 // of the paired interval; default 0.95
	SliceMargin float64 // a large slice's RMSE may be worse by this share; default 0.05
	SliceRows   int     // a slice is large from this many rows on; default 500
	CoverageLow float64 // P90 coverage bounds; default 0.88
	CoverageTop float64 // default 0.92
	CeilingRMSE float64 // seconds; above it an alarm, never a refusal; default 120
}

// Promote says whether a person has a say.
type Promote struct {
	Approval string        // none | required; default none
	Deadline time.Duration // how long a run waits for it; default 72 h
	After    string        // what the deadline does: expire (what serves stays) | promote; default expire
}

// Backfill says which past months are replayed, and on what.
type Backfill struct {
	From, To string // months to decide for, as 2016-01; no default
	// LagDays is how many days after its end a month is published. Default 14.
	LagDays int
	DataSet string // id; default the newest of the source's origin
}

// GC says how long is kept what no ledger, version or data set needs any more.
type GC struct {
	DryRun       bool // only say what would go
	KeepDays     int  // whatever is younger stays; default 180
	BackfillDays int  // versions of backfills; default 90
	Versions     int  // newest of each line that stay whatever their age; default 20
	DataSets     int  // newest of each origin that stay whatever their age; default 5
	// PredictionDays is how long answers stay in the log; 0 (the default) is for ever.
	PredictionDays int
	// LookDays is how long looks at the champion stay on record; 0 (the default) is for
	// ever. What they scored by month stays.
	LookDays int
	// Grace protects what a run at work has stored and not yet put on record; at
	// least 48 h, default 72 h.
	Grace time.Duration
	// Settle lies between removing what leads to an object and the object itself;
	// Wait is how long runs at work are waited for. Default 1 min and 6 h.
	Settle, Wait time.Duration
}

// Schedule is when retraining runs by itself.
type Schedule struct {
	Cron     string        // default 0 6 5 * * (the fifth of each month at 6)
	Monitor  string        // when the champion is monitored; default 30 7 * * * (daily)
	TimeZone string        // default Europe/London
	CatchUp  time.Duration // default 48 h
}

// Telemetry says where metrics are served and traces are sent.
type Telemetry struct {
	Metrics string // address of the worker's /metrics; empty = off
	// Traces is the address of an OTLP/HTTP collector; empty (the default) traces nothing.
	Traces     string
	TraceShare float64 // share of new traces that are kept; default 1
}

// MLflow is the tracking server that runs are exported to.
type MLflow struct {
	URI        string // http(s) address without credentials; empty (the default) exports nothing
	User       string // for a server that asks; default none
	Password   Secret // of User
	Token      Secret // a bearer token, in place of user and password
	Experiment string // default the line's name
}

// Starter says how a verb acts and what it prints.
type Starter struct {
	JSON   bool   // print JSON instead of tables and progress
	Detach bool   // do not wait for what was started
	Who    string // who promotes, for the ledger; default the system's user name; who decides, default admin
	Why    string // why, for the ledger and for notes
	Limit  int    // most rows of a list; default 20
	Cron   string // for schedule set; empty: -schedule.cron or -schedule.monitor
	Line   string // line of models; default that of the source
}

// Load reads flags from args, then the environment through lookup, then the
// defaults. All mistakes come back joined, each naming its flag.
func Load(name string, args []string, lookup func(string) (string, bool)) (*Config, error) {
	return LoadWith(name, args, lookup, func(*flag.FlagSet) {})
}

// LoadWith is Load for a command with flags of its own, which extra declares.
// They follow the same rules, their variables too.
func LoadWith(name string, args []string, lookup func(string) (string, bool), extra func(*flag.FlagSet)) (*Config, error) {
	c := &Config{}
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	c.register(fs)
	extra(fs)
	for rest := args; ; {
		if err := fs.Parse(rest); err != nil {
			return nil, err
		}
		if fs.NArg() == 0 {
			break
		}
		c.Args = append(c.Args, fs.Arg(0))
		rest = fs.Args()[1:]
	}
	given := map[string]bool{}
	fs.Visit(func(f *flag.Flag) { given[f.Name] = true })
	var errs []error
	fs.VisitAll(func(f *flag.Flag) {
		env := Env(f.Name)
		if v, ok := lookup(env); ok && !given[f.Name] {
			if err := f.Value.Set(v); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", env, err))
			}
		}
		if r, gone := f.Value.(*removed); gone {
			errs = append(errs, r.err())
		}
		if v := f.Value.String(); v != f.DefValue {
			c.changed = append(c.changed, [2]string{f.Name, v})
		}
	})
	return c, errors.Join(append(errs, c.validate()...)...)
}

// Env is the environment variable of a flag: -s3.endpoint is LFB_S3_ENDPOINT.
func Env(flagName string) string {
	return "LFB_" + strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(flagName))
}

// Usage lists every flag with its variable and default.
func Usage(name string, w io.Writer) { UsageWith(name, w, func(*flag.FlagSet) {}) }

// UsageWith is Usage for a command with flags of its own.
func UsageWith(name string, w io.Writer, extra func(*flag.FlagSet)) {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	(&Config{}).register(fs)
	extra(fs)
	fmt.Fprintf(w, "Flags of %s; each has an environment variable of the same name:\n", name)
	fs.VisitAll(func(f *flag.Flag) {
		if _, gone := f.Value.(*removed); gone {
			return
		}
		fmt.Fprintf(w, "  -%-22s %s (%s; default %q)\n", f.Name, f.Usage, Env(f.Name), f.DefValue)
	})
}

func (c *Config) register(fs *flag.FlagSet) {
	c.registerParts(fs)
	c.registerSource(fs)
	c.registerWork(fs)
	c.registerPolicy(fs)
	c.registerMonitor(fs)
	registerRemoved(fs)
}

func (c *Config) registerParts(fs *flag.FlagSet) {
	fs.StringVar(&c.Log.Level, "log.level", "info", "debug, info, warn or error")
	fs.StringVar(&c.Log.Format, "log.format", "console", "console or json")
	fs.StringVar(&c.State.Dir, "state.dir", ".lfb", "folder of this process's own files")
	fs.StringVar(&c.Temporal.Address, "temporal.address", "127.0.0.1:7233", "Temporal host:port")
	fs.StringVar(&c.Temporal.Namespace, "temporal.namespace", "default", "Temporal namespace")
	fs.StringVar(&c.Temporal.UI, "temporal.ui", "http://127.0.0.1:8080", "base address of the Temporal Web UI, for links")
	fs.Var(&c.Temporal.APIKey, "temporal.api-key", "Temporal API key")
	fs.BoolVar(&c.Temporal.TLS, "temporal.tls", false, "speak TLS with Temporal")
	fs.StringVar(&c.S3.Endpoint, "s3.endpoint", "127.0.0.1:9000", "S3 host:port")
	fs.StringVar(&c.S3.Bucket, "s3.bucket", "lfb", "S3 bucket")
	fs.StringVar(&c.S3.Region, "s3.region", "us-east-1", "S3 region")
	fs.StringVar(&c.S3.Access, "s3.access", "", "S3 access key")
	fs.Var(&c.S3.Secret, "s3.secret", "S3 secret key")
	fs.BoolVar(&c.S3.TLS, "s3.tls", false, "speak TLS with S3")
	fs.StringVar(&c.MySQL.Address, "mysql.address", "127.0.0.1:3306", "MySQL host:port")
	fs.StringVar(&c.MySQL.Database, "mysql.database", "lfb", "MySQL database")
	fs.StringVar(&c.MySQL.User, "mysql.user", "lfb", "MySQL user")
	fs.Var(&c.MySQL.Password, "mysql.password", "MySQL password")
	fs.StringVar(&c.MySQL.TLS, "mysql.tls", "false", "false, true, skip-verify or preferred")
	fs.IntVar(&c.MySQL.MaxConns, "mysql.max-conns", 16, "open connections a process")
	fs.BoolVar(&c.MySQL.LocalInfile, "mysql.local-infile", true, "load with LOAD DATA LOCAL INFILE")
	fs.BoolVar(&c.MySQL.SingleWriter, "mysql.single-writer", false, "write through one connection")
	fs.StringVar(&c.MLflow.URI, "mlflow.uri", "", "MLflow tracking server that runs are exported to; empty is off")
	fs.StringVar(&c.MLflow.User, "mlflow.user", "", "MLflow user name")
	fs.Var(&c.MLflow.Password, "mlflow.password", "MLflow password")
	fs.Var(&c.MLflow.Token, "mlflow.token", "MLflow bearer token")
	fs.StringVar(&c.MLflow.Experiment, "mlflow.experiment", "", "MLflow experiment; empty is the line's name")
	fs.StringVar(&c.Telemetry.Metrics, "telemetry.metrics", "", "address of the worker's /metrics; empty is off")
	fs.StringVar(&c.Telemetry.Traces, "telemetry.traces", "", "OTLP/HTTP collector that traces are sent to, http://host:4318; empty is off")
	fs.Float64Var(&c.Telemetry.TraceShare, "telemetry.trace-share", 1, "share of new traces that are kept")
}

func (c *Config) registerSource(fs *flag.FlagSet) {
	fs.StringVar(&c.Source.Name, "source", "datastore", "datastore, dir or synthetic")
	fs.StringVar(&c.Source.Dir, "source.dir", "", "for dir: a folder, or http(s) addresses separated by commas")
	fs.IntVar(&c.Source.Incidents, "source.incidents", 100000, "for synthetic: incidents to make")
	fs.IntVar(&c.Source.Months, "source.months", 12, "for synthetic: months they span")
	fs.StringVar(&c.Source.From, "source.from", "2024-01", "for synthetic: first month")
	fs.Uint64Var(&c.Source.Seed, "source.seed", 1, "for synthetic: seed")
	fs.StringVar(&c.Source.Datastore, "source.datastore", "https://data.london.gov.uk", "base address of the London Datastore")
	fs.Float64Var(&c.Source.MaxRejects, "source.max-rejects", 0.05, "share of a file's rows that may be rejected")
}

func (c *Config) registerWork(fs *flag.FlagSet) {
	fs.StringVar(&c.Worker.Queues, "worker.queues", "control,io,train", "task queues to poll")
	fs.IntVar(&c.Worker.Fits, "worker.fits", 1, "fits at once")
	fs.IntVar(&c.Worker.Threads, "worker.threads", 0, "cores of one fit; 0 is all")
	fs.DurationVar(&c.Worker.StopTimeout, "worker.stop-timeout", 30*time.Second, "how long a stop waits for running activities")
	fs.StringVar(&c.API.User, "api.user", "127.0.0.1:8001", "address of the user API")
	fs.StringVar(&c.API.Admin, "api.admin", "127.0.0.1:8002", "address of the admin API")
	fs.StringVar(&c.API.Web, "api.web", "127.0.0.1:8501", "address of the web UI")
	fs.DurationVar(&c.API.Refresh, "api.refresh", 250*time.Millisecond, "how often the champion pointer is read")
	fs.StringVar(&c.API.TLSCert, "api.tls-cert", "", "TLS certificate file")
	fs.StringVar(&c.API.TLSKey, "api.tls-key", "", "TLS key file")
	fs.Int64Var(&c.API.MaxBody, "api.max-body", 8<<20, "largest request body in bytes")
	fs.Float64Var(&c.API.Rate, "api.rate", 50_000, "requests a second of one API key or account to the user API; 0 is no limit")
	fs.Float64Var(&c.API.PageRate, "api.page-rate", 500, "requests a second of one API key or account to the admin API and to the web UI; 0 is no limit")
	fs.Int64Var(&c.API.MaxTable, "api.max-table", 512<<20, "largest CSV or Parquet table that is answered, in bytes")
	fs.DurationVar(&c.API.SessionIdle, "api.session-idle", 2*time.Hour, "how long a browser stays signed in without a click")
	fs.DurationVar(&c.API.SessionMax, "api.session-max", 12*time.Hour, "how long a browser stays signed in at all")
	fs.BoolVar(&c.API.SecureCookies, "api.secure-cookies", false, "a proxy before the API speaks TLS: cookies are for TLS only")
	fs.StringVar(&c.Train.Candidates, "train.candidates", "baseline-mean,baseline-median,baseline,linear,randomforest,forest,gbdt,blend", "candidates to train")
	fs.Uint64Var(&c.Train.Seed, "train.seed", 1, "seed of every fit")
	fs.IntVar(&c.Train.ValidDays, "train.valid-days", 0, "days of validation; 0 chooses")
	fs.IntVar(&c.Train.CalibDays, "train.calib-days", 0, "days of calibration; 0 chooses")
	fs.IntVar(&c.Train.HoldoutDays, "train.holdout-days", 0, "days of hold-out; 0 chooses")
	fs.IntVar(&c.Train.MaxMonths, "train.max-months", 0, "most months of history to train on; 0 is all")
	fs.IntVar(&c.Train.TuneTrials, "train.tune-trials", 0, "recipes of the boosting to try before training; 0 is no search")
	fs.IntVar(&c.Train.TuneMinutes, "train.tune-minutes", 30, "most minutes of that search")
	fs.IntVar(&c.Train.RelevanceCycles, "train.relevance-cycles", 0, "forests of the report on which columns are relevant, made with randomforest; 0 is no report")
	fs.IntVar(&c.Train.RelevanceRows, "train.relevance-rows", 2000, "most training rows of that report")
	fs.IntVar(&c.Train.RelevanceTrees, "train.relevance-trees", 50, "trees of each of its forests")
	fs.BoolVar(&c.Train.Force, "train.force", false, "retrain though nothing is new")
}

func (c *Config) registerPolicy(fs *flag.FlagSet) {
	fs.BoolVar(&c.Starter.JSON, "json", false, "print JSON")
	fs.BoolVar(&c.Starter.Detach, "detach", false, "do not wait for what was started")
	fs.StringVar(&c.Starter.Who, "who", "", "who promotes, for the ledger: empty is the system's user; who approves or rejects: empty is the account admin")
	fs.StringVar(&c.Starter.Why, "why", "", "why, for the ledger and for notes")
	fs.IntVar(&c.Starter.Limit, "limit", 20, "most rows of a list")
	fs.StringVar(&c.Starter.Line, "line", "", "line of models; empty is that of the source")
	fs.Float64Var(&c.Gate.Confidence, "gate.confidence", 0.95, "of the paired interval")
	fs.Float64Var(&c.Gate.SliceMargin, "gate.slice-margin", 0.05, "share by which a large slice may be worse")
	fs.IntVar(&c.Gate.SliceRows, "gate.slice-rows", 500, "rows from which a slice is large")
	fs.Float64Var(&c.Gate.CoverageLow, "gate.coverage-low", 0.88, "least P90 coverage")
	fs.Float64Var(&c.Gate.CoverageTop, "gate.coverage-top", 0.92, "most P90 coverage")
	fs.Float64Var(&c.Gate.CeilingRMSE, "gate.ceiling-rmse", 120, "seconds above which an alarm is raised")
	fs.StringVar(&c.Backfill.From, "from", "", "for backfill: first month to decide for, as 2016-01")
	fs.StringVar(&c.Backfill.To, "to", "", "for backfill: last month to decide for")
	fs.IntVar(&c.Backfill.LagDays, "backfill.lag-days", 14, "days from a month's end to its publication")
	fs.StringVar(&c.Backfill.DataSet, "backfill.data-set", "", "data set to replay; empty is the newest")
	fs.BoolVar(&c.GC.DryRun, "dry-run", false, "for gc: only say what would go")
	fs.IntVar(&c.GC.KeepDays, "gc.keep-days", 180, "days for which whatever nothing needs is kept")
	fs.IntVar(&c.GC.BackfillDays, "gc.backfill-days", 90, "days for which versions of backfills are kept")
	fs.IntVar(&c.GC.Versions, "gc.versions", 20, "newest versions of each line that stay")
	fs.IntVar(&c.GC.DataSets, "gc.data-sets", 5, "newest data sets of each origin that stay")
	fs.IntVar(&c.GC.PredictionDays, "gc.prediction-days", 0, "days for which answers stay in the log; 0 is for ever")
	fs.IntVar(&c.GC.LookDays, "gc.look-days", 0, "days for which looks at the champion stay on record; 0 is for ever")
	fs.DurationVar(&c.GC.Grace, "gc.grace", 72*time.Hour, "how long whatever was stored stays at least")
	fs.DurationVar(&c.GC.Settle, "gc.settle", time.Minute, "between removing rows and the objects that they name")
	fs.DurationVar(&c.GC.Wait, "gc.wait", 6*time.Hour, "how long runs at work are waited for")
	fs.StringVar(&c.Promote.Approval, "promote.approval", "none", "none or required")
	fs.DurationVar(&c.Promote.Deadline, "promote.deadline", 72*time.Hour, "how long a run waits for approval")
	fs.StringVar(&c.Schedule.Cron, "schedule.cron", "0 6 5 * *", "when retraining runs")
	fs.StringVar(&c.Promote.After, "promote.after", "expire", "what happens at the deadline: expire or promote")
	fs.StringVar(&c.Schedule.Monitor, "schedule.monitor", "30 7 * * *", "when the champion is monitored")
	fs.StringVar(&c.Starter.Cron, "cron", "", "for schedule set: when it runs; empty is -schedule.cron or -schedule.monitor")
	fs.StringVar(&c.Schedule.TimeZone, "schedule.time-zone", "Europe/London", "zone of the schedules")
	fs.DurationVar(&c.Schedule.CatchUp, "schedule.catch-up", 48*time.Hour, "how late a missed retrain may still start")
}

// maxTrials keeps the record of a search far below what a workflow may hold.
const maxTrials = 1000

func (c *Config) validate() []error {
	var errs []error
	bad := func(ok bool, name, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf("-%s: "+format, append([]any{name}, args...)...))
		}
	}
	oneOf := func(name, v string, allowed ...string) {
		for _, a := range allowed {
			if v == a {
				return
			}
		}
		bad(false, name, "%q is none of %s", v, strings.Join(allowed, ", "))
	}
	oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	oneOf("log.format", c.Log.Format, "console", "json")
	oneOf("mysql.tls", c.MySQL.TLS, "false", "true", "skip-verify", "preferred")
	oneOf("source", c.Source.Name, "datastore", "dir", "synthetic")
	oneOf("promote.approval", c.Promote.Approval, "none", "required")
	oneOf("promote.after", c.Promote.After, "expire", "promote")
	c.validateMonitor(bad)
	bad(c.Source.Name != "dir" || c.Source.Dir != "", "source.dir", "the dir source needs a folder or addresses")
	bad(c.Source.Incidents > 0, "source.incidents", "%d is not positive", c.Source.Incidents)
	bad(c.Source.Months > 0, "source.months", "%d is not positive", c.Source.Months)
	_, err := time.Parse("2006-01", c.Source.From)
	bad(err == nil, "source.from", "%q is not a month like 2024-01", c.Source.From)
	bad(c.Source.MaxRejects >= 0 && c.Source.MaxRejects <= 1, "source.max-rejects", "%v is not in 0 to 1", c.Source.MaxRejects)
	u, err := url.Parse(c.Source.Datastore)
	bad(err == nil && u.Scheme != "" && u.Host != "", "source.datastore", "%q is not an address", c.Source.Datastore)
	if c.Telemetry.Traces != "" {
		u, err := url.Parse(c.Telemetry.Traces)
		bad(err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil, "telemetry.traces", "not an http(s) address without credentials")
	}
	bad(c.Telemetry.TraceShare >= 0 && c.Telemetry.TraceShare <= 1, "telemetry.trace-share", "%v is not in 0 to 1", c.Telemetry.TraceShare)
	if c.MLflow.URI != "" {
		u, err := url.Parse(c.MLflow.URI)
		bad(err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil, "mlflow.uri",
			"not an http(s) address without credentials; those are -mlflow.user and -mlflow.password, or -mlflow.token")
	}
	for _, q := range strings.Split(c.Worker.Queues, ",") {
		oneOf("worker.queues", q, "control", "io", "train")
	}
	bad(c.Worker.Fits > 0, "worker.fits", "%d is not positive", c.Worker.Fits)
	bad(c.Worker.Threads >= 0, "worker.threads", "%d is negative", c.Worker.Threads)
	bad(c.Train.TuneTrials >= 0 && c.Train.TuneTrials <= maxTrials, "train.tune-trials", "%d is not in 0 to %d", c.Train.TuneTrials, maxTrials)
	bad(c.Train.TuneMinutes > 0, "train.tune-minutes", "%d is not positive", c.Train.TuneMinutes)
	bad(c.Train.RelevanceCycles >= 0 && c.Train.RelevanceCycles <= 1000, "train.relevance-cycles", "%d is not in 0 to 1000", c.Train.RelevanceCycles)
	bad(c.Train.RelevanceCycles == 0 || slices.Contains(strings.Split(strings.ReplaceAll(c.Train.Candidates, " ", ""), ","), "randomforest"),
		"train.relevance-cycles", "the report is made with the candidate randomforest, which is not among -train.candidates %s", c.Train.Candidates)
	bad(c.Train.RelevanceRows > 0, "train.relevance-rows", "%d is not positive", c.Train.RelevanceRows)
	bad(c.Train.RelevanceTrees > 0 && c.Train.RelevanceTrees <= 2000, "train.relevance-trees", "%d is not in 1 to 2000", c.Train.RelevanceTrees)
	bad(c.MySQL.MaxConns > 0, "mysql.max-conns", "%d is not positive", c.MySQL.MaxConns)
	for name, n := range map[string]int{
		"gc.keep-days": c.GC.KeepDays, "gc.backfill-days": c.GC.BackfillDays, "gc.versions": c.GC.Versions,
		"gc.data-sets": c.GC.DataSets, "gc.prediction-days": c.GC.PredictionDays, "gc.look-days": c.GC.LookDays,
	} {
		bad(n >= 0, name, "%d is negative", n)
	}
	bad(c.GC.Grace >= 48*time.Hour, "gc.grace", "%v is less than 48h", c.GC.Grace)
	bad(c.Backfill.LagDays >= 0, "backfill.lag-days", "%d is negative", c.Backfill.LagDays)
	bad(c.API.Refresh > 0, "api.refresh", "%v is not positive", c.API.Refresh)
	bad(c.API.Rate >= 0 && c.API.Rate <= 1e9, "api.rate", "%v is not between 0 and 1e9", c.API.Rate)
	bad(c.API.PageRate >= 0 && c.API.PageRate <= 1e9, "api.page-rate", "%v is not between 0 and 1e9", c.API.PageRate)
	bad(c.API.SessionIdle > 0, "api.session-idle", "%v is not positive", c.API.SessionIdle)
	bad(c.API.SessionMax > 0, "api.session-max", "%v is not positive", c.API.SessionMax)
	bad((c.API.TLSCert == "") == (c.API.TLSKey == ""), "api.tls-cert", "certificate and key go together")
	bad(c.Gate.Confidence > 0.5 && c.Gate.Confidence < 1, "gate.confidence", "%v is not in 0.5 to 1", c.Gate.Confidence)
	bad(c.Gate.CoverageLow < c.Gate.CoverageTop, "gate.coverage-low", "%v is not below -gate.coverage-top", c.Gate.CoverageLow)
	_, err = time.LoadLocation(c.Schedule.TimeZone)
	bad(err == nil, "schedule.time-zone", "%q: %v", c.Schedule.TimeZone, err)
	return errs
}

// FitThreads is how many cores one fit uses.
func (w Worker) FitThreads() int {
	if w.Threads > 0 {
		return w.Threads
	}
	return runtime.GOMAXPROCS(0)
}
