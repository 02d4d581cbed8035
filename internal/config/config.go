package config

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Config is everything that can be set, nested by part. A field's tags are its flag, its
// default and the flag's usage; without a default it is the type's zero.
type Config struct {
	Log       Log
	State     State
	Temporal  Temporal
	S3        S3
	MySQL     MySQL
	Source    Source
	Places    Places
	Worker    Worker
	API       API
	Web       Web
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
	Level  string `flag:"log.level" default:"info" usage:"debug, info, warn or error" oneof:"debug,info,warn,error"`
	Format string `flag:"log.format" default:"console" usage:"console or json" oneof:"console,json"`
}

// State is where a process keeps its own files.
type State struct {
	// Dir holds the copy of the champion, the spool of predictions and downloads under way.
	Dir string `flag:"state.dir" default:".lfb" usage:"folder of this process's own files"`
}

// Temporal is the address of the workflow engine.
type Temporal struct {
	Address   string `flag:"temporal.address" default:"127.0.0.1:7233" usage:"Temporal host:port"`
	Namespace string `flag:"temporal.namespace" default:"default" usage:"Temporal namespace"`
	UI        string `flag:"temporal.ui" default:"http://127.0.0.1:8080" usage:"base address of the Temporal Web UI, for links"`
	// APIKey is for a server that wants one.
	APIKey Secret `flag:"temporal.api-key" usage:"Temporal API key"`
	TLS    bool   `flag:"temporal.tls" usage:"speak TLS with Temporal"`
}

// S3 is the object store.
type S3 struct {
	// Endpoint has no scheme.
	Endpoint string `flag:"s3.endpoint" default:"127.0.0.1:9000" usage:"S3 host:port"`
	Bucket   string `flag:"s3.bucket" default:"lfb" usage:"S3 bucket"`
	Region   string `flag:"s3.region" default:"us-east-1" usage:"S3 region"`
	Access   string `flag:"s3.access" usage:"S3 access key"`
	Secret   Secret `flag:"s3.secret" usage:"S3 secret key"`
	TLS      bool   `flag:"s3.tls" usage:"speak TLS with S3"`
}

// MySQL is the database.
type MySQL struct {
	Address  string `flag:"mysql.address" default:"127.0.0.1:3306" usage:"MySQL host:port"`
	Database string `flag:"mysql.database" default:"lfb" usage:"MySQL database"`
	User     string `flag:"mysql.user" default:"lfb" usage:"MySQL user"`
	Password Secret `flag:"mysql.password" usage:"MySQL password"`
	TLS      string `flag:"mysql.tls" default:"false" usage:"false, true, skip-verify or preferred" oneof:"false,true,skip-verify,preferred"`
	MaxConns int    `flag:"mysql.max-conns" default:"16" usage:"open connections a process" min:"1"`
	// LocalInfile lets bulk loads stream through LOAD DATA LOCAL INFILE; off uses
	// multi-row INSERT.
	LocalInfile bool `flag:"mysql.local-infile" default:"true" usage:"load with LOAD DATA LOCAL INFILE"`
	// SingleWriter makes every write of this process go through one connection, as
	// the embedded database wants.
	SingleWriter bool `flag:"mysql.single-writer" usage:"write through one connection"`
}

// Source is where published files come from.
type Source struct {
	Name string `flag:"source" default:"datastore" usage:"datastore, dir or synthetic" oneof:"datastore,dir,synthetic"`
	Dir  string `flag:"source.dir" usage:"for dir: a folder, or http(s) addresses separated by commas"`
	// Incidents and Months size the synthetic city; From is its first month (2006-01): see SettleMonths.
	Incidents int    `flag:"source.incidents" default:"100000" usage:"for synthetic: incidents to make" min:"1"`
	Months    int    `flag:"source.months" default:"12" usage:"for synthetic: months they span" min:"1"`
	From      string `flag:"source.from" usage:"for synthetic: first month; empty: so that the last one was over when the folder was first used"`
	Seed      uint64 `flag:"source.seed" default:"1" usage:"for synthetic: seed"`
	Datastore string `flag:"source.datastore" default:"https://data.london.gov.uk" usage:"base address of the London Datastore"`
	// MaxRejects is the share of a file's rows that may be rejected before the run
	// fails.
	MaxRejects float64 `flag:"source.max-rejects" default:"0.05" usage:"share of a file's rows that may be rejected" min:"0" max:"1"`
}

