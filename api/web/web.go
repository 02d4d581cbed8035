package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"lfb/internal/control"
	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/internal/serve"
)

// Runs is where runs are read from.
type Runs interface {
	Run(ctx context.Context, id string) (registry.Run, []registry.Candidate, error)
	ListRuns(ctx context.Context, q registry.Query) ([]registry.Run, error)
}

// Models is where versions and the ledger are read from.
type Models interface {
	Version(ctx context.Context, line, id string) (registry.Version, error)
	// VersionNames is a page of a line's versions, newest first.
	VersionNames(ctx context.Context, q registry.VersionQuery) ([]registry.VersionName, error)
	// VersionName is also that of a version that was removed; lfb.ErrNotFound.
	VersionName(ctx context.Context, line, version string) (registry.VersionName, error)
	Promotions(ctx context.Context, line string, limit int) ([]registry.Promotion, error)
	// VersionNotes is what was added to a version, newest first.
	VersionNotes(ctx context.Context, line, version string) ([]registry.VersionNote, error)
	Entries
}

// Entries is where single entries of the ledger are looked up.
type Entries interface {
	// Champion is the last entry, without its evidence; lfb.ErrNotFound.
	Champion(ctx context.Context, line string) (registry.Promotion, error)
	// LedgerEntries are the last, newest first, without their evidence.
	LedgerEntries(ctx context.Context, line string, limit int) ([]registry.Promotion, error)
	// PromotionsTo are the last by which a version came to serve, newest first,
	// without their evidence.
	PromotionsTo(ctx context.Context, line, version string) ([]registry.Promotion, error)
	// PromotionOf is the one that a run made; lfb.ErrNotFound.
	PromotionOf(ctx context.Context, line, run string) (registry.Promotion, error)
}

// Snapshots is where data sets are read from.
type Snapshots interface {
	DataSet(ctx context.Context, id string) (registry.DataSet, error)
	DataSets(ctx context.Context, origin lfb.Origin) ([]registry.DataSet, error)
}

// Files is where source files are read from.
type Files interface {
	Files(ctx context.Context, origin lfb.Origin) ([]lfb.SourceFile, error)
	LoadedAt(ctx context.Context, sha string) (count lfb.LoadCount, loaded bool, err error)
	RejectCounts(ctx context.Context, sha string) ([]registry.RejectCount, error)
	// Sample is n random rows of the joined table.
	Sample(ctx context.Context, origin lfb.Origin, n int) ([][]any, error)
}

// PlaceSets is where the sets of places are read from.
type PlaceSets interface {
	// PlaceSets returns the origin's sets, newest first; the first serves.
	PlaceSets(ctx context.Context, origin lfb.Origin, limit int) ([]registry.PlaceSet, error)
}

// Store is all that the pages read. mysql.DB is one.
type Store interface {
	Runs
	Models
	Snapshots
	Files
	PlaceSets
	Monitor
	Answers
	registry.Settings
	control.Directory
	registry.Accounts
	registry.CoverScenarios
	Replays
}

// Blobs is where bundles and data reports are.
type Blobs interface {
	ReadAll(ctx context.Context, ref lfb.Ref) ([]byte, error)
}

// Champion is the model that answers, nil while there is none.
type Champion interface{ Now() *serve.Loaded }

// Options are what the UI is built from.
type Options struct {
	Store     Store
	Champion  Champion
	Predictor Predictor
	Places    *serve.Places // nil: nothing but London's areas is found
	Cover     *serve.Cover  // nil: nothing is planned
	Blobs     Blobs
	Control   Control
	// Availability is who is out; nil: nobody can be.
	Availability *serve.Availability
	Handling     func() time.Duration // of calls, as an administrator assumes it; nil: nothing is assumed
	Auth         *httpx.Auth
	Sessions     *httpx.Sessions // browsers that signed in; nil: by Auth only
	Columns      []string        // of the joined table
	Candidates   []string        // names of all that can be trained
	Limit        *httpx.Limiter  // nil: none
	MaxBody      int64
	Log          *zap.Logger
	Now          func() time.Time
	// Traffic is what was answered since the start; nil: nobody counts.
	Traffic    func() (*Traffic, error)
	UserAPI    string // address that questions are sent to, for examples
	TemporalUI string // address of the Temporal Web UI; empty: no links
	Namespace  string // Temporal's
	// Tiles is the address of a street map's tiles with {z}, {x} and {y}, and TilesCredit who
	// made it; empty: none.
	Tiles, TilesCredit string
}

