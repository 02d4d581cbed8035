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
	Watched
	Pages
	VersionNotes(ctx context.Context, line, version string) ([]registry.VersionNote, error)
	// Setting is a setting's last revision; lfb.ErrNotFound where it was never set.
	Setting(ctx context.Context, name string) (registry.Setting, error)
}

// Stations are those of the model that serves.
type Stations interface {
	// CheckStations refuses engines of stations that are not known, by lfb.ErrInvalid.
	CheckStations(a registry.Availability) error
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

// Control starts, stops and decides what Temporal runs, checks it against the
// ledger and writes it into the audit log; control.Control is one.
type Control interface {
	Runner
	// SetAvailability says who is out, from revision seen on; lfb.ErrConflict where another was set since.
	SetAvailability(ctx context.Context, by control.Actor, a *registry.Availability, seen int64, why string) error
	Promoter
	Schedules
	CoverScenarios
}

// Runner starts, stops and watches what takes long. A start gives
// lfb.ErrConflict while another of the kind runs.
type Runner interface {
	Retrain(ctx context.Context, by control.Actor, r control.RetrainRequest) (control.Run, error)
	// Backfill replays the months from one to another, as 2017-01.
	Backfill(ctx context.Context, by control.Actor, from, to, why string) (control.Run, error)
	Monitor(ctx context.Context, by control.Actor, force bool, why string) (control.Run, error)
	// RefreshPlaces starts a refresh of the places, or joins the one that runs.
	RefreshPlaces(ctx context.Context, by control.Actor, why string) (control.Run, error)
	// AcknowledgeAlarm says that somebody has seen an open alarm; lfb.ErrNotFound.
	AcknowledgeAlarm(ctx context.Context, by control.Actor, line, name string, episode int64, note string) error
	// Cancel asks a run to end; lfb.ErrConflict where it is over.
	Cancel(ctx context.Context, by control.Actor, r registry.Run, why string) (control.Run, error)
	Progress(ctx context.Context, workflowID, runID string) (control.Progress, error)
}

// Promoter changes what serves. What was decided from a revision that is past
// gives a control.StaleError.
type Promoter interface {
	// Promote makes one ledger entry; the result has no outcome while it goes on.
	Promote(ctx context.Context, by control.Actor, r control.PromotionRequest) (control.PromotionResult, error)
	// Approvals lists the promotions that wait for a person.
	Approvals(ctx context.Context) ([]control.Approval, error)
	// IssueCode gives an administrator a code for one decision from elsewhere.
	IssueCode(ctx context.Context, by control.Actor, id string) (code string, until time.Time, err error)
	Decide(ctx context.Context, by control.Actor, d control.Decision) (string, error)
	// Judge holds a version against what serves; false while that goes on.
	Judge(ctx context.Context, by control.Actor, line, version string) (bool, error)
	// AddNote writes a person's words beside a version; lfb.ErrNotFound.
	AddNote(ctx context.Context, by control.Actor, line, version, text string) error
	// AssumeCallHandling sets what answers assume; lfb.ErrConflict where it was set since revision seen.
	AssumeCallHandling(ctx context.Context, by control.Actor, d time.Duration, seen int64, why string) error
}

// Options are what the API is built from.
type Options struct {
	Store      Store
	Blobs      Blobs
	Control    Control
	Cover      *serve.Cover
	Stations   Stations
	Columns    []string // of the joined table
	Candidates []string // that can be trained
	Auth       *httpx.Auth
	Limit      *httpx.Limiter // nil: none
	MaxBody    int64
	MaxResult  int64 // the largest model that a program elsewhere may give back, in bytes
	Log        *zap.Logger
	TemporalUI string
	Namespace  string
	Now        func() time.Time // nil: time.Now
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
		&huma.Tag{Name: "cover", Description: "Which calls wait longer when stations or engines are out or elsewhere, and what helps most."},
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
		return control.Actor{}, httpx.Forbidden("account " + who.Name + " has the role " + string(who.Role) + "; this needs admin")
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
	var answer huma.StatusError
	switch {
	case err == nil, errors.As(err, &answer):
		return err
	case errors.As(err, &stale):
		return httpx.Stale(stale.Error())
	case errors.As(err, &field):
		return httpx.Invalid(httpx.Field{Pointer: "/" + field.Field, Detail: field.Reason})
	case errors.Is(err, control.ErrUnjudged):
		return httpx.Unjudged(lfb.Plain(err))
	case errors.Is(err, control.ErrPasswordNeeded):
		return httpx.PasswordNeeded(err.Error())
	}
	return httpx.Err(err)
}