// Places is where the files of places that callers name come from. What the rows teach is
// used with and without them.
type Places struct {
	Source string `flag:"places.source" default:"dir" usage:"the Ordnance Survey's files of places: os downloads them, dir takes those in the folder of -source.dir, none uses none" oneof:"os,dir,none"`
	URL    string `flag:"places.url" default:"https://api.os.uk/downloads/v1" usage:"for os: address of the downloads API"`
}

// Worker says what a worker process takes on.
type Worker struct {
	// Queues are separated by commas.
	Queues      string        `flag:"worker.queues" default:"control,io,train" usage:"task queues to poll"`
	Fits        int           `flag:"worker.fits" default:"1" usage:"fits at once" min:"1"`
	Threads     int           `flag:"worker.threads" usage:"cores of one fit; 0 is all" min:"0"`
	StopTimeout time.Duration `flag:"worker.stop-timeout" default:"30s" usage:"how long a stop waits for running activities"`
}

// API says where the three listeners are.
type API struct {
	User    string        `flag:"api.user" default:"127.0.0.1:8001" usage:"address of the user API"`
	Admin   string        `flag:"api.admin" default:"127.0.0.1:8002" usage:"address of the admin API"`
	Web     string        `flag:"api.web" default:"127.0.0.1:8501" usage:"address of the web UI"`
	WebURL  string        `flag:"api.web-url" usage:"address of the web UI as people reach it, for links from Temporal; empty: http:// and -api.web"`
	Refresh time.Duration `flag:"api.refresh" default:"250ms" usage:"how often the champion pointer is read" above:"0"`
	// TLSCert and TLSKey together switch TLS on.
	TLSCert string `flag:"api.tls-cert" usage:"TLS certificate file"`
	TLSKey  string `flag:"api.tls-key" usage:"TLS key file"`
	MaxBody int64  `flag:"api.max-body" default:"8388608" usage:"largest request body in bytes"`
	// Rate is how many requests a second the user API answers one API key or account,
	// in each process; twice as many at once. PageRate likewise.
	Rate     float64 `flag:"api.rate" default:"50000" usage:"requests a second of one API key or account to the user API; 0 is no limit" min:"0" max:"1e9"`
	PageRate float64 `flag:"api.page-rate" default:"500" usage:"requests a second of one API key or account to the admin API and to the web UI; 0 is no limit" min:"0" max:"1e9"`
	MaxTable int64   `flag:"api.max-table" default:"536870912" usage:"largest CSV or Parquet table that is answered, in bytes"`
	// CallHandling is assumed until an administrator sets another figure in the web UI.
	CallHandling time.Duration `flag:"api.call-handling" usage:"time from call to mobilisation that answers assume where no data tell it; 0 assumes nothing" min:"0" max:"30m"`
	MaxSpoolAge  time.Duration `flag:"api.max-spool-age" default:"5m" usage:"how long an answer may wait to be logged before /readyz says degraded; 0 is no limit" min:"0"`
	SessionIdle  time.Duration `flag:"api.session-idle" default:"2h" usage:"how long a browser stays signed in without a click" above:"0"`
	SessionMax   time.Duration `flag:"api.session-max" default:"12h" usage:"how long a browser stays signed in at all" above:"0"`
	// TrustedProxies speak for their clients; no other's X-Forwarded-For or Forwarded is read.
	TrustedProxies Networks `flag:"api.trusted-proxies" usage:"proxies before the API, as networks like 10.0.0.0/8 separated by commas: only they are believed whom they forward for"`
	SecureCookies  bool     `flag:"api.secure-cookies" usage:"a proxy before the API speaks TLS: cookies are for TLS only"`
}

// Web is what the pages show that not every network has.
type Web struct {
	// Tiles are fetched by browsers: the content policy lets them have pictures of this host.
	Tiles            string `flag:"web.tiles" usage:"address of a street map's tiles in Web Mercator, with {z}, {x} and {y}, to lie below the map; empty: none"`
	TilesAttribution string `flag:"web.tiles-attribution" usage:"who made the tiles, as their licence wants it shown"`
}

