package control

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"lfb/activities"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// Exchange is how programs elsewhere fetch what they fit candidates on, and give their models
// back. It knows attempts alone: nothing else can be fetched or given by it.
type Exchange struct {
	Store interface {
		registry.Attempts
		AuditLog
	}
	Blobs Blobs
	Now   func() time.Time
}

// Blobs is the object store.
type Blobs interface {
	PutBytes(ctx context.Context, key string, body []byte) (lfb.Ref, error)
	ReadAll(ctx context.Context, ref lfb.Ref) ([]byte, error)
}

// TooLargeError is a model of more bytes than its attempt allows.
type TooLargeError struct{ Most int64 }

// Error says how many there may be.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("a model of this attempt may have %d bytes", e.Most)
}

// lookUpWait is how long the database may take to say what an attempt is.
const lookUpWait = 4 * time.Second

// maxResults is how many results an attempt takes: all of some tries of a fit.
const maxResults = 100

// openAttempt returns an attempt and its results; lfb.ErrConflict where it takes and gives nothing any more.
func (e Exchange) openAttempt(ctx context.Context, id string) (registry.Attempt, []registry.AttemptFile, error) {
	ctx, cancel := context.WithTimeout(ctx, lookUpWait) // callers have long for the files alone
	defer cancel()
	a, results, err := e.Store.Attempt(ctx, id)
	if err == nil && a.IsOver(e.Now()) {
		err = fmt.Errorf("attempt %s at %s is closed: %w", a.ID, a.Candidate, lfb.ErrConflict)
	}
	return a, results, err
}

// ReadFile returns a file that the attempt was given; lfb.ErrNotFound.
func (e Exchange) ReadFile(ctx context.Context, id, name string) ([]byte, error) {
	a, _, err := e.openAttempt(ctx, id)
	if err != nil {
		return nil, err
	}
	ref, ok := a.File(name)
	if !ok {
		return nil, fmt.Errorf("file %.80q of attempt %s: %w", name, a.ID, lfb.ErrNotFound)
	}
	return e.Blobs.ReadAll(ctx, ref)
}

// SaveResult stores a model that is given back. Nothing in it is looked at before the run
// collects it.
func (e Exchange) SaveResult(ctx context.Context, by Actor, id, name string, body []byte) (lfb.Ref, error) {
	a, results, err := e.openAttempt(ctx, id)
	if err != nil {
		return lfb.Ref{}, err
	}
	names := activities.ResultNames(a.Heads)
	switch {
	case int64(len(body)) > a.MaxBytes:
		return lfb.Ref{}, &TooLargeError{a.MaxBytes}
	case !slices.Contains(names, name) || len(body) == 0:
		return lfb.Ref{}, fmt.Errorf("result %.80q of %d bytes is none of %s: %w",
			name, len(body), strings.Join(names, ", "), lfb.ErrInvalid)
	case len(results) >= maxResults:
		return lfb.Ref{}, fmt.Errorf("attempt %s has %d results already: %w", a.ID, len(results), lfb.ErrConflict)
	}
	ref := lfb.RefTo("", body)
	ref.Key = lfb.HashedKey("candidate/result", ref.SHA256, "")
	detail := fmt.Sprintf("%s for %s of run %s: %d bytes, SHA-256 %s", name, a.Candidate, a.RunID, ref.Bytes, ref.SHA256)
	return ref, auditChange(ctx, e.Store, e.Now, by, "give candidate's model", a.ID, detail, func() error {
		stored, err := e.Blobs.PutBytes(ctx, ref.Key, body)
		if err != nil {
			return err
		}
		return e.Store.SaveAttemptResult(ctx, a.ID, registry.AttemptFile{Name: name, Ref: stored}, e.Now())
	})
}