type ui struct {
	Options
	people    *control.People
	pages     *pages
	maps      cache[mapKey, *coverageMap]
	plots     cache[string, []byte]
	plans     cache[string, *coverPlan]
	makings   cache[string, *making]              // by line and version
	names     cache[string, registry.VersionName] // likewise
	months    cache[string, []registry.Realised]  // as of a look
	overviews overviews
	static    *assets
	mux       *http.ServeMux
}

// New builds the listener's handler.
func New(o Options) http.Handler {
	u := &ui{Options: o, static: newAssets()}
	if u.Now == nil {
		u.Now = time.Now
	}
	u.pages, u.people = newPages(u.static, u.Now, u.nameOf), control.NewPeople(o.Store, u.Now)
	mux := http.NewServeMux()
	u.mux = mux
	for role, routes := range map[registry.Role]map[string]page{
		registry.RoleOperator: {
			"GET /{$}": u.showAsk, "GET /answer": u.showAnswer, "GET /suggestions": u.showSuggestions,
			"GET /answers/{id}": u.showKeptAnswer,
			"GET /coverage":     u.showCoverage, "GET /about": u.showAbout, "GET /password": u.showPassword,
			"POST /password": u.changePassword,
			"GET /map/layer": showLayer(u.readCoverageLayer), "GET /map/picture": showPicture(u.readCoverageLayer),
			"GET /availability": u.showAvailability, "POST /availability": u.changeAvailability,
			"GET /cover": u.showCover, "GET /cover/plot": u.showCoverPlot,
			"GET /cover/layer": showLayer(u.readCoverLayer), "GET /cover/picture": showPicture(u.readCoverLayer),
		},
		registry.RoleAnalyst: {
			"GET /admin": u.showHome, "GET /admin/events": u.streamHome, "GET /events": u.streamBadges,
			"GET /runs": u.listRuns, "GET /runs/{id}": u.showRun, "GET /runs/{id}/steps": u.showSteps,
			"GET /runs/{id}/step": u.showStep, "GET /compare": u.compareRuns,
			"GET /runs/{id}/events": u.streamRun, "GET /runs/{id}/plots/{candidate}/{kind}": u.candidatePlot,
			"GET /models": u.listModels, "GET /models/{line}/{id}": u.showModel,
			"GET /models/{line}/{id}/bundle":          u.downloadBundle,
			"GET /models/{line}/{id}/export/{format}": u.exportModel, "GET /models/{line}/{id}/plots/{kind}": u.versionPlot,
			"GET /data": u.showData, "GET /data/{id}": u.showDataSet, "GET /data/{id}/report": u.showReport,
			"GET /data/{id}/report/raw": u.downloadReport, "GET /files/{sha}": u.showFile,
			"GET /sample/{origin}": u.showSample, "GET /schedules": u.listSchedules, "GET /approvals/{id}": u.showApproval,
			"GET /people": u.showPeople, "GET /audit": u.showAudit, "GET /replays": u.listReplays,
			"GET /replays/{id}":        u.showReplay,
			"GET /replays/{id}/{file}": u.showReplayFile, "POST /cover/scenarios/{verb}": u.saveScenario,
			"GET /monitoring": u.showMonitoring, "GET /monitoring/{line}/plots/{kind}": u.monitoringPlot,
		},
		registry.RoleAdmin: {
			"GET /models/{line}/{id}/promote": u.showPromotion, "POST /models/{line}/{id}/promote": u.promoteVersion,
			"POST /monitoring/{line}/acknowledge": u.acknowledgeAlarm,
			"POST /models/{line}/{id}/notes":      u.addNote, "POST /models/{line}/{id}/judge": u.judgeVersion,
			"POST /approvals/{id}": u.decideApproval, "GET /retrain": u.showRetrain, "POST /runs": u.startRetrain,
			"POST /runs/{id}/cancel": u.cancelRun, "POST /schedules/{id}/{verb}": u.changeSchedule,
			"GET /settings": u.showSettings, "POST /settings": u.changeSettings,
			"POST /people": u.changePerson, "POST /keys": u.makeKey, "POST /keys/{id}/{verb}": u.changeKey,
			"POST /replays": u.startReplay,
			"POST /places":  u.refreshPlaces,
		},
	} {
		for pattern, p := range routes {
			mux.Handle(pattern, u.servePage(role, p))
		}
	}
	mux.Handle("/", u.servePage(registry.RoleOperator, func(r *http.Request) (*view, error) {
		return nil, noPageError(r.URL.Path)
	}))
	h := o.Limit.Around(mux)
	outer := http.NewServeMux()
	switch {
	case o.Sessions != nil:
		o.Sessions.Landing = landingPage
		mux.Handle("POST /sign-out", o.Sessions.SignOutPage())
		outer.Handle("/sign-in", o.Sessions.SignInPage(u.signIn))
		h = o.Sessions.Require(registry.RoleOperator, nil, h)
	case o.Auth != nil:
		h = o.Auth.Require(registry.RoleOperator, nil, h)
	}
	outer.Handle("GET /static/", u.static) // styles are no secret, and browsers ask without a password
	outer.Handle("/", h)
	return httpx.Wrap(addSecurityHeaders(allowTiles(o.Tiles), httpx.Compress(outer)), o.MaxBody, o.Log)
}

