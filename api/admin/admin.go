package admin

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"go.uber.org/zap"

	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/workflows"
)

// Store is what the admin API reads and changes; mysql.DB is one.
type Store interface {
	registry.Runs
	registry.Ledger
	Data
	Backfills
	Files
	People
	Keys
	Log
	httpx.Requests
	Watched
	// Versions returns the line's versions, newest first.
	Versions(ctx context.Context, line string, limit int) ([]registry.Version, error)
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

// People is the accounts.
type People interface {
	Account(ctx context.Context, name string) (registry.Account, error)
	Accounts(ctx context.Context) ([]registry.Account, error)
	SaveAccount(ctx context.Context, a registry.Account) error
	// EndSessions ends the account's sessions and says how many there were.
	EndSessions(ctx context.Context, account string) (int64, error)
}

// Keys is the API keys.
type Keys interface {
	APIKeys(ctx context.Context) ([]registry.APIKey, error)
	SaveAPIKey(ctx context.Context, k registry.APIKey) error
	RevokeAPIKey(ctx context.Context, id string, at time.Time) error
}

// Log is the audit log.
type Log interface {
	AppendAudit(ctx context.Context, e registry.AuditEntry) error
	Audit(ctx context.Context, before int64, limit int) ([]registry.AuditEntry, error)
}

// Blobs is where reports are.
type Blobs interface {
	ReadAll(ctx context.Context, ref lfb.Ref) ([]byte, error)
}

// Started is a workflow that was started.
type Started struct {
	WorkflowID string
	RunID      string
}

// Workflows starts what takes time, and changes what serves.
type Workflows interface {
	Runner
	// Promote makes one ledger entry and says how it ended; nil while it goes on.
	Promote(ctx context.Context, in workflows.PromoteInput) (Started, *workflows.PromoteResult, error)
	// Monitor starts a look at the champion; lfb.ErrConflict while one runs.
	Monitor(ctx context.Context, who string, force bool) (Started, error)
}

// Waiting is a promotion that waits for a person.
type Waiting struct {
	ID string // of its workflow
	workflows.Promotion
}

// Approvals are decisions on promotions that wait for a person.
type Approvals interface {
	// Waiting lists those that wait.
	Waiting(ctx context.Context) ([]Waiting, error)
	// Waits says where one stands; lfb.ErrNotFound.
	Waits(ctx context.Context, id string) (Waiting, error)
	// Code gives who a code for one decision on it from elsewhere.
	Code(ctx context.Context, who, id string) (code string, until time.Time, err error)
	// Decide approves or rejects it.
	Decide(ctx context.Context, id, update string, d workflows.Decision) (string, error)
}

// Options are what the API is built from.
type Options struct {
	Store      Store
	Blobs      Blobs
	Workflows  Workflows // nil: what needs them answers 503
	Approvals  Approvals // nil: likewise
	Schedules  Schedules // nil: likewise
	Columns    []string  // of the joined table
	Candidates []string  // that can be trained
	Auth       *httpx.Auth
	Limit      *httpx.Limiter // nil: none
	MaxBody    int64
	Log        *zap.Logger
	TemporalUI string
	Namespace  string
	Now        func() time.Time // nil: time.Now
}

type api struct{ Options }

// New builds the listener's handler.
func New(o Options) http.Handler {
	if o.Now == nil {
		o.Now = time.Now
	}
	a := &api{o}
	mux := http.NewServeMux()
	doc := httpx.NewAPI(mux, "London Fire Brigade attendance times: administration",
		"Data, runs, models, what serves, and who may do what. Analysts read, administrators change.")
	a.registerOriginal(doc)
	a.registerRuns(doc)
	a.registerRunner(doc)
	a.registerModels(doc)
	a.registerDownloads(doc)
	a.registerPromotions(doc)
	a.registerApprovals(doc)
	a.registerData(doc)
	a.registerBackfills(doc)
	a.registerAccounts(doc)
	a.registerSchedules(doc)
	a.registerMonitoring(doc)
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("live\n")) // the prober may be gone
	})
	once := httpx.Repeater{Store: o.Store, Log: o.Log, Now: o.Now}
	return httpx.Wrap(o.Auth.Require(registry.RoleAnalyst, open, o.Limit.Around(once.Around(mux))), o.MaxBody, o.Log)
}

func open(r *http.Request) bool { return r.URL.Path == "/livez" || httpx.IsDoc(r.URL.Path) }

// mayChange lets administrators through.
func mayChange(ctx context.Context) error {
	who := httpx.Who(ctx)
	if !who.Role.Covers(registry.RoleAdmin) {
		return httpx.Forbidden("account " + who.Name + " has the role " + string(who.Role) + "; this needs admin")
	}
	return nil
}

// change lets administrators through, and writes into the audit log what they are
// about to do: what cannot be logged is not done.
func (a *api) change(ctx context.Context, action, target, format string, args ...any) error {
	if err := mayChange(ctx); err != nil {
		return err
	}
	who := httpx.Who(ctx)
	err := a.Store.AppendAudit(ctx, registry.AuditEntry{
		At: a.Now().UTC(), Who: who.Name, From: who.Address,
		Action: action, Target: target, Detail: fmt.Sprintf(format, args...),
	})
	return fail(err)
}

func fail(err error) error {
	if err == nil {
		return nil
	}
	return httpx.Err(err)
}

func noTemporal() error {
	return httpx.Unavailable("no workflow service is set up")
}
