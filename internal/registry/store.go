package registry

import (
	"context"
	"encoding/json"
)

// Runs keeps runs and their leaderboards. mysql.DB is one. Every write may be
// sent again and then changes nothing.
type Runs interface {
	// SaveRun inserts the run, or replaces everything but its start.
	SaveRun(ctx context.Context, r Run) error
	// SaveRunSteps keeps what a run told of its steps at its end, as JSON.
	SaveRunSteps(ctx context.Context, id string, steps json.RawMessage) error
	// SaveCandidates replaces the run's leaderboard rows of the same names.
	SaveCandidates(ctx context.Context, cs []Candidate) error
	// Run returns the run and its leaderboard by rank; lfb.ErrNotFound.
	Run(ctx context.Context, id string) (Run, []Candidate, error)
	// ListRuns returns one page, newest first unless asked otherwise.
	ListRuns(ctx context.Context, q Query) ([]Run, error)
}

// Ledger keeps versions and the append-only ledger of promotions.
type Ledger interface {
	// SaveVersion inserts the version; one that is there stays as it is.
	SaveVersion(ctx context.Context, v Version) error
	// Version returns one version; lfb.ErrNotFound.
	Version(ctx context.Context, line, id string) (Version, error)
	// Append inserts p as revision p.Revision. Where that revision exists it
	// returns lfb.ErrConflict, unless the entry there has p.Token: then it
	// returns nil, as the same request was made before.
	Append(ctx context.Context, p Promotion) error
	// Promotions returns the line's ledger, newest first; limit 0 is all.
	Promotions(ctx context.Context, line string, limit int) ([]Promotion, error)
}

// Monitorings keeps monitor runs. Every write may be sent again and
// then changes nothing.
type Monitorings interface {
	// SaveMonitoring inserts the monitor run, or replaces it.
	SaveMonitoring(ctx context.Context, m Monitoring) error
	// Monitoring returns one; lfb.ErrNotFound.
	Monitoring(ctx context.Context, id string) (Monitoring, error)
	// Monitorings returns the line's monitor runs, newest first, older than the id before
	// where that is not empty; limit 0 is 50.
	Monitorings(ctx context.Context, line, before string, limit int) ([]Monitoring, error)
}

// Performance keeps realised performance by version, month and basis.
type Performance interface {
	// SaveRealised replaces the rows of the same line, version, month and basis.
	SaveRealised(ctx context.Context, rs []Realised) error
	// Realised returns the line's rows from a month on, by month, version and
	// basis; an empty version is all, an empty month the beginning.
	Realised(ctx context.Context, line, version, fromMonth string) ([]Realised, error)
}

// Claims keeps which data sets a monitor started a retrain for.
type Claims interface {
	// ClaimRetrain inserts c. Where the data set is claimed already it returns
	// lfb.ErrConflict, unless by the same token.
	ClaimRetrain(ctx context.Context, c Claim) error
	// ReleaseRetrain undoes the claim of that token, if it is there.
	ReleaseRetrain(ctx context.Context, c Claim) error
	// LastClaim returns the line's newest claim; lfb.ErrNotFound.
	LastClaim(ctx context.Context, line string) (Claim, error)
}

// Alarms keeps alarms.
type Alarms interface {
	// SaveAlarm inserts the episode, or replaces it. A new episode whose number is
	// taken gives lfb.ErrConflict.
	SaveAlarm(ctx context.Context, a Alarm, isNew bool) error
	// Alarms returns the line's newest episode of every alarm by name; open leaves
	// out those that are cleared.
	Alarms(ctx context.Context, line string, open bool) ([]Alarm, error)
	// AlarmLog returns the line's episodes, newest first; limit 0 is 50.
	AlarmLog(ctx context.Context, line string, limit int) ([]Alarm, error)
}

// Accounts lists accounts, API keys and who changed what.
type Accounts interface {
	// Accounts returns all by name.
	Accounts(ctx context.Context) ([]Account, error)
	// APIKeys returns all, oldest first.
	APIKeys(ctx context.Context) ([]APIKey, error)
	// Audit returns one page, newest first.
	Audit(ctx context.Context, q AuditQuery) ([]AuditEntry, error)
}
