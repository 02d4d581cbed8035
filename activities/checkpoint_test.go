package activities

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/ml/catalog"
	"lfb/internal/s3/memblob"
)

// killedFit is a fit that is cancelled once its checkpoint was stored n times.
func killedFit(t *testing.T, a *Activities, in TrainInput, n int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	plain := a.Checkpoints
	defer func() { a.Checkpoints = plain }()
	a.Checkpoints = &killer{Store: a.Blobs.(*memblob.Store), left: n, kill: cancel}
	if _, err := a.fitAndStore(ctx, in, fitterOf(t, a, in, func(Heartbeat) {})); !errors.Is(err, context.Canceled) {
		t.Fatalf("a fit that is killed at checkpoint %d ends as %v", n, err)
	}
}

// killer is a store that kills at the n-th checkpoint.
type killer struct {
	*memblob.Store
	left int
	kill func()
}

func (k *killer) PutBytes(ctx context.Context, key string, body []byte) (lfb.Ref, error) {
	ref, err := k.Store.PutBytes(ctx, key, body)
	if k.left--; k.left == 0 {
		k.kill()
	}
	return ref, err
}

func fitterOf(t *testing.T, a *Activities, in TrainInput, report func(Heartbeat)) fitter {
	t.Helper()
	recipe, err := catalog.Recipe(in.Base, in.Override)
	if err != nil {
		t.Fatal(err)
	}
	return a.newFitter(in, recipe, report)
}

func checkpointKeys(a *Activities) (keys []string) {
	for _, k := range a.Blobs.(*memblob.Store).Keys() {
		if strings.HasPrefix(k, "checkpoint/") {
			keys = append(keys, k)
		}
	}
	return keys
}

// TestKilledFitResumes kills a fit twice, once in a later head: it goes on where it
// was, makes the bytes of one that nobody killed, and leaves nothing behind.
func TestKilledFitResumes(t *testing.T) {
	t.Parallel()
	a := newActivities(t)
	a.Checkpoints, a.checkpointEvery = a.Blobs.(*memblob.Store), time.Nanosecond
	d, plan := planned(t, a, village())
	in := TrainInput{
		Line: lfb.Synthetic.Line(), Origin: lfb.Synthetic, DataSet: d, Spans: plan.Spans, Candidate: "gbdt", Base: "gbdt",
		Override: json.RawMessage(`{"rounds": 60, "patience": -1, "leaves": 6, "quantiles": [0.5, 0.9]}`), Train: TrainSpec{Seed: 1},
	}
	whole, err := a.fitAndStore(t.Context(), in, fitterOf(t, a, in, func(Heartbeat) {}))
	if err != nil {
		t.Fatal(err)
	}
	if keys := checkpointKeys(a); len(keys) != 0 {
		t.Errorf("after a whole fit %v are left, want nothing", keys)
	}
	killedFit(t, a, in, 2)
	keys := checkpointKeys(a)
	if len(keys) != 1 {
		t.Fatalf("killed at its second checkpoint, the store has %v; want one", keys)
	}
	killedFit(t, a, in, 14) // 3 checkpoints an ensemble, 3 ensembles a head
	body, err := a.Blobs.ReadAll(t.Context(), lfb.Ref{Key: keys[0]})
	var kept checkpoint
	if err != nil || json.Unmarshal(body, &kept) != nil || len(kept.Heads) == 0 {
		t.Errorf("killed in a later head: checkpoint %.80s, %v; want the heads that are done", body, err)
	}
	again, err := a.fitAndStore(t.Context(), in, fitterOf(t, a, in, func(Heartbeat) {}))
	if err != nil || again.Version != whole.Version {
		t.Errorf("resumed twice: %+v, %v; want version %s", again, err, whole.Version)
	}
	if keys := checkpointKeys(a); len(keys) != 0 {
		t.Errorf("after the fit %v are left, want nothing", keys)
	}
	// A checkpoint that cannot be read, or of another fit, costs time and nothing else.
	for _, bad := range []string{`{"head":"attendance","resume":"bm9uZQ=="}`, "torn"} {
		if _, err := a.Blobs.PutBytes(t.Context(), keys[0], []byte(bad)); err != nil {
			t.Fatal(err)
		}
		if got, err := a.fitAndStore(t.Context(), in, fitterOf(t, a, in, func(Heartbeat) {})); err != nil ||
			got.Version != whole.Version {
			t.Errorf("from checkpoint %s: %+v, %v; want version %s", bad, got, err, whole.Version)
		}
	}
}