// Train says what a retrain trains, on which spans.
type Train struct {
	// Candidates are names of package catalog, separated by commas.
	Candidates string `flag:"train.candidates" default:"baseline-mean,baseline-median,baseline,linear,randomforest,forest,gbdt,blend" usage:"candidates to train"`
	Seed       uint64 `flag:"train.seed" default:"1" usage:"seed of every fit"`
	// The spans, in days, counted back from the end of the data. 0 everywhere
	// (the default) chooses by the length of the data: with a year or more, one
	// month each of validation, calibration and hold-out; with three months, the
	// last month is the hold-out and the second half of the month before it is
	// halved into validation and calibration.
	ValidDays   int `flag:"train.valid-days" usage:"days of validation; 0 chooses"`
	CalibDays   int `flag:"train.calib-days" usage:"days of calibration; 0 chooses"`
	HoldoutDays int `flag:"train.holdout-days" usage:"days of hold-out; 0 chooses"`
	MaxMonths   int `flag:"train.max-months" usage:"most months of history to train on; 0 is all"`
	// TuneTrials is how many recipes of the boosting a retrain tries before it
	// trains, the default recipe among them. The first start, and a run without gbdt among
	// its candidates, do not search.
	TuneTrials  int `flag:"train.tune-trials" usage:"recipes of the boosting to try before training; 0 is no search" min:"0" max:"1000"`
	TuneMinutes int `flag:"train.tune-minutes" default:"30" usage:"most minutes of that search" min:"1"`
	// RelevanceCycles is how many forests of the relevance report (Boruta) a retrain grows on
	// the training rows, beside the candidate randomforest.
	RelevanceCycles int `flag:"train.relevance-cycles" usage:"forests of the report on which columns are relevant, made with randomforest; 0 is no report" min:"0" max:"1000"`
	RelevanceRows   int `flag:"train.relevance-rows" default:"2000" usage:"most training rows of that report" min:"1"`
	RelevanceTrees  int `flag:"train.relevance-trees" default:"50" usage:"trees of each of its forests" min:"1" max:"2000"`
	// Refit follows the promotion of what passed the gate: its recipe once more, on every row up to the end of the
	// hold-out, guarded (docs/MODELS.md).
	Refit string `flag:"train.refit" default:"auto" usage:"fit what passed the gate again on every row: auto or never" oneof:"auto,never"`
	Force bool   `flag:"train.force" usage:"retrain though nothing is new"`
	// Candidates external:<name> are fitted by whoever polls the task queue train-<name>:
	// docs/CANDIDATES.md.
	ExternalWait  time.Duration `flag:"train.external-wait" default:"10m" usage:"how long a candidate external:<name> waits for a worker on its queue, train-<name>" min:"1s"`
	ExternalTime  time.Duration `flag:"train.external-time" default:"2h" usage:"most time of its fit" min:"1s"`
	ExternalBytes int64         `flag:"train.external-bytes" default:"67108864" usage:"largest model that it may give back, in bytes" min:"1024"`
	CandidatesAPI string        `flag:"train.candidates-api" usage:"address of the admin API as those workers reach it; default: where it listens"`
}

// Gate is what a winner must show before it may serve.
type Gate struct {
	Confidence  float64 `flag:"gate.confidence" default:"0.95" usage:"of the paired interval" above:"0.5" below:"1"`
	SliceMargin float64 `flag:"gate.slice-margin" default:"0.05" usage:"share by which a large slice may be worse"`
	SliceRows   int     `flag:"gate.slice-rows" default:"500" usage:"rows from which a slice is large"`
	CoverageLow float64 `flag:"gate.coverage-low" default:"0.88" usage:"least P90 coverage"`
	CoverageTop float64 `flag:"gate.coverage-top" default:"0.92" usage:"most P90 coverage"`
	// CeilingRMSE never refuses a winner.
	CeilingRMSE float64 `flag:"gate.ceiling-rmse" default:"120" usage:"seconds above which an alarm is raised"`
}

// Promote says whether a person has a say.
type Promote struct {
	Approval string        `flag:"promote.approval" default:"none" usage:"none or required" oneof:"none,required"`
	Deadline time.Duration `flag:"promote.deadline" default:"72h" usage:"how long a run waits for approval"`
	// After is expire, so that what serves stays, or promote.
	After string `flag:"promote.after" default:"expire" usage:"what happens at the deadline: expire or promote" oneof:"expire,promote"`
}

// Backfill says which past months are replayed, and on what.
type Backfill struct {
	From    string `flag:"from" usage:"for backfill: first month to decide for, as 2016-01"`
	To      string `flag:"to" usage:"for backfill: last month to decide for"`
	LagDays int    `flag:"backfill.lag-days" default:"14" usage:"days from a month's end to its publication" min:"0"`
	// DataSet is an id; the newest is that of the source's origin.
	DataSet string `flag:"backfill.data-set" usage:"data set to replay; empty is the newest"`
}

