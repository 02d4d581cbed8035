package activities

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"time"

	"go.temporal.io/sdk/activity"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/catalog"
	"lfb/internal/ml/interval"
)

// Checkpoints is where a fit under way is kept, to be gone on with after a crash.
type Checkpoints interface {
	PutBytes(ctx context.Context, key string, body []byte) (lfb.Ref, error)
	ReadAll(ctx context.Context, ref lfb.Ref) ([]byte, error)
	Delete(ctx context.Context, key string) error
}

// checkpointEvery is how often a fit is kept at most.
const checkpointEvery = 30 * time.Second

// checkpoint is what is kept: the heads that are done, and how far the next one is.
type checkpoint struct {
	Heads  map[string][]byte `json:"heads"` // encoded, by name; also a refit's other parts
	Head   string            `json:"head"`
	Resume []byte            `json:"resume"` // ml.Options.Resume of Head
}

// checkpointer keeps one fit's checkpoint, under a key that is all that the fit depends on:
// whoever makes the same fit again goes on from there, and comes to the same bytes. What
// goes wrong in it is logged and costs a crash more, not the fit.
type checkpointer struct {
	ctx   context.Context
	store Checkpoints // nil keeps nothing
	key   string
	every time.Duration
	last  time.Time
	state checkpoint
}

// newCheckpointer goes on from what an earlier attempt at the step kept; key is what that is remembered by.
func (a *Activities) newCheckpointer(ctx context.Context, s stepName, key any) (*checkpointer, error) {
	step, err := s.keyFor(key)
	if err != nil {
		return nil, err
	}
	k := &checkpointer{
		ctx: ctx, store: a.Checkpoints, key: "checkpoint/" + step,
		every: cmp.Or(a.checkpointEvery, checkpointEvery), last: time.Now(),
	}
	if k.store != nil {
		body, err := k.store.ReadAll(ctx, lfb.Ref{Key: k.key})
		if err == nil {
			err = json.Unmarshal(body, &k.state)
		}
		if err != nil && !errors.Is(err, lfb.ErrNotFound) {
			k.logWarning("checkpoint not read: the fit starts anew", err)
			k.state = checkpoint{}
		}
	}
	if k.state.Heads == nil {
		k.state.Heads = map[string][]byte{}
	}
	return k, nil
}

func (k *checkpointer) logWarning(event string, err error) {
	if activity.IsActivity(k.ctx) && !errors.Is(err, context.Canceled) {
		activity.GetLogger(k.ctx).Warn(event, "key", k.key, "err", err.Error())
	}
}

// finishedHead is the head of that name where an earlier attempt finished it, nil elsewhere.
func (k *checkpointer) finishedHead(name string) *interval.Model {
	body, ok := k.state.Heads[name]
	if !ok {
		return nil
	}
	m, err := interval.Decode(body, catalog.Decode)
	if err != nil {
		k.logWarning("checkpoint's head not read: it is fitted anew", err)
		return nil
	}
	return m
}

// fitModel fits a part of that name, from where an earlier attempt had come.
func (k *checkpointer) fitModel(ctx context.Context, name string, recipe ml.Estimator, s spans,
	o ml.Options,
) (ml.Model, error) {
	m, err := recipe.Fit(ctx, s.train, s.valid, k.fitOptions(name, o))
	if errors.Is(err, lfb.ErrInvalid) && k.dropResume() {
		m, err = recipe.Fit(ctx, s.train, s.valid, k.fitOptions(name, o)) // what was kept is not of this fit
	}
	return m, err
}

// fitOptions adds to o what makes the fit of a head resume and be kept.
func (k *checkpointer) fitOptions(name string, o ml.Options) ml.Options {
	if k.store == nil {
		return o
	}
	if k.state.Head == name {
		o.Resume = k.state.Resume
	}
	o.Checkpoint = func(b []byte) { k.saveCheckpoint(name, b) }
	return o
}

// dropResume drops what the next head would resume from, and reports whether there was
// something.
func (k *checkpointer) dropResume() bool {
	had := k.state.Resume != nil
	k.state.Head, k.state.Resume = "", nil
	return had
}

// finishHead notes a head that is done.
func (k *checkpointer) finishHead(name string, m *interval.Model) error {
	if k.store == nil {
		return nil
	}
	body, err := m.Encode(catalog.Encode)
	k.finishPart(name, body)
	return err
}

// finishPart notes the bytes of something that is done, by a name of its own.
func (k *checkpointer) finishPart(name string, body []byte) {
	k.state.Heads[name], k.state.Head, k.state.Resume = body, "", nil
}

// saveCheckpoint stores how far the head is, unless that was done just now. A kill between
// its two requests leaves none, and costs the fit a new start.
func (k *checkpointer) saveCheckpoint(name string, b []byte) {
	if k.store == nil || time.Since(k.last) < k.every {
		return
	}
	k.state.Head, k.state.Resume = name, b
	body, err := json.Marshal(k.state)
	if err == nil {
		err = k.store.Delete(k.ctx, k.key)
	}
	if err == nil {
		_, err = k.store.PutBytes(k.ctx, k.key, body)
	}
	if k.last = time.Now(); err != nil {
		k.logWarning("checkpoint not kept", err)
	}
}

// deleteCheckpoint deletes it once the fit is stored.
func (k *checkpointer) deleteCheckpoint() {
	if k.store == nil {
		return
	}
	if err := k.store.Delete(k.ctx, k.key); err != nil {
		k.logWarning("checkpoint not deleted", err)
	}
}
