package registry

import (
	"context"
	"time"

	"lfb/internal/lfb"
)

// Attempt is one fit of a candidate by a program elsewhere: what it may fetch, and until when
// it may give something back.
type Attempt struct {
	ID        string        `json:"id"`
	RunID     string        `json:"run_id"`
	Candidate string        `json:"candidate"`
	Files     []AttemptFile `json:"files"`
	Heads     []string      `json:"heads"`     // that may be given back
	MaxBytes  int64         `json:"max_bytes"` // of one result
	OpenedAt  time.Time     `json:"opened_at"`
	ClosesAt  time.Time     `json:"closes_at"`          // by itself
	ClosedAt  time.Time     `json:"closed_at,omitzero"` // zero: nobody closed it
}

// IsOver says whether it takes and gives nothing any more.
func (a Attempt) IsOver(now time.Time) bool { return !a.ClosedAt.IsZero() || !now.Before(a.ClosesAt) }

// File is the attempt's file of that name.
func (a Attempt) File(name string) (ref lfb.Ref, ok bool) {
	for _, f := range a.Files {
		if f.Name == name {
			return f.Ref, true
		}
	}
	return ref, false
}

// AttemptFile is a file of an attempt: one that it was given, or a model that it gave back.
// Several results may have one name: a fit that began anew came to other bytes, and which of
// them counts is said by their hash.
type AttemptFile struct {
	Name string  `json:"name"`
	Ref  lfb.Ref `json:"ref"`
}

// Attempts keeps attempts. Every write may be sent again and then changes nothing.
type Attempts interface {
	// OpenAttempt inserts a; one that is there stays as it is.
	OpenAttempt(ctx context.Context, a Attempt) error
	// Attempt returns one and its results, oldest first; lfb.ErrNotFound.
	Attempt(ctx context.Context, id string) (Attempt, []AttemptFile, error)
	// SaveAttemptResult adds a result to the attempt.
	SaveAttemptResult(ctx context.Context, id string, result AttemptFile, at time.Time) error
	// CloseAttempt closes it: the first time counts.
	CloseAttempt(ctx context.Context, id string, at time.Time) error
}