// GC says how long is kept what no ledger, version or data set needs any more.
type GC struct {
	DryRun       bool `flag:"dry-run" usage:"for gc: only say what would go"`
	KeepDays     int  `flag:"gc.keep-days" default:"180" usage:"days for which whatever nothing needs is kept" min:"0"`
	BackfillDays int  `flag:"gc.backfill-days" default:"90" usage:"days for which versions of backfills are kept" min:"0"`
	// Versions and DataSets stay whatever their age.
	Versions       int `flag:"gc.versions" default:"20" usage:"newest versions of each line that stay" min:"0"`
	DataSets       int `flag:"gc.data-sets" default:"5" usage:"newest data sets of each origin that stay" min:"0"`
	PredictionDays int `flag:"gc.prediction-days" usage:"days for which answers stay in the log; 0 is for ever" min:"0"`
	// What monitor runs scored by month stays for longer than MonitorDays.
	MonitorDays int `flag:"gc.monitor-days" usage:"days for which monitor runs stay on record; 0 is for ever" min:"0"`
	// Grace protects what a run at work has stored and not yet put on record; at
	// least 48 h.
	Grace time.Duration `flag:"gc.grace" default:"72h" usage:"how long whatever was stored stays at least" min:"48h"`
	// Settle lies between removing what leads to an object and the object itself;
	// Wait is for runs at work.
	Settle time.Duration `flag:"gc.settle" default:"1m" usage:"between removing rows and the objects that they name"`
	Wait   time.Duration `flag:"gc.wait" default:"6h" usage:"how long runs at work are waited for"`
}

// Schedule is when retraining runs by itself.
type Schedule struct {
	Cron     string        `flag:"schedule.cron" default:"0 6 5 * *" usage:"when retraining runs"`
	Monitor  string        `flag:"schedule.monitor" default:"30 7 * * *" usage:"when the champion is monitored"`
	Places   string        `flag:"schedule.places" default:"0 5 20 2,5,8,11 *" usage:"when the places that callers name are refreshed; the Ordnance Survey publishes in these months"`
	TimeZone string        `flag:"schedule.time-zone" default:"Europe/London" usage:"zone of the schedules"`
	CatchUp  time.Duration `flag:"schedule.catch-up" default:"48h" usage:"how late a missed retrain may still start"`
}

// Telemetry says where metrics are served and traces are sent.
type Telemetry struct {
	Metrics    string  `flag:"telemetry.metrics" usage:"address of the worker's /metrics; empty is off"`
	Traces     string  `flag:"telemetry.traces" usage:"OTLP/HTTP collector that traces are sent to, http://host:4318; empty is off"`
	TraceShare float64 `flag:"telemetry.trace-share" default:"1" usage:"share of new traces that are kept" min:"0" max:"1"`
}

// MLflow is the tracking server that runs are exported to.
type MLflow struct {
	// URI has no credentials in it.
	URI string `flag:"mlflow.uri" usage:"MLflow tracking server that runs are exported to; empty is off"`
	// User and Password are for a server that asks; Token is in place of both.
	User       string `flag:"mlflow.user" usage:"MLflow user name"`
	Password   Secret `flag:"mlflow.password" usage:"MLflow password"`
	Token      Secret `flag:"mlflow.token" usage:"MLflow bearer token"`
	Experiment string `flag:"mlflow.experiment" usage:"MLflow experiment; empty is the line's name"`
}

// Starter says how a verb acts and what it prints.
type Starter struct {
	// JSON is in place of tables and of progress.
	JSON   bool   `flag:"json" usage:"print JSON"`
	Detach bool   `flag:"detach" usage:"do not wait for what was started"`
	Who    string `flag:"who" usage:"who promotes, for the ledger: empty is the system's user; who approves or rejects: empty is the account admin"`
	Why    string `flag:"why" usage:"why, for the ledger and for notes"`
	// Unjudged is for promote: the version serves all the same.
	Unjudged bool `flag:"unjudged" usage:"for promote and rollback: serve a version though no gate has judged it, or it refused it, and it never served"`

	Limit int    `flag:"limit" default:"20" usage:"most rows of a list"`
	Cron  string `flag:"cron" usage:"for schedule set: when it runs; empty is -schedule.cron or -schedule.monitor"`
	Line  string `flag:"line" usage:"line of models; empty is that of the source"`
}

// negative is a number below nought, as a coordinate of London may be: no flag's name begins with a figure.
var negative = regexp.MustCompile(`^-\d`)

// Load reads flags from args, then the environment through lookup, then the
// defaults. All mistakes come back joined, each naming its flag.
func Load(name string, args []string, lookup func(string) (string, bool)) (*Config, error) {
	return LoadWith(name, args, lookup, func(*flag.FlagSet) {})
}

