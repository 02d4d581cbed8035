package admin

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"go.uber.org/zap"

	"lfb/internal/control"
	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/internal/serve"
)

// Store is what the admin API reads and changes; mysql.DB is one.
type Store interface {
	registry.Runs
	registry.Ledger
	Data
	Backfills
	Files
	PlaceSets
	control.Directory
	registry.Accounts
	registry.Attempts
	registry.CoverScenarios
	registry.Settings
	Watched
	Pages
	VersionNotes(ctx context.Context, line, version string) ([]registry.VersionNote, error)
}

// Pages is lists that the store continues itself, each newest first; lfb.ErrInvalid where
// the element that they are to go on behind is not there. One more than a page has says
// that there is a next one.
type Pages interface {
	VersionPage(ctx context.Context, line, after string, limit int) ([]registry.Version, error)
	PromotionPage(ctx context.Context, line string, before int64, limit int) ([]registry.Promotion, error)
	BackfillPage(ctx context.Context, after string, limit int) ([]registry.Backfill, error)
	AlarmPage(ctx context.Context, line, name string, episode, limit int) ([]registry.Alarm, error)
}

// Data is the data sets and the joined table.
type Data interface {
	DataSet(ctx context.Context, id string) (registry.DataSet, error)
	DataSets(ctx context.Context, origin lfb.Origin) ([]registry.DataSet, error)
	// Sample returns n random rows of the joined table.
	Sample(ctx context.Context, origin lfb.Origin, n int) ([][]any, error)
}

// Files is the sources' files and what was wrong with them.
type Files interface {
	Files(ctx context.Context, origin lfb.Origin) ([]lfb.SourceFile, error)
	RejectCounts(ctx context.Context, sha string) ([]registry.RejectCount, error)
	Rejects(ctx context.Context, sha string, limit int) ([]lfb.Reject, error)
}

// Blobs is where reports are, and what programs elsewhere fetch and give.
type Blobs = control.Blobs

// Control makes the changes; control.Control is one.
type Control interface {
	control.Commands
	// Monitor starts a monitor run.
	Monitor(ctx context.Context, by control.Actor, force bool, why string) (control.Run, error)
	// IssueCode gives an administrator a code for one decision from elsewhere.
	IssueCode(ctx context.Context, by control.Actor, id string) (code string, until time.Time, err error)
	// Schedule returns one; lfb.ErrNotFound.
	Schedule(ctx context.Context, id string) (registry.ScheduleState, error)
	// SetSchedule makes the schedule of a kind, retrain, monitor or places, or changes it;
	// an empty cron is the configured one. lfb.ErrInvalid.
	SetSchedule(ctx context.Context, by control.Actor, c control.ScheduleChange) (registry.ScheduleState, error)
}

// Options are what the API is built from.
type Options struct {
	Store   Store
	Blobs   Blobs
	Control Control
	Cover   *serve.Cover
	// CheckStations refuses engines of stations that the model which serves does not know, by lfb.ErrInvalid.
	CheckStations func(registry.Availability) error
	Columns       []string // of the joined table
	Candidates    []string // that can be trained
	Auth          *httpx.Auth
	Limit         *httpx.Limiter // nil: none
	MaxBody       int64
	MaxResult     int64 // the largest model that a program elsewhere may give back, in bytes
	Log           *zap.Logger
	TemporalUI    string
	Namespace     string
	Now           func() time.Time // nil: time.Now
}

type api struct {
	Options
	people *control.People
}