// policy lets a page use its own styles, script and pictures, and nothing else:
// text that slipped through escaping could still not run.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// allowTiles is the policy with pictures of the host of a street map's tiles too.
func allowTiles(tiles string) string {
	at, err := url.Parse(tiles)
	if err != nil || at.Host == "" {
		return policy
	}
	return strings.Replace(policy, "img-src 'self'", "img-src 'self' "+at.Scheme+"://"+at.Host, 1)
}

func addSecurityHeaders(policy string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hd := w.Header()
		hd.Set("Content-Security-Policy", policy)
		hd.Set("Cross-Origin-Opener-Policy", "same-origin")
		hd.Set("Permissions-Policy", "geolocation=(), camera=(), microphone=()")
		hd.Set("Cache-Control", "no-store") // answers and names are for who signed in
		h.ServeHTTP(w, r)
	})
}

// page makes one page, or what else is answered, from a request.
type page func(r *http.Request) (*view, error)

// view is what a template is executed with, or what writes itself.
type view struct {
	Template string // file name in templates, without .html
	Title    string
	Section  string // of the navigation
	Status   int    // 0 = 200
	Refresh  int    // seconds after which the page is loaded again; 0 never
	Body     any
	Write    func(http.ResponseWriter) // writes what is no page; nil: a page
	Changed  string                    // what the change that led here did
	Refused  *view                     // the error's page, where a form of this page was refused; nil: none was
	form     *refusedForm              // which it was
	cookie   *http.Cookie              // that goes with it; nil: none

	Who      httpx.Identity
	Model    *serve.Loaded
	Analyst  bool
	Overview *overview // for analysts; nil for operators
	Events   string    // address of the page's events
	Query    url.Values
	Admin    bool
	Standing *availabilityBody // who is out; nil where nobody is, or it is of no matter to the page
	Bare     bool              // without navigation: nobody is signed in
	Temporal string
}

// Synthetic says that the model that answers was trained on a made-up city.
func (v *view) Synthetic() bool { return v.Model != nil && v.Model.Version.Origin == lfb.Synthetic }

// servePage writes a page, or the error in its place as a page of its own.
func (u *ui) servePage(role registry.Role, p page) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := u.runAllowed(r, role, p)
		if r.Method == http.MethodPost {
			u.forgetOverview()
		}
		if err != nil {
			httpx.NoteCause(r.Context(), err)
			v = errorPage(r, err)
			if f := refusedFormOf(r.Context()); f != nil { // the form's page cannot be shown again
				r, v = r.WithContext(context.WithValue(r.Context(), refusedFormKey{}, nil)), f.view
			} else if u.showFormAgain(w, r, v) {
				return
			}
		}
		if v.cookie != nil {
			http.SetCookie(w, v.cookie)
		}
		if v.Write != nil {
			v.Write(w)
			return
		}
		u.setCommon(v, r)
		if err := u.pages.writePage(w, v); err != nil {
			u.Log.Error("page not written", zap.String("path", r.URL.Path), zap.Error(err))
		}
	})
}

