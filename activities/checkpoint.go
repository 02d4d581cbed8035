package activities

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
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

const (
	// checkpointEvery is how often a fit is kept at most: well above the heartbeats'
	// own pace, so that the one a heartbeat names is still there.
	checkpointEvery = 30 * time.Second
	// checkpointsKept is how many of a fit are there at once.
	checkpointsKept = 3
)

// Kept is a checkpoint as a heartbeat names it.
type Kept struct {
	Number int     // counts a fit's checkpoints, over all attempts
	Ref    lfb.Ref // of a checkpoint
}

// checkpoint is what is kept: the heads that are done, and how far the next one is.
type checkpoint struct {
	Heads  map[string][]byte `json:"heads"` // encoded, by name
	Head   string            `json:"head"`
	Resume []byte            `json:"resume"` // ml.Options.Resume of Head
}

// keeper keeps one fit's checkpoints. Keys are numbered, so that whatever a crash
// leaves behind is written over or deleted by the next attempt. What goes wrong in it
// is logged and costs a crash more, not the fit.
type keeper struct {
	ctx   context.Context
	store Checkpoints // nil keeps nothing
	id    string      // of the fit
	every time.Duration
	last  time.Time
	now   Kept
	state checkpoint
}

// newKeeper goes on from what an earlier attempt's heartbeat said.
func (a *Activities) newKeeper(ctx context.Context, id string, from Kept) *keeper {
	k := &keeper{ctx: ctx, store: a.Checkpoints, id: id, every: a.checkpointEvery, last: time.Now(), now: from}
	if k.every == 0 {
		k.every = checkpointEvery
	}
	if k.store != nil && from.Number > 0 {
		body, err := k.store.ReadAll(ctx, from.Ref)
		if err == nil {
			err = json.Unmarshal(body, &k.state)
		}
		if err != nil {
			k.warn("checkpoint not read: the fit starts anew", err)
			k.state = checkpoint{}
		}
	}
	if k.state.Heads == nil {
		k.state.Heads = map[string][]byte{}
	}
	return k
}

// keeperOf is the keeper of a fit, whose id is all that the fit depends on.
func (a *Activities) keeperOf(ctx context.Context, in TrainInput, recipe ml.Estimator, from Kept) (*keeper, error) {
	key, err := keyOf(in, recipe)
	if err != nil {
		return nil, err
	}
	body, err := CanonicalJSON(key)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	return a.newKeeper(ctx, hex.EncodeToString(sum[:16]), from), nil
}

// lastKept is the checkpoint that an earlier attempt's last heartbeat names.
func lastKept(ctx context.Context) Kept {
	var b Beat
	if !activity.IsActivity(ctx) || !activity.HasHeartbeatDetails(ctx) || activity.GetHeartbeatDetails(ctx, &b) != nil {
		return Kept{}
	}
	return b.Kept
}

func (k *keeper) warn(event string, err error) {
	if activity.IsActivity(k.ctx) && !errors.Is(err, context.Canceled) {
		activity.GetLogger(k.ctx).Warn(event, "key", k.key(k.now.Number), "err", err.Error())
	}
}

func (k *keeper) key(n int) string { return fmt.Sprintf("checkpoint/%s/%d.json", k.id, n) }

// done is the head of that name where an earlier attempt finished it, nil elsewhere.
func (k *keeper) done(name string) *interval.Model {
	body, ok := k.state.Heads[name]
	if !ok {
		return nil
	}
	m, err := interval.Decode(body, catalog.Decode)
	if err != nil {
		k.warn("checkpoint's head not read: it is fitted anew", err)
		return nil
	}
	return m
}

// options adds to o what makes the fit of a head resume and be kept.
func (k *keeper) options(name string, o ml.Options) ml.Options {
	if k.store == nil {
		return o
	}
	if k.state.Head == name {
		o.Resume = k.state.Resume
	}
	o.Checkpoint = func(b []byte) { k.keep(name, b) }
	return o
}

// forget drops what the next head would resume from, and reports whether there was
// something.
func (k *keeper) forget() bool {
	had := k.state.Resume != nil
	k.state.Head, k.state.Resume = "", nil
	return had
}

// finish notes a head that is done.
func (k *keeper) finish(name string, m *interval.Model) error {
	if k.store == nil {
		return nil
	}
	body, err := m.Encode(catalog.Encode)
	k.state.Heads[name], k.state.Head, k.state.Resume = body, "", nil
	return err
}

// keep stores how far the head is, unless that was done just now.
func (k *keeper) keep(name string, b []byte) {
	if time.Since(k.last) < k.every {
		return
	}
	k.state.Head, k.state.Resume = name, b
	body, err := json.Marshal(k.state)
	n := k.now.Number + 1
	if err == nil {
		err = k.store.Delete(k.ctx, k.key(n)) // one that a crash left behind
	}
	var ref lfb.Ref
	if err == nil {
		ref, err = k.store.PutBytes(k.ctx, k.key(n), body)
	}
	if err == nil && n > checkpointsKept {
		err = k.store.Delete(k.ctx, k.key(n-checkpointsKept))
	}
	if k.last = time.Now(); err != nil {
		k.warn("checkpoint not kept", err)
		return
	}
	k.now = Kept{n, ref}
}

// clear deletes every checkpoint of the fit.
func (k *keeper) clear() {
	if k.store == nil {
		return
	}
	for n := max(k.now.Number-checkpointsKept, 1); n <= k.now.Number+1; n++ {
		if err := k.store.Delete(k.ctx, k.key(n)); err != nil {
			k.warn("checkpoint not deleted", err)
		}
	}
}
