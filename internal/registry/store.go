package registry

import "context"

// Runs keeps runs and their leaderboards. mysql.DB is one. Every write may be
// sent again and then changes nothing.
type Runs interface {
	// SaveRun inserts the run, or replaces everything but its start.
	SaveRun(ctx context.Context, r Run) error
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