func (u *ui) runAllowed(r *http.Request, role registry.Role, p page) (*view, error) {
	if !u.hasRole(r, role) {
		return nil, fmt.Errorf("account %s: %w %s", httpx.Who(r.Context()).Name, errRole, role)
	}
	if httpx.Who(r.Context()).OneTime && r.URL.Path != passwordPath {
		return redirectAfter(r, "", passwordPath), nil
	}
	return p(r)
}

var errRole = errors.New("this page needs the role")

// hasRole says whether the request has the role; without accounts everyone has.
func (u *ui) hasRole(r *http.Request, role registry.Role) bool {
	return u.Auth == nil && u.Sessions == nil || httpx.Who(r.Context()).Role.Covers(role)
}

// newFile is bytes that are no page, with more headers in pairs.
func newFile(body []byte, mediaType string, header ...string) *view {
	return &view{Write: func(w http.ResponseWriter) {
		for k := 0; k < len(header); k += 2 {
			w.Header().Set(header[k], header[k+1])
		}
		w.Header().Set("Content-Type", mediaType)
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body) // the reader may be gone
	}}
}

func (u *ui) setCommon(v *view, r *http.Request) {
	v.Who, v.Model, v.Temporal = httpx.Who(r.Context()), u.Champion.Now(), u.TemporalUI
	v.Query = r.URL.Query()
	if v.Section == "ask" || v.Section == "coverage" {
		if b := u.heldNow(); !b.Until.IsZero() {
			v.Standing = &b
		}
	}
	v.Changed = changes[v.Query.Get("changed")]
	if v.form = refusedFormOf(r.Context()); v.form != nil {
		v.Refused, v.Status, v.Changed = v.form.view, v.form.view.Status, ""
	}
	v.Analyst, v.Admin = u.hasRole(r, registry.RoleAnalyst), u.hasRole(r, registry.RoleAdmin)
	if v.Analyst && v.Section != "" {
		v.Overview, v.Events = u.readOverview(r.Context(), v.Section == "home"), cmp.Or(v.Events, "/events")
	}
}

// errorBody is the page for an error.
type errorBody struct {
	Text, Back string
	Runs       bool // one that runs is in the way: the list shows which
}

// errorPage is the page for an error. What a reader can do something about keeps
// its text; anything else is for the log.
func errorPage(r *http.Request, err error) *view {
	v := &view{Template: "error", Title: "Something went wrong", Status: httpx.Status(err)}
	b := errorBody{Text: plainText(err), Back: landingPage(httpx.Who(r.Context()).Role)}
	if from := pageBefore(r); from != nil {
		b.Back = from.RequestURI()
	}
	var stale *control.StaleError
	switch {
	case errors.As(err, &stale):
		v.Title = "Overtaken"
		b.Text = fmt.Sprintf("Nothing was changed: line %s is now at revision %d, but this was based on revision %d. "+
			"See what serves now, and decide again.", stale.Line, stale.Now, stale.Seen)
	case errors.Is(err, errRole), errors.Is(err, control.ErrPasswordNeeded):
		v.Title, v.Status = "Not for this account", http.StatusForbidden
	case v.Status == http.StatusNotFound:
		v.Title = "Not found"
		b.Text = toSentence(strings.Replace(lfb.Plain(err), ": "+lfb.ErrNotFound.Error(), "", 1))
	case v.Status == http.StatusUnprocessableEntity:
		v.Title = "That cannot be read"
	case v.Status == http.StatusConflict:
		v.Title = "That cannot be done now"
		b.Runs = r.Method == http.MethodPost && (r.URL.Path == "/runs" || strings.HasPrefix(r.URL.Path, "/schedules/"))
	case v.Status == http.StatusServiceUnavailable:
		v.Title = "Not available now"
		b.Text = "What this page needs does not answer now. Try again in a moment."
	default:
		b.Text = "The log has what happened."
	}
	v.Body = b
	return v
}

// noPageError is that there is no page of that path: its title says "not found" already.
type noPageError string

func (e noPageError) Error() string { return fmt.Sprintf("there is no page %.80q", string(e)) }

// Unwrap makes it a thing that is not found.
func (noPageError) Unwrap() error { return lfb.ErrNotFound }