// New builds the listener's handler.
func New(o Options) http.Handler {
	if o.Now == nil {
		o.Now = time.Now
	}
	a := &api{o, control.NewPeople(o.Store, o.Now)}
	mux := http.NewServeMux()
	doc := httpx.NewAPI(mux, "London Fire Brigade attendance times: administration",
		"Data, runs, models, what serves, and who may do what. Analysts read, administrators change.",
		&huma.Tag{Name: "runs", Description: "Train now, watch it, stop it, and see what came of it."},
		&huma.Tag{Name: "models", Description: "What serves and since when; promote, roll back, decide, download."},
		&huma.Tag{Name: "monitoring", Description: "Is it getting worse, and what was said about it."},
		&huma.Tag{Name: "cover", Description: "Which calls wait longer when stations or engines are out or elsewhere, and " +
			"what helps most."},
		&huma.Tag{Name: "backfills", Description: "Past months replayed as if they came one by one."},
		&huma.Tag{Name: "schedules", Description: "What runs by itself."},
		&huma.Tag{Name: "data", Description: "Files, rejects, data sets and their reports."},
		&huma.Tag{Name: "availability", Description: "Who is out or stands elsewhere, for every answer from now on."},
		&huma.Tag{Name: "accounts", Description: "People, API keys, and the log of who changed what."},
		&huma.Tag{Name: "candidates", Description: "For programs elsewhere that fit candidates."},
		&huma.Tag{Name: "original", Description: "The routes of the system that this one replaces."},
	)
	a.registerOriginal(doc)
	a.registerRuns(doc)
	a.registerRunner(doc)
	a.registerModels(doc)
	a.registerNotes(doc)
	a.registerDownloads(doc)
	a.registerPromotions(doc)
	a.registerApprovals(doc)
	a.registerData(doc)
	a.registerPlaces(doc)
	a.registerBackfills(doc)
	a.registerCover(doc)
	a.registerAccounts(doc)
	a.registerSchedules(doc)
	a.registerMonitoring(doc)
	a.registerCandidates(doc)
	a.registerAvailability(doc)
	httpx.CompleteDocument(doc)
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("live\n")) // the prober may be gone
	})
	h := o.Limit.Around(httpx.Compress(mux))
	outer := http.NewServeMux()
	outer.Handle(candidatesPath, o.Auth.Require(registry.RoleCandidate, nil, httpx.RefuseOneTime(h)))
	h = http.MaxBytesHandler(h, o.MaxBody)
	settled := httpx.RefuseOneTime(h)
	outer.Handle("/", o.Auth.Require(registry.RoleAnalyst, isOpen, settled))
	outer.Handle(availabilityPath, o.Auth.Require(registry.RoleAvailability, nil, settled))
	outer.Handle("POST "+rotatePath, o.Auth.Require(registry.RoleOperator, nil, settled))
	outer.Handle("POST "+passwordPath, o.Auth.Require(registry.RoleOperator, nil, h))
	return httpx.Wrap(outer, max(o.MaxBody, o.MaxResult), o.Log)
}

func isOpen(r *http.Request) bool { return r.URL.Path == "/livez" || httpx.IsDoc(r.URL.Path) }

// requireAdmin is who a change is asked by: a 403 where that is no administrator.
func requireAdmin(ctx context.Context) (control.Actor, error) {
	who := httpx.Who(ctx)
	if !who.Role.Covers(registry.RoleAdmin) {
		return control.Actor{}, httpx.Forbidden("account " + who.Name + " has the role " + string(who.Role) +
			"; this needs admin")
	}
	return actorOf(who), nil
}

func actorOf(who httpx.Identity) control.Actor {
	return control.Actor{Name: who.Name, Address: who.Address, Key: who.Key}
}

// answerError is err as an answer; one that is an answer already stays.
func answerError(err error) error {
	var stale *control.StaleError
	var field *control.FieldError
	var part *lfb.PartError
	var answer huma.StatusError
	var preparing *serve.PreparingError
	switch {
	case err == nil, errors.As(err, &answer):
		return err
	case errors.As(err, &stale):
		return httpx.Stale(stale.Error())
	case errors.As(err, &field):
		return httpx.Invalid(httpx.Field{Pointer: "/" + field.Field, Detail: field.Reason})
	case errors.As(err, &part):
		return httpx.Invalid(httpx.Field{Pointer: part.Pointer, Detail: part.Reason})
	case errors.Is(err, control.ErrUnjudged), errors.Is(err, control.ErrRefused):
		return httpx.Unjudged(lfb.Plain(err))
	case errors.Is(err, control.ErrPasswordNeeded):
		return httpx.PasswordNeeded(err.Error())
	case errors.Is(err, serve.ErrNoModel):
		return httpx.NoModel(lfb.Plain(err))
	case errors.As(err, &preparing):
		return httpx.ComeAgain(preparing.Error())
	}
	return httpx.Err(err)
}
