package activities

import (
	"cmp"
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
	// checkpointsRetained is how many of a fit are there at once.
	checkpointsRetained = 3
)

// CheckpointRef is a checkpoint as a heartbeat names it.
type CheckpointRef struct {
	Number int     `json:"number"` // counts a fit's checkpoints, over all attempts
	Ref    lfb.Ref `json:"ref"`    // of a checkpoint
}

// checkpoint is what is kept: the heads that are done, and how far the next one is.
type checkpoint struct {
	Heads  map[string][]byte `json:"heads"` // encoded, by name
	Head   string            `json:"head"`
	Resume []byte            `json:"resume"` // ml.Options.Resume of Head
}

// checkpointer keeps one fit's checkpoints. Keys are numbered, so that whatever a crash
// leaves behind is written over or deleted by the next attempt. What goes wrong in it
// is logged and costs a crash more, not the fit.
type checkpointer struct {
	ctx   context.Context
	store Checkpoints // nil keeps nothing
	id    string      // of the fit
	every time.Duration
	last  time.Time
	now   CheckpointRef
	state checkpoint
}

// newCheckpointer goes on from what an earlier attempt's heartbeat said. The fit's id is
// all that it depends on.
func (a *Activities) newCheckpointer(ctx context.Context, in TrainInput, recipe ml.Estimator, from CheckpointRef) (*checkpointer, error) {
	key, err := newTrainKey(in, recipe)
	if err != nil {
		return nil, err
	}
	body, err := CanonicalJSON(key)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	k := &checkpointer{
		ctx: ctx, store: a.Checkpoints, id: hex.EncodeToString(sum[:16]), every: cmp.Or(a.checkpointEvery, checkpointEvery),
		last: time.Now(), now: from,
	}
	if k.store != nil && from.Number > 0 {
		body, err := k.store.ReadAll(ctx, from.Ref)
		if err == nil {
			err = json.Unmarshal(body, &k.state)
		}
		if err != nil {
			k.logWarning("checkpoint not read: the fit starts anew", err)
			k.state = checkpoint{}
		}
	}
	if k.state.Heads == nil {
		k.state.Heads = map[string][]byte{}
	}
	return k, nil
}

// lastCheckpoint is the checkpoint that an earlier attempt's last heartbeat names.
func lastCheckpoint(ctx context.Context) CheckpointRef {
	var b Heartbeat
	if !activity.IsActivity(ctx) || !activity.HasHeartbeatDetails(ctx) || activity.GetHeartbeatDetails(ctx, &b) != nil {
		return CheckpointRef{}
	}
	return b.Checkpoint
}

func (k *checkpointer) logWarning(event string, err error) {
	if activity.IsActivity(k.ctx) && !errors.Is(err, context.Canceled) {
		activity.GetLogger(k.ctx).Warn(event, "key", k.checkpointKey(k.now.Number), "err", err.Error())
	}
}

func (k *checkpointer) checkpointKey(n int) string {
	return fmt.Sprintf("checkpoint/%s/%d.json", k.id, n)
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
	k.state.Heads[name], k.state.Head, k.state.Resume = body, "", nil
	return err
}

// saveCheckpoint stores how far the head is, unless that was done just now.
func (k *checkpointer) saveCheckpoint(name string, b []byte) {
	if time.Since(k.last) < k.every {
		return
	}
	k.state.Head, k.state.Resume = name, b
	body, err := json.Marshal(k.state)
	n := k.now.Number + 1
	if err == nil {
		err = k.store.Delete(k.ctx, k.checkpointKey(n)) // one that a crash left behind
	}
	var ref lfb.Ref
	if err == nil {
		ref, err = k.store.PutBytes(k.ctx, k.checkpointKey(n), body)
	}
	if err == nil && n > checkpointsRetained {
		err = k.store.Delete(k.ctx, k.checkpointKey(n-checkpointsRetained))
	}
	if k.last = time.Now(); err != nil {
		k.logWarning("checkpoint not kept", err)
		return
	}
	k.now = CheckpointRef{n, ref}
}

// deleteAll deletes every checkpoint of the fit.
func (k *checkpointer) deleteAll() {
	if k.store == nil {
		return
	}
	for n := max(k.now.Number-checkpointsRetained, 1); n <= k.now.Number+1; n++ {
		if err := k.store.Delete(k.ctx, k.checkpointKey(n)); err != nil {
			k.logWarning("checkpoint not deleted", err)
		}
	}
}