// LoadWith is Load for a command with flags of its own, which extra declares.
// They follow the same rules, their variables too.
func LoadWith(name string, args []string, lookup func(string) (string, bool),
	extra func(*flag.FlagSet),
) (*Config, error) {
	c := &Config{}
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	registerFlags(fs, c)
	registerRemoved(fs)
	extra(fs)
	for rest := args; ; {
		if len(c.Args) > 0 && len(rest) > 0 && negative.MatchString(rest[0]) {
			c.Args, rest = append(c.Args, rest[0]), rest[1:]
			continue
		}
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
	registerFlags(fs, &Config{})
	extra(fs)
	fmt.Fprintf(w, "Flags of %s; each has an environment variable of the same name:\n", name)
	fs.VisitAll(func(f *flag.Flag) {
		fmt.Fprintf(w, "  -%-22s %s (%s; default %q)\n", f.Name, f.Usage, Env(f.Name), f.DefValue)
	})
}

// validate is every mistake that is left once the types fit.
func (c *Config) validate() []error {
	var errs []error
	check := func(ok bool, name, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf("-%s: "+format, append([]any{name}, args...)...))
		}
	}
	checkTags(c, check)
	check(c.Source.Name != "dir" || c.Source.Dir != "", "source.dir", "the dir source needs a folder or addresses")
	check(c.Source.Datastore != "", "source.datastore", "the datastore source needs an address")
	_, err := time.Parse(monthFormat, c.Source.From)
	check(err == nil || c.Source.From == "", "source.from", "%q is not a month like 2024-01", c.Source.From)
	_, err = time.LoadLocation(c.Schedule.TimeZone)
	check(err == nil, "schedule.time-zone", "%q: %v", c.Schedule.TimeZone, err)
	for _, q := range strings.Split(c.Worker.Queues, ",") {
		check(slices.Contains([]string{"control", "io", "train"}, q), "worker.queues", "%q is none of control, io, train", q)
	}
	for name, address := range map[string]string{
		"source.datastore": c.Source.Datastore, "places.url": c.Places.URL,
		"telemetry.traces": c.Telemetry.Traces, "mlflow.uri": c.MLflow.URI,
	} {
		u, err := url.Parse(address)
		// so it is not shown
		check(address == "" || err == nil && isHTTP(u) && u.User == nil, name, "not an http(s) address without credentials")
	}
	u, err := url.Parse(c.Alarm.Webhook.Reveal())
	check(c.Alarm.Webhook == "" || err == nil && isHTTP(u), "alarm.webhook", "that is no http(s) address")
	check(c.Train.RelevanceCycles == 0 || slices.Contains(c.Train.CandidateNames(), "randomforest"),
		"train.relevance-cycles",
		"the report is made with the candidate randomforest, which is not among -train.candidates %s", c.Train.Candidates)
	tiles, err := url.Parse(c.Web.Tiles)
	hasParts := !slices.ContainsFunc([]string{"{z}", "{x}", "{y}"},
		func(part string) bool { return !strings.Contains(c.Web.Tiles, part) })
	check(c.Web.Tiles == "" || err == nil && isHTTP(tiles) && hasParts && !strings.ContainsAny(tiles.Host, "; ,'{"),
		"web.tiles", "not an http(s) address with {z}, {x} and {y}")
	check((c.Web.Tiles == "") == (c.Web.TilesAttribution == ""), "web.tiles-attribution",
		"tiles and who made them go together")
	check((c.API.TLSCert == "") == (c.API.TLSKey == ""), "api.tls-cert", "certificate and key go together")
	check(c.Gate.CoverageLow < c.Gate.CoverageTop, "gate.coverage-low", "%v is not below -gate.coverage-top",
		c.Gate.CoverageLow)
	check(c.Monitor.CoverageLow < c.Monitor.CoverageTop, "monitor.coverage-low", "%v is not below -monitor.coverage-top",
		c.Monitor.CoverageLow)
	return errs
}

// CandidateNames are the names in Candidates; blanks around them do not count.
func (t Train) CandidateNames() []string {
	return strings.Split(strings.ReplaceAll(t.Candidates, " ", ""), ",")
}

func isHTTP(u *url.URL) bool { return u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") }

// FitThreads is how many cores one fit uses.
func (w Worker) FitThreads() int {
	if w.Threads > 0 {
		return w.Threads
	}
	return runtime.GOMAXPROCS(0)
}
